import { BYTES_PER_SLOT, SLOTS_PER_SEGMENT } from "../../algorithms/bounce-slots.js";
import { alignUp, type Bytes, type DmaAddr, type PhysAddr, roundUpToPowerOfTwo } from "../../units/quantity.js";
import type { Range } from "../../units/ranges.js";
import type { World } from "../world.js";

/** There are no slots. */
export const NO_SLOTS = -1;
/** Original address of slots that copy nothing. */
const NO_ORIGIN = -1;

/** A pool before anything bounces. */
export interface BouncePoolShape {
  /** Id of the heap that hands out the same slots, for restricted pools; null for the pool of the machine. */
  readonly heap: string | null;
  readonly base: PhysAddr;
  /** Whole slots count. */
  readonly size: Bytes;
  /** Areas, one per CPU in the kernel; a power of two. A restricted pool has one. */
  readonly areas: number;
  /** Every mapping of its devices bounces: restricted pools, and `swiotlb=force`. */
  readonly force: boolean;
}

/** What of a device counts for the place of a bounce buffer. */
export interface BounceLimits {
  readonly minAlignMask: number;
  readonly segmentBoundaryMask: number;
}

/** Counters of a pool. Slots are of 2 KiB. */
export interface BounceStats {
  readonly slots: number;
  readonly used: number;
  /** Of those in use, slots that hold copies; the others are coherent memory of a restricted pool. */
  readonly copies: number;
  readonly highWater: number;
  readonly failures: number;
}

/**
 * Bounce memory: slots of 2 KiB in segments of 128, in areas that are searched one after the other, each from where its last search ended.
 *
 *     area 0                                   area 1
 *     |-- segment --|-- segment --|-- segment --|-- segment --| ...
 *      ##....##.....  ...........   └ cursor        a run never leaves its segment
 *      list: 0 0 4 3 2 1 0 0 5 ..                   free slots from here to the next taken one, or to the segment's end
 *
 * Runs are chosen as the kernel chooses them, for the low bits that must stay equal, the alignment and the boundary of the device. With bytes,
 * a slot that is given back reads as zero, where the kernel leaves what was copied.
 *
 * Taking asks the fault switch once. Time: a step per slot looked at. 14 bytes per slot.
 *
 * @see Linux 6.12 `kernel/dma/swiotlb.c` `swiotlb_search_pool_area()`, `swiotlb_release_slots()`
 */
export class BouncePool {
  readonly heap: string | null;
  readonly base: PhysAddr;
  readonly size: Bytes;
  readonly force: boolean;
  readonly areas: number;
  readonly #world: World;
  readonly #slots: number;
  readonly #areaSlots: number;
  /** Free slots from here on in the segment; 0 when taken. */
  readonly #list: Uint8Array;
  /** Bytes from the slot's first byte that counts to the end of the allocation. */
  readonly #left: Int32Array;
  /** Original address of the slot's first byte. */
  readonly #origin: Float64Array;
  /** Of the slot with the first byte that was handed out: 1, and the slots in front of it that only align. 0 for all others. */
  readonly #padding: Uint8Array;
  readonly #cursor: Int32Array;
  readonly #areaUsed: Int32Array;
  #used = 0;
  #copies = 0;
  #highWater = 0;
  #failures = 0;

  /** @throws RangeError when the shape has no slot, or areas that are no power of two or no whole segments */
  constructor(world: World, shape: BouncePoolShape) {
    const slots = Math.floor(shape.size / BYTES_PER_SLOT);
    const { areas } = shape;
    if (!(slots >= 1)) throw new RangeError(`a bounce pool of ${shape.size} bytes has no slot of ${BYTES_PER_SLOT}`);
    if (!Number.isInteger(areas) || areas < 1 || roundUpToPowerOfTwo(areas) !== areas) {
      throw new RangeError(`${areas} areas: a power of two is possible`);
    }
    if (areas > 1 && slots % (areas * SLOTS_PER_SEGMENT) !== 0) {
      throw new RangeError(`${slots} slots in ${areas} areas are no whole segments of ${SLOTS_PER_SEGMENT}`);
    }
    this.heap = shape.heap;
    this.base = shape.base;
    this.size = slots * BYTES_PER_SLOT;
    this.force = shape.force;
    this.areas = areas;
    this.#world = world;
    this.#slots = slots;
    this.#areaSlots = slots / areas;
    this.#list = new Uint8Array(slots);
    for (let slot = 0; slot < slots; slot += 1) {
      this.#list[slot] = Math.min(SLOTS_PER_SEGMENT - (slot % SLOTS_PER_SEGMENT), slots - slot);
    }
    this.#left = new Int32Array(slots);
    this.#origin = new Float64Array(slots).fill(NO_ORIGIN);
    this.#padding = new Uint8Array(slots);
    this.#cursor = new Int32Array(areas);
    this.#areaUsed = new Int32Array(areas);
  }

  /** True when an address lies in the pool. */
  contains(physAddr: PhysAddr): boolean {
    return physAddr >= this.base && physAddr - this.base < this.size;
  }

  stats(): BounceStats {
    return {
      slots: this.#slots,
      used: this.#used,
      copies: this.#copies,
      highWater: this.#highWater,
      failures: this.#failures,
    };
  }

  /** The longest run of free slots that one request could get, in bytes: at most a segment. */
  largestFree(): Bytes {
    let longest = 0;
    for (const run of this.#list) if (run > longest) longest = run;
    return longest * BYTES_PER_SLOT;
  }

  /** True when an empty pool has room for memory of its own. */
  couldFit(size: Bytes, alignment: Bytes): boolean {
    const nslots = Math.ceil(size / BYTES_PER_SLOT);
    if (nslots > SLOTS_PER_SEGMENT) return false;
    let address = alignUp(this.base, Math.max(alignment, BYTES_PER_SLOT));
    for (; address + size <= this.base + this.size; address += Math.max(alignment, BYTES_PER_SLOT)) {
      const within = ((address - this.base) / BYTES_PER_SLOT) % SLOTS_PER_SEGMENT;
      if (within + nslots <= SLOTS_PER_SEGMENT) return true;
      if (address >= this.base + 2 * SLOTS_PER_SEGMENT * BYTES_PER_SLOT) return false;
    }
    return false;
  }

  /**
   * Takes slots for a copy. Nothing is copied.
   *
   * @param origin - where the original lies
   * @param size - bytes that are mapped
   * @param allocAlignMask - start and end of the slots are aligned to it; 0 for streaming mappings
   * @param busBase - address at which the device finds the pool
   * @param cpu - which area is searched first
   * @returns address of the first byte of the copy, or {@link NO_SLOTS} with nothing changed but the count of failures
   * @see Linux 6.12 `kernel/dma/swiotlb.c` `swiotlb_tbl_map_single()`
   */
  take(
    origin: PhysAddr,
    size: Bytes,
    allocAlignMask: number,
    limits: BounceLimits,
    busBase: DmaAddr,
    cpu: number = 0,
  ): PhysAddr {
    const offset = origin % (Math.min(limits.minAlignMask, Math.max(allocAlignMask, BYTES_PER_SLOT - 1)) + 1);
    const allocSize = alignUp(size + offset, allocAlignMask + 1);
    const first = this.#search(origin, allocSize, allocAlignMask, limits, busBase, cpu);
    if (first === NO_SLOTS) return NO_SLOTS;
    const padding = Math.floor(offset / BYTES_PER_SLOT);
    const slot = first + padding;
    const taken = Math.ceil(allocSize / BYTES_PER_SLOT) - padding;
    this.#padding[slot] = padding + 1;
    this.#copies += taken + padding;
    for (let i = 0; i < taken; i += 1) this.#origin[slot + i] = origin + i * BYTES_PER_SLOT;
    return this.base + slot * BYTES_PER_SLOT + (offset % BYTES_PER_SLOT);
  }

  /**
   * Takes slots that are memory of their own: coherent memory from a restricted pool.
   *
   * @param alignment - a power of two, of the address on the bus
   * @returns address, or {@link NO_SLOTS} with nothing changed but the count of failures
   * @see Linux 6.12 `kernel/dma/swiotlb.c` `swiotlb_alloc()`
   */
  allocate(size: Bytes, alignment: Bytes, limits: BounceLimits, busBase: DmaAddr): PhysAddr {
    const first = this.#search(0, size, alignment - 1, limits, busBase, 0);
    if (first === NO_SLOTS) return NO_SLOTS;
    this.#padding[first] = 1;
    return this.base + first * BYTES_PER_SLOT;
  }

  /** True when slots were handed out that begin at an address. */
  beginsAt(tlbAddr: PhysAddr, minAlignMask: number): boolean {
    const offset = tlbAddr % (Math.min(minAlignMask, BYTES_PER_SLOT - 1) + 1);
    const at = (tlbAddr - offset - this.base) / BYTES_PER_SLOT;
    return this.contains(tlbAddr) && Number.isInteger(at) && this.#padding[at] !== 0;
  }

  /**
   * Gives slots back.
   *
   * @param tlbAddr - as it was handed out
   * @returns the memory of the slots
   * @throws RangeError when no slots were handed out there; nothing is changed
   */
  release(tlbAddr: PhysAddr, minAlignMask: number): Range {
    if (!this.beginsAt(tlbAddr, minAlignMask)) throw new RangeError(`no bounce buffer at 0x${tlbAddr.toString(16)}`);
    const offset = tlbAddr % (Math.min(minAlignMask, BYTES_PER_SLOT - 1) + 1);
    const at = (tlbAddr - offset - this.base) / BYTES_PER_SLOT;
    const first = at + 1 - (this.#padding[at] as number);
    const taken = Math.ceil(((this.#left[first] as number) + offset) / BYTES_PER_SLOT);
    this.#world.memory?.clear(this.base + first * BYTES_PER_SLOT, taken * BYTES_PER_SLOT);
    if (this.#origin[at] !== NO_ORIGIN) this.#copies -= taken;
    const end = first + taken;
    let count = end % SLOTS_PER_SEGMENT !== 0 && end < this.#slots ? (this.#list[end] as number) : 0;
    for (let slot = end - 1; slot >= first; slot -= 1) {
      count += 1;
      this.#list[slot] = count;
      this.#origin[slot] = NO_ORIGIN;
      this.#left[slot] = 0;
      this.#padding[slot] = 0;
    }
    this.#joinBelow(first, count);
    const area = Math.floor(first / this.#areaSlots);
    this.#areaUsed[area] = (this.#areaUsed[area] as number) - taken;
    this.#used -= taken;
    return { base: this.base + first * BYTES_PER_SLOT, size: taken * BYTES_PER_SLOT };
  }

  /**
   * Where the original of a byte of a copy lies.
   *
   * @returns -1 when the address belongs to no copy
   * @see Linux 6.12 `kernel/dma/swiotlb.c` `swiotlb_bounce()`
   */
  originOf(tlbAddr: PhysAddr, minAlignMask: number): PhysAddr {
    if (!this.contains(tlbAddr)) return NO_ORIGIN;
    const slot = Math.floor((tlbAddr - this.base) / BYTES_PER_SLOT);
    const origin = this.#origin[slot] as number;
    if (origin === NO_ORIGIN) return NO_ORIGIN;
    const offset = origin % (Math.min(minAlignMask, BYTES_PER_SLOT - 1) + 1);
    return origin + ((tlbAddr - this.base) % BYTES_PER_SLOT) - offset;
  }

  /**
   * Bytes from a byte of a copy on to the end of what was taken for it; 0 when the address belongs to no copy.
   *
   * @see Linux 6.12 `kernel/dma/swiotlb.c` `swiotlb_bounce()`, which copies no more, whatever is asked
   */
  bytesLeft(tlbAddr: PhysAddr, minAlignMask: number): Bytes {
    const origin = this.originOf(tlbAddr, minAlignMask);
    if (origin === NO_ORIGIN) return 0;
    const slot = Math.floor((tlbAddr - this.base) / BYTES_PER_SLOT);
    return (this.#left[slot] as number) - (origin - (this.#origin[slot] as number));
  }

  /** @throws Error when a counter or a list disagrees with the slots */
  audit(): void {
    let used = 0;
    for (let slot = this.#slots - 1, run = 0; slot >= 0; slot -= 1) {
      const list = this.#list[slot] as number;
      if ((slot + 1) % SLOTS_PER_SEGMENT === 0) run = 0;
      run = list === 0 ? 0 : run + 1;
      if (list === 0) used += 1;
      if (list !== run) throw new Error(`bounce slot ${slot} counts ${list} free slots, there are ${run}`);
    }
    const inAreas = this.#areaUsed.reduce((sum, area) => sum + area, 0);
    if (used !== this.#used || used !== inAreas) {
      throw new Error(`${used} bounce slots are taken, counted are ${this.#used}, in areas ${inAreas}`);
    }
  }

  #search(
    origin: PhysAddr,
    allocSize: Bytes,
    allocAlignMask: number,
    limits: BounceLimits,
    busBase: DmaAddr,
    cpu: number,
  ): number {
    let found = NO_SLOTS;
    if (!this.#world.faults.fails()) {
      for (let i = 0; i < this.areas && found === NO_SLOTS; i += 1) {
        found = this.#searchArea((cpu + i) % this.areas, origin, allocSize, allocAlignMask, limits, busBase);
      }
    }
    if (found === NO_SLOTS) this.#failures += 1;
    return found;
  }

  #searchArea(
    area: number,
    origin: PhysAddr,
    allocSize: Bytes,
    allocAlignMask: number,
    limits: BounceLimits,
    busBase: DmaAddr,
  ): number {
    const { minAlignMask, segmentBoundaryMask } = limits;
    const pageSize = this.#world.machine.profile.pageSize;
    const asPages = allocAlignMask === 0 && minAlignMask === 0 && allocSize >= pageSize;
    const align = Math.max(asPages ? pageSize : allocAlignMask + 1, BYTES_PER_SLOT);
    // Bits that must be those of the original: of minAlignMask, without the ones that alignment makes 0.
    const sameAbove = Math.max(minAlignMask + 1, align);
    const sameBits = (address: number): number => (address % sameAbove) - (address % align);
    const stride = Math.floor(Math.max(align - 1, sameAbove - align) / BYTES_PER_SLOT) + 1;
    const boundarySlots = Math.floor(segmentBoundaryMask / BYTES_PER_SLOT) + 1;
    const bounded = Number.isFinite(segmentBoundaryMask) && segmentBoundaryMask < Number.MAX_SAFE_INTEGER;
    const table = bounded ? busBase % (segmentBoundaryMask + 1) : busBase;
    const tableSlots = Math.ceil(table / BYTES_PER_SLOT);
    const nslots = Math.ceil(allocSize / BYTES_PER_SLOT);
    const areaSlots = this.#areaSlots;
    if (nslots > areaSlots - (this.#areaUsed[area] as number)) return NO_SLOTS;
    let index = this.#cursor[area] as number;
    for (let checked = 0; checked < areaSlots; ) {
      const slot = area * areaSlots + index;
      const address = table + slot * BYTES_PER_SLOT;
      if (address % align !== 0 || (origin !== 0 && sameBits(address) !== sameBits(origin))) {
        index = index + 1 >= areaSlots ? 0 : index + 1;
        checked += 1;
        continue;
      }
      const crosses = bounded && ((tableSlots + slot) % boundarySlots) + nslots > boundarySlots;
      if (!crosses && (this.#list[slot] as number) >= nslots) {
        this.#mark(area, slot, nslots, allocSize, origin % (Math.min(minAlignMask, BYTES_PER_SLOT - 1) + 1));
        this.#cursor[area] = index + nslots >= areaSlots ? 0 : index + nslots;
        return slot;
      }
      index = index + stride >= areaSlots ? 0 : index + stride;
      checked += stride;
    }
    return NO_SLOTS;
  }

  #mark(area: number, first: number, nslots: number, allocSize: Bytes, offset: number): void {
    for (let i = 0; i < nslots; i += 1) {
      this.#list[first + i] = 0;
      this.#left[first + i] = allocSize - (offset + i * BYTES_PER_SLOT);
    }
    this.#joinBelow(first, 0);
    this.#areaUsed[area] = (this.#areaUsed[area] as number) + nslots;
    this.#used += nslots;
    if (this.#used > this.#highWater) this.#highWater = this.#used;
  }

  /** Free slots below `first` in its segment go on for `count` slots there. */
  #joinBelow(first: number, count: number): void {
    let run = count;
    for (let slot = first - 1; slot >= 0 && (slot + 1) % SLOTS_PER_SEGMENT !== 0; slot -= 1) {
      if (this.#list[slot] === 0) return;
      run += 1;
      this.#list[slot] = run;
    }
  }
}
