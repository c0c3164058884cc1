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
/** Two words for the order that the policy keeps free extents in. */
export const LEFT = 4;
/** The second of them. */
export const RIGHT = 5;
/** Words of a record that has no more than these. */
export const SHORT_RECORD = 6;
/** The handle while it is live, its complement while the extent is not or the record unused. Not in short records. */
export const SERIAL = 6;
/** Words of a record with SERIAL. */
export const LONG_RECORD = 7;
/** Where the words begin that a policy has for itself; those before them are record 0. */
export const OWN_WORDS = 8;

/** Bits of a handle that tell the record, at most. */
const MOST_ADDRESS_BITS = 29;
/** Set in every handle, so that none equals the start or the length of an extent, or a link. */
export const HANDLE_BIT = 0x40000000;
/** Records of a new table. */
const FIRST_ROOM = 64;

/**
 * The handle of an extent that is handed out now: where its record starts in the low bits, above them how often it was handed out.
 *
 * @param serial - SERIAL of the record as its last use has left it
 */
export function nextHandle(serial: number, addressMask: number): number {
  return ((~serial + addressMask + 1) & (HANDLE_BIT - 1)) | HANDLE_BIT;
}

/**
 * A pool cut into extents, live and free by turns, that know their neighbours. An extent is named by where its record starts in the table;
 * record 0 is no extent: it counts as live, and what is written to it means nothing.
 *
 *     units     0         300    500          1000
 *               | live 300 | free | live 500  |
 *     records   8          22     15               BELOW and ABOVE link them by address
 *
 * Policies add an order over the free ones. 28 bytes an extent, 24 in short records; a full table grows by a quarter.
 */
export class ExtentTable {
  // Declared, not defined: a field that is defined as undefined first is of any type for V8, which then looks at it each time.
  declare readonly units: number;
  declare protected readonly alignOrigin: number;
  declare protected records: Int32Array;
  declare protected unitsFree: number;
  /** Of a handle, the bits that tell the record. */
  declare protected readonly addressMask: number;
  /** The extent that a fresh pool is. */
  declare protected readonly firstRecord: number;
  /** Words of a record. */
  declare private readonly stride: number;
  /** End of the part of the table that was ever used. */
  declare private used: number;
  /** First of the records given back, linked by ABOVE; 0 for none. */
  protected spare = 0;

  /**
   * One free extent, which the policy has yet to enter.
   *
   * @param ownWords - words of the table that the policy has for itself
   * @param stride - words of a record: {@link LONG_RECORD} or {@link SHORT_RECORD}
   * @throws RangeError when the shape is out of bounds
   */
  constructor(pool: PoolShape, ownWords: number, stride: number = LONG_RECORD) {
    this.units = checkedUnits(pool);
    this.alignOrigin = checkedOrigin(pool);
    this.unitsFree = this.units;
    this.stride = stride;
    this.firstRecord = OWN_WORDS + ownWords;
    const most = Math.min(this.firstRecord + (this.units + 1) * stride, 2 ** MOST_ADDRESS_BITS - 1);
    this.addressMask = 2 ** (32 - Math.clz32(most)) - 1;
    this.used = this.firstRecord;
    this.records = new Int32Array(this.firstRecord + FIRST_ROOM * stride);
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
    this.used = fresh + this.stride;
    if (this.stride > SERIAL) this.records[fresh + SERIAL] = ~fresh;
    return fresh;
  }

  /** Gives a record back; its SERIAL must be a complement already. */
  protected dropRecord(record: number): void {
    this.records[record + ABOVE] = this.spare;
    this.spare = record;
  }

  private grow(): void {
    const room = (this.records.length - this.firstRecord) / this.stride;
    const length = this.records.length + Math.ceil(room / 4) * this.stride;
    if (length > 2 ** MOST_ADDRESS_BITS) {
      throw new RangeError(`a pool of ${this.units} units would be cut into more than ${room} extents`);
    }
    const grown = new Int32Array(length);
    grown.set(this.records);
    this.records = grown;
  }
}
