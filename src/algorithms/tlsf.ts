import { type Algorithm, type Allocator, NO_ROOM, type PoolShape } from "./allocator.js";
import { checkedOrigin, checkedUnits, deadHandleError, judgeRequest, unitsToAligned } from "./block-request.js";
import { CLASS_WORDS, SIZE_CLASSES, sizeClass, sizeClassFrom } from "./size-classes.js";

// A block's words in the table.
const START = 0;
const UNITS = 1;
const BEFORE = 2;
const AFTER = 3;
const PREVIOUS = 4;
const NEXT = 5;
const SERIAL = 6;
const STRIDE = 8;

/** Bits a handle has at most for the block's number; what is left counts how often the block was handed out. */
const MOST_INDEX_BITS = 26;
/** Blocks an aligned request looks at before it takes one that is sure to hold it. */
const CLOSE_LOOKS = 16;

/**
 * Two-level segregated fit: free blocks listed by size class, 32 classes between one power of two and the next.
 *
 *     addresses   | live | free 5 | live | free 70 | live | free 130 |      blocks know their neighbours in memory
 *                            │               │               │
 *     classes            5 ──┘   67: 70-71 ──┘    96: 128-131┘               and those of their class
 *                    bits 00100...  01000...  10000...                       one bit a class, one bit 32 classes
 *
 * A request takes the newest block of the first class that has one and whose blocks are all long enough; the rest becomes a free block again. Only
 * when no such class is left are the blocks of the request's own class tried one by one, so a refusal means that no hole is long enough. A freed
 * block joins its free neighbours at once.
 *
 * An aligned request looks at a few blocks from its own class on, then takes one that holds it wherever it starts, then looks at all in
 * between. What lies in front of the aligned start stays free.
 *
 * Modelled on the published TLSF design; Linux 6.12 has none. It differs in that it refuses exactly, as said, and keeps its bookkeeping apart
 * from the memory it hands out.
 *
 * Time: bounded, but for the last resort of a request that nearly fills the pool, and of aligned ones. Bookkeeping: 32 bytes a block, free ones
 * included, and 3.5 KiB a pool. At most 2^26 blocks.
 */
export const tlsf: Algorithm = {
  name: "tlsf",
  traits: { blocks: "one", aligned: true, rounding: "exact", refuses: "no-hole", placement: "unstated" },
  make: (pool: PoolShape): Allocator => new Tlsf(pool),
};

class Tlsf implements Allocator {
  readonly units: number;
  private readonly origin: number;
  private readonly indexMask: number;
  private unitsFree: number;
  private top = 0;
  private readonly bits = new Int32Array(CLASS_WORDS);
  /** First block of each class, 0 for none. */
  private readonly heads = new Int32Array(SIZE_CLASSES);
  /** Block 0 is no block. */
  private blocks = new Int32Array(64 * STRIDE);
  private blockCount = 1;
  /** First of the blocks that are not in use, linked by NEXT. */
  private spare = 0;

  constructor(pool: PoolShape) {
    this.units = checkedUnits(pool);
    this.origin = checkedOrigin(pool);
    this.indexMask = 2 ** Math.min(MOST_INDEX_BITS, 32 - Math.clz32(this.units + 2)) - 1;
    this.unitsFree = this.units;
    const all = this.takeBlock();
    this.blocks[all * STRIDE + UNITS] = this.units;
    this.list(all, this.units);
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
    const block = alignUnits === 1 ? this.find(units) : this.findAligned(units, alignUnits);
    if (block === 0) return NO_ROOM;
    if (this.blocks.length < (this.blockCount + 2) * STRIDE) this.grow();
    const at = block * STRIDE;
    this.unlist(block, this.blocks[at + UNITS] as number);
    if (alignUnits !== 1) {
      const skipped = unitsToAligned(this.blocks[at + START] as number, this.origin, alignUnits);
      if (skipped !== 0) this.splitFront(block, skipped);
    }
    const blocks = this.blocks;
    const rest = (blocks[at + UNITS] as number) - units;
    if (rest !== 0) this.splitRear(block, units, rest);
    const handle = (~(blocks[at + SERIAL] as number) + this.indexMask + 1) & 0x7fffffff;
    blocks[at + SERIAL] = handle;
    this.unitsFree -= units;
    out[0] = handle;
    out[1] = blocks[at + START] as number;
    out[2] = units;
    return 1;
  }

  free(handle: number): void {
    const blocks = this.blocks;
    const block = handle & this.indexMask;
    const at = block * STRIDE;
    if (handle < 0 || block === 0 || at >= blocks.length || blocks[at + SERIAL] !== handle) {
      throw deadHandleError(handle);
    }
    blocks[at + SERIAL] = ~handle;
    let units = blocks[at + UNITS] as number;
    this.unitsFree += units;
    const after = blocks[at + AFTER] as number;
    if (after !== 0 && (blocks[after * STRIDE + SERIAL] as number) < 0) {
      const more = blocks[after * STRIDE + UNITS] as number;
      this.unlist(after, more);
      const behind = blocks[after * STRIDE + AFTER] as number;
      blocks[at + AFTER] = behind;
      if (behind !== 0) blocks[behind * STRIDE + BEFORE] = block;
      units += more;
      this.dropBlock(after);
    }
    const before = blocks[at + BEFORE] as number;
    if (before !== 0 && (blocks[before * STRIDE + SERIAL] as number) < 0) {
      const more = blocks[before * STRIDE + UNITS] as number;
      this.unlist(before, more);
      const front = blocks[before * STRIDE + BEFORE] as number;
      blocks[at + BEFORE] = front;
      if (front !== 0) blocks[front * STRIDE + AFTER] = block;
      blocks[at + START] = blocks[before * STRIDE + START] as number;
      units += more;
      this.dropBlock(before);
    }
    blocks[at + UNITS] = units;
    this.list(block, units);
  }

  freeUnits(): number {
    return this.unitsFree;
  }

  largestFree(): number {
    if (this.top === 0) return 0;
    const word = 31 - Math.clz32(this.top);
    const last = (word << 5) + 31 - Math.clz32(this.bits[word] as number);
    let most = 0;
    for (let block = this.heads[last] as number; block !== 0; block = this.blocks[block * STRIDE + NEXT] as number) {
      most = Math.max(most, this.blocks[block * STRIDE + UNITS] as number);
    }
    return most;
  }

  /** A free block of at least so many units, or 0. */
  private find(units: number): number {
    const sure = this.firstOf(sizeClassFrom(units));
    if (sure !== 0) return sure;
    for (let block = this.heads[sizeClass(units)] as number; block !== 0; ) {
      if ((this.blocks[block * STRIDE + UNITS] as number) >= units) return block;
      block = this.blocks[block * STRIDE + NEXT] as number;
    }
    return 0;
  }

  /** A free block that holds so many units from an aligned one on, or 0. */
  private findAligned(units: number, alignUnits: number): number {
    const close = this.tryEach(units, alignUnits, CLOSE_LOOKS);
    if (close !== 0) return close;
    const enough = units + alignUnits - 1;
    const sure = enough > this.units ? 0 : this.firstOf(sizeClassFrom(enough));
    return sure === 0 ? this.tryEach(units, alignUnits, Number.POSITIVE_INFINITY) : sure;
  }

  /** The first of at most `looks` blocks, class by class from that of `units` on, that holds an aligned request; 0 when none does. */
  private tryEach(units: number, alignUnits: number, looks: number): number {
    const blocks = this.blocks;
    for (let block = this.firstOf(sizeClass(units)); block !== 0 && looks > 0; looks -= 1) {
      const at = block * STRIDE;
      const size = blocks[at + UNITS] as number;
      if (size - unitsToAligned(blocks[at + START] as number, this.origin, alignUnits) >= units) return block;
      const next = blocks[at + NEXT] as number;
      block = next === 0 ? this.firstOf(sizeClass(size) + 1) : next;
    }
    return 0;
  }

  /** The newest block of the first class at or behind `wanted` that has one, or 0. */
  private firstOf(wanted: number): number {
    let word = wanted >>> 5;
    let bits = (this.bits[word] as number) & (-1 << wanted);
    if (bits === 0) {
      const words = this.top & (-2 << word);
      if (words === 0) return 0;
      word = 31 - Math.clz32(words & -words);
      bits = this.bits[word] as number;
    }
    return this.heads[(word << 5) + 31 - Math.clz32(bits & -bits)] as number;
  }

  /** Puts a block in front of its class. */
  private list(block: number, units: number): void {
    const blocks = this.blocks;
    const list = sizeClass(units);
    const next = this.heads[list] as number;
    blocks[block * STRIDE + PREVIOUS] = 0;
    blocks[block * STRIDE + NEXT] = next;
    blocks[next * STRIDE + PREVIOUS] = block;
    this.heads[list] = block;
    this.bits[list >>> 5] = (this.bits[list >>> 5] as number) | (1 << list);
    this.top |= 1 << (list >>> 5);
  }

  /** Takes a block of so many units out of its class. */
  private unlist(block: number, units: number): void {
    const blocks = this.blocks;
    const previous = blocks[block * STRIDE + PREVIOUS] as number;
    const next = blocks[block * STRIDE + NEXT] as number;
    blocks[next * STRIDE + PREVIOUS] = previous;
    if (previous !== 0) {
      blocks[previous * STRIDE + NEXT] = next;
      return;
    }
    const list = sizeClass(units);
    this.heads[list] = next;
    if (next !== 0) return;
    const left = (this.bits[list >>> 5] as number) & ~(1 << list);
    this.bits[list >>> 5] = left;
    if (left === 0) this.top &= ~(1 << (list >>> 5));
  }

  /** Makes the first units of a block that is in no list a free block of their own. */
  private splitFront(block: number, units: number): void {
    const blocks = this.blocks;
    const at = block * STRIDE;
    const front = this.takeBlock();
    const before = blocks[at + BEFORE] as number;
    blocks[front * STRIDE + START] = blocks[at + START] as number;
    blocks[front * STRIDE + UNITS] = units;
    blocks[front * STRIDE + BEFORE] = before;
    blocks[front * STRIDE + AFTER] = block;
    if (before !== 0) blocks[before * STRIDE + AFTER] = front;
    blocks[at + BEFORE] = front;
    blocks[at + START] = (blocks[at + START] as number) + units;
    blocks[at + UNITS] = (blocks[at + UNITS] as number) - units;
    this.list(front, units);
  }

  /** Makes all but the first units of a block that is in no list a free block of their own. */
  private splitRear(block: number, units: number, rest: number): void {
    const blocks = this.blocks;
    const at = block * STRIDE;
    const rear = this.takeBlock();
    const after = blocks[at + AFTER] as number;
    blocks[rear * STRIDE + START] = (blocks[at + START] as number) + units;
    blocks[rear * STRIDE + UNITS] = rest;
    blocks[rear * STRIDE + BEFORE] = block;
    blocks[rear * STRIDE + AFTER] = after;
    if (after !== 0) blocks[after * STRIDE + BEFORE] = rear;
    blocks[at + AFTER] = rear;
    blocks[at + UNITS] = units;
    this.list(rear, rest);
  }

  /** A block that is not in use; there is one. Its serial tells the next handle. */
  private takeBlock(): number {
    const block = this.spare;
    if (block !== 0) {
      this.spare = this.blocks[block * STRIDE + NEXT] as number;
      return block;
    }
    const fresh = this.blockCount;
    this.blockCount = fresh + 1;
    this.blocks[fresh * STRIDE + SERIAL] = ~fresh;
    return fresh;
  }

  private dropBlock(block: number): void {
    this.blocks[block * STRIDE + NEXT] = this.spare;
    this.spare = block;
  }

  /** Makes room for twice as many blocks. */
  private grow(): void {
    const most = (this.indexMask + 1) * STRIDE;
    if (this.blocks.length >= most) throw new RangeError(`more than ${this.indexMask} blocks`);
    const larger = new Int32Array(Math.min(most, this.blocks.length * 2));
    larger.set(this.blocks);
    this.blocks = larger;
  }
}
