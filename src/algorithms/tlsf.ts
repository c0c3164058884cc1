import type { Algorithm, Allocator, PoolShape } from "./allocator.js";
import { SegregatedExtents } from "./segregated-extents.js";

/**
 * Two-level segregated fit: free extents listed by size class, 32 classes between one power of two and the next.
 *
 *     addresses   | live | free 5 | live | free 70 | live | free 130 |      extents know their neighbours in memory
 *                            │               │               │
 *     classes           37 ──┘    83: 70-71 ─┘   104: 128-131┘               and those of their class
 *
 * A request takes an extent of the first class that has one and whose extents are all long enough; the rest becomes a free extent again. What is
 * given back joins its free neighbours at once. How classes and lists are kept says {@link SegregatedExtents}.
 *
 * Modelled on the published TLSF design; Linux 6.12 has none. It differs in that it refuses exactly, takes the oldest extent of a class where TLSF
 * takes the newest, and keeps its bookkeeping apart from the memory it hands out.
 *
 * Time: bounded, but for the last resort of a request that nearly fills the pool, and of aligned ones. Bookkeeping: 24 bytes an extent, free ones
 * included, and 7 KiB a pool, whatever its size. At most 2^26 extents.
 */
export const tlsf: Algorithm = {
  name: "tlsf",
  traits: { blocks: "one", aligned: true, rounding: "exact", refuses: "no-hole", placement: "unstated" },
  make: (pool: PoolShape): Allocator => new Tlsf(pool),
};

class Tlsf extends SegregatedExtents implements Allocator {
  free(handle: number): void {
    this.join(this.takeBack(handle));
  }
}
