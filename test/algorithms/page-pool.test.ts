import { describe, expect, it } from "vitest";
import { NO_PAGE, PageAllocator } from "../../src/algorithms/page-allocator.js";
import { PagePool } from "../../src/algorithms/page-pool.js";
import { MIGRATE_UNMOVABLE, ZONE_DMA, ZONE_NORMAL } from "../../src/algorithms/zone-types.js";

/** 1024 pages of each of two zones, the lower one first. */
function twoZones(): PageAllocator {
  return new PageAllocator({
    zones: [
      { type: ZONE_DMA, startPfn: 0, endPfn: 1024 },
      { type: ZONE_NORMAL, startPfn: 1024, endPfn: 2048 },
    ],
    free: [{ startPfn: 0, endPfn: 2048 }],
  });
}

describe("PagePool", () => {
  it("takes from the page allocator what it does not have", () => {
    const pages = twoZones();
    const pool = new PagePool(pages, { order: 4 });
    expect([pool.take(), pool.take()]).toEqual([1024, 1040]);
    expect(pool).toMatchObject({ blocksOut: 2, blocksKept: 0 });
    expect(pages.freePageCount()).toBe(2048 - 32);
  });

  it("keeps what comes back, and hands out first what came back last", () => {
    const pages = twoZones();
    const pool = new PagePool(pages, { order: 4 });
    const [first, second, third] = [pool.take(), pool.take(), pool.take()];
    for (const pfn of [first, third, second]) pool.put(pfn);
    expect(pool).toMatchObject({ blocksOut: 0, blocksKept: 3 });
    expect(pages.freePageCount()).toBe(2048 - 48);
    expect([pool.take(), pool.take(), pool.take()]).toEqual([second, third, first]);
  });

  it("gives back at once what is more than its limit", () => {
    const pages = twoZones();
    const pool = new PagePool(pages, { order: 0, limit: 1 });
    const taken = [pool.take(), pool.take()];
    for (const pfn of taken) pool.put(pfn);
    expect(pool.blocksKept).toBe(1);
    expect(pages.pageUse(taken[0]!)).toBe("used");
    expect(pages.pageUse(taken[1]!)).toBe("free");
  });

  it("gives back first what it has kept longest, when memory is wanted", () => {
    const pages = twoZones();
    const pool = new PagePool(pages, { order: 3 });
    const taken = Array.from({ length: 5 }, () => pool.take());
    for (const pfn of taken) pool.put(pfn);
    expect(pool.shrink(2)).toBe(2);
    expect(taken.map((pfn) => pages.pageUse(pfn))).toEqual(["free", "free", "used", "used", "used"]);
    expect(pool.shrink(100)).toBe(3);
    expect(pool.blocksKept).toBe(0);
    expect(pages.freePageCount()).toBe(2048);
  });

  it("keeps the order of its blocks while its ring grows and wraps around", () => {
    const pages = twoZones();
    const pool = new PagePool(pages, { order: 0 });
    const taken = Array.from({ length: 40 }, () => pool.take());
    for (const pfn of taken.slice(0, 12)) pool.put(pfn);
    pool.shrink(10);
    for (const pfn of taken.slice(12)) pool.put(pfn);
    expect(pool.blocksKept).toBe(30);
    expect(pool.shrink(2)).toBe(2);
    expect(taken.slice(10, 13).map((pfn) => pages.pageUse(pfn))).toEqual(["free", "free", "used"]);
    expect(Array.from({ length: 28 }, () => pool.take())).toEqual(taken.slice(12).reverse());
  });

  it("takes blocks of the zones it is for alone", () => {
    const pool = new PagePool(twoZones(), { order: 10, gfpZone: ZONE_DMA, migrateType: MIGRATE_UNMOVABLE });
    expect([pool.take(), pool.take()]).toEqual([0, NO_PAGE]);
    expect(pool.blocksOut).toBe(1);
  });

  it("refuses more blocks than went out, and shapes that cannot be", () => {
    const pages = twoZones();
    const pool = new PagePool(pages, { order: 1 });
    const pfn = pool.take();
    pool.put(pfn);
    expect(() => pool.put(pfn)).toThrow(new RangeError(`page ${pfn} was not handed out: no block of the pool is`));
    expect(() => new PagePool(pages, { order: 11 })).toThrow(new RangeError("order 11: 0 to 10 is possible"));
    expect(() => new PagePool(pages, { order: 0, limit: -1 })).toThrow(RangeError);
  });
});
