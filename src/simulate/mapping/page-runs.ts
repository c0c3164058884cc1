import type { Bytes, PhysAddr } from "../../units/quantity.js";
import type { ScatterList } from "../scatter-list.js";

/**
 * What a range of I/O addresses leads to, as runs of physically adjacent pages:
 *
 *     offset    0             0x3000                0x8000       size
 *               |<-- run 0 -->|<------ run 1 ------>|<- run 2 ->|
 *     physAddr  0x8_4000_0000 0x4100_0000           0x9_0000_0000
 *
 * 16 bytes a run.
 */
export class PageRuns {
  /** Runs in use. */
  count: number = 0;
  /** Where each run starts in the range, ascending. */
  offset: Float64Array;
  /** Where each run starts in memory. */
  physAddr: Float64Array;
  /** Bytes of all runs. */
  size: Bytes = 0;
  /** Highest physical address of all runs, exclusive. */
  physEnd: PhysAddr = 0;

  constructor(room: number = 4) {
    this.offset = new Float64Array(room);
    this.physAddr = new Float64Array(room);
  }

  clear(): void {
    this.count = 0;
    this.size = 0;
    this.physEnd = 0;
  }

  /** Adds pages behind those that are there. */
  append(physAddr: PhysAddr, size: Bytes): void {
    const last = this.count - 1;
    if (last < 0 || (this.physAddr[last] as number) + this.size - (this.offset[last] as number) !== physAddr) {
      if (this.count === this.offset.length) this.#grow(this.count * 2);
      this.offset[this.count] = this.size;
      this.physAddr[this.count] = physAddr;
      this.count += 1;
    }
    this.size += size;
    if (physAddr + size > this.physEnd) this.physEnd = physAddr + size;
  }

  /**
   * Adds the pages of a list, as {@link append} would entry by entry.
   *
   * @param spans - bytes each entry takes here, whole pages: from the start of the page it begins in
   * @param granule - bytes of a page
   */
  appendList(memory: ScatterList, spans: ArrayLike<number>, granule: Bytes): void {
    const { count, physAddr: starts } = memory;
    const perGranule = 1 / granule;
    if (this.offset.length < this.count + count) this.#grow(Math.max(2 * this.offset.length, this.count + count));
    const { offset, physAddr } = this;
    let runs = this.count;
    let { size, physEnd } = this;
    let next = runs === 0 ? -1 : (physAddr[runs - 1] as number) + size - (offset[runs - 1] as number);
    for (let i = 0; i < count; i += 1) {
      const start = Math.floor((starts[i] as PhysAddr) * perGranule) * granule;
      const span = spans[i] as number;
      if (start !== next) {
        offset[runs] = size;
        physAddr[runs] = start;
        runs += 1;
      }
      size += span;
      next = start + span;
      if (next > physEnd) physEnd = next;
    }
    this.count = runs;
    this.size = size;
    this.physEnd = physEnd;
  }

  /** Number of the run that holds an offset below `size`. */
  runAt(offset: number): number {
    let low = 0;
    let high = this.count - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((this.offset[middle] as number) <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** Exclusive end of a run, as an offset. */
  endOfRun(run: number): number {
    return run + 1 < this.count ? (this.offset[run + 1] as number) : this.size;
  }

  /** Physical address of an offset that lies in a run. */
  addressIn(run: number, offset: number): PhysAddr {
    return (this.physAddr[run] as number) + offset - (this.offset[run] as number);
  }

  #grow(room: number): void {
    const offset = new Float64Array(room);
    const physAddr = new Float64Array(room);
    offset.set(this.offset.subarray(0, this.count));
    physAddr.set(this.physAddr.subarray(0, this.count));
    this.offset = offset;
    this.physAddr = physAddr;
  }
}
