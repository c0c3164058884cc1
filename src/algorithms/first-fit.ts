import { type Bitmap, NOT_FOUND, nextFree, nextTaken, type Search } from "./bitmap.js";

/**
 * Lowest aligned run of free units that is long enough: the area search of CMA and the default of a gen_pool.
 *
 *   units  1 1 0 0 1 0 0 0 0 1        ask 3 units, aligned to 2
 *              ^^^   ^ ^^^^^
 *              |     | └ first aligned run long enough: unit 6
 *              |     └ long enough, not aligned
 *              └ too short
 *
 * After a collision the search goes on behind the first taken unit inside the candidate.
 *
 * @see Linux 6.12 `bitmap_find_next_zero_area_off()` in `lib/bitmap.c`
 */
export const firstFit: Search = (map: Bitmap, from: number, nr: number, align: number, alignOffset: number): number => {
  for (let start = from; ; ) {
    const free = nextFree(map, start);
    const at = Math.ceil((free + alignOffset) / align) * align - alignOffset;
    if (at + nr > map.length) return NOT_FOUND;
    const taken = nextTaken(map, at, at + nr);
    if (taken === at + nr) return at;
    start = taken + 1;
  }
};
