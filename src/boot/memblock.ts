/**
 * The kernel's early allocator: memory, what of it is reserved, what of it is kept out of the linear map.
 *
 *   memory    |##########################|      |##############|
 *   no-map              |####|                                        hidden, never handed out
 *   reserved  |##|                 |###|                 |#######|    taken, may lie outside memory
 *   gaps         |-----|    |-----|   |-|      |--------|             where a block may be found
 *
 * A gap never spans a border between NUMA nodes. A search from the top takes the highest gap in which the block fits
 * and puts it as high as its alignment lets it; a search from the bottom mirrors that. There is no best fit.
 *
 * @see Linux 6.12 `mm/memblock.c` `memblock_find_in_range_node()`, `memblock_alloc_range_nid()`
 */
import { MAX_EXACT } from "../units/quantity.js";
import {
  endOf,
  intersectRanges,
  type Range,
  type RangeSet,
  subtractRanges,
  toRangeSet,
  totalSize,
} from "../units/ranges.js";
import { maskDown, maskUp } from "./mask.js";

/** A range of RAM and the NUMA node it belongs to; null or absent when the machine names no nodes. */
export interface MemoryBank extends Range {
  readonly nid?: number | null;
}

/** What to look for. */
export interface BlockRequest {
  /** Bytes; never rounded. 0 is found too, at the end of the highest gap. */
  readonly size: number;
  /** Used as a bit mask, as the kernel does: a value that is no power of two gives no such alignment. 0: one cache line. */
  readonly alignment: number;
  /** Lowest base; default 0. The first page is never given. */
  readonly from?: number;
  /** Exclusive end of the block; default {@link ANYWHERE}. {@link ACCESSIBLE} is the allocator's current limit. */
  readonly to?: number;
  /** Only gaps of this NUMA node. Default: any. */
  readonly nid?: number | null;
  /** Default: {@link Memblock.bottomUp}. */
  readonly bottomUp?: boolean;
}

/** As an end: no limit at all. */
export const ANYWHERE: number = MAX_EXACT;
/** As an end: the allocator's current limit (the end of low memory on 32-bit arm, else no limit). */
export const ACCESSIBLE = 0;

/** The early allocator. Ranges are half-open, sizes in bytes; nothing here rounds to pages. */
export class Memblock {
  /** Direction of a search that names none. */
  bottomUp = false;
  /** End of what an {@link ACCESSIBLE} search may give, exclusive. */
  currentLimit: number = ANYWHERE;
  readonly pageSize: number;
  readonly cacheLine: number;
  #memory: RangeSet;
  #reserved: RangeSet = [];
  #noMap: RangeSet = [];
  #borders: readonly MemoryBank[] = [];
  #gaps: readonly MemoryBank[] | null = null;

  /**
   * @param memory - RAM in any order, overlapping ranges merge; NUMA nodes count only after {@link setNodes}
   * @param pageSize - bytes; the first page is never handed out
   * @param cacheLine - bytes; the alignment of a request that gives 0
   */
  constructor(memory: readonly Range[], pageSize = 4096, cacheLine = 64) {
    this.#memory = toRangeSet(memory);
    this.pageSize = pageSize;
    this.cacheLine = cacheLine;
  }

  /** All RAM, hidden parts included. */
  get memory(): RangeSet {
    return this.#memory;
  }

  /** Everything reserved, inside RAM or not. */
  get reserved(): RangeSet {
    return this.#reserved;
  }

  /** RAM that is not in the kernel's linear map. */
  get noMap(): RangeSet {
    return this.#noMap;
  }

  /** First byte of RAM; 0 without RAM. */
  get startOfRam(): number {
    return this.#memory[0]?.base ?? 0;
  }

  /** Exclusive end of RAM; 0 without RAM. */
  get endOfRam(): number {
    const last = this.#memory[this.#memory.length - 1];
    return last === undefined ? 0 : endOf(last);
  }

  /** Bytes of RAM, hidden parts included. */
  get ramSize(): number {
    return totalSize(this.#memory);
  }

  /** Free runs in ascending order; two may touch at a NUMA border. */
  gaps(): readonly MemoryBank[] {
    if (this.#gaps === null) {
      const free = subtractRanges(subtractRanges(this.#memory, this.#noMap), this.#reserved);
      this.#gaps = this.#borders.length === 0 ? free : splitByNode(free, this.#borders);
    }
    return this.#gaps;
  }

  /** Names the NUMA node of each bank; from now on no gap spans two nodes. */
  setNodes(banks: readonly MemoryBank[]): void {
    const named = banks.filter((bank) => bank.nid !== undefined && bank.nid !== null);
    this.#borders = [...named].sort((a, b) => a.base - b.base);
    this.#gaps = null;
  }

  /** The NUMA node of an address; null when none is named for it. */
  nodeOf(address: number): number | null {
    for (const bank of this.#borders) {
      if (address >= bank.base && address < endOf(bank)) return bank.nid ?? null;
    }
    return null;
  }

  /** NUMA nodes with memory, ascending; node 0 alone when none is named. */
  nodes(): readonly number[] {
    const named = this.#borders.map((bank) => bank.nid ?? 0);
    return named.length === 0 ? [0] : [...new Set(named)].sort((a, b) => a - b);
  }

  /** RAM of a NUMA node; all of it when no node is named. */
  ofNode(nid: number): RangeSet {
    if (this.#borders.length === 0) return this.#memory;
    return intersectRanges(this.#memory, toRangeSet(this.#borders.filter((bank) => (bank.nid ?? 0) === nid)));
  }

  /** Addresses where one NUMA node ends and another begins. */
  nodeBorders(): readonly number[] {
    const out: number[] = [];
    for (let i = 0; i + 1 < this.#borders.length; i++) {
      const next = this.#borders[i + 1] as MemoryBank;
      if (this.#borders[i]?.nid !== next.nid) out.push(next.base);
    }
    return out;
  }

  /** Adds RAM. */
  add(base: number, size: number): void {
    this.#memory = toRangeSet([...this.#memory, { base, size }]);
    this.#gaps = null;
  }

  /** Removes RAM; reservations stay. */
  remove(base: number, size: number): void {
    this.#memory = subtractRanges(this.#memory, toRangeSet([{ base, size }]));
    this.#noMap = intersectRanges(this.#noMap, this.#memory);
    this.#gaps = null;
  }

  /** Reserves bytes; overlaps merge and are no error. */
  reserve(base: number, size: number): void {
    this.#reserved = toRangeSet([...this.#reserved, { base, size }]);
    this.#gaps = null;
  }

  /** Takes back a reservation, whoever made it. */
  free(base: number, size: number): void {
    this.#reserved = subtractRanges(this.#reserved, toRangeSet([{ base, size }]));
    this.#gaps = null;
  }

  /** Replaces all reservations. */
  setReserved(ranges: readonly Range[]): void {
    this.#reserved = toRangeSet(ranges);
    this.#gaps = null;
  }

  /** Takes the RAM in a range out of the linear map. */
  markNoMap(base: number, size: number): void {
    const hidden = intersectRanges(this.#memory, toRangeSet([{ base, size }]));
    this.#noMap = toRangeSet([...this.#noMap, ...hidden]);
    this.#gaps = null;
  }

  /** Puts the RAM in a range back into the linear map, whoever took it out. */
  clearNoMap(base: number, size: number): void {
    this.#noMap = subtractRanges(this.#noMap, toRangeSet([{ base, size }]));
    this.#gaps = null;
  }

  /** True when any byte of the range is RAM. */
  overlapsMemory(base: number, size: number): boolean {
    return overlaps(this.#memory, base, size);
  }

  /** True when any byte of the range is reserved. */
  overlapsReserved(base: number, size: number): boolean {
    return overlaps(this.#reserved, base, size);
  }

  /** The base of the block the kernel would choose, or null; nothing is reserved. */
  find(request: BlockRequest): number | null {
    const { size } = request;
    const alignment = request.alignment === 0 ? this.cacheLine : request.alignment;
    const from = Math.max(request.from ?? 0, this.pageSize);
    const asked = request.to ?? ANYWHERE;
    const to = Math.max(from, asked === ACCESSIBLE ? this.currentLimit : asked);
    const nid = request.nid ?? null;
    const gaps = this.gaps();
    const up = request.bottomUp ?? this.bottomUp;
    for (let i = 0; i < gaps.length; i++) {
      const gap = gaps[up ? i : gaps.length - 1 - i] as MemoryBank;
      if (nid !== null && (gap.nid ?? 0) !== nid) continue;
      const low = clamp(gap.base, from, to);
      const high = clamp(endOf(gap), from, to);
      if (up) {
        const base = maskUp(low, alignment);
        if (base < high && high - base >= size) return base;
      } else {
        if (high < size) continue;
        const base = maskDown(high - size, alignment);
        if (base >= low) return base;
      }
    }
    return null;
  }

  /** Finds a block and reserves it; null when there is none. */
  allocate(request: BlockRequest): number | null {
    const base = this.find(request);
    if (base !== null) this.reserve(base, request.size);
    return base;
  }
}

/** Cuts free runs where the NUMA node changes. */
function splitByNode(free: RangeSet, banks: readonly MemoryBank[]): readonly MemoryBank[] {
  const out: MemoryBank[] = [];
  for (const run of free) {
    let rest: Range[] = [run];
    for (const bank of banks) {
      const part = intersectRanges(rest, [bank])[0];
      if (part === undefined) continue;
      const last = out[out.length - 1];
      if (last !== undefined && last.nid === bank.nid && endOf(last) === part.base && last.base >= run.base) {
        out[out.length - 1] = { base: last.base, size: last.size + part.size, nid: bank.nid ?? null };
      } else {
        out.push({ base: part.base, size: part.size, nid: bank.nid ?? null });
      }
      rest = [...subtractRanges(rest, [bank])];
    }
    for (const part of rest) out.push({ base: part.base, size: part.size, nid: null });
  }
  return out.sort((a, b) => a.base - b.base);
}

function overlaps(set: RangeSet, base: number, size: number): boolean {
  for (const range of set) {
    if (base < endOf(range) && range.base < base + size) return true;
  }
  return false;
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}
