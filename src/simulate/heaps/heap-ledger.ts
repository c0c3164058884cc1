import type { Bytes } from "../../units/quantity.js";
import { isPowerOfTwo } from "../../units/quantity.js";
import { type Result, refused } from "../../units/result.js";
import type { ScatterList } from "../scatter-list.js";
import type { Backing, Heap, HeapRefusal, HeapRequest, HeapStats } from "./heap.js";

/**
 * The books of one heap: what is out, and the counters that follow from it.
 *
 * Every heap keeps one; where the memory lies is the heap's own business. `handle` is whatever the heap needs to find a backing's memory again.
 */
export class HeapLedger {
  /** Bytes the live backings have taken. */
  used: Bytes = 0;
  /** Most bytes taken at any time. */
  highWater: Bytes = 0;
  allocations: number = 0;
  failures: number = 0;
  migratedPages: number = 0;
  readonly #handles: Map<Backing, number> = new Map();

  /** Backings that are out. */
  get live(): number {
    return this.#handles.size;
  }

  /** Enters a backing. */
  open(heap: Heap, memory: ScatterList, taken: Bytes, owner: string, handle: number): Backing {
    this.allocations += 1;
    const backing = { heap, id: this.allocations, memory, size: memory.size, taken, owner };
    this.#handles.set(backing, handle);
    this.used += taken;
    if (this.used > this.highWater) this.highWater = this.used;
    return backing;
  }

  /**
   * Strikes a backing out.
   *
   * @returns its handle
   * @throws RangeError when it is not out: another heap's, or taken back before
   */
  close(heap: Heap, backing: Backing): number {
    const handle = this.#handles.get(backing);
    if (handle === undefined) {
      const { id } = heap.source;
      const whose = backing.heap === heap ? "was given back before" : `is one of ${backing.heap.source.id}`;
      throw new RangeError(`backing ${backing.id} is not one that ${id} has out: it ${whose}`);
    }
    this.#handles.delete(backing);
    this.used -= backing.taken;
    return handle;
  }

  /** Counts a failure. */
  refuse(refusal: HeapRefusal): Result<Backing, HeapRefusal> {
    this.failures += 1;
    return refused(refusal);
  }

  /** The counters, with what the heap knows of its memory. */
  stats(memory: Pick<HeapStats, "size" | "free" | "largestHole">): HeapStats {
    const { used, highWater, live, allocations, failures, migratedPages } = this;
    return { ...memory, used, highWater, live, allocations, failures, migratedPages };
  }

  /** What is out, in the order it was taken, with the handles. */
  entries(): IterableIterator<[Backing, number]> {
    return this.#handles.entries();
  }

  /** @throws Error when the counters are not what the live backings say */
  audit(id: string): void {
    let used = 0;
    for (const backing of this.#handles.keys()) {
      used += backing.taken;
      if (backing.size > backing.taken) throw new Error(`${id}: backing ${backing.id} has more than was taken for it`);
    }
    if (used !== this.used) throw new Error(`${id}: ${this.used} bytes are said to be used, and ${used} are out`);
    if (this.highWater < this.used)
      throw new Error(`${id}: the high-water mark ${this.highWater} is below ${this.used}`);
    if (this.allocations < this.live)
      throw new Error(`${id}: ${this.live} backings of ${this.allocations} allocations`);
  }
}

/** @throws RangeError when a request is none, naming the value and its bound */
export function checkRequest({ size, alignment, below, orders }: HeapRequest): void {
  if (!Number.isSafeInteger(size) || size < 1) {
    throw new RangeError(`size is ${size}, not a whole number of bytes from 1 to 2^53 - 1`);
  }
  if (!isPowerOfTwo(alignment)) throw new RangeError(`alignment is ${alignment}, not a power of two of at least 1`);
  if (below !== undefined && !(below >= 0)) throw new RangeError(`below is ${below}, not an address from 0 on`);
  if (orders === undefined) return;
  const descends = orders.every((order, i) => Number.isInteger(order) && order >= 0 && order < (orders[i - 1] ?? 64));
  if (!descends || orders[orders.length - 1] !== 0) {
    throw new RangeError(`orders are ${orders.join(", ")}, not whole numbers that descend to 0`);
  }
}
