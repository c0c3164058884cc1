import { type Algorithm, type Allocator, NO_ROOM, type PoolShape } from "./allocator.js";
import { checkedOrigin, checkedUnits, judgeRequest } from "./block-request.js";
import { BlockChains } from "./buddy-chains.js";
import { NO_PAGE, PageAllocator } from "./page-allocator.js";
import { SYSTEM_HEAP_ORDERS } from "./page-orders.js";
import { MIGRATE_UNMOVABLE, type RequestMigrateType, ZONE_HIGHMEM, ZONE_NORMAL, type ZoneType } from "./zone-types.js";

/** Where the pages of a scattered buffer come from. */
export interface PageRequest {
  /** Highest zone; any memory if left out, as heaps and the IOMMU path have it. */
  readonly gfpZone?: ZoneType;
  /** Unmovable if left out. */
  readonly migrateType?: RequestMigrateType;
}

/**
 * Takes pages in blocks of given orders: the largest order that fits what is left and has a block; never a larger one again for this buffer.
 *
 *     orders 8, 4, 0      277 pages:  256 + 16 + 5 single ones
 *                         with no block of order 8:  17 x 16 + 5
 *
 * That is the rule of the system heap, whose orders are {@link SYSTEM_HEAP_ORDERS}, and of coherent buffers behind an IOMMU, whose orders
 * {@link pageArrayOrders} tells. The kernel makes single pages of the latter's blocks; here they stay blocks and are given back as such.
 *
 * @param nrPages - at least 1
 * @param orders - descending; what the smallest does not divide is refused
 * @param out - written on success: first pfn and order of each block, in the order taken, which is the order of the scatter list. With too little
 *   room for all blocks the request is refused; `2 * nrPages` entries always are enough
 * @returns number of blocks, or {@link NO_PAGE}: all that was taken is given back
 * @see Linux 6.12 `drivers/dma-buf/heaps/system_heap.c` `system_heap_allocate()`, `drivers/iommu/dma-iommu.c` `__iommu_dma_alloc_pages()`
 */
export function allocatePageBlocks(
  pages: PageAllocator,
  nrPages: number,
  orders: readonly number[],
  out: Float64Array,
  request: PageRequest = {},
): number {
  if (!Number.isInteger(nrPages) || nrPages < 1) throw new RangeError(`${nrPages} pages asked: at least 1 is possible`);
  const { gfpZone = ZONE_HIGHMEM, migrateType = MIGRATE_UNMOVABLE } = request;
  const room = out.length >>> 1;
  let left = nrPages;
  let blocks = 0;
  for (const order of orders) {
    const span = 2 ** order;
    while (left >= span && blocks < room) {
      const pfn = pages.allocPages(order, gfpZone, migrateType);
      if (pfn === NO_PAGE) break;
      out[2 * blocks] = pfn;
      out[2 * blocks + 1] = order;
      blocks += 1;
      left -= span;
    }
  }
  if (left === 0) return blocks;
  freePageBlocks(pages, blocks, out);
  return NO_PAGE;
}

/** Gives back blocks as {@link allocatePageBlocks} wrote them. */
export function freePageBlocks(pages: PageAllocator, blocks: number, out: Float64Array): void {
  for (let i = 0; i < blocks; i += 1) pages.freePages(out[2 * i] as number, out[2 * i + 1] as number);
}

/**
 * Orders that a buffer behind an IOMMU is made of: those of the page sizes the IOMMU can map, up to the largest block there is.
 *
 * @param pageSizes - bytes, powers of two, as the IOMMU's page tables have them. A smallest one below the processor's page counts as that
 * @param pageSize - bytes of the processor's page
 * @param singlePages - the smallest size alone: what the attribute `DMA_ATTR_ALLOC_SINGLE_PAGES` asks for
 * @returns descending; empty when the smallest page of the IOMMU is more than the largest block: such an allocation fails
 * @see Linux 6.12 `drivers/iommu/dma-iommu.c` `__iommu_dma_alloc_noncontiguous()`
 */
export function pageArrayOrders(
  pageSizes: readonly number[],
  pageSize: number,
  maxOrder: number,
  singlePages = false,
): readonly number[] {
  const smallest = Math.max(Math.min(...pageSizes), pageSize);
  const sizes = singlePages ? [smallest] : [...new Set([smallest, ...pageSizes])];
  return sizes
    .filter((size) => size >= pageSize)
    .map((size) => Math.round(Math.log2(size / pageSize)))
    .filter((order) => order <= maxOrder)
    .sort((a, b) => b - a);
}

/**
 * Scattered pages of one zone as an algorithm: blocks of the system heap's orders, as {@link allocatePageBlocks} takes them.
 *
 * Refuses exactly when too few units are free, or `out` has too little room for the blocks. No alignment beyond the blocks' own.
 * Bookkeeping: 9 bytes a unit, 16 bytes a block.
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
