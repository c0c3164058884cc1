import { deadHandleError } from "./block-request.js";

/**
 * The blocks of live allocations that have several each: per allocation a chain of records in one table.
 *
 *     handle 3 → record 3: start, units, next 7 → record 7: start, units, next 0
 *
 * A record is four numbers: start, units, next record or 0, and 1 in the first record of a live allocation. Record 0 is none. The handle is the number
 * of the first record; records of ended allocations are used again, last one first.
 *
 * Bookkeeping: 16 bytes a block.
 */
export class BlockChains {
  /** Four entries a record. Replaced when it grows. */
  records: Int32Array = new Int32Array(1024);
  private used = 1;
  private firstSpare = 0;

  /** A new record; its fourth entry is 0. */
  add(start: number, units: number, next: number): number {
    let record = this.firstSpare;
    if (record !== 0) this.firstSpare = this.records[record * 4 + 2] as number;
    else record = this.grow();
    const { records } = this;
    records[record * 4] = start;
    records[record * 4 + 1] = units;
    records[record * 4 + 2] = next;
    records[record * 4 + 3] = 0;
    return record;
  }

  /** Makes a chain's first record a handle. */
  open(first: number): void {
    this.records[first * 4 + 3] = 1;
  }

  /** @throws RangeError when the handle is not of a live allocation */
  close(handle: number): void {
    if ((handle | 0) !== handle || this.records[handle * 4 + 3] !== 1) {
      throw deadHandleError(handle);
    }
    this.records[handle * 4 + 3] = 0;
  }

  /** Gives a record up. @returns the next one of its chain, or 0 */
  drop(record: number): number {
    const next = this.records[record * 4 + 2] as number;
    this.records[record * 4 + 2] = this.firstSpare;
    this.firstSpare = record;
    return next;
  }

  private grow(): number {
    if (this.used * 4 === this.records.length) {
      const records = new Int32Array(this.records.length * 2);
      records.set(this.records);
      this.records = records;
    }
    return this.used++;
  }
}
