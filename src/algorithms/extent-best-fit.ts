import { type Algorithm, type Allocator, NO_ROOM, type PoolShape } from "./allocator.js";
import { deadHandleError, judgeRequest, unitsToAligned } from "./block-request.js";
import * as layout from "./extent-table.js";
import { ExtentTable, nextHandle, OWN_WORDS } from "./extent-table.js";
import { CLASS_WORDS, SIZE_CLASSES, sizeClass } from "./size-classes.js";

// V8 folds the constants of a file into its code; imported ones it loads and checks each time.
const { ABOVE, BELOW, LEFT, RIGHT, SERIAL, START, UNITS } = layout;

/** Where the root of class 0 stands in the table; those of the others follow. */
const ROOTS = OWN_WORDS;

/**
 * Exact best fit in logarithmic time: the shortest free run that is long enough, the lowest among equals, and of that run the first units. The
 * same places as `genalloc-best-fit`, which walks the bitmap.
 *
 *     classes     3   4 ... 64-65   66-67 ...            which have extents: one bit a class, one bit 32 classes
 *                 │           │
 *     trees     3@70       64@900                        by length, then address
 *              ╱    ╲            ╲
 *          3@12     3@95       65@20
 *
 * Free extents are filed by size class, those of a class in a tree ordered by length and start. A request looks for the first at or behind its
 * own length in the tree of its class, else takes the first of the next class that has any. The trees are treaps whose priorities are drawn from
 * the number of the record, so the same calls give the same trees.
 *
 * An aligned request goes on through that order until an extent holds it behind its alignment; what lies in front stays free.
 *
 * @see Linux 6.12 `gen_pool_best_fit()` in `lib/genalloc.c`, which knows no alignment
 *
 * Time: O(log n) in the free extents of a class, expected; for aligned requests, times the extents that are long enough and start badly.
 * Bookkeeping: 28 bytes an extent, live or free, and 3.5 KiB a pool, whatever its size. At most 2^26 extents.
 */
export const bestFitExtents: Algorithm = {
  name: "best-fit",
  traits: { blocks: "one", aligned: true, rounding: "exact", refuses: "no-hole", placement: "best-fit" },
  make: (pool: PoolShape): Allocator => new BestFit(pool),
};

class BestFit extends ExtentTable implements Allocator {
  /** A bit for each class whose tree is not empty. */
  private readonly classes: Int32Array = new Int32Array(CLASS_WORDS);
  /** A bit for each word of the former that is not 0. */
  private top = 0;

  constructor(pool: PoolShape) {
    super(pool, SIZE_CLASSES);
    this.enter(this.firstRecord, 0, this.units);
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
    const extent = alignUnits === 1 ? this.atLeast(units, 0) : this.findAligned(units, alignUnits);
    if (extent === 0) return NO_ROOM;
    this.leave(extent);
    if (alignUnits !== 1) this.cutFront(extent, alignUnits);
    let records = this.records;
    const start = records[extent + START] as number;
    const rest = (records[extent + UNITS] as number) - units;
    if (rest !== 0) {
      const above = this.takeRecord();
      records = this.records;
      const next = records[extent + ABOVE] as number;
      records[above + BELOW] = extent;
      records[above + ABOVE] = next;
      records[next + BELOW] = above;
      records[extent + ABOVE] = above;
      records[extent + UNITS] = units;
      this.enter(above, start + units, rest);
    }
    const handle = nextHandle(records[extent + SERIAL] as number, this.addressMask);
    records[extent + SERIAL] = handle;
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
    let start = records[extent + START] as number;
    let units = records[extent + UNITS] as number;
    this.unitsFree += units;
    const above = records[extent + ABOVE] as number;
    if ((records[above + SERIAL] as number) < 0) {
      this.leave(above);
      units += records[above + UNITS] as number;
      const next = records[above + ABOVE] as number;
      records[extent + ABOVE] = next;
      records[next + BELOW] = extent;
      this.dropRecord(above);
    }
    const below = records[extent + BELOW] as number;
    if ((records[below + SERIAL] as number) < 0) {
      this.leave(below);
      start = records[below + START] as number;
      units += records[below + UNITS] as number;
      const next = records[below + BELOW] as number;
      records[extent + BELOW] = next;
      records[next + ABOVE] = extent;
      this.dropRecord(below);
    }
    this.enter(extent, start, units);
  }

  freeUnits(): number {
    return this.unitsFree;
  }

  largestFree(): number {
    if (this.top === 0) return 0;
    const word = 31 - Math.clz32(this.top);
    const records = this.records;
    let extent = records[ROOTS + (word << 5) + 31 - Math.clz32(this.classes[word] as number)] as number;
    for (let right = extent; right !== 0; right = records[right + RIGHT] as number) extent = right;
    return records[extent + UNITS] as number;
  }

  /** The first free extent in the order of length and start that is not before these, or 0. */
  private atLeast(units: number, start: number): number {
    const records = this.records;
    const own = sizeClass(units);
    let best = 0;
    for (let extent = records[ROOTS + own] as number; extent !== 0; ) {
      const has = records[extent + UNITS] as number;
      if (has > units || (has === units && (records[extent + START] as number) >= start)) {
        best = extent;
        extent = records[extent + LEFT] as number;
      } else {
        extent = records[extent + RIGHT] as number;
      }
    }
    if (best !== 0) return best;
    let word = (own + 1) >>> 5;
    let bits = (this.classes[word] as number) & (-1 << (own + 1));
    if (bits === 0) {
      const words = this.top & (-2 << word);
      if (words === 0) return 0;
      word = 31 - Math.clz32(words & -words);
      bits = this.classes[word] as number;
    }
    let extent = records[ROOTS + (word << 5) + 31 - Math.clz32(bits & -bits)] as number;
    for (let left = records[extent + LEFT] as number; left !== 0; left = records[left + LEFT] as number) extent = left;
    return extent;
  }

  /** The first free extent in that order that holds so many units from an aligned one on, or 0. */
  private findAligned(units: number, alignUnits: number): number {
    const records = this.records;
    for (let extent = this.atLeast(units, 0); extent !== 0; ) {
      const start = records[extent + START] as number;
      const has = records[extent + UNITS] as number;
      if (has - unitsToAligned(start, this.alignOrigin, alignUnits) >= units) return extent;
      extent = this.atLeast(has, start + 1);
    }
    return 0;
  }

  /** Cuts the units before an aligned one off an extent that no tree has, and enters them as an extent of their own. */
  private cutFront(extent: number, alignUnits: number): void {
    const start = this.records[extent + START] as number;
    const skipped = unitsToAligned(start, this.alignOrigin, alignUnits);
    if (skipped === 0) return;
    const front = this.takeRecord();
    const records = this.records;
    const below = records[extent + BELOW] as number;
    records[front + BELOW] = below;
    records[front + ABOVE] = extent;
    records[below + ABOVE] = front;
    records[extent + BELOW] = front;
    records[extent + START] = start + skipped;
    records[extent + UNITS] = (records[extent + UNITS] as number) - skipped;
    this.enter(front, start, skipped);
  }

  /** Makes a record the free extent of these units and puts it into the tree of its class. */
  private enter(extent: number, start: number, units: number): void {
    const records = this.records;
    records[extent + START] = start;
    records[extent + UNITS] = units;
    const own = sizeClass(units);
    let link = ROOTS + own;
    let node = records[link] as number;
    if (node === 0) {
      this.classes[own >>> 5] = (this.classes[own >>> 5] as number) | (1 << own);
      this.top |= 1 << (own >>> 5);
    }
    const priority = priorityOf(extent);
    while (node !== 0 && priorityOf(node) >= priority) {
      const has = records[node + UNITS] as number;
      link = has < units || (has === units && (records[node + START] as number) < start) ? node + RIGHT : node + LEFT;
      node = records[link] as number;
    }
    records[link] = extent;
    // What hangs here goes below the new extent: the smaller to its left, the larger to its right.
    let smaller = extent + LEFT;
    let larger = extent + RIGHT;
    while (node !== 0) {
      const has = records[node + UNITS] as number;
      if (has < units || (has === units && (records[node + START] as number) < start)) {
        records[smaller] = node;
        smaller = node + RIGHT;
        node = records[smaller] as number;
      } else {
        records[larger] = node;
        larger = node + LEFT;
        node = records[larger] as number;
      }
    }
    records[smaller] = 0;
    records[larger] = 0;
  }

  /** Takes an extent out of the tree of its class. */
  private leave(extent: number): void {
    const records = this.records;
    const units = records[extent + UNITS] as number;
    const start = records[extent + START] as number;
    const own = sizeClass(units);
    let link = ROOTS + own;
    for (let node = records[link] as number; node !== extent; node = records[link] as number) {
      const has = records[node + UNITS] as number;
      link = has < units || (has === units && (records[node + START] as number) < start) ? node + RIGHT : node + LEFT;
    }
    let left = records[extent + LEFT] as number;
    let right = records[extent + RIGHT] as number;
    while (left !== 0 && right !== 0) {
      if (priorityOf(left) >= priorityOf(right)) {
        records[link] = left;
        link = left + RIGHT;
        left = records[link] as number;
      } else {
        records[link] = right;
        link = right + LEFT;
        right = records[link] as number;
      }
    }
    records[link] = left + right;
    if (records[ROOTS + own] === 0) {
      const bits = (this.classes[own >>> 5] as number) & ~(1 << own);
      this.classes[own >>> 5] = bits;
      if (bits === 0) this.top &= ~(1 << (own >>> 5));
    }
  }
}

/** A number that looks drawn, always the same for a record. */
function priorityOf(record: number): number {
  return Math.imul(record, 0x9e3779b1);
}
