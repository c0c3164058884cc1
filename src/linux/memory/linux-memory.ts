import type { Route } from "../../heaps/route.js";
import type { MemorySource } from "../../heaps/source.js";
import type { Bytes } from "../../units/quantity.js";
import type { Descriptor } from "../native/descriptor.js";

/** Memory the kernel has handed out, as a dma-buf. It goes back when the last descriptor, mapping and import anywhere is gone. */
export interface LinuxMemory extends Disposable {
  /** The dma-buf. */
  readonly dmabuf: Descriptor;
  /** Bytes, in whole pages: what the dma-buf itself says. */
  readonly size: Bytes;
  /** Closes what this process holds of it; a second call does nothing. */
  close(): void;
}

/**
 * A way to memory on the kernel that runs: one source by one route.
 *
 * `allocate()` throws SystemCallError when the kernel refuses, and leaves nothing open then.
 */
export interface LinuxHeap {
  /** @param size - bytes, at least 1; the kernel rounds up to whole pages, exporters perhaps to more */
  allocate(size: Bytes): LinuxMemory;
}

/** What a heap is found by: the source and the route that were decided for. */
export interface HeapChoice {
  readonly source: MemorySource;
  readonly route: Route;
}

/** A buffer that a device has taken: attached and mapped by its driver until this is closed. */
export interface DeviceImport extends Disposable {
  /** Name of the interface it was taken through. */
  readonly via: "prime" | "v4l2";
  /** Node it was taken through. */
  readonly path: string;
  /** Handle of the buffer on that node; null where there are none. */
  readonly handle: number | null;
  /** Gives it back; a second call does nothing. */
  close(): void;
}

/** Wraps a dma-buf. @param keep - closed after it */
export function memoryOf(dmabuf: Descriptor, size: Bytes, keep: readonly Disposable[] = []): LinuxMemory {
  const close = (): void => {
    dmabuf.close();
    for (const one of keep) one[Symbol.dispose]();
  };
  return { dmabuf, size, close, [Symbol.dispose]: close };
}
