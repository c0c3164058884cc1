/**
 * The five rules by which a gen_pool of Linux places a request in one chunk.
 *
 *   rule               takes                                                      alignment
 *   first-fit          the lowest run that is long enough (default)               none
 *   first-fit-align    the lowest aligned run that is long enough                 of the address
 *   best-fit           the shortest run that is long enough, lowest among equals  none; here: of the address
 *   fixed              the run at one given place                                 none
 *   order-align        the lowest run at a multiple of the rounded-up request     of the offset in the chunk
 *
 * A chunk is a pool here, a unit the pool's granule. In Linux the newest chunk comes first and a request never spans two: that is for whoever
 * holds several. All search the bitmap, in time linear in its words.
 *
 * @see Linux 6.12 `gen_pool_alloc_algo_owner()` and `gen_pool_set_algo()` in `lib/genalloc.c`
 */
import type { Algorithm } from "./allocator.js";
import { bestFit } from "./best-fit.js";
import { bitmapAlgorithm } from "./bitmap-allocator.js";
import { firstFit } from "./first-fit.js";
import { fixedPlace } from "./fixed.js";
import { orderAlign } from "./order-align.js";

/** @see Linux 6.12 `gen_pool_first_fit()` */
export const genallocFirstFit: Algorithm = bitmapAlgorithm("genalloc-first-fit", firstFit, {
  blocks: "one",
  aligned: false,
  rounding: "exact",
  refuses: "no-hole",
  placement: "first-fit",
});

/** @see Linux 6.12 `gen_pool_first_fit_align()`, whose alignment is one of addresses: the pool's alignment origin is the chunk's address */
export const genallocFirstFitAlign: Algorithm = bitmapAlgorithm("genalloc-first-fit-align", firstFit, {
  blocks: "one",
  aligned: true,
  rounding: "exact",
  refuses: "no-hole",
  placement: "first-fit",
});

/** @see Linux 6.12 `gen_pool_best_fit()` */
export const genallocBestFit: Algorithm = bitmapAlgorithm("genalloc-best-fit", bestFit, {
  blocks: "one",
  aligned: true,
  rounding: "exact",
  refuses: "no-hole",
  placement: "best-fit",
});

/**
 * The place is the first limit of `allocateIn`; `allocate` means unit 0. Refuses when the run there is taken or too short, however much is free.
 *
 * @see Linux 6.12 `gen_pool_fixed_alloc()`
 */
export const genallocFixed: Algorithm = bitmapAlgorithm("genalloc-fixed", fixedPlace, {
  blocks: "one",
  aligned: false,
  rounding: "exact",
  refuses: "policy",
  placement: "unstated",
});

/**
 * Refuses when no long enough run starts at a multiple of the request's power of two.
 *
 * @see Linux 6.12 `gen_pool_first_fit_order_align()`
 */
export const genallocOrderAlign: Algorithm = bitmapAlgorithm("genalloc-order-align", orderAlign, {
  blocks: "one",
  aligned: false,
  rounding: "exact",
  refuses: "policy",
  placement: "unstated",
});
