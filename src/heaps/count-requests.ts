import { nextFree, nextTaken } from "../algorithms/bitmap.js";
import type { Occupancy } from "./occupancy.js";

/**
 * How many equal requests in a row a source's search finds place for, without running it: it takes the lowest aligned place each time, so that
 * in every free run the places follow each other at one distance.
 *
 *   free run   0 0 0 0 0 0 0 0 0 0        3 units taken, aligned to 2
 *                ^^^^^   ^^^^^            distance 4: two places
 *                |       └ first place + distance
 *                └ first aligned unit
 *
 * Time grows with the number of free runs, and for a source with segments with its length.
 *
 * @param taken - units that each request takes, at least 1
 */
export function countRequests(occupancy: Occupancy, taken: number): number {
  const { map, origin, segment } = occupancy;
  const align = occupancy.alignOf(taken);
  const distance = Math.ceil(taken / align) * align;
  let places = 0;
  for (let start = nextFree(map, 0); start < map.length; ) {
    const taker = nextTaken(map, start, map.length);
    const end = Math.min(taker, (Math.floor(start / segment) + 1) * segment);
    const first = Math.ceil((start + origin) / align) * align - origin;
    if (first + taken <= end) places += Math.floor((end - first - taken) / distance) + 1;
    start = end === taker ? nextFree(map, end) : end;
  }
  return places;
}
