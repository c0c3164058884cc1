import { type Algorithm, type Allocator, NO_ROOM, type PoolShape } from "./allocator.js";
import { judgeRequest } from "./block-request.js";
import { FreeBlocks, positionOfUnitZero } from "./buddy-blocks.js";
import { BlockChains } from "./buddy-chains.js";

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
 * Time: a few bit operations a block taken, split or joined. Bookkeeping: two bits and a little a unit, 16 bytes a block.
 */
export const buddyScattered: Algorithm = {
  name: "buddy-scattered",
  traits: { blocks: "many", aligned: true, rounding: "exact", refuses: "policy", placement: "unstated" },
  make: (pool: PoolShape): Allocator => new BuddyScattered(pool),
};

class BuddyScattered implements Allocator {
  readonly units: number;
  private readonly blocks: FreeBlocks;
  private readonly chains: BlockChains = new BlockChains();
  /** Position of unit 0 among the blocks, which are aligned as the pool is up to `alignTop`. */
  private readonly base: number;
  private readonly alignTop: number;
  private left: number;

  constructor(pool: PoolShape) {
    const { base, alignTop } = positionOfUnitZero(pool);
    this.units = pool.units;
    this.base = base;
    this.alignTop = alignTop;
    this.left = pool.units;
    this.blocks = new FreeBlocks(base + pool.units);
    this.blocks.release(base, base + pool.units);
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
    const { blocks, chains, base } = this;
    const room = (out.length - 1) >>> 1;
    let count = 0;
    let chain = 0;
    let order = 31;
    let left = units;
    do {
      order = Math.min(order, Math.max(31 - Math.clz32(left), smallest));
      let orders = blocks.mask & (-1 << order);
      while (orders === 0 && order > smallest) {
        order -= 1;
        orders = blocks.mask & (1 << order);
      }
      if (orders === 0 || count === room) {
        this.giveBack(chain);
        return NO_ROOM;
      }
      const k = 31 - Math.clz32(orders & -orders);
      const i = blocks.last(k);
      const at = ((i + 1) << k) - (1 << order);
      const taken = Math.min(1 << order, left);
      if (taken === 1 << order) blocks.carveLast(k, i, order);
      else blocks.carve(k, i, at, at + taken);
      chain = chains.add(at, taken, chain);
      count += 1;
      left -= taken;
    } while (left > 0);
    this.left -= units;
    chains.open(chain);
    out[0] = chain;
    const { records } = chains;
    for (let record = chain, entry = count * 2; record !== 0; record = records[record * 4 + 2] as number, entry -= 2) {
      out[entry - 1] = (records[record * 4] as number) - base;
      out[entry] = records[record * 4 + 1] as number;
    }
    return count;
  }

  free(handle: number): void {
    this.chains.close(handle);
    this.left += this.giveBack(handle);
  }

  freeUnits(): number {
    return this.left;
  }

  largestFree(): number {
    return this.blocks.longestRun();
  }

  /** @returns units of the chain */
  private giveBack(chain: number): number {
    let units = 0;
    for (let record = chain; record !== 0; record = this.chains.drop(record)) {
      const start = this.chains.records[record * 4] as number;
      const length = this.chains.records[record * 4 + 1] as number;
      units += length;
      // All but the last block of an aligned request are as long as they are aligned.
      if ((length & (length - 1)) === 0 && (start & (length - 1)) === 0) {
        const order = 31 - Math.clz32(length);
        this.blocks.releaseBlock(order, start >>> order);
      } else {
        this.blocks.release(start, start + length);
      }
    }
    return units;
  }
}
