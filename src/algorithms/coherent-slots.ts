import type { Algorithm } from "./allocator.js";
import { bitmapAlgorithm } from "./bitmap-allocator.js";
import { powerOfTwoSlots } from "./power-of-two-slots.js";

/**
 * What a per-device coherent pool does: every request takes a slot of the next power of two, at a multiple of its own length. Refuses when no
 * whole slot is free, so a pool of six units does not serve five.
 *
 * @see Linux 6.12 `__dma_alloc_from_coherent()` in `kernel/dma/coherent.c`
 */
export const coherentSlots: Algorithm = bitmapAlgorithm("power-of-two-slots", powerOfTwoSlots, {
  blocks: "one",
  aligned: false,
  rounding: "power-of-two",
  refuses: "policy",
  placement: "unstated",
});
