import { NO_PAGE, type PageAllocator } from "../../algorithms/page-allocator.js";
import { MIGRATE_CMA, MIGRATE_MOVABLE, ZONE_MOVABLE } from "../../algorithms/zone-types.js";

/**
 * Users of memory that let their pages be moved: page cache and anonymous memory, which the kernel puts into CMA areas as long as nobody needs
 * them.
 *
 * Where a page is may change with every allocation from an area. A pinned page does not move.
 */
export class MovablePages {
  readonly #allocator: PageAllocator;
  /** By page, the loan it belongs to. */
  readonly #loans: Map<number, PageLoan> = new Map();
  /** By page, how often it is pinned, and the loan that was made for the first pin. */
  readonly #pins: Map<number, { times: number; readonly loan: PageLoan | null }> = new Map();

  constructor(allocator: PageAllocator) {
    this.#allocator = allocator;
  }

  /** Pages lent. */
  get count(): number {
    return this.#loans.size;
  }

  /** Pages lent that lie in CMA areas; counted anew. */
  countInAreas(): number {
    let count = 0;
    for (const pfn of this.#loans.keys()) if (this.#allocator.migrateTypeOf(pfn) === MIGRATE_CMA) count += 1;
    return count;
  }

  /**
   * Lends pages where the kernel would: from CMA areas as long as more than half of what a zone has free is theirs, then from anywhere.
   *
   * @returns null when there are not so many; nothing is lent then
   */
  lend(nrPages: number): PageLoan | null {
    checkCount(nrPages);
    const loan = new PageLoan(this);
    for (let i = 0; i < nrPages; i += 1) {
      const pfn = this.#allocator.allocPages(0, ZONE_MOVABLE, MIGRATE_MOVABLE);
      if (pfn === NO_PAGE) {
        this.giveBack(loan, loan.count);
        return null;
      }
      this.#enter(pfn, loan);
    }
    return loan;
  }

  /**
   * Lends just these pages of a CMA area.
   *
   * @param loan - what they are added to; a new one if left out
   * @throws RangeError when one of them is not free, or not an area's; nothing is changed
   */
  lendAt(pfn: number, nrPages: number, loan: PageLoan = new PageLoan(this)): PageLoan {
    checkCount(nrPages);
    const allocator = this.#allocator;
    for (let at = pfn; at < pfn + nrPages; at += 1) {
      const use = allocator.pageUse(at);
      if (use !== "free") throw new RangeError(`page ${at} cannot be lent: it is ${use}`);
      if (allocator.migrateTypeOf(at) !== MIGRATE_CMA) throw new RangeError(`page ${at} is not part of a CMA area`);
    }
    if (allocator.allocContigRange(pfn, nrPages, MIGRATE_CMA) !== 0) {
      throw new RangeError(`page ${allocator.busyPfn} cannot be lent: a block across pageblocks is in the way`);
    }
    allocator.makeMovable(pfn, nrPages);
    for (let at = pfn; at < pfn + nrPages; at += 1) this.#enter(at, loan);
    return loan;
  }

  /** True when the page is lent to somebody. */
  holds(pfn: number): boolean {
    return this.#loans.has(pfn);
  }

  /**
   * Gives back pages of a loan, those it has had longest first.
   *
   * @throws RangeError when the loan has not so many, or one of them is pinned; nothing is changed
   */
  giveBack(loan: PageLoan, nrPages: number): void {
    if (nrPages === 0) return;
    checkCount(nrPages);
    if (nrPages > loan.count) throw new RangeError(`${nrPages} pages to give back, of ${loan.count} that are lent`);
    const pages = [...loan.pages].slice(0, nrPages);
    const pinned = pages.find((pfn) => this.#pins.has(pfn));
    if (pinned !== undefined) throw new RangeError(`page ${pinned} is pinned`);
    for (const pfn of pages) {
      this.#allocator.freePages(pfn, 0);
      this.#loans.delete(pfn);
      loan.pages.delete(pfn);
    }
  }

  /**
   * Holds a page in place until it is unpinned as often. A free page of a CMA area is lent for that first.
   *
   * @throws RangeError when the page is neither lent nor a free one of an area
   */
  pin(pfn: number): void {
    const pins = this.#pins.get(pfn);
    if (pins !== undefined) {
      pins.times += 1;
      return;
    }
    const loan = this.holds(pfn) ? null : this.lendAt(pfn, 1);
    this.#allocator.pinPages(pfn, 1);
    this.#pins.set(pfn, { times: 1, loan });
  }

  /** Undoes one {@link pin}. @throws RangeError when the page is not pinned */
  unpin(pfn: number): void {
    const pins = this.#pins.get(pfn);
    if (pins === undefined) throw new RangeError(`page ${pfn} is not pinned`);
    pins.times -= 1;
    if (pins.times > 0) return;
    this.#pins.delete(pfn);
    this.#allocator.unpinPages(pfn, 1);
    if (pins.loan !== null) this.giveBack(pins.loan, 1);
  }

  /** Follows a block that the page allocator has moved. */
  moved(fromPfn: number, toPfn: number, order: number): void {
    for (let i = 0; i < 2 ** order; i += 1) {
      const loan = this.#loans.get(fromPfn + i);
      if (loan === undefined) continue;
      this.#loans.delete(fromPfn + i);
      loan.pages.delete(fromPfn + i);
      this.#enter(toPfn + i, loan);
    }
  }

  /** @throws Error when the page allocator sees a lent or pinned page otherwise */
  audit(): void {
    for (const pfn of this.#loans.keys()) {
      const use = this.#allocator.pageUse(pfn);
      if (use !== (this.#pins.has(pfn) ? "pinned" : "movable")) throw new Error(`page ${pfn} is lent, and ${use}`);
    }
  }

  #enter(pfn: number, loan: PageLoan): void {
    this.#loans.set(pfn, loan);
    loan.pages.add(pfn);
  }
}

/** Pages that one movable user has. */
export class PageLoan {
  /** Where its pages are now. Only {@link MovablePages} changes it. */
  readonly pages: Set<number> = new Set();
  readonly #movable: MovablePages;

  constructor(movable: MovablePages) {
    this.#movable = movable;
  }

  /** Number of pages. */
  get count(): number {
    return this.pages.size;
  }

  /** Gives back so many pages, all if left out. @throws RangeError as {@link MovablePages.giveBack} */
  giveBack(nrPages: number = this.count): void {
    this.#movable.giveBack(this, nrPages);
  }
}

function checkCount(nrPages: number): void {
  if (!Number.isSafeInteger(nrPages) || nrPages < 1) throw new RangeError(`${nrPages} pages: at least 1 is possible`);
}
