import { type Algorithm, type Allocator, NO_ROOM, type PoolShape } from "./allocator.js";
import { checkedOrigin, checkedUnits, judgeRequest } from "./block-request.js";
import { BlockChains } from "./buddy-chains.js";
import { NO_PAGE, PageAllocator } from "./page-allocator.js";
import { SYSTEM_HEAP_ORDERS } from "./page-orders.js";
import { MIGRATE_UNMOVABLE, ZONE_NORMAL } from "./zone-types.js";

/**
 * Scattered pages of one zone, in blocks of the system heap's orders, {@link SYSTEM_HEAP_ORDERS}: the largest order that fits what is left and has a
 * block; never a larger one again for this request.
 *
 *     orders 8, 4, 0      277 pages:  256 + 16 + 5 single ones
 *                         with no block of order 8:  17 x 16 + 5
 *
 * Refuses exactly when too few units are free, or `out` has too little room for the blocks. No alignment beyond the blocks' own.
 * Bookkeeping: 9 bytes a unit, 16 bytes a block.
 *
 * @see Linux 6.12 `drivers/dma-buf/heaps/system_heap.c` `system_heap_allocate()`
 */
export const discontiguousPages: Algorithm = {
  name: "discontiguous-pages",
  traits: { blocks: "many", aligned: false, rounding: "exact", refuses: "policy", placement: "unstated" },
  make: (pool: PoolShape): Allocator => new DiscontiguousPages(pool),
};

class DiscontiguousPages implements Allocator {
  readonly units: number;
  private readonly pages: PageAllocator;
  private readonly chains: BlockChains = new BlockChains();
  /** Pfn of unit 0. */
  private readonly base: number;
  private left: number;

  constructor(pool: PoolShape) {
    this.units = checkedUnits(pool);
    this.base = checkedOrigin(pool);
    this.left = this.units;
    this.pages = pagesOf(this.base, this.units);
  }

  allocate(units: number, alignUnits: number, out: Int32Array): number {
    if ((units | 0) !== units || units < 1 || alignUnits !== 1 || out.length < 3) {
      judgeRequest(units, alignUnits, out);
      return NO_ROOM;
    }
    if (units > this.left || this.blocksFor(units) > (out.length - 1) >>> 1) return NO_ROOM;
    const { chains, pages } = this;
    let chain = 0;
    let entry = 1;
    let left = units;
    for (let i = 0; i < SYSTEM_HEAP_ORDERS.length; i += 1) {
      const order = SYSTEM_HEAP_ORDERS[i] as number;
      while (left >= 1 << order) {
        const pfn = pages.allocPages(order, ZONE_NORMAL, MIGRATE_UNMOVABLE);
        if (pfn === NO_PAGE) break;
        chain = chains.add(pfn - this.base, order, chain);
        out[entry] = pfn - this.base;
        out[entry + 1] = 1 << order;
        entry += 2;
        left -= 1 << order;
      }
    }
    chains.open(chain);
    out[0] = chain;
    this.left -= units;
    return (entry - 1) / 2;
  }

  free(handle: number): void {
    const { chains, pages } = this;
    chains.close(handle);
    for (let record = handle; record !== 0; record = chains.drop(record)) {
      const order = chains.records[record * 4 + 1] as number;
      pages.freePages((chains.records[record * 4] as number) + this.base, order);
      this.left += 1 << order;
    }
  }

  freeUnits(): number {
    return this.left;
  }

  /** The largest of the heap's orders that has a block. */
  largestFree(): number {
    const largest = this.pages.largestOrder(ZONE_NORMAL, MIGRATE_UNMOVABLE);
    for (const order of SYSTEM_HEAP_ORDERS) if (order <= largest) return 2 ** order;
    return 0;
  }

  /** Blocks that so many free units would come in. */
  private blocksFor(units: number): number {
    const { pages } = this;
    let blocks = 0;
    let left = units;
    for (let i = 0; i < SYSTEM_HEAP_ORDERS.length; i += 1) {
      const order = SYSTEM_HEAP_ORDERS[i] as number;
      let there = 0;
      for (let k = order; k <= pages.maxOrder; k += 1) there += pages.freeBlockCount(ZONE_NORMAL, k) * 2 ** k;
      // Units taken for larger blocks came out of the same blocks.
      const taken = Math.min(Math.floor(left / 2 ** order), Math.floor((there - (units - left)) / 2 ** order));
      if (taken <= 0) continue;
      blocks += taken;
      left -= taken * 2 ** order;
    }
    return blocks;
  }
}

/** A page allocator with one zone of so many pages. */
function pagesOf(startPfn: number, nrPages: number): PageAllocator {
  const range = { startPfn, endPfn: startPfn + nrPages };
  return new PageAllocator({ zones: [{ type: ZONE_NORMAL, ...range }], free: [range] });
}
