import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { countJoinedBlocks, countPageBlocks, SYSTEM_HEAP_ORDERS } from "../../src/algorithms/page-orders.js";

describe("countPageBlocks", () => {
  const cases = [
    { pages: 1, blocks: 1 },
    { pages: 16, blocks: 1 },
    { pages: 256, blocks: 1 },
    // 1 MiB + 68 KiB: 1 MiB, 64 KiB, 4 KiB.
    { pages: 273, blocks: 3 },
    // 921600 bytes: fourteen blocks of 64 KiB and one page.
    { pages: 225, blocks: 15 },
    { pages: 3038, blocks: 11 + 13 + 14 },
  ];
  for (const { pages, blocks } of cases)
    it(`${pages} pages: ${blocks}`, () => expect(countPageBlocks(pages, SYSTEM_HEAP_ORDERS)).toBe(blocks));
  it("takes single pages when nothing larger is allowed", () => expect(countPageBlocks(225, [0])).toBe(225));
});

/** One block at a time, with the unsigned test of the kernel. */
function slowly(pages: number, orders: readonly number[], limit: number): number {
  let left = pages;
  let entries = 0;
  let length = 0;
  while (left > 0) {
    const block = 2 ** orders.find((o) => 2 ** o <= left)!;
    left -= block;
    if (entries > 0 && (length > limit || limit - length >= block)) length += block;
    else {
      entries += 1;
      length = block;
    }
  }
  return entries;
}

describe("countJoinedBlocks", () => {
  const cases = [
    { name: "joins blocks up to the limit", pages: 225, limit: 64, entries: 4 },
    { name: "keeps blocks of the limit's own size apart", pages: 225, limit: 16, entries: 15 },
    { name: "joins everything behind a block longer than the limit", pages: 273, limit: 16, entries: 1 },
    { name: "joins everything when a page is longer than the limit", pages: 225, limit: 0, entries: 1 },
    { name: "joins pages behind larger blocks", pages: 16 + 3, limit: 17, entries: 2 },
  ];
  for (const c of cases)
    it(c.name, () => expect(countJoinedBlocks(c.pages, SYSTEM_HEAP_ORDERS, c.limit)).toBe(c.entries));

  it("counts as the kernel does block by block", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 4000 }),
        fc.constantFrom([0], [8, 4, 0], [9, 0]),
        fc.nat(600),
        (pages, orders, limit) => {
          expect(countJoinedBlocks(pages, orders, limit)).toBe(slowly(pages, orders, limit));
        },
      ),
      { numRuns: 1000 },
    );
  });
});
