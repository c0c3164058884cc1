import { type Ioctl, iow, iowr } from "../native/ioctl.js";

/** Operations on any dma-buf. Linux 6.12 `include/uapi/linux/dma-buf.h`. */

/** An access by the CPU begins or ends. */
export const dmaBufSync = { name: "struct dma_buf_sync", size: 8, fields: { flags: ["u64", 0] } } as const;

/** The CPU reads. */
export const DMA_BUF_SYNC_READ = 1;
/** The CPU writes. */
export const DMA_BUF_SYNC_WRITE = 2;
/** Both. */
export const DMA_BUF_SYNC_RW = 3;
/** The access begins. */
export const DMA_BUF_SYNC_START = 0;
/** The access ends. */
export const DMA_BUF_SYNC_END = 4;

/** Most bytes of a buffer's name, without the zero byte at its end. */
export const DMA_BUF_NAME_LEN = 32;

/** Fences of a buffer, as a sync file. `flags`: the accesses to come, `DMA_BUF_SYNC_READ` waits for writers, `..._WRITE` for all. */
export const dmaBufExportSyncFile = {
  name: "struct dma_buf_export_sync_file",
  size: 8,
  fields: { flags: ["u32", 0], fd: ["i32", 4] },
} as const;
/** A fence that a buffer is to have from now on. */
export const dmaBufImportSyncFile = {
  name: "struct dma_buf_import_sync_file",
  size: 8,
  fields: { flags: ["u32", 0], fd: ["i32", 4] },
} as const;

/** Begins or ends an access; the begin waits for fences. */
export const DMA_BUF_IOCTL_SYNC: Ioctl = iow("DMA_BUF_IOCTL_SYNC", "b", 0, dmaBufSync.size);
/** The argument is a string with a zero byte at its end; its number is that of a `__u64`. */
export const DMA_BUF_SET_NAME: Ioctl = iow("DMA_BUF_SET_NAME_B", "b", 1, 8);
/** Asks for the fences of a buffer. */
export const DMA_BUF_IOCTL_EXPORT_SYNC_FILE: Ioctl = iowr(
  "DMA_BUF_IOCTL_EXPORT_SYNC_FILE",
  "b",
  2,
  dmaBufExportSyncFile.size,
);
/** Adds a fence to a buffer. */
export const DMA_BUF_IOCTL_IMPORT_SYNC_FILE: Ioctl = iow(
  "DMA_BUF_IOCTL_IMPORT_SYNC_FILE",
  "b",
  3,
  dmaBufImportSyncFile.size,
);
