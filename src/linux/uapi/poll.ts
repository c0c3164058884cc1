/** Asking which descriptors are ready. Linux 6.12 `include/uapi/asm-generic/poll.h`. */

/** A descriptor, what is asked of it, and the answer. */
export const pollfd = {
  name: "struct pollfd",
  size: 8,
  fields: { fd: ["i32", 0], events: ["u16", 4], revents: ["u16", 6] },
} as const;

/** It can be read; of a dma-buf: nobody writes. */
export const POLLIN = 0x1;
/** It can be written; of a dma-buf: nobody uses it. */
export const POLLOUT = 0x4;
