import { NO_PAGE, type PageAllocator } from "./page-allocator.js";
import { MIGRATE_UNMOVABLE, type RequestMigrateType, ZONE_HIGHMEM, type ZoneType } from "./zone-types.js";

/** What a page pool keeps. */
export interface PagePoolShape {
  /** Order of every block. */
  readonly order: number;
  /** Highest zone the blocks come from; any memory if left out. */
  readonly gfpZone?: ZoneType;
  /** Unmovable if left out. */
  readonly migrateType?: RequestMigrateType;
  /** Most blocks kept; more are given back to the page allocator at once. No limit if left out. */
  readonly limit?: number;
}

/**
 * Keeps blocks of one order that a heap has given back, to hand them out again without the page allocator.
 *
 *     take   ── last block put in, else a new one          put ── keeps it, or beyond the limit gives it back
 *     shrink ── the page allocator wants memory: the blocks longest in the pool go first
 *
 * As graphics drivers keep pages by order and caching: Linux 6.12 `drivers/gpu/drm/ttm/ttm_pool.c` `ttm_pool_type_take()`, `ttm_pool_type_give()`.
 * The system heap of that kernel has no such pool, those of vendors have. Time: constant. Bookkeeping: 8 bytes a kept block.
 */
export class PagePool {
  readonly order: number;
  private readonly pages: PageAllocator;
  private readonly gfpZone: ZoneType;
  private readonly migrateType: RequestMigrateType;
  private readonly limit: number;
  /** Kept blocks in a ring, longest kept one at `first`. */
  private kept: Float64Array = new Float64Array(16);
  private first = 0;
  private count = 0;
  private out = 0;

  /** @throws RangeError when the order is none, or the limit negative */
  constructor(pages: PageAllocator, shape: PagePoolShape) {
    const { order, gfpZone = ZONE_HIGHMEM, migrateType = MIGRATE_UNMOVABLE, limit = Number.POSITIVE_INFINITY } = shape;
    if (!Number.isInteger(order) || order < 0 || order > pages.maxOrder) {
      throw new RangeError(`order ${order}: 0 to ${pages.maxOrder} is possible`);
    }
    if (!(limit >= 0)) throw new RangeError(`a limit of ${limit} blocks: at least 0 is possible`);
    this.pages = pages;
    this.order = order;
    this.gfpZone = gfpZone;
    this.migrateType = migrateType;
    this.limit = limit;
  }

  /** Blocks kept for use. */
  get blocksKept(): number {
    return this.count;
  }

  /** Blocks handed out and not put back. */
  get blocksOut(): number {
    return this.out;
  }

  /** @returns first pfn of a block, or `NO_PAGE` when none is kept and the page allocator has none */
  take(): number {
    let pfn: number;
    if (this.count > 0) {
      this.count -= 1;
      pfn = this.kept[(this.first + this.count) % this.kept.length] as number;
    } else {
      pfn = this.pages.allocPages(this.order, this.gfpZone, this.migrateType);
    }
    if (pfn !== NO_PAGE) this.out += 1;
    return pfn;
  }

  /**
   * Takes a block back.
   *
   * @throws RangeError when more blocks come back than went out, or beyond the limit one that the page allocator does not know
   */
  put(pfn: number): void {
    if (this.out === 0) throw new RangeError(`page ${pfn} was not handed out: no block of the pool is`);
    if (this.count >= this.limit) {
      this.pages.freePages(pfn, this.order);
    } else {
      if (this.count === this.kept.length) this.grow();
      this.kept[(this.first + this.count) % this.kept.length] = pfn;
      this.count += 1;
    }
    this.out -= 1;
  }

  /**
   * Gives kept blocks back to the page allocator, those longest in the pool first.
   *
   * @returns number of blocks given back
   */
  shrink(blocks: number): number {
    const given = Math.min(blocks, this.count);
    for (let i = 0; i < given; i += 1) {
      this.pages.freePages(this.kept[this.first] as number, this.order);
      this.first = (this.first + 1) % this.kept.length;
      this.count -= 1;
    }
    return given;
  }

  private grow(): void {
    const kept = new Float64Array(this.kept.length * 2);
    for (let i = 0; i < this.count; i += 1) kept[i] = this.kept[(this.first + i) % this.kept.length] as number;
    this.kept = kept;
    this.first = 0;
  }
}
