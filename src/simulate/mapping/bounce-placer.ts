import { BYTES_PER_SLOT } from "../../algorithms/bounce-slots.js";
import type { Placer } from "../heaps/placer.js";
import { type BouncePool, NO_SLOTS } from "./bounce-pool.js";

const NO_LIMITS = { minAlignMask: 0, segmentBoundaryMask: Number.POSITIVE_INFINITY };

/**
 * Lets a heap hand out the slots of a bounce pool: coherent memory and copies of a restricted pool come from the same slots. The search begins
 * where the last one ended, as the kernel's does. There is one candidate for a request, since nothing in a pool is ever busy.
 *
 * Alignment is that of physical addresses, and no boundary counts: right for devices that see the pool where the CPU does, and have none.
 */
export function bouncePlacer(pool: BouncePool, name: string): Placer {
  let candidate = NO_SLOTS;
  const give = (): void => {
    if (candidate !== NO_SLOTS) pool.release(candidate, 0);
    candidate = NO_SLOTS;
  };
  return {
    name,
    units: pool.size / BYTES_PER_SLOT,
    aligns: true,
    takenBy: (units) => units,
    couldFit: (units, align) => pool.couldFit(units * BYTES_PER_SLOT, align * BYTES_PER_SLOT),
    first: (units, align) => {
      candidate = pool.allocate(units * BYTES_PER_SLOT, align * BYTES_PER_SLOT, NO_LIMITS, pool.base as number);
      return candidate === NO_SLOTS ? -1 : (candidate - pool.base) / BYTES_PER_SLOT;
    },
    next: () => {
      give();
      return -1;
    },
    keep: () => {
      const handle = (candidate - pool.base) / BYTES_PER_SLOT;
      candidate = NO_SLOTS;
      return handle;
    },
    abandon: give,
    release: (handle) => pool.release(pool.base + handle * BYTES_PER_SLOT, 0),
    unitsAside: () => pool.stats().copies,
    freeUnits: () => pool.stats().slots - pool.stats().used,
    largestFree: () => pool.largestFree() / BYTES_PER_SLOT,
  };
}
