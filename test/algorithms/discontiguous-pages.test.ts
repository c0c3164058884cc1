import { describe, expect, it } from "vitest";
import { NO_ROOM, outLength } from "../../src/algorithms/allocator.js";
import { discontiguousPages } from "../../src/algorithms/discontiguous-pages.js";

/** Units of each block, in the order given; null when refused. */
function blocksOf(pool: number, requests: readonly number[], room = 1000): (number[] | null)[] {
  const allocator = discontiguousPages.make({ units: pool });
  const out = new Int32Array(outLength(room));
  return requests.map((units) => {
    const count = allocator.allocate(units, 1, out);
    return count === NO_ROOM ? null : Array.from({ length: count }, (_, i) => out[2 + 2 * i]!);
  });
}

// Linux 6.12 drivers/dma-buf/heaps/system_heap.c system_heap_allocate(), alloc_largest_available().
describe("discontiguous pages", () => {
  it("serve 1 MiB and 68 KiB of unfragmented memory in blocks of 1 MiB, 64 KiB and 4 KiB", () =>
    expect(blocksOf(4096, [273])).toEqual([[256, 16, 1]]));

  it("go down an order where no block is that large, and never up again", () => {
    // One page taken of 256 leaves blocks of 1, 2, 4 and so on to 128.
    const [, second] = blocksOf(256, [1, 255]);
    expect(second).toEqual([...Array<number>(15).fill(16), ...Array<number>(15).fill(1)]);
  });

  it("are refused when too few are free, or too little room is left for their blocks", () => {
    expect(blocksOf(256, [257])).toEqual([null]);
    expect(blocksOf(4096, [273], 2)).toEqual([null]);
  });
});
