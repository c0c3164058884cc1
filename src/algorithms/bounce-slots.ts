import { type Bitmap, NOT_FOUND, nextTaken, type Search } from "./bitmap.js";

/** Units of one segment: no run crosses a segment's end. Linux 6.12 `include/linux/swiotlb.h` `IO_TLB_SEGSIZE`. */
export const SLOTS_PER_SEGMENT = 128;
/** Bytes of one slot. Linux 6.12 `include/linux/swiotlb.h` `IO_TLB_SIZE`. */
export const BYTES_PER_SLOT = 2048;

/**
 * Lowest run of slots inside one segment of a bounce pool, aligned on the bus address while segments count from the pool's start.
 *
 *   |--- segment 0 ---|--- segment 1 ---|
 *            └ a run may end here, and not go on behind it
 *
 * So a request of a whole segment fits only when the pool itself starts on that alignment.
 *
 * @see Linux 6.12 `swiotlb_search_pool_area()` in `kernel/dma/swiotlb.c`, for a pool with one area whose cursor stands at 0
 */
export const bounceSlots: Search = (
  map: Bitmap,
  from: number,
  nr: number,
  align: number,
  alignOffset: number,
): number => {
  if (nr > SLOTS_PER_SEGMENT) return NOT_FOUND;
  for (let at = from; ; at += 1) {
    at = Math.ceil((at + alignOffset) / align) * align - alignOffset;
    if (at + nr > map.length) return NOT_FOUND;
    const left = SLOTS_PER_SEGMENT - (at % SLOTS_PER_SEGMENT);
    if (nr <= left && nextTaken(map, at, at + nr) === at + nr) return at;
  }
};
