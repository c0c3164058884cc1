import { BYTES_PER_SLOT } from "../algorithms/bounce-slots.js";
import type { Machine, ReservedRegion } from "../machine/machine.js";
import { type Bytes, GIB } from "../units/quantity.js";
import { intersectRanges, type Range, type RangeSet, totalSize } from "../units/ranges.js";

/**
 * Kinds of memory sources. `system`: scattered pages. `dma32-pages`: scattered pages below 4 GiB. `udmabuf`: pages of a memfd. `page-block`: one block
 * of the page allocator. `cma`: an area that lends its pages to movable users. `coherent-pool`, `restricted-pool`: pools of the devices
 * bound to them. `carveout`: a reserved region that a driver or an override offers for buffers.
 */
export type SourceKind =
  | "system"
  | "dma32-pages"
  | "udmabuf"
  | "page-block"
  | "cma"
  | "coherent-pool"
  | "restricted-pool"
  | "carveout";

/** Memory and the algorithm that hands it out, before anybody asks how to get it. */
export interface MemorySource {
  /** `system`, `cma:default`, `cma:NODE`, ...: unique on a machine. */
  readonly id: string;
  readonly kind: SourceKind;
  /** The algorithm's name, as documented in the glossary. */
  readonly algorithm: string;
  /** Where its pages can lie. */
  readonly regions: RangeSet;
  /** Bytes in those ranges. */
  readonly size: Bytes;
  /** Every allocation is one physically contiguous range. */
  readonly contiguous: boolean;
  /** The reserved-memory node behind it, by path. */
  readonly node: string | null;
  /** Name of the CMA area, which is the name of its dma-heap when it is the default one. */
  readonly areaName: string | null;
  /** Paths of devices whose `memory-region` names it. */
  readonly boundDevices: readonly string[];
  /** False when boot may have put the region elsewhere than the model says. */
  readonly placeIsExact: boolean;
}

/** A reserved region nobody may allocate buffers from, and why. */
export interface ReservedNotice {
  readonly node: string;
  readonly regions: RangeSet;
  readonly why: string;
}

/** Largest block of the page allocator. Linux 6.12 `include/linux/mmzone.h` `MAX_PAGE_ORDER`. */
export function largestPageBlock(machine: Machine): Bytes {
  return machine.profile.pageSize * 2 ** machine.profile.maxPageOrder;
}

/** Most units of a free map that is worked with here: 256 GiB of 4 KiB pages. Only kernels with pages of 16 KiB and more take longer ones. */
const MOST_UNITS = 2 ** 26;

/**
 * True when the kernel can keep a map of an area or pool: the map is one allocation, so no larger than the largest block of pages. With 4 KiB
 * pages that ends at 128 GiB for areas and coherent pools, one bit a page, and at 341 MiB for restricted pools, 24 bytes a slot.
 *
 * @see Linux 6.12 `mm/cma.c` `cma_activate_area()`, `kernel/dma/coherent.c` `dma_init_coherent_memory()`, `kernel/dma/swiotlb.c`
 *   `rmem_swiotlb_device_init()`, `include/linux/slab.h` `KMALLOC_MAX_SIZE`
 */
function hasMap(machine: Machine, kind: "cma" | "coherent-pool" | "restricted-pool", size: Bytes): boolean {
  const [unit, bytesPerUnit] = kind === "restricted-pool" ? [BYTES_PER_SLOT, 24] : [machine.profile.pageSize, 1 / 8];
  const units = Math.ceil(size / unit);
  return units <= MOST_UNITS && units * bytesPerUnit <= largestPageBlock(machine);
}

/**
 * True for an area that the kernel has set up and given up again, because it spans zones or NUMA nodes: its pages are free then. An area or pool
 * that is in use is never free memory.
 *
 * @see Linux 6.12 `mm/cma.c` `cma_activate_area()`
 */
function isGivenUp(machine: Machine, area: Range): boolean {
  return area.size > 0 && intersectRanges(machine.pages, [area]).length > 0;
}

/** Largest coherent allocation from a restricted pool: one segment. Linux 6.12 `kernel/dma/swiotlb.c`. */
export const LARGEST_RESTRICTED: Bytes = 256 * 1024;

/**
 * Every memory source of a machine, sorted by id. Pages come from what boot left free; areas and pools from their own regions.
 */
export function sourcesOf(machine: Machine): readonly MemorySource[] {
  const low = intersectRanges(machine.pages, [{ base: 0, size: 4 * GIB }]);
  const pages = (id: SourceKind, algorithm: string, regions: RangeSet, contiguous: boolean): MemorySource => ({
    id,
    kind: id,
    algorithm,
    regions,
    size: totalSize(regions),
    contiguous,
    node: null,
    areaName: null,
    boundDevices: [],
    placeIsExact: true,
  });
  const sources: MemorySource[] = [
    pages("system", "page-orders", machine.pages, false),
    ...(low.length === 0 ? [] : [pages("dma32-pages", "page-orders", low, false)]),
    pages("page-block", "buddy", machine.pages, true),
  ];
  if (machine.profile.udmabuf !== null) sources.push(pages("udmabuf", "shmem-pages", machine.pages, false));
  const area = defaultAreaSource(machine);
  if (area !== null) sources.push(area);
  for (const region of machine.regions) {
    const source = regionSource(machine, region);
    if (source !== null && region.node !== machine.defaultCma?.node) sources.push(source);
  }
  return sources.sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
}

function defaultAreaSource(machine: Machine): MemorySource | null {
  const area = machine.defaultCma;
  if (area === null || !hasMap(machine, "cma", area.size) || isGivenUp(machine, area)) return null;
  return {
    id: "cma:default",
    kind: "cma",
    algorithm: "cma-first-fit",
    regions: [{ base: area.base, size: area.size }],
    size: area.size,
    contiguous: true,
    node: area.node,
    areaName: area.name,
    boundDevices: machine.regions.find((r) => r.node === area.node)?.boundDevices ?? [],
    placeIsExact: area.certainty === "exact",
  };
}

/** Regions that are not sources, in tree order of their nodes' paths. */
export function reservedNoticesOf(machine: Machine): readonly ReservedNotice[] {
  const isSource = (r: ReservedRegion): boolean =>
    (r.node === machine.defaultCma?.node ? defaultAreaSource(machine) : regionSource(machine, r)) !== null;
  return machine.regions
    .filter((r) => !isSource(r))
    .map((r) => ({
      node: r.node,
      regions: r.base === null ? [] : [{ base: r.base, size: r.size }],
      why: r.failure ?? whyReserved(machine, r),
    }));
}

function whyReserved(machine: Machine, { kind, base, size, boundDevices }: ReservedRegion): string {
  if (kind !== "reserved" && base !== null && isGivenUp(machine, { base, size }))
    return "not activated, its pages are free for everybody: no buffers are allocated from it";
  if (kind !== "reserved" && !hasMap(machine, kind, size))
    return "larger than a free map of this kernel can be: no buffers are allocated from it";
  if (kind !== "reserved" && boundDevices.length === 0)
    return "no device is bound to it: no buffers are allocated from it";
  return "reserved for firmware or a driver of its own: no buffers are allocated from it";
}

const POOL_ALGORITHMS = {
  cma: { prefix: "cma", algorithm: "cma-first-fit" },
  "coherent-pool": { prefix: "coherent-pool", algorithm: "power-of-two-slots" },
  "restricted-pool": { prefix: "restricted-pool", algorithm: "bounce-slots" },
} as const;

function regionSource(machine: Machine, region: ReservedRegion): MemorySource | null {
  if (region.kind === "reserved" || region.base === null || region.status !== "placed") return null;
  if (!isTakenFrom(machine, region) || !hasMap(machine, region.kind, region.size)) return null;
  if (isGivenUp(machine, { base: region.base, size: region.size })) return null;
  const { prefix, algorithm } = POOL_ALGORITHMS[region.kind];
  return {
    id: `${prefix}:${region.name}`,
    kind: region.kind,
    algorithm,
    regions: [{ base: region.base, size: region.size }],
    size: region.size,
    contiguous: true,
    node: region.node,
    areaName: region.kind === "cma" ? region.name : null,
    boundDevices: region.boundDevices,
    placeIsExact: region.certainty === "exact",
  };
}

/**
 * True when some bound device's driver takes buffers from the region, or may: one that keeps it for firmware does not. Restricted pools are
 * taken from whatever the driver does, since the DMA core itself looks for them.
 */
function isTakenFrom(machine: Machine, region: ReservedRegion): boolean {
  return machine.devices.some((device) =>
    device.memoryRegions.some(
      (b) => b.node === region.node && (region.kind === "restricted-pool" || b.use !== "firmware"),
    ),
  );
}
