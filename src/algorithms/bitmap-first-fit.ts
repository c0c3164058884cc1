import type { Algorithm } from "./allocator.js";
import { bitmapAlgorithm } from "./bitmap-allocator.js";
import { firstFit } from "./first-fit.js";

/**
 * The kernel's own way to the lowest run that is long enough: word by word through the bitmap, for every request. What a CMA area does, apart
 * from pages that will not move, and the plain version that faster ones are measured and checked against.
 *
 * @see Linux 6.12 `__cma_alloc()` in `mm/cma.c`, `bitmap_find_next_zero_area_off()` in `lib/bitmap.c`
 */
export const bitmapFirstFit: Algorithm = bitmapAlgorithm("bitmap-first-fit", firstFit, {
  blocks: "one",
  aligned: true,
  rounding: "exact",
  refuses: "no-hole",
  placement: "first-fit",
});
