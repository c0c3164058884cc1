import type { Bytes } from "../../units/quantity.js";
import type { Descriptor } from "../native/descriptor.js";
import type { Kernel } from "../native/kernel.js";
import { LARGEST_VIEW, type Mapping } from "../native/mapping.js";
import { beginCpuAccess, endCpuAccess } from "./dma-buf.js";
import type { LinuxMemory } from "./linux-memory.js";

/** Memory with its bytes, which are mapped when they are first asked for. */
export class MappedMemory implements LinuxMemory {
  readonly #kernel: Kernel;
  readonly #memory: LinuxMemory;
  #mapping: Mapping | null = null;

  /** @param memory - belongs to this object from now on */
  constructor(kernel: Kernel, memory: LinuxMemory) {
    this.#kernel = kernel;
    this.#memory = memory;
  }

  get dmabuf(): Descriptor {
    return this.#memory.dmabuf;
  }

  get size(): Bytes {
    return this.#memory.size;
  }

  /**
   * Bytes of it, through a mapping that is kept; of memory that no view can hold whole, through one for this part alone, which ends with what is returned.
   *
   * @throws SystemCallError when they cannot be mapped
   */
  view(offset: Bytes, size: Bytes): { readonly bytes: Uint8Array } & Disposable {
    const kernel = this.#kernel;
    if (this.size > LARGEST_VIEW) {
      const before = offset % kernel.pageSize;
      const part = kernel.map(this.dmabuf, before + size, offset - before);
      return { bytes: part.bytes.subarray(before), [Symbol.dispose]: () => part.close() };
    }
    this.#mapping ??= kernel.map(this.dmabuf, this.size);
    return { bytes: this.#mapping.bytes.subarray(offset, offset + size), [Symbol.dispose]: () => undefined };
  }

  /** Takes over the bytes of other memory, as far as both go. @returns how many. @throws SystemCallError */
  copyFrom(other: LinuxMemory): Bytes {
    const kernel = this.#kernel;
    const size = Math.min(other.size, this.size);
    using source = kernel.map(other.dmabuf, size);
    using target = kernel.map(this.dmabuf, size);
    beginCpuAccess(kernel, other.dmabuf, "read");
    beginCpuAccess(kernel, this.dmabuf, "write");
    target.bytes.set(source.bytes);
    endCpuAccess(kernel, this.dmabuf, "write");
    endCpuAccess(kernel, other.dmabuf, "read");
    return size;
  }

  /** Ends the mapping and closes the memory; views that are left read as zeros. */
  close(): void {
    this.#mapping?.close();
    this.#mapping = null;
    this.#memory.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
