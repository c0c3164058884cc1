import { type Algorithm, NO_ROOM, type PoolShape, type RangedAllocator } from "./allocator.js";
import { judgeRequest } from "./block-request.js";
import { checkLimits, domainBounds, type IovaBounds, IovaDomain, RANGE_MASK } from "./iova.js";

/** Ranges that a magazine holds. Linux 6.12 `drivers/iommu/iova.c` `IOVA_MAG_SIZE`. */
export const RANGES_PER_MAGAZINE = 127;
/** Sizes that are cached: 2^0 to 2^5 pages. Linux 6.12 `drivers/iommu/iova.c` `IOVA_RANGE_CACHE_MAX_SIZE`. */
export const CACHED_SIZES = 6;

/** Requests of fewer pages are rounded up to a power of two. */
const LARGEST_CACHED = 2 ** (CACHED_SIZES - 1);
/** Entries of a magazine: number of ranges, then the ranges. Of one in the depot: the next one in the depot. */
const STRIDE = RANGES_PER_MAGAZINE + 1;

/**
 * IOVA allocation with range caches: what a freed range of up to 32 pages goes to instead of the domain, and where a request of that size
 * looks first.
 *
 *   per CPU and size      loaded [r r r r . . .]   free pushes here, allocate pops here: last in, first out
 *                         prev   [r r r r r r r]   swapped with the loaded one when that is full, or empty
 *   per size              depot  [full]─[full]     takes the loaded one when both are full; gives one when both are empty
 *
 * A request pops the topmost range that ends at its limit or below, of one magazine only; where that has none, another one is not asked, and
 * the domain serves. When the domain has no room, all caches are emptied into it and it is asked once more. A cached range is taken, as far as the domain
 * knows: it takes room from larger requests until then, or until {@link IovaMagazines.trimDepot} gives it back.
 *
 * Linux 6.12 `drivers/iommu/iova.c` `alloc_iova_fast()` and `free_iova_fast()`. Placements are the kernel's for requests without a lower limit and
 * without an alignment above the natural one; such requests, and only they, go past the caches. Which CPU calls is said with
 * {@link IovaMagazines.runOn}.
 *
 * 512 bytes per magazine, of which there are 12 per CPU, and those in the depot.
 */
export class IovaMagazines implements RangedAllocator {
  readonly units: number;
  /** What serves requests that the caches do not. */
  readonly domain: IovaDomain;
  readonly cpus: number;
  readonly #origin: number;

  /** Magazines, {@link STRIDE} entries each. */
  #magazines: Int32Array;
  /** Where the loaded magazine of CPU and size begins, and the previous one. */
  readonly #loaded: Int32Array;
  readonly #prev: Int32Array;
  /** Per size, where the uppermost magazine of the depot begins, or -1. */
  readonly #depot: Int32Array = new Int32Array(CACHED_SIZES).fill(-1);
  readonly #depotSize: Int32Array = new Int32Array(CACHED_SIZES);
  /** Where the first of the unused magazines begins, which are linked as those of the depot are, or -1. */
  #unused = -1;
  #usedEntries: number;
  #cpu = 0;
  #parkedPages = 0;
  /** Per small range that is handed out, the pages beyond those asked for. */
  #slack: Uint8Array = new Uint8Array(64);
  #slackPages = 0;

  /**
   * An empty domain with empty caches.
   *
   * @param cpus - 1 to 4096, all online
   * @throws RangeError when a bound is not met
   */
  constructor(bounds: IovaBounds, cpus: number = 1) {
    if (!(Number.isInteger(cpus) && cpus >= 1 && cpus <= 4096)) {
      throw new RangeError(`CPUs: ${cpus} is not an integer from 1 to 4096`);
    }
    this.domain = new IovaDomain(bounds);
    this.units = this.domain.units;
    this.cpus = cpus;
    this.#origin = bounds.origin ?? 0;
    const pairs = cpus * CACHED_SIZES;
    this.#usedEntries = 2 * pairs * STRIDE;
    this.#magazines = new Int32Array(this.#usedEntries);
    this.#loaded = Int32Array.from({ length: pairs }, (_, i) => 2 * i * STRIDE);
    this.#prev = Int32Array.from({ length: pairs }, (_, i) => (2 * i + 1) * STRIDE);
  }

  /**
   * Says which CPU makes the calls that follow.
   *
   * @throws RangeError when there is no such CPU
   */
  runOn(cpu: number): void {
    if (!(Number.isInteger(cpu) && cpu >= 0 && cpu < this.cpus)) {
      throw new RangeError(`CPU ${cpu} is not one of 0 to ${this.cpus - 1}`);
    }
    this.#cpu = cpu;
  }

  /** The CPU that makes the calls. */
  runsOn(): number {
    return this.#cpu;
  }

  allocate(units: number, alignUnits: number, out: Int32Array): number {
    if (out.length < 3) judgeRequest(units, alignUnits, out);
    return this.#deliver(this.take(units, this.domain.lastPfn, this.domain.firstPfn, alignUnits), units, out);
  }

  allocateIn(units: number, alignUnits: number, low: number, limit: number, out: Int32Array): number {
    if (out.length < 3) judgeRequest(units, alignUnits, out);
    checkLimits(low, limit);
    return this.#deliver(this.take(units, limit + this.#origin, low + this.#origin, alignUnits), units, out);
  }

  /**
   * Takes pages; fewer than 32 are rounded up to a power of two. Linux 6.12 `drivers/iommu/iova.c` `alloc_iova_fast()`.
   *
   * @param limitPfn - last page allowed, inclusive
   * @param lowPfn - first page allowed
   * @param align - a power of two, counted from page 0; counts only above the natural alignment
   * @param mayFlush - whether the caches may be emptied to make room
   * @returns a handle, or 0 when there is no room
   * @throws RangeError when `pages` is not a positive integer or `align` not a power of two
   */
  take(
    pages: number,
    limitPfn: number = this.domain.lastPfn,
    lowPfn: number = this.domain.firstPfn,
    align: number = 1,
    mayFlush: boolean = true,
  ): number {
    if (!(pages >= 1 && pages <= LARGEST_CACHED && Math.floor(pages) === pages && (align & -align) === align)) {
      return this.#takeFromDomain(pages, limitPfn, lowPfn, align, mayFlush);
    }
    const size = 32 - Math.clz32(pages - 1);
    const rounded = 1 << size;
    if (align <= rounded && lowPfn <= this.domain.firstPfn) {
      const range = this.#pop(this.#cpu * CACHED_SIZES + size, size, limitPfn + 1 - rounded);
      if (range >= 0) {
        this.#parkedPages -= rounded;
        this.#keepSlack(range, rounded - pages);
        return this.domain.handOut(range);
      }
    }
    const handle = this.#takeFromDomain(rounded, limitPfn, lowPfn, align, mayFlush);
    if (handle !== 0) this.#keepSlack(handle & RANGE_MASK, rounded - pages);
    return handle;
  }

  /**
   * As {@link take}, but tries below 4 GiB first, without emptying caches for it: what PCI devices get until that has failed once. Linux 6.12
   * `drivers/iommu/dma-iommu.c` `iommu_dma_alloc_iova()`.
   */
  take32First(pages: number, limitPfn: number, pagesBelow4GiB: number): number {
    if (limitPfn < pagesBelow4GiB) return this.take(pages, limitPfn);
    const handle = this.take(pages, pagesBelow4GiB - 1, undefined, undefined, false);
    return handle !== 0 ? handle : this.take(pages, limitPfn);
  }

  /** Linux 6.12 `drivers/iommu/iova.c` `free_iova_fast()`. */
  free(handle: number): void {
    this.recycle(this.domain.park(handle));
  }

  /** Frees the pages of a range that {@link IovaDomain.park} gave: a small one goes to the caches. */
  recycle(range: number): void {
    if (range < this.#slack.length) {
      this.#slackPages -= this.#slack[range] as number;
      this.#slack[range] = 0;
    }
    const pages = this.domain.rangePages(range);
    if (pages > LARGEST_CACHED) {
      this.domain.release(range);
      return;
    }
    const size = 32 - Math.clz32(pages - 1);
    this.#push(this.#cpu * CACHED_SIZES + size, size, range);
    this.#parkedPages += pages;
  }

  /** Empties all caches into the domain: of all CPUs, then the depot. */
  flush(): void {
    for (let cached = 0; cached < this.#loaded.length; cached++) {
      this.#empty(this.#loaded[cached] as number);
      this.#empty(this.#prev[cached] as number);
    }
    for (let size = 0; size < CACHED_SIZES; size++) {
      while (this.#depot[size] !== -1) this.#discard(this.#takeFromDepot(size));
    }
  }

  /**
   * Gives one magazine of each depot that holds more than one per CPU back to the domain: what the kernel does every 100 ms. Linux 6.12
   * `drivers/iommu/iova.c` `iova_depot_work_func()`.
   *
   * @returns true when it is to be called again in 100 ms, even if nothing is freed until then
   */
  trimDepot(): boolean {
    let again = false;
    for (let size = 0; size < CACHED_SIZES; size++) {
      if ((this.#depotSize[size] as number) <= this.cpus) continue;
      this.#discard(this.#takeFromDepot(size));
      again = true;
    }
    return again;
  }

  /** Pages in the caches: taken for the domain, free for whoever asks for their size. */
  cachedPages(): number {
    return this.#parkedPages;
  }

  /** First page of a live allocation. */
  startOf(handle: number): number {
    return this.domain.startOf(handle);
  }

  /** Cached ranges count as free: they are given up before a request is refused. So do pages that rounding adds to allocations. */
  freeUnits(): number {
    return this.domain.freeUnits() + this.#parkedPages + this.#slackPages;
  }

  /** Cached ranges count as free: they are given up before a request is refused. */
  largestFree(): number {
    return this.domain.longestRun(true);
  }

  #takeFromDomain(pages: number, limitPfn: number, lowPfn: number, align: number, mayFlush: boolean): number {
    const handle = this.domain.take(pages, limitPfn, lowPfn, align);
    if (handle !== 0 || !mayFlush) return handle;
    this.flush();
    return this.domain.take(pages, limitPfn, lowPfn, align);
  }

  #keepSlack(range: number, pages: number): void {
    if (range >= this.#slack.length) {
      const larger = new Uint8Array(2 * range);
      larger.set(this.#slack);
      this.#slack = larger;
    }
    this.#slack[range] = pages;
    this.#slackPages += pages;
  }

  #deliver(handle: number, units: number, out: Int32Array): number {
    if (handle === 0) return NO_ROOM;
    out[0] = handle;
    out[1] = this.domain.startOf(handle) - this.#origin;
    out[2] = units;
    return 1;
  }

  /** @returns the topmost range that starts at `limit` or below, of the one magazine that is asked; or -1 */
  #pop(cached: number, size: number, limit: number): number {
    let magazine = this.#loaded[cached] as number;
    if (this.#magazines[magazine] === 0) {
      const prev = this.#prev[cached] as number;
      if (this.#magazines[prev] !== 0) {
        this.#prev[cached] = magazine;
        magazine = prev;
      } else {
        if (this.#depot[size] === -1) return -1;
        this.#setUnused(magazine);
        magazine = this.#takeFromDepot(size);
      }
      this.#loaded[cached] = magazine;
    }
    const magazines = this.#magazines;
    const ranges = magazines[magazine] as number;
    const top = magazine + ranges;
    for (let at = top; at > magazine; at--) {
      const range = magazines[at] as number;
      if (this.domain.rangeStart(range) > limit) continue;
      magazines[at] = magazines[top] as number;
      magazines[magazine] = ranges - 1;
      return range;
    }
    return -1;
  }

  #push(cached: number, size: number, range: number): void {
    let magazine = this.#loaded[cached] as number;
    if (this.#magazines[magazine] === RANGES_PER_MAGAZINE) {
      const prev = this.#prev[cached] as number;
      if (this.#magazines[prev] !== RANGES_PER_MAGAZINE) {
        this.#prev[cached] = magazine;
        magazine = prev;
      } else {
        this.#magazines[magazine] = this.#depot[size] as number;
        this.#depot[size] = magazine;
        this.#depotSize[size] = (this.#depotSize[size] as number) + 1;
        magazine = this.#emptyMagazine();
      }
      this.#loaded[cached] = magazine;
    }
    const ranges = (this.#magazines[magazine] as number) + 1;
    this.#magazines[magazine] = ranges;
    this.#magazines[magazine + ranges] = range;
  }

  #takeFromDepot(size: number): number {
    const magazine = this.#depot[size] as number;
    this.#depot[size] = this.#magazines[magazine] as number;
    this.#depotSize[size] = (this.#depotSize[size] as number) - 1;
    this.#magazines[magazine] = RANGES_PER_MAGAZINE;
    return magazine;
  }

  #emptyMagazine(): number {
    let magazine = this.#unused;
    if (magazine !== -1) this.#unused = this.#magazines[magazine] as number;
    else {
      magazine = this.#usedEntries;
      this.#usedEntries += STRIDE;
      if (this.#usedEntries > this.#magazines.length) {
        const larger = new Int32Array(2 * this.#magazines.length);
        larger.set(this.#magazines);
        this.#magazines = larger;
      }
    }
    this.#magazines[magazine] = 0;
    return magazine;
  }

  #setUnused(magazine: number): void {
    this.#magazines[magazine] = this.#unused;
    this.#unused = magazine;
  }

  #discard(magazine: number): void {
    this.#empty(magazine);
    this.#setUnused(magazine);
  }

  /** Gives all its ranges back to the domain, the lowest first. */
  #empty(magazine: number): void {
    const ranges = this.#magazines[magazine] as number;
    for (let at = magazine + 1; at <= magazine + ranges; at++) {
      const range = this.#magazines[at] as number;
      this.#parkedPages -= this.domain.rangePages(range);
      this.domain.release(range);
    }
    this.#magazines[magazine] = 0;
  }
}

/**
 * The IOVA policy with range caches for one CPU: pages of 4 KiB, unit `u` is page `alignOrigin + u`. Page 0 is never handed out. Requests of
 * fewer than 32 units take a power of two; what that adds counts as free, although nobody else can have it.
 */
export const iovaMagazines: Algorithm = {
  name: "iova-magazines",
  traits: { blocks: "one", aligned: true, rounding: "exact", refuses: "policy", placement: "unstated" },
  make: (pool: PoolShape): IovaMagazines => new IovaMagazines(domainBounds(pool)),
};
