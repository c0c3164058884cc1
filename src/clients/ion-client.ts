import type { DmaBuffer } from "../simulate/buffers/dma-buffer.js";
import type { DmaSystem } from "../simulate/dma-system.js";
import type { Bytes } from "../units/quantity.js";
import { Handles } from "./handles.js";

/** The buffer will be used by the CPU a lot. Linux 4.19 `drivers/staging/android/uapi/ion.h` `ION_FLAG_CACHED`. */
export const ION_FLAG_CACHED = 1;

const LARGEST_U32 = 2 ** 32 - 1;

/**
 * Allocation in the manner of Ion: a length, a mask of heaps, flags; handles within a client, descriptors between processes.
 *
 * The mask is taken and changes nothing. It was how a process told what it had been told of the board: here the devices that attach to the buffer
 * decide, which is why there is no memory before one of them maps it.
 *
 * @see Linux 4.19 `drivers/staging/android/ion/ion.c` `ion_alloc()`; later kernels have dma-heaps instead
 */
export class IonClient {
  readonly #system: DmaSystem;
  readonly #handles: Handles = new Handles();

  constructor(system: DmaSystem) {
    this.#system = system;
  }

  /** Handles that are open. */
  get handleCount(): number {
    return this.#handles.count;
  }

  /**
   * Makes a buffer without memory.
   *
   * @param len - bytes, at least 1
   * @param heapIdMask - one bit for each heap that would do, 0 to 2^32 - 1; nobody looks at it
   * @param flags - {@link ION_FLAG_CACHED} or 0
   * @returns its handle
   * @throws RangeError for a length, a mask or flags that are none
   */
  alloc(len: Bytes, heapIdMask: number, flags: number = 0): number {
    checkU32("heapIdMask", heapIdMask);
    if (flags !== 0 && flags !== ION_FLAG_CACHED) throw new RangeError(`flags are ${flags}; 0 and 1 are possible`);
    const cpu = flags === ION_FLAG_CACHED ? "often" : "rare";
    return this.#handles.open(this.#system.createBuffer({ size: len, cpu }));
  }

  /** The buffer behind a handle, for devices to attach to. @throws RangeError for a handle that is not open */
  buffer(handle: number): DmaBuffer {
    return this.#handles.get(handle);
  }

  /** A descriptor for other clients; close it with {@link DmaSystem.closeDescriptor}. @throws RangeError for a handle that is not open */
  share(handle: number): number {
    return this.#handles.get(handle).export();
  }

  /** The handle of a shared buffer: the one this client has, if it has one. @throws RangeError for a descriptor that is not open */
  import(descriptor: number): number {
    return this.#handles.open(this.#system.importBuffer(descriptor));
  }

  /** Gives a handle back, once for each time it was handed out. @throws RangeError for a handle that is not open */
  free(handle: number): void {
    this.#handles.close(handle);
  }
}

function checkU32(name: string, value: number): void {
  if (Number.isInteger(value) && value >= 0 && value <= LARGEST_U32) return;
  throw new RangeError(`${name} is ${value}, not a whole number from 0 to 2^32 - 1`);
}
