import { type Bitmap, NOT_FOUND, nextFree, nextTaken, type Search } from "./bitmap.js";

/**
 * Start of the shortest run that is long enough, the lowest among equals.
 *
 *   units  . . . . # . . . # . . .        ask 3 units
 *          ^^^^^^^   ^^^^^   └ as short, but higher
 *          |         └ shortest: unit 5
 *          └ longer
 *
 * Linux asks for no alignment here. Given one, the shortest run that holds the request behind its alignment counts, with its whole length.
 *
 * @see Linux 6.12 `gen_pool_best_fit()` in `lib/genalloc.c`
 */
export const bestFit: Search = (map: Bitmap, from: number, nr: number, align: number, alignOffset: number): number => {
  let best = NOT_FOUND;
  let shortest = map.length + 1;
  for (let start = nextFree(map, from); start < map.length; ) {
    const end = nextTaken(map, start, map.length);
    const at = Math.ceil((start + alignOffset) / align) * align - alignOffset;
    if (at + nr <= end && end - start < shortest) {
      best = at;
      shortest = end - start;
      if (shortest === nr) return best;
    }
    start = nextFree(map, end);
  }
  return best;
};
