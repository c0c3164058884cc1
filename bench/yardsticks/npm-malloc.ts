import { MemPool } from "@thi.ng/malloc";
import { type Algorithm, type Allocator, NO_ROOM } from "../../src/algorithms/allocator.js";

/** Bytes that stand for a unit. A block's header of 8 bytes is taken from its first unit, so that pool and sizes are those of the trace. */
const BYTES_PER_UNIT = 64;
const HEADER_BYTES = 8;
/** First block, behind the pool's own state. */
const FIRST_BLOCK = 64;

/** `@thi.ng/malloc`, the allocator package of npm that hands out parts of a range: first fit over a list inside an ArrayBuffer, 8 bytes aligned. */
class NpmMalloc implements Allocator {
  readonly units: number;
  readonly #pool: MemPool;

  constructor(units: number) {
    this.units = units;
    const end = FIRST_BLOCK + units * BYTES_PER_UNIT;
    // The pool keeps its state in the 28 bytes before the first block.
    this.#pool = new MemPool({ buf: new ArrayBuffer(end), start: FIRST_BLOCK - 28, end, align: 8 });
  }

  allocate(units: number, alignUnits: number, out: Int32Array): number {
    if (alignUnits !== 1) throw new RangeError(`alignUnits is ${alignUnits}, and only 1 can be had`);
    const address = this.#pool.malloc(units * BYTES_PER_UNIT - HEADER_BYTES);
    if (address === 0) return NO_ROOM;
    out[0] = address;
    out[1] = (address - HEADER_BYTES - FIRST_BLOCK) / BYTES_PER_UNIT;
    out[2] = units;
    return 1;
  }

  free(handle: number): void {
    if (!this.#pool.free(handle)) throw new RangeError(`handle ${handle} is not of a live allocation`);
  }

  freeUnits(): number {
    return Math.floor(this.#pool.stats().available / BYTES_PER_UNIT);
  }

  /** Not told by the package. */
  largestFree(): number {
    return Number.NaN;
  }
}

/** Package and version stand in package.json. */
export const npmMalloc: Algorithm = {
  name: "npm:@thi.ng/malloc",
  traits: { blocks: "one", aligned: false, rounding: "exact", refuses: "policy", placement: "unstated" },
  make: ({ units }) => new NpmMalloc(units),
};
