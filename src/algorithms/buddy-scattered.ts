import { type Algorithm, type Allocator, NO_ROOM, type PoolShape } from "./allocator.js";
import { deadHandleError, judgeRequest } from "./block-request.js";
import { FreeBlocks, positionOfUnitZero } from "./buddy-blocks.js";

/**
 * Binary buddy for as many blocks as a request needs: what graphics drivers use for video memory that need not be contiguous.
 *
 *     ask 7   . . . . # # . . . . # # # # # #        4 + 2 + 1: no more than what is left, each from the smallest block that is large
 *             ^^^^^^^     ^^^                        enough, of these the highest, of it the last part
 *             └ 4         └ 2, and 1 of the next
 *
 * The largest order that fits what is left comes first; where no block is that large, the next lower one, and never a larger one again.
 * An alignment is the smallest block: the request is rounded up to it, and what is more than asked is cut from the end of the last block.
 *
 * Same answers as Linux 6.12 `drivers/gpu/buddy.c` `gpu_buddy_alloc_blocks()` without flags, for memory never marked as cleared.
 *
 * Without alignment refuses exactly when too few units are free, or `out` has too little room for the blocks they lie in. With alignment,
 * also when too few blocks of that length are free.
 *
 * Time: a few bit operations a block taken, split or joined. Bookkeeping: two bits and a little a unit and at least 4 KiB an order, 8 bytes
 * a block. At most 2^30 units and 2^25 blocks.
 */
export const buddyScattered: Algorithm = {
  name: "buddy-scattered",
  traits: { blocks: "many", aligned: true, rounding: "exact", refuses: "policy", placement: "unstated" },
  make: (pool: PoolShape): Allocator => new BuddyScattered(pool),
};

/** Where a record's second word has the next record: above the block's order. */
const ORDER_BITS = 5;
/** In the second word of the first record of a live allocation. */
const LIVE: number = -(2 ** 31);
/** Words of the table of records, at most. */
const MOST_WORDS = 2 ** (31 - ORDER_BITS);

class BuddyScattered implements Allocator {
  readonly units: number;
  private readonly blocks: FreeBlocks;
  /** Position of unit 0 among the blocks, which are aligned as the pool is up to `alignTop`. */
  private readonly base: number;
  private readonly alignTop: number;
  private left: number;
  /**
   * Two words for each block that is taken whole: the number of its bit; its order, and where the next record of the allocation is, or 0. An allocation's
   * handle is where its first record is. Records not in use are a chain too, so an allocation takes its records from the front as they are linked,
   * and gives them back as one chain.
   */
  private records: Int32Array = new Int32Array(512);
  private spare: number;

  constructor(pool: PoolShape) {
    const { base, alignTop } = positionOfUnitZero(pool);
    this.units = pool.units;
    this.base = base;
    this.alignTop = alignTop;
    this.left = pool.units;
    this.blocks = new FreeBlocks(base + pool.units);
    this.blocks.release(base, base + pool.units);
    this.spare = 2;
    this.linkFrom(2);
  }

  allocate(units: number, alignUnits: number, out: Int32Array): number {
    if (
      (units | 0) !== units ||
      units < 1 ||
      alignUnits < 1 ||
      (alignUnits & -alignUnits) !== alignUnits ||
      out.length < 3
    ) {
      // What is left is an alignment of more than any block has.
      judgeRequest(units, alignUnits, out);
      return NO_ROOM;
    }
    const smallest = 31 - Math.clz32(alignUnits);
    if (units > this.left || smallest > this.alignTop) return NO_ROOM;
    const { blocks, base } = this;
    const { words, first, tops } = blocks;
    const room = (out.length - 1) >>> 1;
    // Without alignment, and with room for the smallest blocks, nothing can fail any more: out is written on the way.
    const isSure = smallest === 0 && room >= units;
    let { records } = this;
    const handle = this.spare;
    let record = handle;
    let end = 0;
    let count = 0;
    let order = 31;
    let left = units;
    do {
      const fitting = (31 - Math.clz32(left)) | 0;
      if (fitting < order) order = fitting;
      if (order < smallest) order = smallest;
      let k = order;
      if (((blocks.mask >>> order) & 1) === 0) {
        k = this.nextBest(order, smallest);
        if (k < order) order = k;
      }
      if (k < 0 || count === room) {
        if (count > 0) this.giveBack(handle, record);
        return NO_ROOM;
      }
      // The last free block of the order, and its mark off, as FreeBlocks has it.
      const word2 = tops[k] as number;
      const bits2 = words[word2] as number;
      const word1 = ((word2 << 5) + 31 - Math.clz32(bits2)) | 0;
      const bits1 = words[word1] as number;
      const word0 = ((word1 << 5) + 31 - Math.clz32(bits1)) | 0;
      const bits0 = words[word0] as number;
      let bit = ((word0 << 5) + 31 - Math.clz32(bits0)) | 0;
      const left0 = bits0 & ~(1 << bit);
      words[word0] = left0;
      // What is shifted is 1 for a word that is 0 now: cheaper than to ask.
      const left1 = bits1 & ~((Math.clz32(left0) >>> 5) << word0);
      words[word1] = left1;
      const left2 = bits2 & ~((Math.clz32(left1) >>> 5) << word1);
      words[word2] = left2;
      if (left2 === 0) blocks.lower(k, word2);
      if (k > order) bit = this.splitLast(k, order, bit);

      count = (count + 1) | 0;
      const length = 1 << order;
      left = (left - length) | 0;
      if (left < 0) {
        end = this.keepFront(record, order, bit, (left + length) | 0);
        records = this.records;
        record = (records[end + 1] as number) >>> ORDER_BITS;
        break;
      }
      const link = records[(record + 1) | 0] as number;
      records[record] = bit;
      records[(record + 1) | 0] = (link & -32) | order;
      end = record;
      record = link >>> ORDER_BITS;
      if (record === 0) {
        record = this.grow(end);
        records = this.records;
      }
      if (isSure) {
        out[(2 * count - 1) | 0] = (((bit - (first[order] as number)) << order) - base) | 0;
        out[(2 * count) | 0] = length;
      }
    } while (left > 0);
    this.spare = record;
    records[(end + 1) | 0] = (records[(end + 1) | 0] as number) & 31;
    records[(handle + 1) | 0] = (records[(handle + 1) | 0] as number) | LIVE;
    this.left -= units;
    out[0] = handle;
    if (!isSure) this.writeBlocks(handle, count, units, out);
    return count;
  }

  free(handle: number): void {
    const { records } = this;
    if ((handle & -2) !== handle || handle < 2 || handle >= records.length || (records[handle + 1] as number) >= 0) {
      throw deadHandleError(handle);
    }
    records[handle + 1] = (records[handle + 1] as number) & ~LIVE;
    this.left += this.giveBack(handle, 0);
  }

  freeUnits(): number {
    return this.left;
  }

  largestFree(): number {
    return this.blocks.longestRun();
  }

  /** The order to take a block from where `order` has none: the next one above that has, else the next one below down to `smallest`, else -1. */
  private nextBest(order: number, smallest: number): number {
    const { mask } = this.blocks;
    const above = mask & (-1 << order);
    if (above !== 0) return 31 - Math.clz32(above & -above);
    const below = mask & ~(-1 << order) & (-1 << smallest);
    return below === 0 ? -1 : 31 - Math.clz32(below);
  }

  /** Splits a block of order `k` that is not marked. @returns the bit of its last block of order `order`, which stays without a mark */
  private splitLast(k: number, order: number, bit: number): number {
    const { blocks } = this;
    let i = bit - (blocks.first[k] as number);
    for (let low = k - 1; low >= order; low -= 1) {
      i *= 2;
      blocks.put(low, i);
      i += 1;
    }
    return ((blocks.first[order] as number) + i) | 0;
  }

  /**
   * Enters the first so many units of a block that is not marked as taken, as blocks that are whole; the others become free.
   *
   * @param units - fewer than the block has
   * @returns the last record
   */
  private keepFront(record: number, order: number, bit: number, units: number): number {
    const { blocks } = this;
    const { first } = blocks;
    let next = record;
    let last = record;
    let at = (bit - (first[order] as number)) << order;
    for (let left = units; left !== 0; ) {
      const low = 31 - Math.clz32(left);
      const link = this.records[next + 1] as number;
      this.records[next] = (first[low] as number) + (at >>> low);
      this.records[next + 1] = (link & -32) | low;
      last = next;
      next = link >>> ORDER_BITS;
      if (next === 0) next = this.grow(last);
      at += 1 << low;
      left -= 1 << low;
    }
    for (let rest = (1 << order) - units; rest !== 0; rest &= rest - 1) {
      const low = 31 - Math.clz32(rest & -rest);
      blocks.put(low, at >>> low);
      at += 1 << low;
    }
    return last;
  }

  /** Writes the blocks of an allocation. The last one may be of several records, and ends where the units asked for do. */
  private writeBlocks(handle: number, count: number, units: number, out: Int32Array): void {
    const { records } = this;
    let left = units;
    let record = handle;
    for (let block = 1; block <= count; block += 1) {
      const link = (records[record + 1] as number) & ~LIVE;
      const order = link & 31;
      const length = block === count ? left : 2 ** order;
      out[2 * block - 1] = (((records[record] as number) - (this.blocks.first[order] as number)) << order) - this.base;
      out[2 * block] = length;
      left -= length;
      record = link >>> ORDER_BITS;
    }
  }

  /**
   * Makes the blocks of a chain of records free, and the chain the front of the spare one.
   *
   * @param end - the record behind its last one, or 0
   * @returns units
   */
  private giveBack(handle: number, end: number): number {
    const { blocks, records } = this;
    const { words, first } = blocks;
    let units = 0;
    let last = 0;
    let record = handle;
    do {
      const bit = records[record] as number;
      const link = records[(record + 1) | 0] as number;
      const order = link & 31;
      units = (units + (1 << order)) | 0;
      const word0 = bit >>> 5;
      const bits0 = words[word0] as number;
      if (((bits0 >>> (bit ^ 1)) & 1) === 0) {
        words[word0] = bits0 | (1 << bit);
        const word1 = bit >>> 10;
        words[word1] = (words[word1] as number) | (1 << word0);
        const word2 = bit >>> 15;
        const bits2 = words[word2] as number;
        words[word2] = bits2 | (1 << word1);
        if (bits2 === 0) blocks.raise(order, word2);
      } else {
        blocks.releaseBlock(order, (bit - (first[order] as number)) | 0);
      }
      last = record;
      record = link >>> ORDER_BITS;
    } while (record !== end);
    if (end === 0) {
      records[last + 1] = this.spare << ORDER_BITS;
      this.spare = handle;
    }
    return units;
  }

  /** Room for more records, linked behind the last spare one. @returns the first of them */
  private grow(last: number): number {
    const { length } = this.records;
    if (length * 2 > MOST_WORDS) throw new RangeError(`more than ${length / 2} blocks of a buddy would be taken`);
    const records = new Int32Array(length * 2);
    records.set(this.records);
    records[last + 1] = (records[last + 1] as number) | (length << ORDER_BITS);
    this.records = records;
    this.linkFrom(length);
    return length;
  }

  /** Links the records from one on to the end of the table. */
  private linkFrom(record: number): void {
    for (let at = record; at + 2 < this.records.length; at += 2) this.records[at + 1] = (at + 2) << ORDER_BITS;
  }
}
