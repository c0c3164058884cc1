import { readFileSync } from "node:fs";
import type { Access } from "../../constraints/participant.js";
import { Descriptor } from "../native/descriptor.js";
import type { Kernel, Watch } from "../native/kernel.js";
import { getField, makeStruct } from "../native/struct.js";
import { systemCallErrorOf } from "../native/system-call-error.js";
import {
  DMA_BUF_IOCTL_EXPORT_SYNC_FILE,
  DMA_BUF_IOCTL_SYNC,
  DMA_BUF_NAME_LEN,
  DMA_BUF_SET_NAME,
  DMA_BUF_SYNC_END,
  DMA_BUF_SYNC_READ,
  DMA_BUF_SYNC_RW,
  DMA_BUF_SYNC_START,
  DMA_BUF_SYNC_WRITE,
  dmaBufExportSyncFile,
  dmaBufSync,
} from "../uapi/dma-buf.js";

/** What every dma-buf can do, whoever made it. All of them throw SystemCallError. */

const SYNC_FLAGS: Readonly<Record<Access, number>> = {
  read: DMA_BUF_SYNC_READ,
  write: DMA_BUF_SYNC_WRITE,
  "read-write": DMA_BUF_SYNC_RW,
};

/** Events of a dma-buf that say that nobody is at work in the way of an access: readable, no writer; writable, nobody at all. */
function eventsOf(access: Access): { readonly readable: boolean; readonly writable: boolean } {
  return { readable: access === "read", writable: access !== "read" };
}

/**
 * True when no device is at work in the way of an access by the CPU.
 *
 * @see Linux 6.12 `drivers/dma-buf/dma-buf.c` `dma_buf_poll()`
 */
export function isIdle(kernel: Kernel, dmabuf: Descriptor, access: Access): boolean {
  return kernel.isReady(dmabuf, eventsOf(access));
}

/** Waits until {@link isIdle}, without holding up anything else. Drivers end what hangs after some seconds. */
export function whenIdle(kernel: Kernel, dmabuf: Descriptor, access: Access): Promise<void> {
  if (isIdle(kernel, dmabuf, access)) return Promise.resolve();
  return new Promise((resolve, reject) => {
    // Watched through a descriptor of its own, so that the buffer may be released meanwhile.
    const own = kernel.duplicate(dmabuf);
    const watch: Watch = kernel.watch(own, eventsOf(access), (error) => {
      watch.close();
      own.close();
      if (error === null) resolve();
      else reject(error);
    });
  });
}

/** Begins an access by the CPU: what devices wrote becomes visible. Waits, and everything with it, for devices at work: see {@link isIdle} first. */
export function beginCpuAccess(kernel: Kernel, dmabuf: Descriptor, access: Access): void {
  kernel.ioctl(dmabuf, DMA_BUF_IOCTL_SYNC, makeStruct(dmaBufSync, { flags: SYNC_FLAGS[access] + DMA_BUF_SYNC_START }));
}

/** Ends it: what the CPU wrote becomes visible to devices. */
export function endCpuAccess(kernel: Kernel, dmabuf: Descriptor, access: Access): void {
  kernel.ioctl(dmabuf, DMA_BUF_IOCTL_SYNC, makeStruct(dmaBufSync, { flags: SYNC_FLAGS[access] + DMA_BUF_SYNC_END }));
}

/**
 * The fences that an access has to wait for, as a sync file to hand to others.
 *
 * @see Linux 6.12 `Documentation/driver-api/dma-buf.rst`, implicit fences
 */
export function exportFence(kernel: Kernel, dmabuf: Descriptor, access: Access): Descriptor {
  const request = makeStruct(dmaBufExportSyncFile, { flags: SYNC_FLAGS[access], fd: -1 });
  kernel.ioctl(dmabuf, DMA_BUF_IOCTL_EXPORT_SYNC_FILE, request);
  return new Descriptor(getField(dmaBufExportSyncFile, request, "fd"), `fence of ${dmabuf.path}`);
}

/**
 * What the kernel tells of a dma-buf: `exp_name`, the driver that made it, or `count`, how often it is referred to by descriptors and mappings of all processes,
 * messages on their way, and devices.
 *
 * @param fd - number of the descriptor; `path`: what it is called in messages
 * @returns null for what is no dma-buf
 * @throws SystemCallError when nothing can be read
 * @see Linux 6.12 `drivers/dma-buf/dma-buf.c` `dma_buf_show_fdinfo()`
 */
export function dmaBufField(fd: number, path: string, name: "exp_name" | "count"): string | null {
  let text: string;
  try {
    text = readFileSync(`/proc/self/fdinfo/${fd}`, "latin1");
  } catch (error) {
    throw systemCallErrorOf(error, path, "open fdinfo");
  }
  return new RegExp(`^${name}:\\s*(\\S+)$`, "m").exec(text)?.[1] ?? null;
}

/** Names a buffer for `/proc/PID/fdinfo` and debugfs; what is longer than 31 bytes is cut. */
export function nameDmaBuf(kernel: Kernel, dmabuf: Descriptor, name: string): void {
  const bytes = new Uint8Array(DMA_BUF_NAME_LEN);
  new TextEncoder().encodeInto(name, bytes.subarray(0, DMA_BUF_NAME_LEN - 1));
  kernel.ioctl(dmabuf, DMA_BUF_SET_NAME, bytes);
}
