import type { Bytes } from "../../units/quantity.js";
import { Descriptor } from "../native/descriptor.js";
import type { Kernel } from "../native/kernel.js";
import { getField, makeStruct } from "../native/struct.js";
import { DMA_HEAP_IOCTL_ALLOC, dmaHeapAllocationData } from "../uapi/dma-heap.js";
import { O_CLOEXEC, O_RDWR } from "../uapi/fcntl.js";
import { type LinuxHeap, type LinuxMemory, memoryOf } from "./linux-memory.js";

/**
 * A heap under `/dev/dma_heap/`. Its buffers are zeroed.
 *
 * The kernel checks no size: what the system heap is asked for beyond what is free, it takes from other processes. Whoever asks looks first.
 *
 * @see Linux 6.12 `drivers/dma-buf/dma-heap.c`, `drivers/dma-buf/heaps/`
 */
export class DmaHeap implements LinuxHeap, Disposable {
  readonly #kernel: Kernel;
  readonly #path: string;
  #node: Descriptor | null = null;

  /** @param path - of the node, which is opened when it is first needed */
  constructor(kernel: Kernel, path: string) {
    this.#kernel = kernel;
    this.#path = path;
  }

  allocate(size: Bytes): LinuxMemory {
    this.#node ??= this.#kernel.open(this.#path);
    const request = makeStruct(dmaHeapAllocationData, { len: size, fd_flags: O_RDWR + O_CLOEXEC });
    this.#kernel.ioctl(this.#node, DMA_HEAP_IOCTL_ALLOC, request);
    const fd = getField(dmaHeapAllocationData, request, "fd");
    const dmabuf = new Descriptor(fd, `dmabuf from ${this.#path}`);
    return memoryOf(dmabuf, this.#kernel.sizeOf(dmabuf));
  }

  [Symbol.dispose](): void {
    this.#node?.close();
    this.#node = null;
  }
}
