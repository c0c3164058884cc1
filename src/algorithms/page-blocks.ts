import { type Algorithm, type Allocator, NO_ROOM, type PoolShape } from "./allocator.js";
import { checkedOrigin, checkedUnits, judgeRequest } from "./block-request.js";
import { BlockChains } from "./buddy-chains.js";
import { NO_PAGE, PageAllocator } from "./page-allocator.js";
import { MIGRATE_UNMOVABLE, ZONE_NORMAL } from "./zone-types.js";

/**
 * The kernel's page allocator as an algorithm: one block of `2^order` units a request, of unmovable pages in one zone.
 *
 * What a request takes is the whole block, 4 units for 3; blocks start at multiples of their length, and no other alignment can be asked for.
 * Refuses when no block is large enough, always beyond 1024 units. See {@link PageAllocator}. Bookkeeping: 9 bytes a unit, 16 an allocation.
 */
export const pageBlocks: Algorithm = {
  name: "page-blocks",
  traits: { blocks: "one", aligned: false, rounding: "power-of-two", refuses: "policy", placement: "unstated" },
  make: (pool: PoolShape): Allocator => new PageBlocks(pool),
};

class PageBlocks implements Allocator {
  readonly units: number;
  private readonly pages: PageAllocator;
  private readonly chains: BlockChains = new BlockChains();
  /** Pfn of unit 0. */
  private readonly base: number;

  constructor(pool: PoolShape) {
    this.units = checkedUnits(pool);
    this.base = checkedOrigin(pool);
    const range = { startPfn: this.base, endPfn: this.base + this.units };
    this.pages = new PageAllocator({ zones: [{ type: ZONE_NORMAL, ...range }], free: [range] });
  }

  allocate(units: number, alignUnits: number, out: Int32Array): number {
    if ((units | 0) !== units || units < 1 || alignUnits !== 1 || out.length < 3) {
      judgeRequest(units, alignUnits, out);
      return NO_ROOM;
    }
    const order = 32 - Math.clz32(units - 1);
    const pfn = this.pages.allocPages(order, ZONE_NORMAL, MIGRATE_UNMOVABLE);
    if (pfn === NO_PAGE) return NO_ROOM;
    const handle = this.chains.add(pfn - this.base, order, 0);
    this.chains.open(handle);
    out[0] = handle;
    out[1] = pfn - this.base;
    out[2] = units;
    return 1;
  }

  free(handle: number): void {
    const { chains } = this;
    chains.close(handle);
    const { records } = chains;
    this.pages.freePages((records[handle * 4] as number) + this.base, records[handle * 4 + 1] as number);
    chains.drop(handle);
  }

  freeUnits(): number {
    return this.pages.freePageCount();
  }

  /** The largest block. */
  largestFree(): number {
    const order = this.pages.largestOrder(ZONE_NORMAL, MIGRATE_UNMOVABLE);
    return order < 0 ? 0 : 2 ** order;
  }
}
