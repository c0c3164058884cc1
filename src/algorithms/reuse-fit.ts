import type { Algorithm, Allocator, PoolShape } from "./allocator.js";
import { SegregatedExtents } from "./segregated-extents.js";

/**
 * Our own offset allocator: what has just been given back goes to the next request of the same length as it is; everything else goes by size class.
 *
 *     free b        | a | waits | c |  free  |       b is in no list, and not joined with its neighbours yet
 *     ask as many   | a |   b   | c |  free  |       gets the same place: no search, no cut, nothing joined or listed
 *     ask others    | a | free      |  free  |       or free another: first b joins its neighbours, then the request is searched as in TLSF
 *
 * A queue that gives back a frame and takes the next one, a ring of metadata, a driver that maps and unmaps: each frees and asks for the same length in
 * turn. TLSF joins, lists, finds, cuts and lists again for it; here it is two stores. One extent at most waits, and never beyond the
 * next call of another length, so holes are joined as soon as anyone could use them and a refusal still means that no hole is long enough.
 * (Allocators with a stock of freed blocks of each size, as quick fit has them, are faster still, and leave the pool in pieces.)
 *
 * The rest is TLSF's two levels, with lists that are rings and classes that need no rule for small sizes, so hardly a branch depends on the
 * data: {@link SegregatedExtents}.
 *
 * Time: as `tlsf`; constant for a length that was just given back. Bookkeeping: 24 bytes an extent, free ones included, and 7 KiB a pool,
 * whatever its size. At most 2^26 extents.
 */
export const reuseFit: Algorithm = {
  name: "reuse-fit",
  traits: { blocks: "one", aligned: true, rounding: "exact", refuses: "no-hole", placement: "unstated" },
  make: (pool: PoolShape): Allocator => new ReuseFit(pool),
};

class ReuseFit extends SegregatedExtents implements Allocator {
  free(handle: number): void {
    const extent = this.takeBack(handle);
    const waiting = this.waiting;
    this.waiting = extent;
    if (waiting !== 0) this.join(waiting);
  }
}
