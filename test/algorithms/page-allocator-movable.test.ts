import { describe, expect, it } from "vitest";
import { PageAllocator } from "../../src/algorithms/page-allocator.js";
import { EBUSY } from "../../src/algorithms/page-contig.js";
import { ZONE_NORMAL } from "../../src/algorithms/zone-types.js";

const memory = {
  zones: [{ type: ZONE_NORMAL, startPfn: 0, endPfn: 4096 }],
  free: [{ startPfn: 0, endPfn: 2048 }],
  cma: [{ startPfn: 2048, endPfn: 4096 }],
} as const;

describe("pages of a range that are made movable", () => {
  it("are moved out of the way of the next range, when they are not pinned", () => {
    const pages = new PageAllocator(memory);
    expect(pages.allocContigRange(2048, 2)).toBe(0);
    pages.makeMovable(2048, 2);
    pages.pinPages(2049, 1);
    expect(pages.allocContigRange(2048, 512)).toBe(EBUSY);
    expect(pages.busyPfn).toBe(2049);
    pages.unpinPages(2049, 1);
    expect(pages.allocContigRange(2048, 512)).toBe(0);
    expect(pages.pagesMigrated).toBe(2);
  });

  it("are given back one by one", () => {
    const pages = new PageAllocator(memory);
    pages.allocContigRange(2048, 2);
    pages.makeMovable(2048, 2);
    pages.freePages(2048, 0);
    pages.freePages(2049, 0);
    expect(pages.freePageCount()).toBe(4096);
  });

  it("have to be in use as single pages", () => {
    const pages = new PageAllocator(memory);
    expect(() => pages.makeMovable(2048, 1)).toThrow("page 2048 is not in use as a single page");
    expect(() => pages.makeMovable(4096, 1)).toThrow("are not all managed");
  });
});
