import { type Ioctl, iowr } from "../native/ioctl.js";

/** DMA-BUF heaps. Linux 6.12 `include/uapi/linux/dma-heap.h`. */

/** `fd` and `heap_flags` must be 0 when it is passed; `fd` is the buffer afterwards. */
export const dmaHeapAllocationData = {
  name: "struct dma_heap_allocation_data",
  size: 24,
  fields: {
    len: ["u64", 0],
    fd: ["u32", 8],
    fd_flags: ["u32", 12],
    heap_flags: ["u64", 16],
  },
} as const;

/** Makes a buffer of zeros. */
export const DMA_HEAP_IOCTL_ALLOC: Ioctl = iowr("DMA_HEAP_IOCTL_ALLOC", "H", 0x0, dmaHeapAllocationData.size);
