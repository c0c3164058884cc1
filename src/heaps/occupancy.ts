import { type Bitmap, copyBitmap, largestFreeRun, makeBitmap, NOT_FOUND, type Search, takeUnits } from "../algorithms/bitmap.js";
import { BYTES_PER_SLOT, bounceSlots, SLOTS_PER_SEGMENT } from "../algorithms/bounce-slots.js";
import { firstFit } from "../algorithms/first-fit.js";
import { powerOfTwoSlots } from "../algorithms/power-of-two-slots.js";
import type { Machine } from "../machine/machine.js";
import { type Bytes, GIB, KIB, orderOf, roundUpToPowerOfTwo } from "../units/quantity.js";
import { totalSize } from "../units/ranges.js";
import { LARGEST_RESTRICTED, largestPageBlock, type MemorySource } from "./source.js";

/** How many buffers of one size a source holds right after boot. */
export interface Capacity {
  /** Buffers that fit, at most as many as were asked for. */
  readonly fits: number;
  /** Bytes of the largest single buffer this source could give right after boot. */
  readonly largest: Bytes;
  /** Bytes a buffer takes away from the source, rounding included. */
  readonly taken: Bytes;
}

/** The free map of a contiguous source after boot, with the policy that searches it. */
export interface Occupancy {
  readonly map: Bitmap;
  readonly unit: Bytes;
  readonly search: Search;
  /** Alignment in units of a request of so many units. */
  alignOf(units: number): number;
  /** Units between the alignment's origin and unit 0. */
  readonly origin: number;
}

/**
 * Sizes of the atomic pools boot takes from the default CMA area: one for the kernel, one for each DMA zone, 128 KiB per GiB of RAM each,
 * between 128 KiB and the largest page block. Linux 6.12 `kernel/dma/pool.c` `dma_atomic_pool_init()`.
 */
function atomicPools(machine: Machine, source: MemorySource): readonly Bytes[] {
  if (source.id !== "cma:default" || machine.arch === "arm") return [];
  const pages = totalSize(machine.banks) / machine.profile.pageSize;
  const size = Math.min(Math.max((pages / 8192) * machine.profile.pageSize, 128 * KIB), largestPageBlock(machine));
  const end = Math.max(...source.regions.map((r) => r.base + r.size));
  const pools = [size];
  if (end <= machine.zoneDmaEnd) pools.push(size);
  if (end <= 4 * GIB) pools.push(size);
  return pools;
}

/** The free map of an area or pool when boot is over; null for sources made of pages. */
export function occupancyAfterBoot(machine: Machine, source: MemorySource): Occupancy | null {
  const region = source.regions[0];
  if (region === undefined) return null;
  const { pageSize, cmaAlignmentOrder } = machine.profile;
  switch (source.kind) {
    case "cma": {
      const map = makeBitmap(Math.floor(region.size / pageSize));
      const occupancy: Occupancy = {
        map,
        unit: pageSize,
        search: firstFit,
        alignOf: (units) => 2 ** Math.min(orderOf(units * pageSize, pageSize), cmaAlignmentOrder),
        origin: (region.base / pageSize) % 2 ** cmaAlignmentOrder,
      };
      for (const size of atomicPools(machine, source)) {
        const units = roundUpToPowerOfTwo(Math.ceil(size / pageSize));
        const at = firstFit(map, 0, units, occupancy.alignOf(units), occupancy.origin);
        if (at !== NOT_FOUND) takeUnits(map, at, units);
      }
      return occupancy;
    }
    case "coherent-pool":
      return {
        map: makeBitmap(Math.floor(region.size / pageSize)),
        unit: pageSize,
        search: powerOfTwoSlots,
        alignOf: roundUpToPowerOfTwo,
        origin: 0,
      };
    case "restricted-pool":
      return {
        map: makeBitmap(Math.floor(region.size / BYTES_PER_SLOT)),
        unit: BYTES_PER_SLOT,
        search: bounceSlots,
        alignOf: (units) => roundUpToPowerOfTwo(Math.max(units, pageSize / BYTES_PER_SLOT)),
        origin: (region.base / BYTES_PER_SLOT) % SLOTS_PER_SEGMENT,
      };
    case "carveout":
      return {
        map: makeBitmap(Math.floor(region.size / pageSize)),
        unit: pageSize,
        search: firstFit,
        alignOf: () => 1,
        origin: 0,
      };
    case "system":
    case "dma32-pages":
    case "udmabuf":
    case "page-block":
      return null;
  }
}

/**
 * Runs a source's own algorithm `count` times for buffers of one size, on its free map after boot. Time grows with count and with the
 * length of the map, not with their product.
 *
 * @param size - bytes of one buffer, at least 1
 */
export function capacityOf(machine: Machine, source: MemorySource, occupancy: Occupancy | null, size: Bytes, count: number): Capacity {
  const { pageSize } = machine.profile;
  const pages = Math.ceil(size / pageSize);
  if (occupancy === null) {
    if (source.kind === "page-block") {
      const block = pageSize * 2 ** orderOf(size, pageSize);
      const largest = Math.min(largestPageBlock(machine), source.size);
      return { fits: block <= largest ? Math.min(count, Math.floor(source.size / block)) : 0, largest, taken: block };
    }
    const limit = source.kind === "udmabuf" ? (machine.profile.udmabuf?.sizeLimit ?? 0) : source.size;
    const largest = Math.min(limit, source.size);
    const taken = pages * pageSize;
    return { fits: taken <= largest ? Math.min(count, Math.floor(source.size / taken)) : 0, largest, taken };
  }
  const units = Math.ceil((pages * pageSize) / occupancy.unit);
  const largest = largestIn(source, occupancy);
  if (units * occupancy.unit > largest) return { fits: 0, largest, taken: units * occupancy.unit };
  const taken = source.kind === "coherent-pool" ? roundUpToPowerOfTwo(units) : units;
  if (count === 1) return { fits: 1, largest, taken: taken * occupancy.unit };
  const map = copyBitmap(occupancy.map);
  const align = occupancy.alignOf(units);
  let fits = 0;
  for (let from = 0; fits < count; fits++) {
    const at = occupancy.search(map, from, units, align, occupancy.origin);
    if (at === NOT_FOUND) break;
    takeUnits(map, at, taken);
    from = at + taken;
  }
  return { fits, largest, taken: taken * occupancy.unit };
}

const largestByOccupancy = new WeakMap<Occupancy, Bytes>();

/** The largest single buffer, found once per free map. */
function largestIn(source: MemorySource, occupancy: Occupancy): Bytes {
  const known = largestByOccupancy.get(occupancy);
  if (known !== undefined) return known;
  const { map, unit } = occupancy;
  let units = 0;
  if (source.kind === "coherent-pool" || source.kind === "restricted-pool") {
    const limit = source.kind === "restricted-pool" ? LARGEST_RESTRICTED / unit : map.length;
    for (let slot = 1; slot <= limit; slot *= 2) {
      if (occupancy.search(map, 0, slot, occupancy.alignOf(slot), occupancy.origin) !== NOT_FOUND) units = slot;
    }
  } else {
    // A longer request is aligned to more, so the longest run is tried at each alignment.
    for (let align = occupancy.alignOf(map.length); align >= 1; align /= 2) {
      units = Math.max(units, largestFitting(occupancy, align));
    }
  }
  const largest = units * unit;
  largestByOccupancy.set(occupancy, largest);
  return largest;
}

/** The longest request that asks for no more than this alignment and fits. */
function largestFitting(occupancy: Occupancy, align: number): number {
  const run = largestFreeRun(occupancy.map, align, occupancy.origin);
  return run === 0 || occupancy.alignOf(run) <= align ? run : Math.min(run, align);
}
