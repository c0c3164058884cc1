import { describe, expect, it } from "vitest";
import { NO_ROOM } from "../../src/algorithms/allocator.js";
import { ChunkPool } from "../../src/algorithms/chunk-pool.js";
import { discontiguousPages } from "../../src/algorithms/discontiguous-pages.js";
import { genallocBestFit, genallocFirstFit, genallocFirstFitAlign } from "../../src/algorithms/genalloc.js";

// Linux 6.12 lib/genalloc.c gen_pool_add_owner(), gen_pool_alloc_algo_owner(), gen_pool_free_owner().
describe("a pool of chunks", () => {
  it("asks the chunk that was added last first", () => {
    const pool = new ChunkPool(genallocFirstFit);
    pool.addChunk(1000, 8);
    pool.addChunk(2000, 4);
    expect([pool.allocate(3), pool.allocate(3), pool.allocate(1)]).toEqual([2000, 1000, 2003]);
  });

  it("takes the first chunk that has room, even where a later one would fit better", () => {
    const pool = new ChunkPool(genallocBestFit);
    pool.addChunk(1000, 3);
    pool.addChunk(2000, 100);
    expect(pool.allocate(3)).toBe(2000);
  });

  it("never gives a block that spans chunks, not even of neighbours", () => {
    const pool = new ChunkPool(genallocFirstFit);
    pool.addChunk(0, 4);
    pool.addChunk(4, 4);
    expect(pool.allocate(5)).toBe(NO_ROOM);
    expect([pool.units, pool.freeUnits(), pool.largestFree()]).toEqual([8, 8, 4]);
  });

  it("counts alignment from address 0, at any address", () => {
    const pool = new ChunkPool(genallocFirstFitAlign);
    pool.addChunk(2 ** 40 + 3, 20);
    expect(pool.allocate(2, 8)).toBe(2 ** 40 + 8);
  });

  it("takes back what begins at an address, once", () => {
    const pool = new ChunkPool(genallocFirstFit);
    pool.addChunk(16, 16);
    const at = pool.allocate(5);
    expect(pool.has(at)).toBe(true);
    expect(pool.has(32)).toBe(false);
    expect(() => pool.free(at + 1)).toThrow(RangeError);
    pool.free(at);
    expect(() => pool.free(at)).toThrow(RangeError);
    expect(pool.freeUnits()).toBe(16);
  });

  it("refuses chunks that share units, and algorithms that give several blocks", () => {
    const pool = new ChunkPool(genallocFirstFit);
    pool.addChunk(16, 16);
    expect(() => pool.addChunk(31, 4)).toThrow(
      new RangeError("a chunk of 4 units at 31 shares units with the one of 16 at 16"),
    );
    expect(() => new ChunkPool(discontiguousPages)).toThrow(RangeError);
  });
});
