import { type Algorithm, type Allocator, NO_ROOM, type PoolShape } from "./allocator.js";
import { unitsToAligned } from "./block-request.js";
import * as layout from "./extent-table.js";
import { SegregatedExtents } from "./segregated-extents.js";

const { START, UNITS } = layout;

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
 * Time: as `tlsf`; constant for a length that was just given back. Bookkeeping: 28 bytes an extent, free ones included, and 7 KiB a pool,
 * whatever its size. At most 2^26 extents.
 */
export const reuseFit: Algorithm = {
  name: "reuse-fit",
  traits: { blocks: "one", aligned: true, rounding: "exact", refuses: "no-hole", placement: "unstated" },
  make: (pool: PoolShape): Allocator => new ReuseFit(pool),
};

class ReuseFit extends SegregatedExtents implements Allocator {
  /** The extent given back last, in no list; 0 for none. */
  private waiting = 0;

  allocate(units: number, alignUnits: number, out: Int32Array): number {
    if (alignUnits !== 1) return this.allocateAligned(units, alignUnits, out);
    if (this.judge(units, 1, out) === NO_ROOM) return NO_ROOM;
    const waiting = this.waiting;
    if (waiting !== 0) {
      if (this.records[waiting + UNITS] === units) {
        this.waiting = 0;
        return this.handOut(waiting, units, out);
      }
      // A refused request must not have joined it: what comes next could be of its length.
      if (!this.surelyFits(units) && !this.fitsSomewhere(units, 1)) return NO_ROOM;
      this.waiting = 0;
      this.join(waiting);
    }
    const extent = this.place(units);
    return extent === 0 ? NO_ROOM : this.handOut(extent, units, out);
  }

  free(handle: number): void {
    const extent = this.takeBack(handle);
    const waiting = this.waiting;
    this.waiting = extent;
    if (waiting !== 0) this.join(waiting);
  }

  largestFree(): number {
    const listed = this.longestListed();
    return this.waiting === 0 ? listed : Math.max(listed, this.runAround(this.waiting, 1));
  }

  private allocateAligned(units: number, alignUnits: number, out: Int32Array): number {
    if (this.judge(units, alignUnits, out) === NO_ROOM) return NO_ROOM;
    const waiting = this.waiting;
    if (waiting !== 0) {
      if (this.records[waiting + UNITS] === units && this.isAligned(waiting, alignUnits)) {
        this.waiting = 0;
        return this.handOut(waiting, units, out);
      }
      if (!this.fitsSomewhere(units, alignUnits)) return NO_ROOM;
      this.waiting = 0;
      this.join(waiting);
    }
    const extent = this.placeAligned(units, alignUnits);
    return extent === 0 ? NO_ROOM : this.handOut(extent, units, out);
  }

  /** Whether there is room for a request once the waiting extent is joined. */
  private fitsSomewhere(units: number, alignUnits: number): boolean {
    return this.fits(units, alignUnits) || this.runAround(this.waiting, alignUnits) >= units;
  }

  private isAligned(extent: number, alignUnits: number): boolean {
    return unitsToAligned(this.records[extent + START] as number, this.alignOrigin, alignUnits) === 0;
  }
}
