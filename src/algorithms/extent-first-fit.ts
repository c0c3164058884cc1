import { type Algorithm, type Allocator, NO_ROOM, type PoolShape } from "./allocator.js";
import { deadHandleError, judgeRequest, unitsToAligned } from "./block-request.js";
import * as layout from "./extent-table.js";
import { ExtentTable, nextHandle } from "./extent-table.js";

// V8 folds the constants of a file into its code; imported ones it loads and checks each time.
const { ABOVE, BELOW, LEFT, RIGHT, SERIAL, START, UNITS } = layout;

/** log2 of the units whose extents share a leaf of the tree. */
const LEAF_SHIFT = 6;

/**
 * Exact first fit in logarithmic time: the lowest free run that is long enough, behind its alignment. The same places as `bitmap-first-fit`, which
 * walks the bitmap.
 *
 *     longest            9 |                      ask 6: the first of four children that has 6, at every level
 *                 4   9 |  2   6
 *     leaves     4 1 2 0  9 3 ...                 64 units each
 *                         └ free extents that end in these units, linked
 *
 * A free extent is filed under the leaf in which it ends. A request takes the extent's first units, so the end stays where it is: allocating
 * lowers one leaf, giving back raises one, and neither goes further up than the maximum changes. Of the four children the first that is long
 * enough is counted out without a branch, as is their maximum: no guess of the processor goes wrong.
 *
 * An aligned request visits the leaves that have an extent long enough, in order, until one holds it behind its alignment; what lies in
 * front stays free.
 *
 * @see Linux 6.12 `bitmap_find_next_zero_area_off()` in `lib/bitmap.c`
 *
 * Time: O(log n) in the units of the pool, plus the free extents that end in one leaf, at most 32; for aligned requests, times the leaves
 * visited. Bookkeeping: 28 bytes an extent, live or free, and an eighth of a byte a unit (32 KiB for 1 GiB of pages).
 */
export const firstFitExtents: Algorithm = {
  name: "first-fit",
  traits: { blocks: "one", aligned: true, rounding: "exact", refuses: "no-hole", placement: "first-fit" },
  make: (pool: PoolShape): Allocator => new FirstFit(pool),
};

class FirstFit extends ExtentTable implements Allocator {
  /** A heap of fours: node i has the longest free extent below nodes 4i + 1 to 4i + 4. */
  private readonly longest: Int32Array;
  /** Leaves come last: from this node on. */
  private readonly firstLeaf: number;
  /** For each leaf, a free extent that ends in it, 0 for none; the others are linked by RIGHT, and back by LEFT. */
  private readonly heads: Int32Array;

  constructor(pool: PoolShape) {
    super(pool, 0);
    const leaves = Math.ceil(this.units / 2 ** LEAF_SHIFT);
    let firstLeaf = 0;
    for (let width = 1; width < leaves; width *= 4) firstLeaf += width;
    this.firstLeaf = firstLeaf;
    this.longest = new Int32Array(firstLeaf + Math.ceil(leaves / 4) * 4);
    this.heads = new Int32Array(leaves);
    this.enter(this.firstRecord);
  }

  allocate(units: number, alignUnits: number, out: Int32Array): number {
    if (
      (units | 0) !== units ||
      units < 1 ||
      (alignUnits | 0) !== alignUnits ||
      (alignUnits & (alignUnits - 1)) !== 0 ||
      alignUnits < 1 ||
      out.length < 3
    ) {
      if (judgeRequest(units, alignUnits, out) === NO_ROOM) return NO_ROOM;
    }
    const longest = this.longest;
    if ((longest[0] as number) < units) return NO_ROOM;
    let extent: number;
    let records = this.records;
    if (alignUnits === 1) {
      const leaf = this.descend(0, units);
      extent = this.heads[leaf - this.firstLeaf] as number;
      if ((records[extent + RIGHT] as number) !== 0) extent = this.lowest(extent, units);
    } else {
      extent = this.findAligned(units, alignUnits);
      if (extent === 0) return NO_ROOM;
      this.cutFront(extent, alignUnits);
      records = this.records;
    }
    const start = records[extent + START] as number;
    const has = records[extent + UNITS] as number;
    let taken = extent;
    if (has !== units) {
      taken = this.takeRecord();
      records = this.records;
      const below = records[extent + BELOW] as number;
      records[taken + START] = start;
      records[taken + UNITS] = units;
      records[taken + BELOW] = below;
      records[taken + ABOVE] = extent;
      records[below + ABOVE] = taken;
      records[extent + BELOW] = taken;
      records[extent + START] = start + units;
      records[extent + UNITS] = has - units;
      this.lower(this.firstLeaf + ((start + has - 1) >>> LEAF_SHIFT), has);
    } else {
      this.unlink(extent);
      this.lower(this.firstLeaf + ((start + has - 1) >>> LEAF_SHIFT), has);
    }
    const handle = nextHandle(records[taken + SERIAL] as number, this.addressMask);
    records[taken + SERIAL] = handle;
    this.unitsFree -= units;
    out[0] = handle;
    out[1] = start;
    out[2] = units;
    return 1;
  }

  free(handle: number): void {
    const records = this.records;
    const extent = handle & this.addressMask;
    if (
      !(handle >= 0) ||
      extent < this.firstRecord ||
      extent >= records.length ||
      records[extent + SERIAL] !== handle
    ) {
      throw deadHandleError(handle);
    }
    records[extent + SERIAL] = ~handle;
    const units = records[extent + UNITS] as number;
    this.unitsFree += units;
    const above = records[extent + ABOVE] as number;
    const below = records[extent + BELOW] as number;
    const joinsAbove = (records[above + SERIAL] as number) < 0;
    const joinsBelow = (records[below + SERIAL] as number) < 0;
    if (joinsAbove) {
      let start = records[extent + START] as number;
      let more = units;
      let next = below;
      if (joinsBelow) {
        const has = records[below + UNITS] as number;
        start = records[below + START] as number;
        more += has;
        next = records[below + BELOW] as number;
        this.unlink(below);
        this.lower(this.firstLeaf + ((start + has - 1) >>> LEAF_SHIFT), has);
        this.dropRecord(below);
      }
      records[above + START] = start;
      const has = (records[above + UNITS] as number) + more;
      records[above + UNITS] = has;
      records[above + BELOW] = next;
      records[next + ABOVE] = above;
      this.dropRecord(extent);
      this.raise(this.firstLeaf + ((start + has - 1) >>> LEAF_SHIFT), has);
      return;
    }
    if (joinsBelow) {
      const has = records[below + UNITS] as number;
      const start = records[below + START] as number;
      this.unlink(below);
      this.lower(this.firstLeaf + ((start + has - 1) >>> LEAF_SHIFT), has);
      records[below + UNITS] = has + units;
      records[below + ABOVE] = above;
      records[above + BELOW] = below;
      this.dropRecord(extent);
      this.enter(below);
      return;
    }
    this.enter(extent);
  }

  freeUnits(): number {
    return this.unitsFree;
  }

  largestFree(): number {
    return this.longest[0] as number;
  }

  /** The first leaf below a node that has an extent of so many units. The node must have one. */
  private descend(from: number, units: number): number {
    const longest = this.longest;
    const firstLeaf = this.firstLeaf;
    let node = from;
    while (node < firstLeaf) {
      const child = 4 * node + 1;
      const not0 = ((longest[child] as number) - units) >> 31;
      const not1 = not0 & (((longest[child + 1] as number) - units) >> 31);
      const not2 = not1 & (((longest[child + 2] as number) - units) >> 31);
      node = child - not0 - not1 - not2;
    }
    return node;
  }

  /** Of a leaf's extents the lowest that has so many units, or 0. */
  private lowest(head: number, units: number): number {
    const records = this.records;
    let best = 0;
    let bestStart = 0x7fffffff;
    for (let extent = head; extent !== 0; extent = records[extent + RIGHT] as number) {
      const start = records[extent + START] as number;
      if ((records[extent + UNITS] as number) >= units && start < bestStart) {
        best = extent;
        bestStart = start;
      }
    }
    return best;
  }

  /** The lowest extent that holds so many units from an aligned one on, or 0. */
  private findAligned(units: number, alignUnits: number): number {
    const records = this.records;
    const origin = this.alignOrigin;
    for (let leaf = this.descend(0, units); leaf > 0 || this.firstLeaf === 0; leaf = this.nextLeaf(leaf, units)) {
      let best = 0;
      let bestStart = 0x7fffffff;
      for (
        let extent = this.heads[leaf - this.firstLeaf] as number;
        extent !== 0;
        extent = records[extent + RIGHT] as number
      ) {
        const start = records[extent + START] as number;
        const skipped = unitsToAligned(start, origin, alignUnits);
        if ((records[extent + UNITS] as number) - skipped >= units && start < bestStart) {
          best = extent;
          bestStart = start;
        }
      }
      if (best !== 0 || leaf === 0) return best;
    }
    return 0;
  }

  /** The first leaf behind a node that has an extent of so many units, or -1. */
  private nextLeaf(leaf: number, units: number): number {
    const longest = this.longest;
    for (let node = leaf; ; ) {
      while ((node & 3) === 0) {
        if (node === 0) return -1;
        node = (node - 1) >> 2;
      }
      node += 1;
      if ((longest[node] as number) >= units) return this.descend(node, units);
    }
  }

  /** Cuts the units before an aligned one off an extent, as a free extent of their own. */
  private cutFront(extent: number, alignUnits: number): void {
    const start = this.records[extent + START] as number;
    const skipped = unitsToAligned(start, this.alignOrigin, alignUnits);
    if (skipped === 0) return;
    const front = this.takeRecord();
    const records = this.records;
    const has = records[extent + UNITS] as number;
    const below = records[extent + BELOW] as number;
    records[front + START] = start;
    records[front + UNITS] = skipped;
    records[front + BELOW] = below;
    records[front + ABOVE] = extent;
    records[below + ABOVE] = front;
    records[extent + BELOW] = front;
    records[extent + START] = start + skipped;
    records[extent + UNITS] = has - skipped;
    this.enter(front);
    this.lower(this.firstLeaf + ((start + has - 1) >>> LEAF_SHIFT), has);
  }

  /** Files a free extent under its leaf. */
  private enter(extent: number): void {
    const records = this.records;
    const units = records[extent + UNITS] as number;
    const leaf = ((records[extent + START] as number) + units - 1) >>> LEAF_SHIFT;
    const head = this.heads[leaf] as number;
    records[extent + LEFT] = 0;
    records[extent + RIGHT] = head;
    records[head + LEFT] = extent;
    this.heads[leaf] = extent;
    this.raise(this.firstLeaf + leaf, units);
  }

  /** Takes an extent off the list of its leaf; the leaf's maximum is as it was. */
  private unlink(extent: number): void {
    const records = this.records;
    const left = records[extent + LEFT] as number;
    const right = records[extent + RIGHT] as number;
    if (left !== 0) records[left + RIGHT] = right;
    else
      this.heads[((records[extent + START] as number) + (records[extent + UNITS] as number) - 1) >>> LEAF_SHIFT] =
        right;
    records[right + LEFT] = left;
  }

  /** An extent of a leaf has become `units` long. */
  private raise(leaf: number, units: number): void {
    const longest = this.longest;
    for (let node = leaf; (longest[node] as number) < units; node = (node - 1) >> 2) {
      longest[node] = units;
      if (node === 0) return;
    }
  }

  /** An extent of a leaf was `had` long and is shorter now, or gone. */
  private lower(leaf: number, had: number): void {
    const longest = this.longest;
    if ((longest[leaf] as number) !== had) return;
    const records = this.records;
    let most = 0;
    for (
      let extent = this.heads[leaf - this.firstLeaf] as number;
      extent !== 0;
      extent = records[extent + RIGHT] as number
    ) {
      const units = records[extent + UNITS] as number;
      if (units > most) most = units;
    }
    if (most === had) return;
    longest[leaf] = most;
    let node = leaf;
    while (node !== 0) {
      node = (node - 1) >> 2;
      if ((longest[node] as number) !== had) return;
      const child = 4 * node + 1;
      const a = longest[child] as number;
      const b = longest[child + 1] as number;
      const c = longest[child + 2] as number;
      const d = longest[child + 3] as number;
      const ab = a - b;
      const e = a - (ab & (ab >> 31));
      const cd = c - d;
      const f = c - (cd & (cd >> 31));
      const ef = e - f;
      most = e - (ef & (ef >> 31));
      if (most === had) return;
      longest[node] = most;
    }
  }
}
