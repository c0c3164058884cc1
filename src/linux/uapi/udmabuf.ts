import { type Ioctl, iow } from "../native/ioctl.js";

/** Buffers made of pages of a memfd. Linux 6.12 `include/uapi/linux/udmabuf.h`. Both requests return the buffer's descriptor. */

/** The buffer's descriptor is closed when another program is executed. */
export const UDMABUF_FLAGS_CLOEXEC = 0x01;

/** Offset and size are whole pages; the memfd has `F_SEAL_SHRINK` and not `F_SEAL_WRITE`. */
export const udmabufCreate = {
  name: "struct udmabuf_create",
  size: 24,
  fields: {
    memfd: ["u32", 0],
    flags: ["u32", 4],
    offset: ["u64", 8],
    size: ["u64", 16],
  },
} as const;

/** One range of a memfd. */
export const udmabufCreateItem = {
  name: "struct udmabuf_create_item",
  size: 24,
  fields: {
    memfd: ["u32", 0],
    offset: ["u64", 8],
    size: ["u64", 16],
  },
} as const;

/** Head of a list; the items follow it. */
export const udmabufCreateList = {
  name: "struct udmabuf_create_list",
  size: 8,
  fields: { flags: ["u32", 0], count: ["u32", 4] },
} as const;

/** Makes a buffer of one range. */
export const UDMABUF_CREATE: Ioctl = iow("UDMABUF_CREATE", "u", 0x42, udmabufCreate.size);
/** Makes a buffer of several ranges, of one memfd or more. */
export const UDMABUF_CREATE_LIST: Ioctl = iow("UDMABUF_CREATE_LIST", "u", 0x43, udmabufCreateList.size);
