import { type Bitmap, NOT_FOUND, nextTaken, type Search } from "./bitmap.js";

/**
 * Lowest free slot of a power-of-two length that starts at a multiple of its own length, counted from unit 0: what per-device
 * coherent pools use.
 *
 *   units  1 0 0 0 0 0 0 0        ask 3 units: slots of 4
 *          └──x──┘ ^^^^^^^
 *                  └ first free slot: unit 4
 *
 * A pool whose length is no multiple of the slot has no slot at its end: six units cannot serve five.
 * `align` and `alignOffset` play no part.
 *
 * @see Linux 6.12 `bitmap_find_free_region()` in `include/linux/bitmap.h`
 */
export const powerOfTwoSlots: Search = (map: Bitmap, from: number, nr: number): number => {
  let slot = 1;
  while (slot < nr) slot *= 2;
  for (let at = Math.ceil(from / slot) * slot; at + slot <= map.length; at += slot) {
    if (nextTaken(map, at, at + slot) === at + slot) return at;
  }
  return NOT_FOUND;
};
