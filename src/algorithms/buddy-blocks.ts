import type { PoolShape } from "./allocator.js";
import { checkedOrigin, checkedUnits } from "./block-request.js";

const MAX_UNITS = 2 ** 31 - 1;

/** Entries an order has in the table of levels; seven levels of 32 hold 2^31 blocks. */
const LEVELS = 8;
/** Entry of the number of levels above the first. */
const HEIGHT = 7;

/**
 * The free blocks of a binary buddy: per order one bit a block, and above each bitmap summaries of 32 to 1 up to a single word.
 *
 *     order 2   0       1
 *     order 1   0   0   0   0            a block is marked at the highest order at which it is free as a whole;
 *     order 0   0 1 0 0 0 0 0 0          the blocks below it are not
 *     units     # . # # . . . .
 *
 * Two neighbours that make up a block of the next order never stay marked both, so the marks are a function of which units are free: however
 * memory is taken and given back, the same free units give the same blocks. Taking and giving back therefore work on runs of units, not on the
 * blocks that were handed out.
 *
 * Bookkeeping: two bits a unit and a 32nd of that for the summaries, whatever is allocated.
 */
export class FreeBlocks {
  /** Bit `k`: some block of order `k` is free. */
  mask = 0;
  /** The order whose only block holds every unit. */
  readonly topOrder: number;
  /**
   * Eight words an order: where the words of its levels begin, level 0 being the blocks themselves, and at {@link HEIGHT} how many levels there are above
   * it. Then the words of all levels. One array, because each further one costs as much as a word.
   */
  private readonly words: Int32Array;
  private readonly cursors: Int32Array;

  /** @param units - no block is ever free at or beyond it; at first none is free at all */
  constructor(units: number) {
    this.topOrder = ceilLog2(units);
    const table: number[] = [];
    this.cursors = new Int32Array(this.topOrder + 1);
    let words = (this.topOrder + 1) * LEVELS;
    for (let order = 0; order <= this.topOrder; order += 1) {
      // One block more than there are, so that the neighbour of the last one can be looked at.
      let bits = Math.ceil(units / 2 ** order) + 1;
      let level = 0;
      for (; ; level += 1) {
        bits = Math.ceil(bits / 32);
        table[order * LEVELS + level] = words;
        words += bits;
        if (bits === 1) break;
      }
      table[order * LEVELS + HEIGHT] = level;
    }
    this.words = new Int32Array(words);
    for (const [at, value] of table.entries()) this.words[at] = value ?? 0;
  }

  /** Whether block `i` is free at exactly this order. */
  has(order: number, i: number): boolean {
    return (((this.words[(this.words[order << 3] as number) + (i >>> 5)] as number) >>> i) & 1) !== 0;
  }

  /** Marks a block that is not marked. */
  put(order: number, i: number): void {
    const at = (this.words[order << 3] as number) + (i >>> 5);
    const old = this.words[at] as number;
    this.words[at] = old | (1 << i);
    if (old === 0) this.raise(order, i >>> 5);
  }

  /** Takes the mark off a block that has one. */
  take(order: number, i: number): void {
    const at = (this.words[order << 3] as number) + (i >>> 5);
    const left = (this.words[at] as number) & ~(1 << i);
    this.words[at] = left;
    if (left === 0) this.lower(order, i >>> 5);
  }

  /** The free block of an order with the highest address; the order has one. */
  last(order: number): number {
    const row = order << 3;
    let i = 0;
    for (let level = this.words[(order << 3) + HEIGHT] as number; level >= 0; level -= 1) {
      i = (i << 5) + 31 - Math.clz32(this.words[(this.words[row + level] as number) + i] as number);
    }
    return i;
  }

  /** The free block of an order that is next below block `i`, or -1. */
  before(order: number, i: number): number {
    const row = order << 3;
    const height = this.words[(order << 3) + HEIGHT] as number;
    for (let level = 0; level <= height; level += 1) {
      const word = (this.words[(this.words[row + level] as number) + (i >>> 5)] as number) & ((1 << i) - 1);
      i >>>= 5;
      if (word !== 0) {
        i = (i << 5) + 31 - Math.clz32(word);
        for (level -= 1; level >= 0; level -= 1) {
          i = (i << 5) + 31 - Math.clz32(this.words[(this.words[row + level] as number) + i] as number);
        }
        return i;
      }
    }
    return -1;
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

  /** Takes the last block of order `low` of block `i`, which is marked; the rest of it stays free. */
  carveLast(order: number, i: number, low: number): void {
    this.take(order, i);
    for (let k = order - 1; k >= low; k -= 1) {
      i <<= 1;
      this.put(k, i);
      i += 1;
    }
  }

  /** Gives back a block that is taken; it joins with its neighbours as long as they are free. */
  releaseBlock(order: number, i: number): void {
    const { words } = this;
    for (;;) {
      const neighbour = i ^ 1;
      const at = ((words[order << 3] as number) + (i >>> 5)) | 0;
      const old = words[at] as number;
      if (((old >>> neighbour) & 1) === 0) {
        words[at] = old | (1 << i);
        if (old === 0) this.raise(order, i >>> 5);
        return;
      }
      const left = old & ~(1 << neighbour);
      words[at] = left;
      if (left === 0) this.lower(order, i >>> 5);
      i >>>= 1;
      order += 1;
    }
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

  /** A word of level 0 has got its first mark. */
  private raise(order: number, i: number): void {
    const row = order << 3;
    const height = this.words[(order << 3) + HEIGHT] as number;
    for (let level = 1; level <= height; level += 1) {
      const at = (this.words[row + level] as number) + (i >>> 5);
      const old = this.words[at] as number;
      this.words[at] = old | (1 << i);
      if (old !== 0) return;
      i >>>= 5;
    }
    this.mask |= 1 << order;
  }

  /** A word of level 0 has lost its last mark. */
  private lower(order: number, i: number): void {
    const row = order << 3;
    const height = this.words[(order << 3) + HEIGHT] as number;
    for (let level = 1; level <= height; level += 1) {
      const at = (this.words[row + level] as number) + (i >>> 5);
      const left = (this.words[at] as number) & ~(1 << i);
      this.words[at] = left;
      if (left !== 0) return;
      i >>>= 5;
    }
    this.mask &= ~(1 << order);
  }
}

/** Smallest `k` with `2^k >= n`. */
export function ceilLog2(n: number): number {
  return n <= 1 ? 0 : 32 - Math.clz32(n - 1);
}

/**
 * Where unit 0 of a pool lies among the blocks, so that a block of order `k` starts at a multiple of `2^k` counted from the pool's alignment
 * origin, for all `k` up to `alignTop`. An alignment beyond that has at most one place in the pool, or in pools of 2^30 units and more, few.
 *
 * @throws RangeError when the shape is out of bounds
 */
export function positionOfUnitZero(pool: PoolShape): { base: number; alignTop: number } {
  const units = checkedUnits(pool);
  const alignOrigin = checkedOrigin(pool);
  if (alignOrigin === 0) return { base: 0, alignTop: 31 };
  let alignTop = ceilLog2(units);
  while ((alignOrigin % 2 ** alignTop) + units > MAX_UNITS) alignTop -= 1;
  return { base: alignOrigin % 2 ** alignTop, alignTop };
}
