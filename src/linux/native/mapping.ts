import { type Bytes, formatSize, GIB } from "../../units/quantity.js";
import {
  MAP_ANONYMOUS,
  MAP_FIXED,
  MAP_NORESERVE,
  MAP_PRIVATE,
  MAP_SHARED,
  PROT_READ,
  PROT_WRITE,
} from "../uapi/mman.js";
import type { Descriptor } from "./descriptor.js";
import { type Libc, MAP_FAILED } from "./libc.js";
import { SystemCallError } from "./system-call-error.js";

/** Most bytes of one view: a longer one would end the process. */
export const LARGEST_VIEW: Bytes = 4 * GIB;

/**
 * Memory of a file, in this process.
 *
 * A view on it cannot be taken away from those who have it, and one on memory that is gone would end the process. So {@link close} puts empty memory in its place:
 * whoever still looks sees zeros, and what he writes goes nowhere. The addresses are given back when the last view has been collected.
 */
export interface Mapping extends Disposable {
  /** The bytes themselves, not a copy: others see what is written. */
  readonly bytes: Uint8Array;
  readonly isOpen: boolean;
  /** Ends it; a second call does nothing. */
  close(): void;
}

/** Maps files into this process. */
export class Mapper {
  readonly #libc: Libc;
  readonly #unmapLater: FinalizationRegistry<{ readonly address: bigint; readonly size: Bytes }>;

  constructor(libc: Libc) {
    this.#libc = libc;
    this.#unmapLater = new FinalizationRegistry(({ address, size }) => libc.munmap(address, size));
  }

  /**
   * Maps bytes of a file, shared, to be read and written.
   *
   * @param offset - a multiple of the page size
   * @throws RangeError for a size that no view can have; SystemCallError when the kernel refuses
   */
  map(descriptor: Descriptor, size: Bytes, offset: Bytes): Mapping {
    if (!Number.isSafeInteger(size) || size < 1 || size > LARGEST_VIEW) {
      throw new RangeError(
        `${size} bytes of ${descriptor.path}: a view has from 1 byte to ${formatSize(LARGEST_VIEW)}`,
      );
    }
    const libc = this.#libc;
    const address = libc.mmap(null, size, PROT_READ + PROT_WRITE, MAP_SHARED, descriptor.number, offset);
    if (address === MAP_FAILED) throw new SystemCallError("mmap", descriptor.path, libc.errno());
    let bytes: Uint8Array;
    try {
      const buffer = libc.viewOf(address, size);
      this.#unmapLater.register(buffer, { address, size });
      bytes = new Uint8Array(buffer);
    } catch (error) {
      libc.munmap(address, size);
      throw error;
    }
    let isOpen = true;
    const close = (): void => {
      if (!isOpen) return;
      isOpen = false;
      const flags = MAP_FIXED + MAP_PRIVATE + MAP_ANONYMOUS + MAP_NORESERVE;
      const replaced = libc.mmap(address, size, PROT_READ + PROT_WRITE, flags, -1, 0);
      if (replaced === MAP_FAILED) throw new SystemCallError("mmap (ending a view)", descriptor.path, libc.errno());
    };
    return {
      bytes,
      get isOpen() {
        return isOpen;
      },
      close,
      [Symbol.dispose]: close,
    };
  }
}
