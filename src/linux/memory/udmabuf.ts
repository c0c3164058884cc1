import type { Bytes } from "../../units/quantity.js";
import { Descriptor } from "../native/descriptor.js";
import type { Kernel } from "../native/kernel.js";
import { makeStruct } from "../native/struct.js";
import { UDMABUF_CREATE, UDMABUF_FLAGS_CLOEXEC, udmabufCreate } from "../uapi/udmabuf.js";
import { type LinuxHeap, type LinuxMemory, memoryOf } from "./linux-memory.js";
import { type Memfd, makeMemfd } from "./memfd.js";

/** Node of the driver. */
const NODE = "/dev/udmabuf";

/**
 * Buffers made of the pages of a memfd, each anywhere in memory.
 *
 * The driver takes at most 64 MiB and 1024 ranges unless its parameters `size_limit_mb` and `list_limit` say otherwise, and answers EINVAL beyond that.
 *
 * @see Linux 6.12 `drivers/dma-buf/udmabuf.c`
 */
export class Udmabuf implements LinuxHeap, Disposable {
  readonly #kernel: Kernel;
  readonly #hugePageSize: Bytes | null;
  #node: Descriptor | null = null;

  /** @param hugePageSize - bytes of the pages that buffers are made of; null for ordinary ones */
  constructor(kernel: Kernel, hugePageSize: Bytes | null = null) {
    this.#kernel = kernel;
    this.#hugePageSize = hugePageSize;
  }

  allocate(size: Bytes): LinuxMemory {
    const huge = this.#hugePageSize;
    // The dma-buf holds the pages when the memfd is closed.
    using memfd = makeMemfd(this.#kernel, { size, ...(huge !== null && { hugePageSize: huge }) });
    return this.export(memfd);
  }

  /** A memfd as dma-buf: both are the same pages. The memfd stays the caller's. */
  export({ descriptor, size }: Memfd): LinuxMemory {
    this.#node ??= this.#kernel.open(NODE);
    const memfd = descriptor.number;
    const request = makeStruct(udmabufCreate, { memfd, flags: UDMABUF_FLAGS_CLOEXEC, offset: 0, size });
    const fd = this.#kernel.ioctl(this.#node, UDMABUF_CREATE, request);
    return memoryOf(new Descriptor(fd, `dmabuf from ${NODE}`), size);
  }

  [Symbol.dispose](): void {
    this.#node?.close();
    this.#node = null;
  }
}
