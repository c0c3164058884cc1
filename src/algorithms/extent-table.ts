import type { PoolShape } from "./allocator.js";
import { checkedOrigin, checkedUnits } from "./block-request.js";

// Words of an extent's record.
/** First unit. */
export const START = 0;
/** Units. */
export const UNITS = 1;
/** Record of the extent that ends where this one starts; 0 at the pool's start. */
export const BELOW = 2;
/** Record of the extent that starts where this one ends; 0 at the pool's end. */
export const ABOVE = 3;
/** The handle while it is live, its complement while the extent is free or the record unused. */
export const SERIAL = 4;
/** Two words for the order that the policy keeps free extents in. */
export const LEFT = 5;
/** The second of them. */
export const RIGHT = 6;
/** log2 of the words of a record. */
export const RECORD_SHIFT = 3;

/** Bits of a handle that number the record, at most; those above count how often it was handed out. */
const MOST_INDEX_BITS = 26;

/**
 * A pool cut into extents, live and free by turns, that know their neighbours. Two free ones are never neighbours. An extent is named by where
 * its record starts in the table, a multiple of 8; record 0 is no extent: it counts as live, and what is written to it means nothing.
 *
 *     units     0         300    500          1000
 *               | live 300 | free | live 500  |
 *     records   8          24     16               BELOW and ABOVE link them by address
 *
 * Policies add an order over the free ones. 32 bytes an extent; the table doubles when it is full.
 */
export class ExtentTable {
  readonly units: number;
  protected readonly alignOrigin: number;
  protected records: Int32Array;
  protected unitsFree: number;
  protected readonly indexMask: number;
  /** The extent that a fresh pool is. */
  protected readonly firstRecord: number;
  /** End of the part of the table that was ever used. */
  private used: number;
  /** First of the records given back, linked by ABOVE. */
  private spare = 0;

  /**
   * One free extent, which the policy has yet to enter.
   *
   * @param ownWords - words of the table, from 8 on, that the policy has for itself
   * @throws RangeError when the shape is out of bounds
   */
  constructor(pool: PoolShape, ownWords: number) {
    this.units = checkedUnits(pool);
    this.alignOrigin = checkedOrigin(pool) % 2 ** 31;
    this.unitsFree = this.units;
    const ownRecords = 1 + Math.ceil(ownWords / 2 ** RECORD_SHIFT);
    const most = Math.min(this.units + ownRecords, 2 ** MOST_INDEX_BITS - 1);
    this.indexMask = 2 ** (32 - Math.clz32(most)) - 1;
    this.firstRecord = ownRecords << RECORD_SHIFT;
    this.used = this.firstRecord;
    this.records = new Int32Array((ownRecords + 63) << RECORD_SHIFT);
    this.records[this.takeRecord() + UNITS] = this.units;
  }

  /** A record to use; may move the table. Its words but SERIAL are those of its last use. */
  protected takeRecord(): number {
    const record = this.spare;
    if (record !== 0) {
      this.spare = this.records[record + ABOVE] as number;
      return record;
    }
    const fresh = this.used;
    if (fresh >= this.records.length) this.grow();
    this.used = fresh + (1 << RECORD_SHIFT);
    this.records[fresh + SERIAL] = ~(fresh >>> RECORD_SHIFT);
    return fresh;
  }

  /** Gives a record back; its SERIAL must be a complement already. */
  protected dropRecord(record: number): void {
    this.records[record + ABOVE] = this.spare;
    this.spare = record;
  }

  private grow(): void {
    if (this.records.length >= 2 ** (MOST_INDEX_BITS + RECORD_SHIFT)) {
      throw new RangeError(`a pool of ${this.units} units would be cut into more than ${2 ** MOST_INDEX_BITS} extents`);
    }
    const grown = new Int32Array(this.records.length * 2);
    grown.set(this.records);
    this.records = grown;
  }
}
