import { type Bitmap, NOT_FOUND, nextTaken, type Search } from "./bitmap.js";

/**
 * The run that starts exactly at `from`, if it is free: for memory whose place somebody has decided already. `align` and `alignOffset` play no
 * part.
 *
 *   units  # . . . . #        ask 3 units at 1: unit 1; at 3: none
 *
 * @see Linux 6.12 `gen_pool_fixed_alloc()` in `lib/genalloc.c`
 */
export const fixedPlace: Search = (map: Bitmap, from: number, nr: number): number => {
  return from + nr <= map.length && nextTaken(map, from, from + nr) === from + nr ? from : NOT_FOUND;
};
