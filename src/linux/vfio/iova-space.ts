import { IovaDomain } from "../../algorithms/iova.js";
import { type Bytes, type DmaAddr, GIB, type Iova } from "../../units/quantity.js";
import { containsRange, endOf, type RangeSet, subtractRanges, toRangeSet } from "../../units/ranges.js";

/** The first page is given only to those who ask for it: for many devices 0 means nothing. */
const FIRST_PFN = 1;

/**
 * The I/O addresses of a container: which are taken. One domain for all windows, the rest of it reserved:
 *
 *     windows   |------------------|   |---------------------- ...
 *     domain    .##................RRRRR..####................       # taken   R reserved: interrupts
 *               └ page 0: only when asked for
 *
 * Placement is that of {@link IovaDomain}: from the top down, aligned to the power of two that is not below the size. So memory of huge pages begins
 * where the tables can have huge pages too.
 */
export class IovaSpace {
  /** Bytes of a page. */
  readonly granule: Bytes;
  readonly #domain: IovaDomain;
  /** By first address. */
  readonly #handles: Map<Iova, number> = new Map();
  #windows: RangeSet;

  /**
   * @param windows - addresses that can be taken; cut to whole pages
   * @param granule - bytes, a power of two
   * @throws RangeError when no page lies in a window
   */
  constructor(windows: RangeSet, granule: Bytes) {
    this.granule = granule;
    this.#windows = wholePages(windows, granule);
    const last = this.#windows.at(-1);
    if (last === undefined) throw new RangeError(`no window holds a page of ${granule} bytes`);
    this.#domain = new IovaDomain({
      firstPfn: 0,
      lastPfn: endOf(last) / granule - 1,
      pagesBelow4GiB: Math.max(1, (4 * GIB) / granule),
    });
    this.#reserve(subtractRanges([{ base: 0, size: endOf(last) }], this.#windows));
  }

  /** Addresses that can be taken, as if none were. */
  get windows(): RangeSet {
    return this.#windows;
  }

  /** Longest run of free addresses, in bytes. */
  largestFree(): Bytes {
    return this.#domain.largestFree() * this.granule;
  }

  /**
   * Takes addresses.
   *
   * @param size - a multiple of the granule, at least one
   * @param limit - highest address allowed, inclusive
   * @returns null when there is no room behind the natural alignment
   */
  take(size: Bytes, limit: DmaAddr): Iova | null {
    const limitPfn = Math.floor((limit + 1) / this.granule) - 1;
    const handle = this.#domain.take(size / this.granule, limitPfn, FIRST_PFN);
    if (handle === 0) return null;
    const iova = this.#domain.startOf(handle) * this.granule;
    this.#handles.set(iova, handle);
    return iova;
  }

  /**
   * Takes exactly these addresses.
   *
   * @param iova - a multiple of the granule, in a window as is all of `size`
   * @returns false when some are taken
   */
  takeAt(iova: Iova, size: Bytes): boolean {
    const handle = this.#domain.takeAt(iova / this.granule, size / this.granule);
    if (handle !== 0) this.#handles.set(iova, handle);
    return handle !== 0;
  }

  /** True when addresses are in one window, taken or not. */
  contains(iova: Iova, size: Bytes): boolean {
    return containsRange(this.#windows, { base: iova, size });
  }

  /** Gives addresses back. @throws RangeError when they were not taken */
  free(iova: Iova): void {
    const handle = this.#handles.get(iova);
    if (handle === undefined) throw new RangeError(`no addresses were taken at ${iova}`);
    this.#domain.free(handle);
    this.#handles.delete(iova);
  }

  /** Leaves out what is in none of other windows, for good. Nothing of that may be taken. */
  narrow(windows: RangeSet): void {
    const whole = wholePages(windows, this.granule);
    const gone = subtractRanges(this.#windows, whole);
    this.#reserve(gone);
    this.#windows = subtractRanges(this.#windows, gone);
  }

  #reserve(ranges: RangeSet): void {
    for (const range of ranges) this.#domain.reserve(range.base / this.granule, endOf(range) / this.granule - 1);
  }
}

/** The whole pages of ranges. */
function wholePages(ranges: RangeSet, granule: Bytes): RangeSet {
  return toRangeSet(
    ranges.map((range) => {
      const base = Math.ceil(range.base / granule) * granule;
      return { base, size: Math.max(0, Math.floor(endOf(range) / granule) * granule - base) };
    }),
  );
}
