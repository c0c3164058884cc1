import { type Algorithm, type Allocator, NO_ROOM } from "../../src/algorithms/allocator.js";

interface Run {
  start: number;
  units: number;
}

/**
 * What one would write first: free runs as objects in an array sorted by address, searched from its start, live allocations in a map. Exact first
 * fit.
 */
class FreeList implements Allocator {
  readonly units: number;
  readonly #origin: number;
  readonly #free: Run[];
  readonly #live = new Map<number, Run>();
  #lastHandle = 0;

  constructor(units: number, origin: number) {
    this.units = units;
    this.#origin = origin;
    this.#free = [{ start: 0, units }];
  }

  allocate(units: number, alignUnits: number, out: Int32Array): number {
    if (!Number.isInteger(units) || units < 1) throw new RangeError(`units is ${units}, not a whole number from 1`);
    if (!Number.isInteger(Math.log2(alignUnits))) throw new RangeError(`alignUnits is ${alignUnits}, no power of two`);
    for (const [index, run] of this.#free.entries()) {
      const start = Math.ceil((run.start + this.#origin) / alignUnits) * alignUnits - this.#origin;
      const behind = run.start + run.units - (start + units);
      if (behind < 0) continue;
      const rest: Run[] = [];
      if (start > run.start) rest.push({ start: run.start, units: start - run.start });
      if (behind > 0) rest.push({ start: start + units, units: behind });
      this.#free.splice(index, 1, ...rest);
      this.#lastHandle = (this.#lastHandle + 1) % 2 ** 31;
      this.#live.set(this.#lastHandle, { start, units });
      out[0] = this.#lastHandle;
      out[1] = start;
      out[2] = units;
      return 1;
    }
    return NO_ROOM;
  }

  free(handle: number): void {
    const run = this.#live.get(handle);
    if (run === undefined) throw new RangeError(`handle ${handle} is not of a live allocation`);
    this.#live.delete(handle);
    let low = 0;
    let high = this.#free.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#free[middle] as Run).start < run.start) low = middle + 1;
      else high = middle;
    }
    const before = this.#free[low - 1];
    const after = this.#free[low];
    const joinsBefore = before !== undefined && before.start + before.units === run.start;
    const joinsAfter = after !== undefined && run.start + run.units === after.start;
    if (joinsBefore && joinsAfter) {
      before.units += run.units + after.units;
      this.#free.splice(low, 1);
    } else if (joinsBefore) before.units += run.units;
    else if (joinsAfter) {
      after.start = run.start;
      after.units += run.units;
    } else this.#free.splice(low, 0, run);
  }

  freeUnits(): number {
    return this.#free.reduce((sum, run) => sum + run.units, 0);
  }

  largestFree(): number {
    return this.#free.reduce((longest, run) => Math.max(longest, run.units), 0);
  }
}

/** The obvious sorted free list, on arrays and objects. */
export const freeList: Algorithm = {
  name: "free-list",
  traits: { blocks: "one", aligned: true, rounding: "exact", refuses: "no-hole", placement: "first-fit" },
  make: ({ units, alignOrigin = 0 }) => new FreeList(units, alignOrigin),
};
