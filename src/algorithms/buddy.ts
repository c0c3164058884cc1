import { type Algorithm, type Allocator, NO_ROOM, type PoolShape } from "./allocator.js";
import { deadHandleError, judgeRequest } from "./block-request.js";
import { FreeBlocks, positionOfUnitZero } from "./buddy-blocks.js";

/**
 * Binary buddy for one contiguous run a request, trimmed to the units asked for: what graphics drivers use for contiguous video memory.
 *
 *     units   . . . . . . . . # . . . # # # .        ask 5: the block of 8, its last 8 units, of these the first 5
 *             ^^^^^^^^^
 *     units   # . . . . . . . # . . . # # # .        ask 6: no block of 8; the free block of 4 at unit 4 begins a run of 4,
 *                 ^^^^^^^^^^^                        2 units short, so the run is moved 2 units down
 *
 * First try: the smallest order that holds the request (and its alignment) and has a free block, in it the block with the highest address,
 * of that block the last part of the order wanted. Second try: of every free block of more than half the length asked, highest address first,
 * the run that begins with the block; else the run that ends where the free blocks behind it end.
 *
 * Same answers as Linux 6.12 `drivers/gpu/buddy.c` `gpu_buddy_alloc_blocks()` with `GPU_BUDDY_CONTIGUOUS_ALLOCATION`, its trim and
 * `__alloc_contig_try_harder()`, for memory never marked as cleared. It differs where an alignment exceeds the rounded length: the kernel
 * forgets the alignment in its first try, this takes an aligned block and trims it.
 *
 * Refuses, although a run is free, when the second try does not come upon that run: it holds no block of more than half the length, or goes on
 * behind blocks that are not whole.
 *
 * Time: a step an order and a few bit operations a block split or joined; the second try, all free blocks of one order.
 * Bookkeeping: two bits and a little a unit and at least 4 KiB an order, 12 bytes an allocation. At most 2^30 units.
 */
export const buddy: Algorithm = {
  name: "buddy",
  traits: { blocks: "one", aligned: true, rounding: "exact", refuses: "policy", placement: "unstated" },
  make: (pool: PoolShape): Allocator => new Buddy(pool),
};

class Buddy implements Allocator {
  readonly units: number;
  private readonly blocks: FreeBlocks;
  private readonly alignOrigin: number;
  /** Position of unit 0 among the blocks, which are aligned as the pool is up to `alignTop`. */
  private readonly base: number;
  private readonly alignTop: number;
  private left: number;
  /** Two entries a handle: position and units; 0 units when the handle is not live. */
  private live: Int32Array = new Int32Array(512);
  private handles = 0;
  /** Handles to use again, last given back first. */
  private spare: Int32Array = new Int32Array(256);
  private spares = 0;

  constructor(pool: PoolShape) {
    const { base, alignTop } = positionOfUnitZero(pool);
    this.units = pool.units;
    this.alignOrigin = pool.alignOrigin ?? 0;
    this.base = base;
    this.alignTop = alignTop;
    this.left = pool.units;
    this.blocks = new FreeBlocks(base + pool.units);
    this.blocks.release(base, base + pool.units);
  }

  allocate(units: number, alignUnits: number, out: Int32Array): number {
    let top = this.alignTop;
    if (
      (units | 0) !== units ||
      units < 1 ||
      alignUnits < 1 ||
      (alignUnits & -alignUnits) !== alignUnits ||
      out.length < 3
    ) {
      if (judgeRequest(units, alignUnits, out) !== undefined) return NO_ROOM;
      top = 0;
    }
    if (units > this.left) return NO_ROOM;
    const blocks = this.blocks;
    const align = 31 - Math.clz32(alignUnits);
    let order = 32 - Math.clz32(units - 1);
    if (align > order) order = align;
    const orders = align > top ? 0 : blocks.mask & (-1 << order);
    let at: number;
    if (orders !== 0) {
      const k = 31 - Math.clz32(orders & -orders);
      const i = blocks.last(k);
      at = ((i + 1) << k) - (1 << order);
      blocks.carve(k, i, at, at + units);
    } else {
      at = this.tryHarder(units, alignUnits, order);
      if (at < 0) return NO_ROOM;
      blocks.takeRun(at, at + units);
    }
    this.left -= units;
    const handle = this.spares > 0 ? (this.spare[--this.spares] as number) : this.newHandle();
    this.live[handle * 2] = at;
    this.live[handle * 2 + 1] = units;
    out[0] = handle;
    out[1] = at - this.base;
    out[2] = units;
    return 1;
  }

  free(handle: number): void {
    const units = this.live[handle * 2 + 1];
    if (units === undefined || units === 0 || (handle | 0) !== handle) {
      throw deadHandleError(handle);
    }
    const at = this.live[handle * 2] as number;
    this.live[handle * 2 + 1] = 0;
    this.spare[this.spares++] = handle;
    this.left += units;
    this.blocks.release(at, at + units);
  }

  freeUnits(): number {
    return this.left;
  }

  largestFree(): number {
    return this.blocks.longestRun();
  }

  /**
   * The second try.
   *
   * @param above - order from which on no block is free
   * @returns position of a free run, or -1
   */
  private tryHarder(units: number, alignUnits: number, above: number): number {
    const blocks = this.blocks;
    // A block of a single unit that is free would have been found, unless it was too small for the alignment.
    for (let order = 31 - Math.clz32(units); order < above && order <= blocks.topOrder; order += 1) {
      if (((blocks.mask >>> order) & 1) === 0) continue;
      for (let i = blocks.last(order); i >= 0; i = blocks.before(order, i)) {
        const right = i << order;
        const filled = this.freeBlocksFrom(right, order, units);
        const at = this.alignedDown(right - (units - filled), alignUnits);
        if (at >= this.base && this.isFree(at, Math.min(at + units, right))) return at;
      }
    }
    return -1;
  }

  private alignedDown(position: number, alignUnits: number): number {
    const origin = this.alignOrigin - this.base;
    return Math.floor((position + origin) / alignUnits) * alignUnits - origin;
  }

  /**
   * Units from the free block at `from` on, `units` at most, that are free in whole blocks: the largest block that begins where the last ended
   * and does not reach beyond the end looked for counts as a whole or ends the count.
   */
  private freeBlocksFrom(from: number, order: number, units: number): number {
    const blocks = this.blocks;
    const poolEnd = this.base + this.units;
    const end = from + units;
    let at = Math.min(from + 2 ** order, end);
    while (at < end && at < poolEnd) {
      const whole = 31 - Math.clz32(Math.min(end, poolEnd) - at);
      const aligned = 31 - Math.clz32(at & -at);
      let k = Math.min(whole, aligned);
      while (k <= blocks.topOrder && !blocks.has(k, at >>> k)) k += 1;
      if (k > blocks.topOrder) break;
      at = Math.min(((at >>> k) + 1) * 2 ** k, end);
    }
    return at - from;
  }

  private isFree(from: number, to: number): boolean {
    while (to > from) {
      const order = this.blocks.orderAt(to - 1);
      if (order < 0) return false;
      to = ((to - 1) >>> order) << order;
    }
    return true;
  }

  private newHandle(): number {
    if (this.handles * 2 === this.live.length) {
      const live = new Int32Array(this.live.length * 2);
      live.set(this.live);
      this.live = live;
      const spare = new Int32Array(this.spare.length * 2);
      spare.set(this.spare);
      this.spare = spare;
    }
    return this.handles++;
  }
}
