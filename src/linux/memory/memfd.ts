import { ftruncateSync } from "node:fs";
import { alignUp, type Bytes, isPowerOfTwo } from "../../units/quantity.js";
import type { Descriptor } from "../native/descriptor.js";
import type { Kernel } from "../native/kernel.js";
import type { Mapping } from "../native/mapping.js";
import { systemCallErrorOf } from "../native/system-call-error.js";
import { F_ADD_SEALS, F_SEAL_GROW, F_SEAL_SHRINK } from "../uapi/fcntl.js";
import { MFD_ALLOW_SEALING, MFD_HUGE_SHIFT, MFD_HUGETLB } from "../uapi/mman.js";

/** What an object of memory is to be. */
export interface MemfdOptions {
  /** At least 1; rounded up to whole pages. */
  readonly size: Bytes;
  /** Bytes of its pages, where these are to be huge: a power of two that the machine has set aside pages of. Default: ordinary pages. */
  readonly hugePageSize?: Bytes;
  /** For messages and `/proc/PID/fd`. Default `coalloc`. */
  readonly name?: string;
}

/**
 * Pages that belong to nobody but those who have the object: an anonymous file that can change its length no more. One object can be mapped into
 * this process, pinned for devices of VFIO and made a dma-buf by udmabuf, all at the same time: the bytes are the same.
 *
 * Reads as zero until somebody writes. Whoever maps or exports it keeps its pages; {@link close} ends only what this process has of it here.
 */
export class Memfd implements Disposable {
  readonly descriptor: Descriptor;
  /** Bytes, in whole pages. */
  readonly size: Bytes;
  readonly pageSize: Bytes;
  readonly #kernel: Kernel;
  #mapping: Mapping | null = null;

  /** @param descriptor - an anonymous file of that size, which belongs to this object from now on */
  constructor(kernel: Kernel, descriptor: Descriptor, size: Bytes, pageSize: Bytes) {
    this.#kernel = kernel;
    this.descriptor = descriptor;
    this.size = size;
    this.pageSize = pageSize;
  }

  /** `memfd:NAME`, for messages. */
  get name(): string {
    return this.descriptor.path;
  }

  /**
   * The bytes, mapped when they are first asked for and the same ever after.
   *
   * @throws SystemCallError when they cannot be mapped: ENOMEM where too few huge pages are set aside; RangeError for more than 4 GiB, or after {@link close}
   */
  get bytes(): Uint8Array {
    if (!this.descriptor.isOpen) throw new RangeError(`${this.name} is closed`);
    this.#mapping ??= this.#kernel.map(this.descriptor, this.size);
    return this.#mapping.bytes;
  }

  /** Ends the mapping and closes the file; a second call does nothing. Views that are left read as zero. */
  close(): void {
    this.#mapping?.close();
    this.descriptor.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/**
 * Makes an object of memory, sealed: it neither grows nor shrinks, and can be written.
 *
 * @throws RangeError for a size or a page size that cannot be; SystemCallError when the kernel refuses: EINVAL or ENODEV where it has no such huge pages
 */
export function makeMemfd(kernel: Kernel, { size, hugePageSize, name = "coalloc" }: MemfdOptions): Memfd {
  if (!Number.isSafeInteger(size) || size < 1)
    throw new RangeError(`${size} bytes: a whole number from 1 on is possible`);
  const pageSize = hugePageSize ?? kernel.pageSize;
  if (!isPowerOfTwo(pageSize) || pageSize < kernel.pageSize) {
    throw new RangeError(`pages of ${pageSize} bytes: a power of two from ${kernel.pageSize} on is possible`);
  }
  const huge = pageSize === kernel.pageSize ? 0 : MFD_HUGETLB + Math.log2(pageSize) * 2 ** MFD_HUGE_SHIFT;
  const whole = alignUp(size, pageSize);
  const descriptor = kernel.memfdCreate(name, MFD_ALLOW_SEALING + huge);
  try {
    setLength(descriptor, whole);
    kernel.fcntl(descriptor, F_ADD_SEALS, F_SEAL_SHRINK + F_SEAL_GROW);
  } catch (error) {
    descriptor.close();
    throw error;
  }
  return new Memfd(kernel, descriptor, whole, pageSize);
}

function setLength(descriptor: Descriptor, length: Bytes): void {
  try {
    ftruncateSync(descriptor.number, length);
  } catch (error) {
    throw systemCallErrorOf(error, descriptor.path);
  }
}
