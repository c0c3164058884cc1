import { NO_ROOM, outLength, type PoolShape } from "./allocator.js";

/** Largest alignment that can be tested with 32-bit masks. */
export const LARGEST_MASKABLE_ALIGNMENT: number = 2 ** 30;

/**
 * What becomes of a request that an algorithm's quick test did not let through.
 *
 * @returns {@link NO_ROOM} when the request is well formed and asks for more units than any pool has, otherwise undefined
 * @throws RangeError naming the value and its bound
 */
export function judgeRequest(units: number, alignUnits: number, out: Int32Array): typeof NO_ROOM | undefined {
  if (!Number.isInteger(units) || units < 1) {
    throw new RangeError(`units is ${units}, not a whole number of at least 1`);
  }
  if (!Number.isInteger(alignUnits) || alignUnits < 1 || 2 ** Math.round(Math.log2(alignUnits)) !== alignUnits) {
    throw new RangeError(`alignUnits is ${alignUnits}, not a power of two of at least 1`);
  }
  if (out.length < outLength(1)) {
    throw new RangeError(`out has room for ${out.length} numbers, and one block needs ${outLength(1)}`);
  }
  return units > 0x7fffffff ? NO_ROOM : undefined;
}

/**
 * Units of a pool.
 *
 * @throws RangeError when the shape is out of the bounds that {@link PoolShape} states
 */
export function checkedUnits(pool: PoolShape): number {
  if (!Number.isInteger(pool.units) || pool.units < 1 || pool.units > 0x7fffffff) {
    throw new RangeError(`units of the pool is ${pool.units}, not a whole number from 1 to ${0x7fffffff}`);
  }
  return pool.units;
}

/**
 * Alignment origin of a pool; 0 when it states none.
 *
 * @throws RangeError when it is no exact whole number of at least 0
 */
export function checkedOrigin(pool: PoolShape): number {
  const origin = pool.alignOrigin ?? 0;
  const most = Number.MAX_SAFE_INTEGER - pool.units;
  if (!Number.isInteger(origin) || origin < 0 || origin > most) {
    throw new RangeError(`alignOrigin is ${origin}, not a whole number from 0 to ${most}`);
  }
  return origin;
}

/** Units from `start` up to the first unit that is aligned, counted from `origin` units before unit 0. */
export function unitsToAligned(start: number, origin: number, alignUnits: number): number {
  if (alignUnits <= LARGEST_MASKABLE_ALIGNMENT) return -(start + origin) & (alignUnits - 1);
  const past = (start + origin) % alignUnits;
  return past === 0 ? 0 : alignUnits - past;
}

/** The error of giving back what is not held. */
export function deadHandleError(handle: number): RangeError {
  return new RangeError(`handle ${handle} is not of a live allocation`);
}
