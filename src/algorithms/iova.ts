import { type Algorithm, NO_ROOM, outLength, type PoolShape, type RangedAllocator } from "./allocator.js";
import { checkedOrigin, checkedUnits, deadHandleError, judgeRequest } from "./block-request.js";

/** Pages below 4 GiB where a page has 4 KiB. Linux 6.12 `drivers/iommu/iova.c` `dma_32bit_pfn`. */
export const PAGES_BELOW_4_GIB: number = 2 ** 20;

// A record of 32 bytes per range: two doubles, then four integers.
const LO = 0;
const HI = 1;
const PREV = 4;
const NEXT = 5;
const GROUP = 6;
/** The handle while the range is handed out, minus the handle of its last use otherwise. */
const TAG = 7;
const RECORD_BYTES = 32;
/** Record below all ranges; as a link: none. */
const SENTINEL = 0;
/** Record above all ranges; its group is never empty. */
const ANCHOR = 1;
/** Tag of records that never have a handle. */
const NO_HANDLE = -0x80000000;
/** The part of a handle that is the range's number; above it, in 7 bits, how often the number was used. */
export const RANGE_MASK: number = 0xffffff;
const NEXT_USE = RANGE_MASK + 1;
const HANDLE_MASK = 0x7fffffff;
/** A group with more ranges is cut in two. */
const MAX_GROUP = 32;
/** A group with this many ranges or fewer is joined with another if it can be. */
const FEW_MEMBERS = 8;
const MAX_PFN = 2 ** 52;
const ROOM_FOR_ONE = new Int32Array(outLength(1));

/** Bounds of an {@link IovaDomain}. */
export interface IovaBounds {
  /** Lowest page that can be handed out, at least 0. The kernel's IOMMU code starts at 1 or above: page 0 is how it says that there was no room. */
  readonly firstPfn: number;
  /** Highest page that can be handed out, inclusive; at most 2^52. */
  readonly lastPfn: number;
  /** Pages below 4 GiB, 2^32 / granule. Left out: {@link PAGES_BELOW_4_GIB}. */
  readonly pagesBelow4GiB?: number;
  /** Page of unit 0 in `allocate` and `allocateIn`; at most `firstPfn`. Left out: 0. */
  readonly origin?: number;
}

/**
 * IOVA allocation: from the top down, aligned to the power of two that is not below the size, next fit below the last allocation, and once
 * more from the limit.
 *
 *   pfn   first                     cursor               limit
 *         |###...####......####....[########]..####......|
 *                      <── 1st pass ──      <─ 2nd pass ──
 *
 * There are two cursors, one for limits up to 4 GiB and one for limits above. Freeing above a cursor lifts it to the range above the freed one. A size
 * that found no room is remembered: requests of that size or more with a limit up to 4 GiB are refused unseen, until something below 4 GiB is freed.
 * So a request can be refused although there is room for it.
 *
 * Placements are those of Linux 6.12 `drivers/iommu/iova.c` `__alloc_and_insert_iova_range()`. The ranges are not in a red-black tree but in a
 * list, cut into groups of neighbours. A group keeps the smallest size that is known to fit none of its gaps; alignment follows size, so nothing
 * larger fits either, and a search steps over the group:
 *
 *   list     anchor ─ r ─ r ─ r ─ r ─ r ─ r ─ r ─ r ─ sentinel       a range owns the gap below it
 *   groups   └──── 9 ─────┘ └──── 64 ─────┘ └── 2 ────┘              16 pages: only the second is looked at
 *
 * Beyond the kernel: a request can have a lower limit, and an alignment above its natural one; the refusal of such a request is not
 * remembered. A domain is full at 2^24 - 2 ranges.
 *
 * A call takes constant time but for the search, which takes a step per group at most, and a step per range in groups that may have room. 32 bytes per
 * range and about 1 for groups, however large the domain.
 */
export class IovaDomain implements RangedAllocator {
  readonly units: number;
  readonly firstPfn: number;
  readonly lastPfn: number;
  readonly #origin: number;
  readonly #below4GiB: number;

  #doubles: Float64Array;
  #ints: Int32Array;
  /** Records below this have been in use. */
  #usedRecords = 2;
  /** First of the list of free records, linked by NEXT. */
  #freeRecord = 0;

  /** Per group its lowest range; for free groups, the next free one. */
  #bottom: Int32Array = new Int32Array(16);
  /** Per group its number of ranges. */
  #members: Int32Array = new Int32Array(16);
  /** Per group a size that, naturally aligned, fits into none of its gaps. */
  #tooLarge: Float64Array = new Float64Array(16);
  #usedGroups = 2;
  #freeGroup = 0;

  #cursor32 = ANCHOR;
  #cursor = ANCHOR;
  /** Smallest number of pages that is refused unseen. */
  #refused32: number;
  #freePages: number;

  /**
   * An empty domain.
   *
   * @throws RangeError when a bound is not met
   */
  constructor(bounds: IovaBounds) {
    const { firstPfn, lastPfn, pagesBelow4GiB = PAGES_BELOW_4_GIB, origin = 0 } = bounds;
    checkBound("first page", firstPfn, 0, MAX_PFN);
    checkBound("last page", lastPfn, firstPfn, MAX_PFN);
    checkBound("pages below 4 GiB", pagesBelow4GiB, 1, 2 ** 32);
    checkBound("origin", origin, 0, firstPfn);
    this.firstPfn = firstPfn;
    this.lastPfn = lastPfn;
    this.units = lastPfn + 1 - origin;
    this.#origin = origin;
    this.#below4GiB = pagesBelow4GiB;
    this.#refused32 = pagesBelow4GiB;
    this.#freePages = lastPfn + 1 - firstPfn;
    const bytes = new ArrayBuffer(64 * RECORD_BYTES);
    this.#doubles = new Float64Array(bytes);
    this.#ints = new Int32Array(bytes);
    this.#writeRecord(SENTINEL, -1, firstPfn - 1, 0);
    this.#writeRecord(ANCHOR, lastPfn + 1, Number.MAX_SAFE_INTEGER, 1);
    this.#ints[SENTINEL * 8 + NEXT] = ANCHOR;
    this.#bottom[1] = ANCHOR;
    this.#members[1] = 1;
    this.#tooLarge[1] = Number.POSITIVE_INFINITY;
  }

  allocate(units: number, alignUnits: number, out: Int32Array): number {
    if (out.length < 3) judgeRequest(units, alignUnits, out);
    return this.#deliver(this.take(units, this.lastPfn, this.firstPfn, alignUnits), units, out);
  }

  allocateIn(units: number, alignUnits: number, low: number, limit: number, out: Int32Array): number {
    if (out.length < 3) judgeRequest(units, alignUnits, out);
    checkLimits(low, limit);
    return this.#deliver(this.take(units, limit + this.#origin, low + this.#origin, alignUnits), units, out);
  }

  /**
   * Takes pages. Linux 6.12 `drivers/iommu/iova.c` `alloc_iova()` with `size_aligned`.
   *
   * @param limitPfn - last page allowed, inclusive; the kernel's caller makes it of mask, bus limit and aperture
   * @param lowPfn - first page allowed
   * @param align - a power of two, counted from page 0; counts only above the natural alignment
   * @returns a handle, or 0 when there is no room
   * @throws RangeError when `pages` is not a positive integer or `align` not a power of two
   */
  take(pages: number, limitPfn: number = this.lastPfn, lowPfn: number = this.firstPfn, align: number = 1): number {
    if (!(pages >= 1 && pages <= MAX_PFN) || Math.floor(pages) !== pages || (align & -align) !== align || align < 1) {
      if (!isFarRequest(pages, align)) return 0;
    }
    const limit = (limitPfn < this.lastPfn ? limitPfn : this.lastPfn) + 1;
    const low = lowPfn > this.firstPfn ? lowPfn : this.firstPfn;
    const below4GiB = limit <= this.#below4GiB;
    if (below4GiB && pages >= this.#refused32) return 0;
    const natural = naturalAlignment(pages);
    const step = align > natural ? align : natural;
    const from = below4GiB ? this.#cursor32 : this.#cursor;
    let above = this.#search(from, pages, step, limit, low);
    if (above === 0) {
      const cursorEnd = (this.#doubles[from * 4 + HI] as number) + 1;
      if (cursorEnd <= limit) above = this.#search(ANCHOR, pages, step, limit, cursorEnd > low ? cursorEnd : low);
    }
    if (above === 0) {
      if (low === this.firstPfn && step === natural) this.#refused32 = pages;
      return 0;
    }
    const first = highestFit(pages, step, limit, this.#doubles[above * 4 + LO] as number);
    const range = this.#insertBelow(above, first, first + pages - 1);
    if (range === 0) return 0;
    if (first + pages <= this.#below4GiB) this.#cursor32 = range;
    else this.#cursor = range;
    return this.handOut(range);
  }

  /**
   * Takes exactly these pages, aligned or not. Does not move the cursors. Beyond the kernel, which has only reservations.
   *
   * @returns a handle, or 0 when one of them is taken
   * @throws RangeError when a page lies outside the domain
   */
  takeAt(firstPfn: number, pages: number): number {
    const lastPfn = firstPfn + pages - 1;
    checkBound("first page", firstPfn, this.firstPfn, this.lastPfn);
    checkBound("last page", lastPfn, firstPfn, this.lastPfn);
    let above: number = ANCHOR;
    let below = this.#ints[above * 8 + PREV] as number;
    while ((this.#doubles[below * 4 + LO] as number) > lastPfn) {
      const bottom = this.#bottom[this.#ints[below * 8 + GROUP] as number] as number;
      above = (this.#doubles[bottom * 4 + LO] as number) > lastPfn ? bottom : below;
      below = this.#ints[above * 8 + PREV] as number;
    }
    if ((this.#doubles[below * 4 + HI] as number) >= firstPfn) return 0;
    const range = this.#insertBelow(above, firstPfn, lastPfn);
    return range === 0 ? 0 : this.handOut(range);
  }

  /** Linux 6.12 `drivers/iommu/iova.c` `__free_iova()`. */
  free(handle: number): void {
    this.release(this.park(handle));
  }

  /**
   * Makes a handle invalid while its pages stay taken: for caches of ranges.
   *
   * @returns the range's number, below 2^24, for {@link handOut} or {@link release}
   * @throws RangeError when the handle is of no live allocation
   */
  park(handle: number): number {
    const range = this.#rangeOf(handle);
    this.#ints[range * 8 + TAG] = -handle;
    return range;
  }

  /** Gives a parked range a new handle. */
  handOut(range: number): number {
    const at = range * 8 + TAG;
    const handle = (NEXT_USE - (this.#ints[at] as number)) & HANDLE_MASK;
    this.#ints[at] = handle;
    return handle;
  }

  /** Frees the pages of a parked range. Linux 6.12 `drivers/iommu/iova.c` `remove_iova()`. */
  release(range: number): void {
    const ints = this.#ints;
    const doubles = this.#doubles;
    const below = ints[range * 8 + PREV] as number;
    const above = ints[range * 8 + NEXT] as number;
    const lo = doubles[range * 4 + LO] as number;
    const hi = doubles[range * 4 + HI] as number;
    const cursor32 = this.#cursor32;
    if (range === cursor32 || (hi < this.#below4GiB && lo >= (doubles[cursor32 * 4 + LO] as number))) {
      this.#cursor32 = above;
    }
    if (lo < this.#below4GiB) this.#refused32 = this.#below4GiB;
    if (lo >= (doubles[this.#cursor * 4 + LO] as number)) this.#cursor = above;

    ints[above * 8 + PREV] = below;
    ints[below * 8 + NEXT] = above;
    const group = ints[range * 8 + GROUP] as number;
    const members = (this.#members[group] as number) - 1;
    this.#members[group] = members;
    if (this.#bottom[group] === range) this.#bottom[group] = above;
    if (members <= FEW_MEMBERS) this.#joinGroupBelow(group, members);
    const gap = (doubles[above * 4 + LO] as number) - (doubles[below * 4 + HI] as number);
    const owner = ints[above * 8 + GROUP] as number;
    if (gap > (this.#tooLarge[owner] as number)) this.#tooLarge[owner] = gap;

    ints[range * 8 + NEXT] = this.#freeRecord;
    this.#freeRecord = range;
    this.#freePages += hi + 1 - lo;
  }

  /** First page of a range. */
  rangeStart(range: number): number {
    return this.#doubles[range * 4 + LO] as number;
  }

  /** Pages of a range. */
  rangePages(range: number): number {
    return (this.#doubles[range * 4 + HI] as number) + 1 - (this.#doubles[range * 4 + LO] as number);
  }

  /** First page of a live allocation. */
  startOf(handle: number): number {
    return this.#doubles[this.#rangeOf(handle) * 4 + LO] as number;
  }

  /** Pages of a live allocation. */
  pagesOf(handle: number): number {
    return this.rangePages(this.#rangeOf(handle));
  }

  /**
   * Keeps pages from being handed out, for good. Does not move the cursors. Linux 6.12 `drivers/iommu/iova.c` `reserve_iova()`: ranges that are there
   * already are extended over the gaps, so freeing an allocation can free what a reservation added to it.
   *
   * @param lastPfn - inclusive
   * @throws RangeError when a page lies outside the domain
   */
  reserve(firstPfn: number, lastPfn: number): void {
    checkBound("first page", firstPfn, this.firstPfn, this.lastPfn);
    checkBound("last page", lastPfn, firstPfn, this.lastPfn);
    let first = firstPfn;
    let range = this.#ints[SENTINEL * 8 + NEXT] as number;
    for (; (this.#doubles[range * 4 + LO] as number) <= lastPfn; range = this.#ints[range * 8 + NEXT] as number) {
      const lo = this.#doubles[range * 4 + LO] as number;
      const hi = this.#doubles[range * 4 + HI] as number;
      if (hi < first) continue;
      if (first < lo) {
        this.#doubles[range * 4 + LO] = first;
        this.#freePages -= lo - first;
      }
      if (hi >= lastPfn) return;
      first = hi + 1;
    }
    const reserved = this.#insertBelow(range, first, lastPfn);
    if (reserved === 0) throw new RangeError(`a domain has at most ${RANGE_MASK - 1} ranges`);
    this.#ints[reserved * 8 + TAG] = NO_HANDLE;
  }

  /**
   * The live allocation that a page belongs to. Linux 6.12 `drivers/iommu/iova.c` `find_iova()`.
   *
   * @returns its handle, or 0: the page is free, parked or reserved
   */
  find(pfn: number): number {
    let range = ANCHOR;
    while ((this.#doubles[range * 4 + LO] as number) > pfn) {
      const bottom = this.#bottom[this.#ints[range * 8 + GROUP] as number] as number;
      const inGroup = (this.#doubles[bottom * 4 + LO] as number) <= pfn;
      range = this.#ints[(inGroup ? range : bottom) * 8 + PREV] as number;
    }
    if (pfn > (this.#doubles[range * 4 + HI] as number)) return 0;
    return Math.max(this.#ints[range * 8 + TAG] as number, 0);
  }

  freeUnits(): number {
    return this.#freePages;
  }

  largestFree(): number {
    return this.longestRun(false);
  }

  /** The longest run of free pages, parked ranges taken or free. */
  longestRun(parkedIsFree: boolean): number {
    let longest = 0;
    let end = this.firstPfn;
    let range: number = SENTINEL;
    do {
      range = this.#ints[range * 8 + NEXT] as number;
      const tag = this.#ints[range * 8 + TAG] as number;
      if (parkedIsFree && tag < 0 && tag !== NO_HANDLE) continue;
      longest = Math.max(longest, (this.#doubles[range * 4 + LO] as number) - end);
      end = (this.#doubles[range * 4 + HI] as number) + 1;
    } while (range !== ANCHOR);
    return longest;
  }

  #deliver(handle: number, units: number, out: Int32Array): number {
    if (handle === 0) return NO_ROOM;
    out[0] = handle;
    out[1] = (this.#doubles[(handle & RANGE_MASK) * 4 + LO] as number) - this.#origin;
    out[2] = units;
    return 1;
  }

  #rangeOf(handle: number): number {
    const range = handle & RANGE_MASK;
    if (!(handle > 0) || this.#ints[range * 8 + TAG] !== handle) {
      throw deadHandleError(handle);
    }
    return range;
  }

  /** The range whose gap has the highest room from `from` downwards, that room starting at `low` or above; 0 when there is none. */
  #search(from: number, pages: number, step: number, limit: number, low: number): number {
    const ints = this.#ints;
    const doubles = this.#doubles;
    const perStep = 1 / step;
    let top = from;
    let entered = from === ANCHOR;
    do {
      const group = ints[top * 8 + GROUP] as number;
      const bottom = this.#bottom[group] as number;
      if ((this.#tooLarge[group] as number) > pages) {
        let range = top;
        for (;;) {
          const lo = doubles[range * 4 + LO] as number;
          const first = Math.floor(((lo < limit ? lo : limit) - pages) * perStep) * step;
          const below = ints[range * 8 + PREV] as number;
          if (first > (doubles[below * 4 + HI] as number)) return first >= low ? range : 0;
          if (first < low) return 0;
          if (range === bottom) break;
          range = below;
        }
        if (entered && (doubles[top * 4 + LO] as number) <= limit && step < 2 * pages) this.#tooLarge[group] = pages;
      }
      entered = true;
      top = ints[bottom * 8 + PREV] as number;
    } while ((doubles[top * 4 + HI] as number) >= low);
    return 0;
  }

  /** @returns the new range, parked; 0 when there are no more records */
  #insertBelow(above: number, lo: number, hi: number): number {
    let range = this.#freeRecord;
    if (range !== 0) this.#freeRecord = this.#ints[range * 8 + NEXT] as number;
    else {
      if (this.#usedRecords > RANGE_MASK) return 0;
      range = this.#usedRecords++;
      if (range * RECORD_BYTES === this.#ints.byteLength) this.#growRecords();
      this.#ints[range * 8 + TAG] = -range;
    }
    const ints = this.#ints;
    const below = ints[above * 8 + PREV] as number;
    const group = ints[above * 8 + GROUP] as number;
    this.#doubles[range * 4 + LO] = lo;
    this.#doubles[range * 4 + HI] = hi;
    ints[range * 8 + PREV] = below;
    ints[range * 8 + NEXT] = above;
    ints[range * 8 + GROUP] = group;
    ints[above * 8 + PREV] = range;
    ints[below * 8 + NEXT] = range;
    if (this.#bottom[group] === above) this.#bottom[group] = range;
    const members = (this.#members[group] as number) + 1;
    this.#members[group] = members;
    if (members > MAX_GROUP) this.#splitGroup(group);
    this.#freePages -= hi + 1 - lo;
    return range;
  }

  /** Its lower half becomes a group of its own. */
  #splitGroup(group: number): void {
    let lower = this.#freeGroup;
    if (lower !== 0) this.#freeGroup = this.#bottom[lower] as number;
    else {
      lower = this.#usedGroups++;
      if (lower === this.#bottom.length) {
        this.#bottom = grown(this.#bottom, new Int32Array(2 * lower));
        this.#members = grown(this.#members, new Int32Array(2 * lower));
        this.#tooLarge = grown(this.#tooLarge, new Float64Array(2 * lower));
      }
    }
    const half = (this.#members[group] as number) >> 1;
    let range = this.#bottom[group] as number;
    this.#bottom[lower] = range;
    this.#members[lower] = half;
    this.#tooLarge[lower] = this.#tooLarge[group] as number;
    for (let i = 0; i < half; i++) {
      this.#ints[range * 8 + GROUP] = lower;
      range = this.#ints[range * 8 + NEXT] as number;
    }
    this.#bottom[group] = range;
    this.#members[group] = (this.#members[group] as number) - half;
  }

  /** A group of few goes to the group below, if that has room, and is free then; so does a group of none. */
  #joinGroupBelow(group: number, members: number): void {
    const ints = this.#ints;
    if (members > 0) {
      let range = this.#bottom[group] as number;
      const lower = ints[(ints[range * 8 + PREV] as number) * 8 + GROUP] as number;
      const together = (this.#members[lower] as number) + members;
      if (lower === 0 || group === 1 || together > MAX_GROUP / 2) return;
      this.#members[lower] = together;
      if ((this.#tooLarge[group] as number) > (this.#tooLarge[lower] as number)) {
        this.#tooLarge[lower] = this.#tooLarge[group] as number;
      }
      for (let i = 0; i < members; i++) {
        ints[range * 8 + GROUP] = lower;
        range = ints[range * 8 + NEXT] as number;
      }
    }
    this.#bottom[group] = this.#freeGroup;
    this.#freeGroup = group;
  }

  #growRecords(): void {
    const bytes = new ArrayBuffer(2 * this.#ints.byteLength);
    this.#ints = grown(this.#ints, new Int32Array(bytes));
    this.#doubles = new Float64Array(bytes);
  }

  #writeRecord(range: number, lo: number, hi: number, group: number): void {
    this.#doubles[range * 4 + LO] = lo;
    this.#doubles[range * 4 + HI] = hi;
    this.#ints[range * 8 + GROUP] = group;
    this.#ints[range * 8 + TAG] = NO_HANDLE;
  }
}

/**
 * The IOVA policy as an algorithm: pages of 4 KiB, unit `u` is page `alignOrigin + u`. Page 0 is never handed out. Refuses what no longer
 * fits naturally aligned, and what the kernel would refuse unseen; see {@link IovaDomain}.
 */
export const iova: Algorithm = {
  name: "iova",
  traits: { blocks: "one", aligned: true, rounding: "exact", refuses: "policy", placement: "unstated" },
  make: (pool: PoolShape): IovaDomain => new IovaDomain(domainBounds(pool)),
};

/**
 * The domain that a pool stands for. Page 0 is left out, unless the pool has no other.
 *
 * @throws RangeError when the pool is out of bounds
 */
export function domainBounds(pool: PoolShape): IovaBounds {
  const units = checkedUnits(pool);
  const origin = checkedOrigin(pool);
  return { firstPfn: origin === 0 && units > 1 ? 1 : origin, lastPfn: origin + units - 1, origin };
}

/**
 * The limits of a request are numbers of units.
 *
 * @throws RangeError otherwise
 */
export function checkLimits(low: number, limit: number): void {
  if (!Number.isInteger(low)) throw new RangeError(`low is ${low}, not a whole number`);
  if (!Number.isInteger(limit)) throw new RangeError(`limit is ${limit}, not a whole number`);
}

/**
 * What the quick test of a request did not let through.
 *
 * @returns false when it asks for more than any domain has, true when its alignment has more than 31 bits
 * @throws RangeError when it is not well formed
 */
function isFarRequest(pages: number, align: number): boolean {
  judgeRequest(pages === Number.POSITIVE_INFINITY ? MAX_PFN : pages, align, ROOM_FOR_ONE);
  return pages <= MAX_PFN;
}

/** Highest start of `pages` pages at a multiple of `step`, below `limit` and `lo`. */
function highestFit(pages: number, step: number, limit: number, lo: number): number {
  return Math.floor(((lo < limit ? lo : limit) - pages) / step) * step;
}

/** Smallest power of two that is not below. */
function naturalAlignment(pages: number): number {
  if (pages <= 0x40000000) return 1 << (32 - Math.clz32(pages - 1));
  let align = 2 ** 31;
  while (align < pages) align *= 2;
  return align;
}

function grown<A extends Int32Array | Float64Array>(from: A, to: A): A {
  to.set(from);
  return to;
}

function checkBound(what: string, value: number, least: number, most: number): void {
  if (!(Number.isInteger(value) && value >= least && value <= most)) {
    throw new RangeError(`${what}: ${value} is not an integer from ${least} to ${most}`);
  }
}
