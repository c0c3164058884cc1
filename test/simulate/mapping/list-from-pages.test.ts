import { describe, expect, it } from "vitest";
import { listFromPages } from "../../../src/simulate/mapping/list-from-pages.js";

/** Entries as `[pfn, offset, length]`. */
function entries(pfns: readonly number[], size: number, offset = 0, maxSegment?: number): readonly number[][] {
  const list = listFromPages({ pages: pfns.map((pfn) => pfn * 4096), pageSize: 4096, offset, size }, maxSegment);
  return list.physAddr.map((base, i) => [Math.floor(base / 4096), base % 4096, list.length[i]!]);
}

// Vectors: Linux 6.12 lib/scatterlist.c sg_alloc_append_table_from_pages().
describe("the list of an array of pages", () => {
  it("joins neighbours from the left, up to the limit, and takes the offset off the first entry", () => {
    expect(entries([10, 11, 12, 20, 21], 0x4c00, 0x200, 0x2000)).toEqual([
      [10, 0x200, 0x1e00],
      [12, 0, 0x1000],
      [20, 0, 0x1e00],
    ]);
  });

  it("joins all that follow each other without a limit, and never backwards", () => {
    expect(entries([10, 11, 12, 20, 21], 0x5000)).toEqual([
      [10, 0, 0x3000],
      [20, 0, 0x2000],
    ]);
    expect(entries([11, 10], 0x2000)).toHaveLength(2);
  });

  it("counts whole pages of the limit", () => {
    expect(entries([1, 2, 3], 0x3000, 0, 0x2fff)).toEqual([
      [1, 0, 0x2000],
      [3, 0, 0x1000],
    ]);
  });

  it("refuses a limit below a page, and bytes that are not there", () => {
    expect(() => entries([1], 1, 0, 4095)).toThrow("entries of 4095 bytes are less than a page");
    expect(() => entries([1], 4097)).toThrow("4097 bytes from 0 on are not in 1 pages");
    expect(() => entries([1, 2], 4096, 4096)).toThrow(RangeError);
    expect(() => entries([], 1)).toThrow(RangeError);
    expect(() => entries([1], 0)).toThrow(RangeError);
  });
});
