import type { Bytes, DmaAddr, PhysAddr } from "../units/quantity.js";

/**
 * The memory of a buffer as the CPU sees it: one entry per physically contiguous block, in the order of the bytes.
 *
 * `origNents` of the kernel's `sg_table` is `count` here; what a device sees is a {@link DmaSegments} of its own, so that two devices may map
 * the same list. Never changed after it was made.
 *
 * @see Linux 6.12 `include/linux/scatterlist.h` `struct sg_table`
 */
export interface ScatterList {
  /** Number of entries, at least 1. */
  readonly count: number;
  /** Physical address of each entry. */
  readonly physAddr: readonly PhysAddr[];
  /** Bytes of each entry, at least 1. */
  readonly length: readonly Bytes[];
  /** Sum of the lengths. */
  readonly size: Bytes;
}

/**
 * A list from blocks given as base and size.
 *
 * @throws RangeError for no block, one of less than a byte, or one that leaves the addresses 0 to 2^53 - 1
 */
export function scatterList(blocks: readonly { readonly base: PhysAddr; readonly size: Bytes }[]): ScatterList {
  if (blocks.length === 0) throw new RangeError("a scatter list has at least one entry");
  let size = 0;
  for (const block of blocks) {
    const { base, size: length } = block;
    if (!Number.isSafeInteger(length) || length < 1)
      throw new RangeError(`an entry of ${length} bytes; it has at least 1`);
    if (!Number.isSafeInteger(base) || base < 0 || !Number.isSafeInteger(base + length)) {
      throw new RangeError(`an entry of ${length} bytes at ${base} leaves the addresses 0 to 2^53 - 1`);
    }
    size += length;
  }
  return { count: blocks.length, physAddr: blocks.map((b) => b.base), length: blocks.map((b) => b.size), size };
}

/**
 * A buffer as one device sees it: what `sg_dma_address()` and `sg_dma_len()` tell of the first `count` entries. Reused from map to map, so that
 * mapping allocates nothing once it has grown.
 */
export class DmaSegments {
  /** Entries in use. */
  count: number = 0;
  /** Address the device emits for each entry. */
  address: Float64Array;
  /** Bytes of each entry. */
  length: Float64Array;

  constructor(room: number = 4) {
    this.address = new Float64Array(room);
    this.length = new Float64Array(room);
  }

  /** Appends an entry. */
  push(address: DmaAddr, length: Bytes): void {
    if (this.count === this.address.length) this.#grow();
    this.address[this.count] = address;
    this.length[this.count] = length;
    this.count += 1;
  }

  #grow(): void {
    const address = new Float64Array(this.count * 2);
    const length = new Float64Array(this.count * 2);
    address.set(this.address);
    length.set(this.length);
    this.address = address;
    this.length = length;
  }
}
