import type { Bitmap, Search } from "./bitmap.js";
import { firstFit } from "./first-fit.js";

/**
 * Lowest run of free units that starts at a multiple of the request rounded up to a power of two, counted from unit 0. Behind the run nothing is
 * rounded. `align` and `alignOffset` play no part, so addresses are aligned only if the pool is.
 *
 *   units  # . . . . . . .        ask 3 units: multiples of 4
 *            ^^^^^ ^^^^^
 *            |     └ unit 4; unit 7 stays free
 *            └ long enough, at no multiple
 *
 * @see Linux 6.12 `gen_pool_first_fit_order_align()` in `lib/genalloc.c`
 */
export const orderAlign: Search = (map: Bitmap, from: number, nr: number): number => {
  return firstFit(map, from, nr, 2 ** (nr === 1 ? 0 : 32 - Math.clz32(nr - 1)), 0);
};
