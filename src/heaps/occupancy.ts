import { type Bitmap, largestFreeRun, makeBitmap, NOT_FOUND, type Search, takeUnits } from "../algorithms/bitmap.js";
import { BYTES_PER_SLOT, bounceSlots, SLOTS_PER_SEGMENT } from "../algorithms/bounce-slots.js";
import { firstFit } from "../algorithms/first-fit.js";
import { powerOfTwoSlots } from "../algorithms/power-of-two-slots.js";
import { parseCmdline } from "../boot/cmdline.js";
import type { Machine } from "../machine/machine.js";
import { type Bytes, GIB, KIB, MAX_EXACT, orderOf, roundUpToPowerOfTwo } from "../units/quantity.js";
import { endOf, type Range, type RangeSet, toRangeSet, totalSize, unionRanges } from "../units/ranges.js";
import { countRequests } from "./count-requests.js";
import { LARGEST_RESTRICTED, largestPageBlock, type MemorySource } from "./source.js";

/** How many buffers of one size a source holds right after boot. */
export interface Capacity {
  /** Buffers that fit, at most as many as were asked for. */
  readonly fits: number;
  /** Bytes of the largest single buffer this source could give right after boot. */
  readonly largest: Bytes;
  /** Bytes a buffer takes away from the source, rounding included; 2^53 - 1 when more. */
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
  /** No allocation crosses a multiple of so many units; infinite for most sources. */
  readonly segment: number;
}

/**
 * Orders of the blocks that boot takes from the default CMA area for atomic allocations: one for the kernel and one for each DMA zone that
 * holds the whole area, 128 KiB per GiB of RAM each, between 128 KiB and the largest page block. Arm takes a single one of 256 KiB.
 * `coherent_pool=` replaces the size.
 *
 * @param area - where the default area lies
 * @see Linux 6.12 `kernel/dma/pool.c` `dma_atomic_pool_init()`, `arch/arm/mm/dma-mapping.c` `atomic_pool_init()`
 */
export function atomicPoolOrders(machine: Machine, area: Range): readonly number[] {
  const { pageSize, maxPageOrder } = machine.profile;
  if (machine.arch === "arm") return [orderOf(atomicPoolSize(machine, area), pageSize)];
  const order = Math.min(orderOf(atomicPoolSize(machine, area), pageSize), maxPageOrder);
  const orders = [order];
  if (machine.arch !== "riscv" && endOf(area) <= machine.zoneDmaEnd) orders.push(order);
  if (endOf(area) <= Math.max(4 * GIB, machine.zoneDmaEnd)) orders.push(order);
  return orders;
}

/**
 * Bytes that boot asks for each of these pools, before they are rounded up to a block; and on a kernel that lets pools grow, how much has to be
 * left in one lest it be doubled.
 *
 * @param area - where the default area lies
 * @see Linux 6.12 `kernel/dma/pool.c` `atomic_pool_size`, `arch/arm/mm/dma-mapping.c` `atomic_pool_size`
 */
export function atomicPoolSize(machine: Machine, area: Range): Bytes {
  const { pageSize } = machine.profile;
  const asked = parseCmdline(machine.commandLine).coherentPool;
  if (asked !== null || machine.arch === "arm") return asked ?? 256 * KIB;
  const areas = machine.regions.flatMap(({ kind, base, size }) =>
    kind === "cma" && base !== null ? [{ base, size }] : [],
  );
  const managed = totalSize(unionRanges(machine.pages, toRangeSet([...areas, area]))) / pageSize;
  return Math.max(Math.min(Math.floor(managed / 8192) * pageSize, largestPageBlock(machine)), 128 * KIB);
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
        segment: Number.POSITIVE_INFINITY,
      };
      for (const order of source.id === "cma:default" ? atomicPoolOrders(machine, region) : []) {
        const units = 2 ** order;
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
        segment: Number.POSITIVE_INFINITY,
      };
    case "restricted-pool":
      return {
        map: makeBitmap(Math.floor(region.size / BYTES_PER_SLOT)),
        unit: BYTES_PER_SLOT,
        search: bounceSlots,
        alignOf: (units) => roundUpToPowerOfTwo(Math.max(units, pageSize / BYTES_PER_SLOT)),
        origin: (region.base / BYTES_PER_SLOT) % SLOTS_PER_SEGMENT,
        segment: SLOTS_PER_SEGMENT,
      };
    case "carveout":
      return {
        map: makeBitmap(Math.floor(region.size / pageSize)),
        unit: pageSize,
        search: firstFit,
        alignOf: () => 1,
        origin: 0,
        segment: Number.POSITIVE_INFINITY,
      };
    case "system":
    case "dma32-pages":
    case "udmabuf":
    case "page-block":
      return null;
  }
}

/**
 * How many buffers of one size a source's own algorithm finds place for, on its free map after boot. Time does not grow with count.
 *
 * @param size - bytes of one buffer, at least 1
 * @param regions - where the source's memory may be taken from for this request
 */
export function capacityOf(
  machine: Machine,
  source: MemorySource,
  occupancy: Occupancy | null,
  size: Bytes,
  count: number,
  regions: RangeSet = source.regions,
): Capacity {
  const { pageSize } = machine.profile;
  const pages = Math.ceil(size / pageSize);
  if (occupancy === null) {
    if (source.kind === "page-block") {
      const block = Math.min(pageSize * 2 ** orderOf(size, pageSize), MAX_EXACT);
      const largest = largestBlockIn(machine, regions);
      return { fits: block <= largest ? Math.min(count, blocksIn(regions, block)) : 0, largest, taken: block };
    }
    const limit = source.kind === "udmabuf" ? (machine.profile.udmabuf?.sizeLimit ?? 0) : source.size;
    const largest = Math.min(limit, source.size);
    const taken = Math.min(pages * pageSize, MAX_EXACT);
    return { fits: taken <= largest ? Math.min(count, Math.floor(source.size / taken)) : 0, largest, taken };
  }
  const units = Math.ceil((pages * pageSize) / occupancy.unit);
  const largest = largestIn(source, occupancy);
  if (units * occupancy.unit > largest) return { fits: 0, largest, taken: Math.min(units * occupancy.unit, MAX_EXACT) };
  const taken = source.kind === "coherent-pool" ? roundUpToPowerOfTwo(units) : units;
  if (count === 1) return { fits: 1, largest, taken: taken * occupancy.unit };
  const fits = Math.min(count, countRequests(occupancy, taken));
  return { fits, largest, taken: taken * occupancy.unit };
}

/** Blocks of one size, each aligned to it, that the ranges hold. */
function blocksIn(regions: RangeSet, block: Bytes): number {
  return regions.reduce((sum, r) => sum + Math.max(0, Math.floor(endOf(r) / block) - Math.ceil(r.base / block)), 0);
}

/** The largest block of the page allocator that the ranges hold; 0 when they hold none. */
function largestBlockIn(machine: Machine, regions: RangeSet): Bytes {
  let block = largestPageBlock(machine);
  while (block >= machine.profile.pageSize && blocksIn(regions, block) === 0) block /= 2;
  return block >= machine.profile.pageSize ? block : 0;
}

const largestByOccupancy = new WeakMap<Occupancy, Bytes>();

/** The largest single buffer, found once per free map. */
function largestIn(source: MemorySource, occupancy: Occupancy): Bytes {
  const known = largestByOccupancy.get(occupancy);
  if (known !== undefined) return known;
  const { map, unit } = occupancy;
  let units = 0;
  if (source.kind === "coherent-pool") {
    for (let slot = 1; slot <= map.length; slot *= 2) {
      if (occupancy.search(map, 0, slot, 1, 0) !== NOT_FOUND) units = slot;
    }
  } else if (source.kind === "restricted-pool") {
    // Aligned on the bus, cut where the pool counts its segments: the longest run need not be a power of two.
    const page = occupancy.alignOf(1);
    for (let run = page; run <= LARGEST_RESTRICTED / unit; run += page) {
      if (occupancy.search(map, 0, run, occupancy.alignOf(run), occupancy.origin) !== NOT_FOUND) units = run;
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
