import { NO_ROOM, type PoolShape } from "./allocator.js";
import { deadHandleError, judgeRequest, unitsToAligned } from "./block-request.js";
import * as layout from "./extent-table.js";
import { ExtentTable } from "./extent-table.js";
import { CLASS_WORDS, SIZE_CLASSES, sizeClass, sizeClassFrom } from "./size-classes.js";

// V8 folds the constants of a file into its code; imported ones it loads and checks each time.
const { START, UNITS, BELOW, ABOVE, HANDLE_BIT } = layout;
/** Next extent of a list; 0 when the extent is in none: it is live, or waits to be joined. */
const NEXT = layout.LEFT;
/** Previous extent of a list; the handle while the extent is live, which no link equals. */
const PREVIOUS = layout.RIGHT;

/** Where the map of the classes that have extents stands in the table. */
const MAP = layout.OWN_WORDS;
/** Where its top word stands. */
const TOP: number = MAP + CLASS_WORDS;
/** The two links of a list's ends stand where those of a record at this place plus twice the class would. */
const ENDS: number = TOP + 1 - NEXT;
const WORDS = CLASS_WORDS + 1 + 2 * SIZE_CLASSES;

/** Extents looked at for an aligned request before one is taken that holds it wherever it starts. */
const CLOSE_LOOKS = 16;

/**
 * Free extents listed by size class: the mechanism of `tlsf` and of `reuse-fit`.
 *
 *     classes    bits 00100...  01000...  10000...        one bit a class, one bit 32 classes
 *     lists      end ⇄ 5 ⇄ end   end ⇄ 71 ⇄ 70 ⇄ end      rings through an end of their own: taking out needs no question where in the list
 *
 * A request takes the oldest extent of the first class that has one and whose extents are all long enough. Only when no such class is left are
 * the extents of the request's own class tried one by one, so a refusal means that no hole is long enough.
 *
 * An aligned request looks at a few extents from its own class on, then takes one that holds it wherever it starts, then looks at all in
 * between. What lies in front of the aligned start stays free.
 *
 * The table, the map and the ends of the lists are one array: one bound and one base for the processor to hold.
 */
export class SegregatedExtents extends ExtentTable {
  /** An extent that was given back, is in no list and not joined yet; 0 for none. The next request gets it as it is, if it is of its length. */
  protected waiting = 0;
  /** What the last handle had above the bits that tell the record: counts allocations, so that the handles of a record differ. */
  private turn = 0;

  constructor(pool: PoolShape) {
    super(pool, WORDS, layout.SHORT_RECORD);
    const { records } = this;
    for (let own = 0; own < SIZE_CLASSES; own += 1) {
      const end = ENDS + 2 * own;
      records[end + NEXT] = end;
      records[end + PREVIOUS] = end;
    }
    this.list(records, this.firstRecord, this.units);
  }

  freeUnits(): number {
    return this.unitsFree;
  }

  /** As the contract of allocators says. Written out, for the same reason as {@link join}. */
  allocate(units: number, alignUnits: number, out: Int32Array): number {
    if ((units | 0) !== units || units < 1 || alignUnits !== 1 || out.length < 3) {
      return judgeRequest(units, alignUnits, out) ?? this.allocateAligned(units, alignUnits, out);
    }
    let records = this.records;
    const wanted = sizeClassFrom(units);
    let word = wanted >>> 5;
    let extent = this.waiting;
    if (extent !== 0) {
      if (records[extent + UNITS] === units) return this.handOutWaiting(units, out);
      // A refused request must not have joined it: what comes next could be of its length.
      const isSure = ((records[TOP] as number) & (-2 << word)) !== 0;
      if (!isSure && !this.fitsSomewhere(units, 1)) return NO_ROOM;
      this.waiting = 0;
      this.join(extent);
    }
    let bits = (records[MAP + word] as number) & (-1 << wanted);
    if (bits === 0) {
      const words = (records[TOP] as number) & (-2 << word);
      if (words === 0) return this.allocateLast(units, out);
      word = 31 - Math.clz32(words & -words);
      bits = records[MAP + word] as number;
    }
    const found = (word << 5) + 31 - Math.clz32(bits & -bits);
    extent = records[ENDS + NEXT + (found << 1)] as number;

    const next = records[extent + NEXT] as number;
    const previous = records[extent + PREVIOUS] as number;
    records[previous + NEXT] = next;
    records[next + PREVIOUS] = previous;
    records[extent + NEXT] = 0;
    if (next === previous) {
      const left = (records[MAP + word] as number) & ~(1 << found);
      records[MAP + word] = left;
      if (left === 0) records[TOP] = (records[TOP] as number) & ~(1 << word);
    }

    const start = records[extent + START] as number;
    const rest = ((records[extent + UNITS] as number) - units) | 0;
    if (rest !== 0) {
      let rear = this.spare;
      if (rear !== 0) {
        this.spare = records[rear + ABOVE] as number;
      } else {
        rear = this.takeRecord();
        records = this.records;
      }
      const above = records[extent + ABOVE] as number;
      records[rear + START] = (start + units) | 0;
      records[rear + UNITS] = rest;
      records[rear + BELOW] = extent;
      records[rear + ABOVE] = above;
      records[above + BELOW] = rear;
      records[extent + ABOVE] = rear;
      records[extent + UNITS] = units;
      const own = sizeClass(rest);
      const end = (ENDS + (own << 1)) | 0;
      const last = records[end + PREVIOUS] as number;
      records[rear + NEXT] = end;
      records[rear + PREVIOUS] = last;
      records[end + PREVIOUS] = rear;
      records[last + NEXT] = rear;
      const row = own >>> 5;
      const there = records[MAP + row] as number;
      records[MAP + row] = there | (1 << own);
      if (there === 0) records[TOP] = (records[TOP] as number) | (1 << row);
    }
    const turn = (this.turn + this.addressMask + 1) & (HANDLE_BIT - 1);
    this.turn = turn;
    const handle = turn | extent | HANDLE_BIT;
    records[extent + PREVIOUS] = handle;
    this.unitsFree -= units;
    out[0] = handle;
    out[1] = start;
    out[2] = units;
    return 1;
  }

  /** As the contract says. */
  largestFree(): number {
    const listed = this.longestListed();
    return this.waiting === 0 ? listed : Math.max(listed, this.runAround(this.waiting, 1));
  }

  private allocateAligned(units: number, alignUnits: number, out: Int32Array): number {
    const { waiting } = this;
    if (waiting !== 0) {
      const start = this.records[waiting + START] as number;
      const isAligned = unitsToAligned(start, this.alignOrigin, alignUnits) === 0;
      if (isAligned && this.records[waiting + UNITS] === units) return this.handOutWaiting(units, out);
      if (!this.fitsSomewhere(units, alignUnits)) return NO_ROOM;
      this.waiting = 0;
      this.join(waiting);
    }
    const extent = this.findAligned(units, alignUnits);
    if (extent === 0) return NO_ROOM;
    this.unlist(this.records, extent);
    this.cutFront(extent, alignUnits);
    this.cutRear(extent, units);
    return this.handOut(extent, units, out);
  }

  /** Serves a request from an extent of its own class: what is left when no class surely has one. */
  private allocateLast(units: number, out: Int32Array): number {
    const records = this.records;
    const end = ENDS + 2 * sizeClass(units);
    for (let extent = records[end + NEXT] as number; extent !== end; extent = records[extent + NEXT] as number) {
      if ((records[extent + UNITS] as number) < units) continue;
      this.unlist(records, extent);
      this.cutRear(extent, units);
      return this.handOut(extent, units, out);
    }
    return NO_ROOM;
  }

  /** Whether there is room for a request once the waiting extent is joined. */
  private fitsSomewhere(units: number, alignUnits: number): boolean {
    return this.findAligned(units, alignUnits) !== 0 || this.runAround(this.waiting, alignUnits) >= units;
  }

  private handOutWaiting(units: number, out: Int32Array): number {
    const { waiting } = this;
    this.waiting = 0;
    return this.handOut(waiting, units, out);
  }

  /** Hands out an extent that is in no list. @returns 1, the number of blocks */
  private handOut(extent: number, units: number, out: Int32Array): number {
    const records = this.records;
    const turn = (this.turn + this.addressMask + 1) & (HANDLE_BIT - 1);
    this.turn = turn;
    const handle = turn | extent | HANDLE_BIT;
    records[extent + PREVIOUS] = handle;
    this.unitsFree -= units;
    out[0] = handle;
    out[1] = records[extent + START] as number;
    out[2] = units;
    return 1;
  }

  /** Takes an extent back: it is not live any more, and in no list yet. @throws RangeError when the handle is of no live one */
  protected takeBack(handle: number): number {
    const records = this.records;
    const extent = handle & this.addressMask;
    if (
      !(handle >= 0) ||
      extent < this.firstRecord ||
      extent >= records.length ||
      records[extent + PREVIOUS] !== handle
    ) {
      throw deadHandleError(handle);
    }
    records[extent + PREVIOUS] = 0;
    this.unitsFree += records[extent + UNITS] as number;
    return extent;
  }

  /**
   * Joins an extent that is not live with its free neighbours and lists what comes of it.
   *
   * Written out: V8 inlines only so much into one function, and a call that it leaves costs as much as a whole step here.
   */
  protected join(extent: number): void {
    const records = this.records;
    let units = records[extent + UNITS] as number;
    const above = records[extent + ABOVE] as number;
    const aboveNext = records[above + NEXT] as number;
    if (aboveNext !== 0) {
      units = (units + (records[above + UNITS] as number)) | 0;
      const previous = records[above + PREVIOUS] as number;
      records[previous + NEXT] = aboveNext;
      records[aboveNext + PREVIOUS] = previous;
      records[above + NEXT] = 0;
      if (aboveNext === previous) this.markEmpty(records, aboveNext);
      const beyond = records[above + ABOVE] as number;
      records[extent + ABOVE] = beyond;
      records[beyond + BELOW] = extent;
      records[above + ABOVE] = this.spare;
      this.spare = above;
    }
    const below = records[extent + BELOW] as number;
    const belowNext = records[below + NEXT] as number;
    if (belowNext !== 0) {
      units = (units + (records[below + UNITS] as number)) | 0;
      const previous = records[below + PREVIOUS] as number;
      records[previous + NEXT] = belowNext;
      records[belowNext + PREVIOUS] = previous;
      records[below + NEXT] = 0;
      if (belowNext === previous) this.markEmpty(records, belowNext);
      records[extent + START] = records[below + START] as number;
      const beyond = records[below + BELOW] as number;
      records[extent + BELOW] = beyond;
      records[beyond + ABOVE] = extent;
      records[below + ABOVE] = this.spare;
      this.spare = below;
    }
    records[extent + UNITS] = units;
    const own = sizeClass(units);
    const end = (ENDS + (own << 1)) | 0;
    const last = records[end + PREVIOUS] as number;
    records[extent + NEXT] = end;
    records[extent + PREVIOUS] = last;
    records[end + PREVIOUS] = extent;
    records[last + NEXT] = extent;
    const word = own >>> 5;
    const bits = records[MAP + word] as number;
    records[MAP + word] = bits | (1 << own);
    if (bits === 0) records[TOP] = (records[TOP] as number) | (1 << word);
  }

  /** Units of the longest listed extent. */
  private longestListed(): number {
    const { records } = this;
    const top = records[TOP] as number;
    if (top === 0) return 0;
    const word = 31 - Math.clz32(top);
    const end = ENDS + 2 * ((word << 5) + 31 - Math.clz32(records[MAP + word] as number));
    let most = 0;
    for (let extent = records[end + NEXT] as number; extent !== end; extent = records[extent + NEXT] as number) {
      most = Math.max(most, records[extent + UNITS] as number);
    }
    return most;
  }

  /** Units of the free run that an extent in no list would be part of, from the first aligned one on. */
  private runAround(extent: number, alignUnits: number): number {
    const { records } = this;
    const below = records[extent + BELOW] as number;
    const above = records[extent + ABOVE] as number;
    let start = records[extent + START] as number;
    let end = start + (records[extent + UNITS] as number);
    if (records[below + NEXT] !== 0) start = records[below + START] as number;
    if (records[above + NEXT] !== 0) end += records[above + UNITS] as number;
    return end - start - unitsToAligned(start, this.alignOrigin, alignUnits);
  }

  /** A listed extent that holds so many units from an aligned one on, or 0. */
  private findAligned(units: number, alignUnits: number): number {
    const close = this.tryEach(units, alignUnits, CLOSE_LOOKS);
    if (close !== 0) return close;
    const enough = units + alignUnits - 1;
    const sure = enough > this.units ? 0 : this.firstOf(sizeClassFrom(enough));
    return sure === 0 ? this.tryEach(units, alignUnits, Number.POSITIVE_INFINITY) : sure;
  }

  /** The first of at most `looks` extents, class by class from that of `units` on, that holds an aligned request; 0 when none does. */
  private tryEach(units: number, alignUnits: number, looks: number): number {
    const records = this.records;
    let own = sizeClass(units);
    for (let extent = this.firstOf(own); extent !== 0 && looks > 0; looks -= 1) {
      const skipped = unitsToAligned(records[extent + START] as number, this.alignOrigin, alignUnits);
      const has = records[extent + UNITS] as number;
      if (has - skipped >= units) return extent;
      extent = records[extent + NEXT] as number;
      if (extent >= this.firstRecord) continue;
      own = (extent - ENDS) / 2 + 1;
      extent = this.firstOf(own);
    }
    return 0;
  }

  /** The oldest extent of the first class at or behind `wanted` that has one, or 0. */
  private firstOf(wanted: number): number {
    const records = this.records;
    let word = wanted >>> 5;
    let bits = (records[MAP + word] as number) & (-1 << wanted);
    if (bits === 0) {
      const words = (records[TOP] as number) & (-2 << word);
      if (words === 0) return 0;
      word = 31 - Math.clz32(words & -words);
      bits = records[MAP + word] as number;
    }
    const own = (word << 5) + 31 - Math.clz32(bits & -bits);
    return records[ENDS + NEXT + 2 * own] as number;
  }

  /** Puts an extent of so many units at the end of its class's list. */
  private list(records: Int32Array, extent: number, units: number): void {
    const own = sizeClass(units);
    const end = (ENDS + (own << 1)) | 0;
    const last = records[end + PREVIOUS] as number;
    records[extent + NEXT] = end;
    records[extent + PREVIOUS] = last;
    records[end + PREVIOUS] = extent;
    records[last + NEXT] = extent;
    const word = own >>> 5;
    const bits = records[MAP + word] as number;
    records[MAP + word] = bits | (1 << own);
    if (bits === 0) records[TOP] = (records[TOP] as number) | (1 << word);
  }

  /** Takes an extent out of its list. */
  private unlist(records: Int32Array, extent: number): void {
    const next = records[extent + NEXT] as number;
    const previous = records[extent + PREVIOUS] as number;
    records[previous + NEXT] = next;
    records[next + PREVIOUS] = previous;
    records[extent + NEXT] = 0;
    if (next === previous) this.markEmpty(records, next);
  }

  /** Clears the bit of a class whose list has only its end left. */
  private markEmpty(records: Int32Array, end: number): void {
    const own = (end - ENDS) >>> 1;
    const word = own >>> 5;
    const bits = (records[MAP + word] as number) & ~(1 << own);
    records[MAP + word] = bits;
    if (bits === 0) records[TOP] = (records[TOP] as number) & ~(1 << word);
  }

  /** Makes the units behind the first so many of an extent that is in no list an extent of their own, and lists it. */
  private cutRear(extent: number, units: number): void {
    const rest = (this.records[extent + UNITS] as number) - units;
    if (rest === 0) return;
    const rear = this.takeRecord();
    const records = this.records;
    const above = records[extent + ABOVE] as number;
    records[rear + START] = (records[extent + START] as number) + units;
    records[rear + UNITS] = rest;
    records[rear + BELOW] = extent;
    records[rear + ABOVE] = above;
    records[above + BELOW] = rear;
    records[extent + ABOVE] = rear;
    records[extent + UNITS] = units;
    this.list(records, rear, rest);
  }

  /** Makes the units before an aligned one of an extent that is in no list an extent of their own, and lists it. */
  private cutFront(extent: number, alignUnits: number): void {
    const start = this.records[extent + START] as number;
    const skipped = unitsToAligned(start, this.alignOrigin, alignUnits);
    if (skipped === 0) return;
    const front = this.takeRecord();
    const records = this.records;
    const below = records[extent + BELOW] as number;
    records[front + START] = start;
    records[front + UNITS] = skipped;
    records[front + BELOW] = below;
    records[front + ABOVE] = extent;
    records[below + ABOVE] = front;
    records[extent + BELOW] = front;
    records[extent + START] = start + skipped;
    records[extent + UNITS] = (records[extent + UNITS] as number) - skipped;
    this.list(records, front, skipped);
  }
}
