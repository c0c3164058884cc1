import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ALLOC_MIN_RESERVE, ALLOC_NON_BLOCK, NO_PAGE, PageAllocator } from "../../src/algorithms/page-allocator.js";
import { EBUSY, ENOMEM } from "../../src/algorithms/page-contig.js";
import type { PageMemory } from "../../src/algorithms/page-memory.js";
import {
  MIGRATE_CMA,
  MIGRATE_MOVABLE,
  MIGRATE_RECLAIMABLE,
  MIGRATE_UNMOVABLE,
  ZONE_DMA,
  ZONE_DMA32,
  ZONE_HIGHMEM,
  ZONE_MOVABLE,
  ZONE_NORMAL,
} from "../../src/algorithms/zone-types.js";

const UNMOVABLE = MIGRATE_UNMOVABLE;
const MOVABLE = MIGRATE_MOVABLE;

/** One NORMAL zone of so many pages from page 0 on. */
function oneZone(nrPages: number, more: Partial<PageMemory> = {}): PageAllocator {
  const range = { startPfn: 0, endPfn: nrPages };
  return new PageAllocator({ zones: [{ type: ZONE_NORMAL, ...range }], free: [range], ...more });
}

/** Two largest blocks to use, then a CMA area of two; pages 0x1000 to 0x2000. */
function withCma(more: Partial<PageMemory> = {}): PageAllocator {
  return new PageAllocator({
    zones: [{ type: ZONE_NORMAL, startPfn: 0x1000, endPfn: 0x2000 }],
    free: [{ startPfn: 0x1000, endPfn: 0x1800 }],
    cma: [{ startPfn: 0x1800, endPfn: 0x2000 }],
    ...more,
  });
}

/** Free blocks by order, 0 to 10, of all types. */
function blocks(pages: PageAllocator, zone: 0 | 1 | 2 | 3 | 4 = ZONE_NORMAL): string {
  return Array.from({ length: pages.maxOrder + 1 }, (_, order) => pages.freeBlockCount(zone, order)).join(" ");
}

describe("PageAllocator", () => {
  it("starts with the largest blocks that places and borders allow", () => {
    const free = [{ startPfn: 3, endPfn: 0x901 }];
    const pages = new PageAllocator({ zones: [{ type: ZONE_NORMAL, startPfn: 0, endPfn: 0x1000 }], free });
    // 3 | 4-7 | 8-15 | ... | 512-1023, 1024-2047, 2048-2303, 2304
    expect(blocks(pages)).toBe("2 0 1 1 1 1 1 1 2 1 1");
    expect(pages.managedPages(ZONE_NORMAL)).toBe(0x901 - 3);
  });

  it("takes the lowest memory first, and keeps the low half of what it splits", () => {
    const pages = oneZone(4096);
    expect(pages.allocPages(0, ZONE_NORMAL, UNMOVABLE)).toBe(0);
    expect(pages.allocPages(0, ZONE_NORMAL, UNMOVABLE)).toBe(1);
    expect(pages.allocPages(3, ZONE_NORMAL, UNMOVABLE)).toBe(8);
    expect(pages.allocPages(10, ZONE_NORMAL, UNMOVABLE)).toBe(1024);
    expect(blocks(pages)).toBe("0 1 1 0 1 1 1 1 1 1 2");
  });

  it("hands out first what came back last", () => {
    const pages = oneZone(1024);
    const taken = Array.from({ length: 8 }, () => pages.allocPages(0, ZONE_NORMAL, UNMOVABLE));
    for (const pfn of [1, 5, 3]) pages.freePages(taken[pfn] as number, 0);
    expect([3, 5, 1].map(() => pages.allocPages(0, ZONE_NORMAL, UNMOVABLE))).toEqual([3, 5, 1]);
  });

  it("puts a page that is likely to be joined soon at the end of its list", () => {
    const pages = oneZone(1024);
    for (let i = 0; i < 8; i += 1) pages.allocPages(0, ZONE_NORMAL, UNMOVABLE);
    pages.freePages(6, 0);
    pages.freePages(2, 0);
    pages.freePages(3, 0);
    // Pages 2 and 3 are a block of order 1 now. With page 0 free, only page 1 is missing for order 2, so page 0 is kept back.
    pages.freePages(0, 0);
    expect(pages.allocPages(0, ZONE_NORMAL, UNMOVABLE)).toBe(6);
    expect(pages.allocPages(0, ZONE_NORMAL, UNMOVABLE)).toBe(0);
  });

  it("joins neighbours up to the largest order and no further", () => {
    const pages = oneZone(2048);
    const taken = Array.from({ length: 2048 }, () => pages.allocPages(0, ZONE_NORMAL, UNMOVABLE));
    expect(pages.freePageCount()).toBe(0);
    for (const pfn of taken) pages.freePages(pfn, 0);
    expect(blocks(pages)).toBe("0 0 0 0 0 0 0 0 0 0 2");
  });

  it("uses up a block of 4 MiB for 3 MiB, and has nothing larger", () => {
    const pages = oneZone(4096);
    expect(pages.allocPages(Math.ceil(Math.log2(768)), ZONE_NORMAL, UNMOVABLE)).toBe(0);
    expect(pages.freePageCount()).toBe(3072);
    expect(pages.allocPages(11, ZONE_NORMAL, UNMOVABLE)).toBe(NO_PAGE);
    expect(pages.largestOrder(ZONE_NORMAL, UNMOVABLE)).toBe(10);
  });

  it("has larger blocks with larger pages", () => {
    const pages = oneZone(8192 * 2, { maxOrder: 13, pageblockOrder: 13 });
    expect(pages.allocPages(13, ZONE_NORMAL, UNMOVABLE)).toBe(0);
  });

  it("tells pages by pfn across holes, at any address", () => {
    const far = 2 ** 40;
    const pages = new PageAllocator({
      zones: [{ type: ZONE_NORMAL, startPfn: 0x80000, endPfn: far + 1024 }],
      free: [
        { startPfn: 0x80000, endPfn: 0x80400 },
        { startPfn: far, endPfn: far + 1024 },
      ],
    });
    expect(pages.allocPages(10, ZONE_NORMAL, UNMOVABLE)).toBe(0x80000);
    expect(pages.allocPages(10, ZONE_NORMAL, UNMOVABLE)).toBe(far);
    expect(pages.pageUse(0x90000)).toBe("absent");
    pages.freePages(far, 10);
    expect(pages.allocPages(0, ZONE_NORMAL, UNMOVABLE)).toBe(far);
  });

  describe("refuses wrong use and changes nothing", () => {
    const pages = oneZone(1024);
    const pfn = pages.allocPages(2, ZONE_NORMAL, UNMOVABLE);
    const cases: readonly [string, () => void][] = [
      ["a block of another order", () => pages.freePages(pfn, 1)],
      ["a page inside a block", () => pages.freePages(pfn + 1, 0)],
      ["a page that is free", () => pages.freePages(512, 0)],
      ["a page that is not managed", () => pages.freePages(5000, 0)],
      ["a page that is no whole number", () => pages.freePages(0.5, 0)],
      ["an order that is none", () => pages.allocPages(-1, ZONE_NORMAL, UNMOVABLE)],
      ["pinning what cannot move anyway", () => pages.pinPages(pfn, 1)],
    ];
    for (const [name, call] of cases) {
      it(name, () => {
        expect(call).toThrow(RangeError);
        expect(pages.freePageCount()).toBe(1020);
      });
    }
    it("a block that came back already", () => {
      pages.freePages(pfn, 2);
      expect(() => pages.freePages(pfn, 2)).toThrow(RangeError);
      expect(pages.freePageCount()).toBe(1024);
    });
  });

  it("gives single pages back one by one once a block is split", () => {
    const pages = oneZone(1024);
    const pfn = pages.allocPages(2, ZONE_NORMAL, UNMOVABLE);
    pages.splitPages(pfn, 2);
    pages.freePages(pfn + 3, 0);
    expect(() => pages.freePages(pfn, 2)).toThrow(RangeError);
    for (let i = 0; i < 3; i += 1) pages.freePages(pfn + i, 0);
    expect(blocks(pages)).toBe("0 0 0 0 0 0 0 0 0 0 1");
  });
});

describe("zones", () => {
  const zones = [
    { type: ZONE_DMA, startPfn: 0, endPfn: 1024 },
    { type: ZONE_DMA32, startPfn: 1024, endPfn: 2048 },
    { type: ZONE_NORMAL, startPfn: 2048, endPfn: 4096 },
  ] as const;
  const make = (): PageAllocator => new PageAllocator({ zones, free: [{ startPfn: 0, endPfn: 4096 }] });

  it("serve from the highest a request can use, down to the lowest", () => {
    const pages = make();
    const taken = Array.from({ length: 5 }, () => pages.allocPages(10, ZONE_HIGHMEM, UNMOVABLE));
    expect(taken).toEqual([2048, 3072, 1024, 0, NO_PAGE]);
    expect(pages.zonesFor(ZONE_HIGHMEM)).toEqual([ZONE_NORMAL, ZONE_DMA32, ZONE_DMA]);
  });

  it("above the one named are left alone", () => {
    const pages = make();
    expect(pages.allocPages(10, ZONE_DMA32, UNMOVABLE)).toBe(1024);
    expect(pages.allocPages(10, ZONE_DMA32, UNMOVABLE)).toBe(0);
    expect(pages.allocPages(10, ZONE_DMA32, UNMOVABLE)).toBe(NO_PAGE);
    expect(pages.allocPages(10, ZONE_DMA, UNMOVABLE)).toBe(NO_PAGE);
    expect(pages.freePageCount(ZONE_NORMAL)).toBe(2048);
  });

  it("that the kernel does not know count as NORMAL, those that are empty are passed over", () => {
    const normal = { startPfn: 1024, endPfn: 2048 };
    const arm64 = new PageAllocator({
      zones: [
        { type: ZONE_DMA, startPfn: 0, endPfn: 1024 },
        { type: ZONE_DMA32, startPfn: 1024, endPfn: 1024 },
        { type: ZONE_NORMAL, ...normal },
      ],
      free: [{ startPfn: 0, endPfn: 2048 }],
    });
    expect(arm64.zonesFor(ZONE_DMA32)).toEqual([ZONE_DMA]);
    const plain = new PageAllocator({ zones: [{ type: ZONE_NORMAL, ...normal }], free: [normal] });
    for (const zone of [ZONE_DMA, ZONE_DMA32, ZONE_HIGHMEM, ZONE_MOVABLE] as const) {
      expect(plain.zonesFor(zone)).toEqual([ZONE_NORMAL]);
    }
  });

  it("never join blocks across their border", () => {
    const pages = new PageAllocator({
      zones: [
        { type: ZONE_DMA, startPfn: 0, endPfn: 512 },
        { type: ZONE_NORMAL, startPfn: 512, endPfn: 1024 },
      ],
      free: [{ startPfn: 0, endPfn: 1024 }],
    });
    expect(pages.allocPages(10, ZONE_NORMAL, UNMOVABLE)).toBe(NO_PAGE);
    expect(blocks(pages, ZONE_DMA)).toBe("0 0 0 0 0 0 0 0 0 1 0");
    expect(pages.zoneOf(511)).toBe(ZONE_DMA);
    expect(pages.zoneOf(512)).toBe(ZONE_NORMAL);
  });
});

describe("migrate types", () => {
  it("claim whole pageblocks, the largest free block first", () => {
    const pages = oneZone(4096);
    expect(pages.migrateTypeOf(0)).toBe(MOVABLE);
    pages.allocPages(0, ZONE_NORMAL, UNMOVABLE);
    expect([0, 512, 1024].map((pfn) => pages.migrateTypeOf(pfn))).toEqual([UNMOVABLE, UNMOVABLE, MOVABLE]);
    // Unmovable is the type that reclaimable falls back to first, but its largest block is of order 9 now: size counts before type.
    expect(pages.allocPages(0, ZONE_NORMAL, MIGRATE_RECLAIMABLE)).toBe(1024);
    const types = [512, 1024, 1536, 2048].map((pfn) => pages.migrateTypeOf(pfn));
    expect(types).toEqual([UNMOVABLE, MIGRATE_RECLAIMABLE, MIGRATE_RECLAIMABLE, MOVABLE]);
  });

  it("fall back to each other when memory is short, and a small movable request leaves the pageblock its type", () => {
    const pages = oneZone(512, { maxOrder: 9 });
    // 0..7 and the free rest of the only pageblock are unmovable's now.
    const kept = Array.from({ length: 512 }, () => pages.allocPages(0, ZONE_NORMAL, UNMOVABLE));
    pages.freePages(kept[100] as number, 0);
    expect(pages.allocPages(0, ZONE_NORMAL, MOVABLE)).toBe(100);
    expect(pages.migrateTypeOf(100)).toBe(UNMOVABLE);
  });

  it("keep an unmovable request from a movable pageblock that is mostly in use by movable pages", () => {
    const pages = oneZone(512, { maxOrder: 9 });
    const taken = Array.from({ length: 512 }, () => pages.allocPages(0, ZONE_NORMAL, MOVABLE));
    for (const pfn of taken.slice(0, 255)) pages.freePages(pfn, 0);
    pages.allocPages(0, ZONE_NORMAL, UNMOVABLE);
    expect(pages.migrateTypeOf(0)).toBe(MOVABLE);
    pages.freePages(taken[255] as number, 0);
    pages.allocPages(0, ZONE_NORMAL, UNMOVABLE);
    expect(pages.migrateTypeOf(0)).toBe(UNMOVABLE);
  });
});

describe("CMA areas", () => {
  it("serve movable requests, and no others however short memory is", () => {
    const pages = withCma();
    const unmovable = Array.from({ length: 3 }, () => pages.allocPages(10, ZONE_NORMAL, UNMOVABLE));
    expect(unmovable).toEqual([0x1000, 0x1400, NO_PAGE]);
    expect(pages.freePageCount()).toBe(2048);
    expect(pages.freeCmaPageCount()).toBe(2048);
    expect(pages.largestOrder(ZONE_NORMAL, UNMOVABLE)).toBe(-1);
    expect(pages.allocPages(10, ZONE_NORMAL, MOVABLE)).toBe(0x1c00);
  });

  it("are used first when more than half of what is free lies in them", () => {
    const pages = withCma();
    expect(pages.allocPages(0, ZONE_NORMAL, MOVABLE)).toBe(0x1000);
    expect(pages.allocPages(0, ZONE_NORMAL, MOVABLE)).toBe(0x1c00);
  });

  it("give a range that nobody uses, exactly, and leave its neighbours free", () => {
    const pages = withCma();
    expect(pages.allocContigRange(0x1a0c, 300)).toBe(0);
    expect([0x1a0b, 0x1a0c, 0x1b37, 0x1b38].map((pfn) => pages.pageUse(pfn))).toEqual(["free", "used", "used", "free"]);
    expect(pages.freeCmaPageCount()).toBe(2048 - 300);
    expect(pages.migrateTypeOf(0x1a0c)).toBe(MIGRATE_CMA);
    pages.freeContigRange(0x1a0c, 300);
    expect(blocks(pages)).toBe("0 0 0 0 0 0 0 0 0 0 4");
  });

  it("move what is lent out of the way, contents and all", () => {
    const moves: string[] = [];
    const pages = withCma({
      onMigrate: (from, to, order) => moves.push(`${from.toString(16)}>${to.toString(16)}/${order}`),
    });
    pages.allocPages(10, ZONE_NORMAL, UNMOVABLE);
    const lent = [pages.allocPages(0, ZONE_NORMAL, MOVABLE), pages.allocPages(2, ZONE_NORMAL, MOVABLE)];
    expect(lent).toEqual([0x1c00, 0x1c04]);
    expect(pages.allocContigRange(0x1c00, 1024)).toBe(0);
    // Isolated pages are not counted as free: 1024 of 2048 are CMA, not more than half. After one page more are, 1024 of 2047.
    expect(moves).toEqual(["1c00>1400/0", "1c04>1800/2"]);
    expect(pages.pagesMigrated).toBe(5);
    expect(pages.pageUse(0x1800)).toBe("movable");
    pages.freePages(0x1800, 2);
    expect(() => pages.freePages(0x1c04, 2)).toThrow(RangeError);
  });

  it("are busy where a page is pinned, and say which", () => {
    const pages = withCma();
    pages.allocPages(10, ZONE_NORMAL, UNMOVABLE);
    const lent = pages.allocPages(0, ZONE_NORMAL, MOVABLE);
    pages.pinPages(lent, 1);
    expect(() => pages.freePages(lent, 0)).toThrow(RangeError);
    expect(pages.allocContigRange(0x1c00, 1024)).toBe(EBUSY);
    expect(pages.busyPfn).toBe(lent);
    expect(pages.migrateTypeOf(lent)).toBe(MIGRATE_CMA);
    pages.unpinPages(lent, 1);
    expect(pages.allocContigRange(0x1c00, 1024)).toBe(0);
    expect(pages.busyPfn).toBe(-1);
  });

  it("are busy where somebody took pages already", () => {
    const pages = withCma();
    expect(pages.allocContigRange(0x1800, 16)).toBe(0);
    expect(pages.allocContigRange(0x180f, 16)).toBe(EBUSY);
    expect(pages.busyPfn).toBe(0x180f);
    expect(pages.allocContigRange(0x1810, 16)).toBe(0);
  });

  it("have no memory when what is lent finds no other place", () => {
    const pages = withCma();
    const taken: number[] = [];
    for (let pfn = 0; pfn !== NO_PAGE; ) {
      pfn = pages.allocPages(0, ZONE_NORMAL, MOVABLE);
      if (pfn !== NO_PAGE) taken.push(pfn);
    }
    expect(taken.length).toBe(4096);
    expect(pages.allocContigRange(0x1800, 1)).toBe(ENOMEM);
    expect(pages.freePageCount()).toBe(0);
    pages.freePages(0x1234, 0);
    expect(pages.allocContigRange(0x1800, 1)).toBe(0);
    expect(pages.pageUse(0x1234)).toBe("movable");
  });

  it("move a large block page by page when it finds no place as a whole", () => {
    const pages = withCma();
    expect([10, 10].map((order) => pages.allocPages(order, ZONE_NORMAL, UNMOVABLE))).toEqual([0x1000, 0x1400]);
    expect(pages.allocPages(10, ZONE_NORMAL, MOVABLE)).toBe(0x1c00);
    // Every second page of the other half is taken.
    for (let pfn = 0x1800; pfn < 0x1c00; pfn += 2) expect(pages.allocContigRange(pfn, 1)).toBe(0);
    pages.freePages(0x1c00, 10);
    expect(pages.allocPages(2, ZONE_NORMAL, MOVABLE)).toBe(0x1c00);
    for (let pfn = 0x1c04; pfn < 0x2000; pfn += 1) expect(pages.allocContigRange(pfn, 1)).toBe(0);
    expect(pages.allocContigRange(0x1c00, 4)).toBe(0);
    expect(pages.pagesMigrated).toBe(4);
  });

  it("cannot be entered in the middle of a block that began before", () => {
    const pages = withCma();
    pages.allocPages(10, ZONE_NORMAL, UNMOVABLE);
    expect(pages.allocPages(4, ZONE_NORMAL, MOVABLE)).toBe(0x1c00);
    expect(pages.allocContigRange(0x1c08, 100)).toBe(EBUSY);
    expect(pages.allocContigRange(0x1c00, 8)).toBe(0);
  });

  it("retried as a CMA allocation does, succeed behind the pinned page", () => {
    const pages = new PageAllocator({
      zones: [{ type: ZONE_NORMAL, startPfn: 0x3f000, endPfn: 0x44000 }],
      free: [{ startPfn: 0x3f000, endPfn: 0x40000 }],
      cma: [{ startPfn: 0x40000, endPfn: 0x44000 }],
    });
    const lent: number[] = [];
    while (pages.freeCmaPageCount() > 0) lent.push(pages.allocPages(0, ZONE_NORMAL, MOVABLE));
    for (const pfn of lent) if (pfn >= 0x40000 && pfn !== 0x40310) pages.freePages(pfn, 0);
    pages.pinPages(0x40310, 1);
    const answers = [0x40000, 0x40100, 0x40200, 0x40300, 0x40400].map((pfn) => pages.allocContigRange(pfn, 1024));
    expect(answers).toEqual([EBUSY, EBUSY, EBUSY, EBUSY, 0]);
  });

  it("are not needed: other movable memory can be emptied as well, unmovable cannot", () => {
    const pages = oneZone(4096);
    expect(pages.allocContigRange(2048, 2048, MIGRATE_MOVABLE)).toBe(0);
    const pfn = pages.allocPages(0, ZONE_NORMAL, UNMOVABLE);
    expect(pages.allocContigRange(pfn, 1, MIGRATE_MOVABLE)).toBe(EBUSY);
  });
});

describe("watermarks", () => {
  it("are those of the kernel", () => {
    // 1 GiB: sqrt(1 GiB in KiB * 16) is 4 MiB; huge pages raise it to 11 pageblocks of 2 MiB.
    const pages = oneZone(262144, { watermarks: true });
    expect(pages.marksOf(ZONE_NORMAL)).toMatchObject({ min: 5632, low: 7040, high: 8448 });
    const without = oneZone(262144, { watermarks: { hugePages: false } });
    expect(without.marksOf(ZONE_NORMAL)).toMatchObject({ min: 1024, low: 1286, high: 1548 });
    expect(oneZone(1024).marksOf(ZONE_NORMAL)).toBeNull();
  });

  it("keep a lower zone from those who could use a higher one", () => {
    const pages = new PageAllocator({
      zones: [
        { type: ZONE_DMA, startPfn: 0, endPfn: 262144 },
        { type: ZONE_NORMAL, startPfn: 262144, endPfn: 262144 + 1048576 },
      ],
      free: [{ startPfn: 0, endPfn: 262144 + 1048576 }],
      watermarks: { minFreeKbytes: 0 },
    });
    // 4 GiB above, of which a 256th is kept.
    expect(pages.marksOf(ZONE_DMA)?.lowmemReserve).toEqual([0, 0, 4096, 4096, 4096]);
    for (let taken = 0; pages.allocPages(10, ZONE_NORMAL, UNMOVABLE) !== NO_PAGE; taken += 1)
      expect(taken).toBeLessThan(1280);
    expect(pages.freePageCount(ZONE_DMA)).toBeGreaterThanOrEqual(4096);
    expect(pages.allocPages(10, ZONE_DMA, UNMOVABLE)).not.toBe(NO_PAGE);
  });

  it("do not count free CMA pages for who cannot use them", () => {
    // 64 MiB of CMA and 70 MiB free in all, 8 MiB to be kept: 6 MiB are left for others.
    const pages = new PageAllocator({
      zones: [{ type: ZONE_DMA, startPfn: 0, endPfn: 262144 }],
      free: [{ startPfn: 0, endPfn: 1536 }],
      cma: [{ startPfn: 16384, endPfn: 32768 }],
      watermarks: { minFreeKbytes: 8192 },
    });
    expect(pages.freePageCount()).toBe(17920);
    expect(pages.marksOf(ZONE_DMA)?.min).toBe(2048);
    expect(pages.allocPages(0, ZONE_DMA, UNMOVABLE)).toBe(NO_PAGE);
    expect(pages.allocPages(0, ZONE_DMA, MOVABLE)).not.toBe(NO_PAGE);
    // High priority may go to half of it, who may not wait to three eighths: 1024 and 768 pages.
    expect(pages.allocPages(0, ZONE_DMA, UNMOVABLE, ALLOC_MIN_RESERVE)).not.toBe(NO_PAGE);
    while (pages.allocPages(0, ZONE_DMA, UNMOVABLE, ALLOC_MIN_RESERVE) !== NO_PAGE);
    expect(pages.freePageCount() - pages.freeCmaPageCount()).toBe(1024);
    while (pages.allocPages(0, ZONE_DMA, UNMOVABLE, ALLOC_MIN_RESERVE | ALLOC_NON_BLOCK) !== NO_PAGE);
    expect(pages.freePageCount() - pages.freeCmaPageCount()).toBe(768);
  });
});

describe("memory that cannot be", () => {
  const zone = { type: ZONE_NORMAL, startPfn: 0, endPfn: 4096 } as const;
  const cases: readonly [string, PageMemory][] = [
    [
      "overlapping ranges",
      {
        zones: [zone],
        free: [
          { startPfn: 0, endPfn: 10 },
          { startPfn: 9, endPfn: 20 },
        ],
      },
    ],
    ["a range outside of all zones", { zones: [zone], free: [{ startPfn: 4090, endPfn: 4097 }] }],
    ["an area of half a pageblock", { zones: [zone], free: [], cma: [{ startPfn: 0, endPfn: 256 }] }],
    ["zones out of order", { zones: [zone, { type: ZONE_DMA, startPfn: 4096, endPfn: 8192 }], free: [] }],
    ["a range that ends before it starts", { zones: [zone], free: [{ startPfn: 10, endPfn: 9 }] }],
    ["a pageblock larger than the largest block", { zones: [zone], free: [], maxOrder: 8, pageblockOrder: 9 }],
  ];
  for (const [name, memory] of cases) it(name, () => expect(() => new PageAllocator(memory)).toThrow(RangeError));
});

describe("whatever is asked", () => {
  const request = fc.record({
    order: fc.integer({ min: 0, max: 10 }),
    zone: fc.constantFrom(ZONE_DMA, ZONE_DMA32, ZONE_NORMAL, ZONE_HIGHMEM, ZONE_MOVABLE),
    type: fc.constantFrom(UNMOVABLE, MOVABLE, MIGRATE_RECLAIMABLE),
    free: fc.boolean(),
    pick: fc.nat(),
    contig: fc.integer({ min: 0, max: 5 }),
    pin: fc.boolean(),
  });

  it("no page is handed out twice, counts are those of a map of pages, and all given back is as new", () => {
    fc.assert(
      fc.property(fc.array(request, { maxLength: 150 }), (requests) => {
        const owner = new Map<number, number>();
        const live = new Map<number, { pfn: number; order: number; movable: boolean; pinned: boolean }>();
        const ranges: { pfn: number; nrPages: number }[] = [];
        let nextId = 1;
        const give = (id: number, pfn: number, nrPages: number): void => {
          for (let at = pfn; at < pfn + nrPages; at += 1) {
            if (owner.has(at)) throw new Error(`page ${at} has an owner`);
            owner.set(at, id);
          }
        };
        const take = (pfn: number, nrPages: number): void => {
          for (let at = pfn; at < pfn + nrPages; at += 1)
            if (!owner.delete(at)) throw new Error(`page ${at} had no owner`);
        };
        const pages = new PageAllocator({
          zones: [
            { type: ZONE_DMA, startPfn: 1000, endPfn: 4096 },
            { type: ZONE_NORMAL, startPfn: 4096, endPfn: 11000 },
          ],
          free: [
            { startPfn: 1000, endPfn: 3072 },
            { startPfn: 4096, endPfn: 6144 },
            { startPfn: 10240, endPfn: 10300 },
          ],
          cma: [
            { startPfn: 3072, endPfn: 4096 },
            { startPfn: 6144, endPfn: 8192 },
          ],
          onMigrate: (from, to, order) => {
            const id = owner.get(from) as number;
            const block = live.get(id);
            if (block === undefined || !block.movable || block.pinned) throw new Error(`page ${from} was moved`);
            take(from, 2 ** order);
            give(id, to, 2 ** order);
            if (block.pfn === from && block.order === order) block.pfn = to;
            else throw new Error("a block was taken apart");
          },
        });
        const start = [blocks(pages, ZONE_DMA), blocks(pages, ZONE_NORMAL)];
        const all = pages.freePageCount();
        const release = (id: number): void => {
          const block = live.get(id) as { pfn: number; order: number; pinned: boolean };
          if (block.pinned) pages.unpinPages(block.pfn, 1);
          pages.freePages(block.pfn, block.order);
          take(block.pfn, 2 ** block.order);
          live.delete(id);
        };
        for (const { order, zone, type, free, pick, contig, pin } of requests) {
          if (contig === 0) {
            const area = pick % 2 === 0 ? 3072 : 6144;
            const pfn = area + (pick % 900);
            const nrPages = 1 + (pick % 124);
            // Room for whole blocks: the listener above does not follow blocks that are taken apart.
            if (pages.freeBlockCount(ZONE_NORMAL, 10, MOVABLE) === 0) continue;
            if (pages.allocContigRange(pfn, nrPages) === 0) {
              give(-1, pfn, nrPages);
              ranges.push({ pfn, nrPages });
            }
          } else if (contig === 1 && ranges.length > 0) {
            const [range] = ranges.splice(pick % ranges.length, 1) as [{ pfn: number; nrPages: number }];
            pages.freeContigRange(range.pfn, range.nrPages);
            take(range.pfn, range.nrPages);
          } else if (free && live.size > 0) {
            release([...live.keys()][pick % live.size] as number);
          } else {
            const pfn = pages.allocPages(order, zone, type);
            if (pfn === NO_PAGE) continue;
            expect(pfn % 2 ** order).toBe(0);
            expect(pages.zonesFor(zone)).toContain(pages.zoneOf(pfn));
            if (type !== MOVABLE) expect(pages.migrateTypeOf(pfn)).not.toBe(MIGRATE_CMA);
            const id = nextId++;
            give(id, pfn, 2 ** order);
            const pinned = pin && type === MOVABLE;
            if (pinned) pages.pinPages(pfn, 1);
            live.set(id, { pfn, order, movable: type === MOVABLE, pinned });
          }
          expect(pages.freePageCount()).toBe(all - owner.size);
          let listed = 0;
          for (let k = 0; k <= 10; k += 1) {
            listed += 2 ** k * (pages.freeBlockCount(ZONE_DMA, k) + pages.freeBlockCount(ZONE_NORMAL, k));
          }
          expect(listed).toBe(all - owner.size);
        }
        for (const { pfn, nrPages } of ranges) {
          pages.freeContigRange(pfn, nrPages);
          take(pfn, nrPages);
        }
        for (const id of Array.from(live.keys())) release(id);
        expect([blocks(pages, ZONE_DMA), blocks(pages, ZONE_NORMAL)]).toEqual(start);
        expect(pages.freeCmaPageCount()).toBe(3072);
      }),
      { numRuns: 150 },
    );
  }, 60_000);
});
