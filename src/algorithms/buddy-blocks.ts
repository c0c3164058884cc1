import type { PoolShape } from "./allocator.js";
import { checkedOrigin, checkedUnits } from "./block-request.js";

/** Units of a pool, those in front of it counted in: the numbers of all bits stay below 2^32. */
const MOST_UNITS = 2 ** 30;
/** Blocks that one word of the third level stands for. */
const WORD_2_BITS = 2 ** 15;

/**
 * The free blocks of a binary buddy: one bit a block, those of an order one behind the other, and two levels of summary.
 *
 *     order 2   0       1
 *     order 1   0   0   0   0            a block is marked at the highest order at which it is free as a whole;
 *     order 0   0 1 0 0 0 0 0 0          the blocks below it are not
 *     units     # . # # . . . .
 *
 * Two neighbours that make up a block of the next order never stay marked both, so the marks are a function of which units are free: however
 * memory is taken and given back, the same free units give the same blocks.
 *
 *     word    3   ... 1 ...      bit   101: word 101 is not 0         third level, for 32768 blocks: words of one order only
 *     word  101   . 1 .....      bit  3233: word 3233 is not 0
 *     word 3233   ... 1 ...      bit 103459: this block is free
 *
 * Bit `n` is bit `n % 32` of word `n / 32` on every level, so going up or down is a shift and no level has a place to look up. Blocks' bits have
 * numbers of at least as many as there are words, which makes that possible in one array.
 *
 * The loops of `buddy-scattered` read and write the arrays themselves: a call costs as much as the step it does.
 *
 * Time: constant, but for a step for each word of the third level of the order when the last such word becomes 0. Bookkeeping: two bits a unit and a 31st
 * of that, rounded up to 4 KiB for each order, whatever is allocated.
 */
export class FreeBlocks {
  /** Bit `k`: some block of order `k` is free. */
  mask = 0;
  /** The order whose only block holds every unit. */
  readonly topOrder: number;
  /** The bits of all levels. */
  readonly words: Int32Array;
  /** By order: number of the bit of block 0. */
  readonly first: Int32Array;
  /** By order that has a free block: the last word of the third level that is not 0. */
  readonly tops: Int32Array;
  /** Number of the first bit of a block. */
  private readonly leaves: number;
  private readonly cursors: Int32Array;

  /** @param units - no block is ever free at or beyond it; at first none is free at all */
  constructor(units: number) {
    this.topOrder = ceilLog2(units);
    this.cursors = new Int32Array(this.topOrder + 1);
    this.tops = new Int32Array(this.topOrder + 1);
    this.first = new Int32Array(this.topOrder + 1);
    let bits = 0;
    for (let order = 0; order <= this.topOrder; order += 1) {
      this.first[order] = bits;
      // One block more than there are, so that the neighbour of the last one can be looked at.
      bits += Math.ceil((Math.ceil(units / 2 ** order) + 1) / WORD_2_BITS) * WORD_2_BITS;
    }
    this.leaves = Math.ceil(bits / WORD_2_BITS / 31) * WORD_2_BITS;
    for (let order = 0; order <= this.topOrder; order += 1)
      this.first[order] = this.leaves + (this.first[order] as number);
    this.words = new Int32Array((this.leaves + bits) / 32);
  }

  /** Whether block `i` is free at exactly this order. */
  has(order: number, i: number): boolean {
    const bit = (this.first[order] as number) + i;
    return (((this.words[bit >>> 5] as number) >>> bit) & 1) !== 0;
  }

  /** Marks a block that is not marked. */
  put(order: number, i: number): void {
    const { words } = this;
    const bit = (this.first[order] as number) + i;
    words[bit >>> 5] = (words[bit >>> 5] as number) | (1 << bit);
    words[bit >>> 10] = (words[bit >>> 10] as number) | (1 << (bit >>> 5));
    const old = words[bit >>> 15] as number;
    words[bit >>> 15] = old | (1 << (bit >>> 10));
    if (old === 0) this.raise(order, bit >>> 15);
  }

  /** Takes the mark off a block that has one. */
  take(order: number, i: number): void {
    const bit = (this.first[order] as number) + i;
    const left = (this.words[bit >>> 5] as number) & ~(1 << bit);
    this.words[bit >>> 5] = left;
    if (left === 0) this.clear(order, bit >>> 5);
  }

  /** The free block of an order with the highest address; the order has one. */
  last(order: number): number {
    return (this.lastIn(this.tops[order] as number) - (this.first[order] as number)) | 0;
  }

  /** The free block of an order that is next below block `i`, or -1. */
  before(order: number, i: number): number {
    const { words } = this;
    const first = this.first[order] as number;
    let bit = first + i;
    for (let level = 0; level < 3; level += 1) {
      const word = bit >>> 5;
      const bits = (words[word] as number) & ((1 << bit) - 1);
      if (bits !== 0) return (this.lastIn((word << 5) + 31 - Math.clz32(bits)) - first) | 0;
      bit = word;
    }
    const word = this.wordBefore(order, bit);
    return word < 0 ? -1 : (this.lastIn(word) - first) | 0;
  }

  /** The order of the free block that unit `at` lies in, or -1 when the unit is taken. */
  orderAt(at: number): number {
    for (let order = 0; order <= this.topOrder; order += 1) if (this.has(order, at >>> order)) return order;
    return -1;
  }

  /**
   * Takes a run that lies within one free block; what is left of the block stays free.
   *
   * @param i - block of `order`, marked
   * @param to - exclusive
   */
  carve(order: number, i: number, from: number, to: number): void {
    this.take(order, i);
    let at = i << order;
    for (let left = from - at; left !== 0; ) {
      const k = 31 - Math.clz32(left);
      this.put(k, at >>> k);
      at += 1 << k;
      left -= 1 << k;
    }
    at = to;
    for (let left = ((i + 1) << order) - at; left !== 0; left &= left - 1) {
      const k = 31 - Math.clz32(left & -left);
      this.put(k, at >>> k);
      at += 1 << k;
    }
  }

  /**
   * Takes a run of units that are all free.
   *
   * @param to - exclusive
   */
  takeRun(from: number, to: number): void {
    for (let at = from; at < to; ) {
      const order = this.orderAt(at);
      const i = at >>> order;
      const end = Math.min((i + 1) << order, to);
      this.carve(order, i, at, end);
      at = end;
    }
  }

  /** Gives back a block that is taken; it joins with its neighbours as long as they are free. */
  releaseBlock(order: number, i: number): void {
    const { words, first } = this;
    for (;;) {
      const neighbour = ((first[order] as number) + i) ^ 1;
      const bits = words[neighbour >>> 5] as number;
      if (((bits >>> neighbour) & 1) === 0) break;
      const left = bits & ~(1 << neighbour);
      words[neighbour >>> 5] = left;
      if (left === 0) this.clear(order, neighbour >>> 5);
      i >>>= 1;
      order += 1;
    }
    this.put(order, i);
  }

  /**
   * Gives back a run of units that are all taken; blocks join with free neighbours.
   *
   * @param to - exclusive, above `from`
   */
  release(from: number, to: number): void {
    let order = 31 - Math.clz32((from | to) & -(from | to));
    let l = from >>> order;
    let r = to >>> order;
    for (;;) {
      if ((l & 1) !== 0) {
        if (this.has(order, l - 1)) {
          l -= 1;
          this.take(order, l);
        } else {
          this.put(order, l);
          l += 1;
        }
      }
      if ((r & 1) !== 0) {
        if (this.has(order, r)) {
          this.take(order, r);
          r += 1;
        } else {
          r -= 1;
          this.put(order, r);
        }
      }
      if (l === r) return;
      l >>>= 1;
      r >>>= 1;
      order += 1;
    }
  }

  /** Units of the longest run of free blocks one behind the other. Time: free blocks times orders. */
  longestRun(): number {
    const next = this.cursors;
    for (let order = 0; order <= this.topOrder; order += 1) {
      next[order] = ((this.mask >>> order) & 1) !== 0 ? this.last(order) : -1;
    }
    let longest = 0;
    let start = 0;
    let end = 0;
    for (;;) {
      let order = -1;
      let at = -1;
      for (let k = 0; k <= this.topOrder; k += 1) {
        const i = next[k] as number;
        if (i >= 0 && i << k > at) {
          order = k;
          at = i << k;
        }
      }
      if (order < 0) return longest;
      if (at + 2 ** order !== start) end = at + 2 ** order;
      start = at;
      longest = Math.max(longest, end - start);
      next[order] = this.before(order, next[order] as number);
    }
  }

  /** A word of the third level is not 0 any more. */
  raise(order: number, word: number): void {
    const isOnly = ((this.mask >>> order) & 1) === 0;
    if (isOnly || word > (this.tops[order] as number)) this.tops[order] = word;
    this.mask |= 1 << order;
  }

  /** A word of the third level has become 0. */
  lower(order: number, word: number): void {
    if (word !== this.tops[order]) return;
    const next = this.wordBefore(order, word);
    if (next < 0) this.mask &= ~(1 << order);
    else this.tops[order] = next;
  }

  /** A word of the first level has become 0. */
  private clear(order: number, word: number): void {
    const { words } = this;
    const left1 = (words[word >>> 5] as number) & ~(1 << word);
    words[word >>> 5] = left1;
    if (left1 !== 0) return;
    const left2 = (words[word >>> 10] as number) & ~(1 << (word >>> 5));
    words[word >>> 10] = left2;
    if (left2 === 0) this.lower(order, word >>> 10);
  }

  /** The word of the third level of an order that is not 0 and next below a word, or -1. */
  private wordBefore(order: number, word: number): number {
    const lowest = (this.first[order] as number) >>> 15;
    for (let at = word - 1; at >= lowest; at -= 1) if (this.words[at] !== 0) return at;
    return -1;
  }

  /** The last block's bit at or below a bit that is set. */
  private lastIn(set: number): number {
    let bit = set;
    while (bit >>> 0 < this.leaves) bit = (bit << 5) + 31 - Math.clz32(this.words[bit] as number);
    return bit;
  }
}

/** Smallest `k` with `2^k >= n`. */
export function ceilLog2(n: number): number {
  return n <= 1 ? 0 : 32 - Math.clz32(n - 1);
}

/**
 * Where unit 0 of a pool lies among the blocks, so that a block of order `k` starts at a multiple of `2^k` counted from the pool's alignment
 * origin, for all `k` up to `alignTop`. An alignment beyond that has at most one place in the pool, or in pools of 2^29 units and more, few.
 *
 * @throws RangeError when the shape is out of bounds
 */
export function positionOfUnitZero(pool: PoolShape): { base: number; alignTop: number } {
  const units = checkedUnits(pool);
  const alignOrigin = checkedOrigin(pool);
  if (units > MOST_UNITS) throw new RangeError(`units of the pool is ${units}; a buddy has at most ${MOST_UNITS}`);
  if (alignOrigin === 0) return { base: 0, alignTop: 31 };
  let alignTop = ceilLog2(units);
  while ((alignOrigin % 2 ** alignTop) + units > MOST_UNITS) alignTop -= 1;
  return { base: alignOrigin % 2 ** alignTop, alignTop };
}
