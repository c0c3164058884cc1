import { limitOfMask } from "../addressing/limits.js";
import { reachOf } from "../addressing/reach.js";
import type { QueueFact } from "../facts/fact.js";
import type { CpuMapping, Device, Machine, ReservedRegion } from "../machine/machine.js";
import { GIB, MAX_EXACT } from "../units/quantity.js";
import { intersectRanges, type RangeSet, subtractRanges, toRangeSet } from "../units/ranges.js";
import { queuesOf, translationOf } from "./importer.js";

/** The memory one step of an allocation path takes from. */
export type AllocationSource =
  | { readonly kind: "system" | "dma32-pages" | "page-block" | "cma-default" }
  | { readonly kind: "region"; readonly node: string };

/** One step: the source, and whether it is tried only after the one before it had no room. */
export interface AllocationStep {
  readonly source: AllocationSource;
  readonly fallback: boolean;
  /**
   * Pages of the smallest buffer that is taken from it. 2 for the default area, from which the DMA core takes no single pages: Linux 6.12
   * `kernel/dma/contiguous.c` `dma_alloc_contiguous()`.
   */
  readonly leastPages: 1 | 2;
}

/** Which memory a device's own allocation gives: its constraints as exporter. */
export interface ExportPath {
  readonly device: Device;
  readonly queue: QueueFact;
  /** How user space asks for it. */
  readonly interface: "drm-dumb" | "v4l2";
  readonly steps: readonly AllocationStep[];
  /** Where the memory must lie for the device that allocates: its coherent reach, or all RAM for scattered pages and its own pool. */
  readonly reach: RangeSet;
  /** Where a block of the page allocator surely lies; empty when the kernel may be handed one out of reach and then gives up. */
  readonly blockReach: RangeSet;
  readonly cpuMapping: CpuMapping;
}

/**
 * The allocation path of every queue that user space can export buffers from, in the order of the facts.
 *
 * @see Linux 6.12 `kernel/dma/direct.c` `dma_direct_alloc()`, `kernel/dma/mapping.c` `dma_alloc_attrs()`, `drivers/iommu/dma-iommu.c`
 *   `iommu_dma_alloc()`: a coherent pool is final, an IOMMU gives scattered pages, a restricted pool is final, an area of the device's own
 *   or the default one comes before one block of the page allocator.
 */
export function exportPathsOf(machine: Machine, device: Device): readonly ExportPath[] {
  const ability = device.export;
  // What a client of a DMA controller allocates, it allocates for that controller's device.
  const hasAllocator = !device.slaveDma || !("path" in device.dmaDevice) || device.dmaDevice.path !== device.path;
  if (ability === null || !hasAllocator) return [];
  const translation = translationOf(device);
  const paths: ExportPath[] = [];
  // The queue that carries pictures comes first: where several lead to the same memory, it is the one to name.
  const queues = queuesOf(device, translation);
  const ordered = [
    ...queues.filter((q) => q.queue === device.pictureQueue),
    ...queues.filter((q) => q.queue !== device.pictureQueue),
  ];
  for (const queue of ordered) {
    const isGem = queue.queue === "gem";
    if (isGem ? !ability.dumb : !ability.v4l2Mmap || queue.kind === "gem-dma" || queue.kind === "gem-shmem") continue;
    const scattered = allocatesScattered(queue);
    if (scattered === null) continue;
    const steps = scattered ? scatteredSteps(queue) : coherentSteps(machine, device, queue);
    const reach = reachOfPath(machine, device, !looksAtMask(machine, steps));
    paths.push({
      device,
      queue,
      interface: isGem ? "drm-dumb" : "v4l2",
      steps,
      reach,
      // Blocks are given away whatever borders of windows they lie across.
      blockReach: blockReach(machine, device, toRangeSet(reach)),
      cpuMapping: ability.cpuMapping ?? defaultMapping(queue, device),
    });
  }
  return paths;
}

/** True when the queue allocates page by page, whatever translates; null when nobody knows. */
function allocatesScattered(queue: QueueFact): boolean | null {
  if (queue.allocates !== undefined) return queue.allocates === "scattered";
  switch (queue.kind) {
    case "contig":
    case "gem-dma":
      return false;
    case "sg":
    case "gem-shmem":
    case "ttm":
    case "vmalloc":
      return true;
    case "own":
      return null;
  }
}

function scatteredSteps(queue: QueueFact): readonly AllocationStep[] {
  return [step({ kind: queue.gfp === "dma32" ? "dma32-pages" : "system" })];
}

function step(source: AllocationSource, fallback = false, leastPages: 1 | 2 = 1): AllocationStep {
  return { source, fallback, leastPages };
}

function coherentSteps(machine: Machine, device: Device, queue: QueueFact): readonly AllocationStep[] {
  const pool = boundRegion(machine, device, "coherent-pool");
  if (pool !== null) return [step({ kind: "region", node: pool.node })];
  const translates = translationOf(device) === "iommu";
  if (translates && queue.attrs?.includes("force-contiguous") !== true) {
    return [step({ kind: "system" })];
  }
  const restricted = translates ? null : boundRegion(machine, device, "restricted-pool");
  if (restricted !== null) return [step({ kind: "region", node: restricted.node })];
  // Arm's own allocators for devices that do not snoop never go on to pages when there is an area, and take single pages from any; the one
  // behind an IOMMU has nothing else to take one piece from. Memory that the kernel does not map comes past the other: Linux 6.12
  // arch/arm/mm/dma-mapping.c __iommu_alloc_buffer(), __dma_alloc(), kernel/dma/direct.c dma_direct_alloc().
  const isArms =
    machine.arch === "arm" && !device.coherent && (translates || queue.attrs?.includes("no-kernel-mapping") !== true);
  const steps: AllocationStep[] = [];
  const area = boundRegion(machine, device, "cma");
  if (area !== null) {
    const isDefault = machine.defaultCma?.node === area.node;
    steps.push(step(isDefault ? { kind: "cma-default" } : { kind: "region", node: area.node }));
  } else if (machine.defaultCma !== null) {
    steps.push(step({ kind: "cma-default" }, false, isArms ? 1 : 2));
  }
  const areaIsFinal = isArms && (translates || steps.length > 0);
  if (!areaIsFinal) steps.push(step({ kind: "page-block" }, steps.length > 0));
  return steps;
}

/** The first region of this kind that the kernel placed and the device's driver takes buffers from. */
function boundRegion(machine: Machine, device: Device, kind: ReservedRegion["kind"]): ReservedRegion | null {
  for (const binding of device.memoryRegions) {
    // The DMA core itself looks for restricted pools; areas and coherent pools need a driver that asks.
    if (binding.use !== "buffers" && kind !== "restricted-pool") continue;
    const region = machine.regions.find((r) => r.node === binding.node);
    if (region?.kind === kind && region.status === "placed") return region;
  }
  return null;
}

/**
 * @param unlimited - pages from anywhere, or a pool that looks at no mask: then only an IOMMU the driver itself maps through is a limit
 */
function reachOfPath(machine: Machine, device: Device, unlimited: boolean): RangeSet {
  if (!unlimited) return reachOf(machine, device, "coherent", { asIfEnabled: true });
  const ram = toRangeSet(machine.banks);
  if (translationOf(device) !== "driver-domain") return ram;
  const bits = machine.iommus.find((iommu) => iommu.path === device.iommu?.path)?.outputBits ?? 53;
  return bits >= 53 ? ram : intersectRanges(ram, [{ base: 0, size: 2 ** bits }]);
}

/** False where the allocator hands memory out without a look at the coherent mask: scattered pages and per-device coherent pools. */
function looksAtMask(machine: Machine, steps: readonly AllocationStep[]): boolean {
  const source = steps[0]?.source;
  if (source === undefined || source.kind === "system" || source.kind === "dma32-pages") return false;
  return source.kind !== "region" || machine.regions.find((r) => r.node === source.node)?.kind !== "coherent-pool";
}

/**
 * Where `dma_alloc_coherent()` finds a block of the page allocator: the zone its limit chooses is looked in first, and lower zones after a
 * block that was out of reach. When even the lowest zone holds pages out of reach, the allocation may fail.
 *
 * @see Linux 6.12 `kernel/dma/direct.c` `dma_direct_optimal_gfp_mask()`, `__dma_direct_alloc_pages()`
 */
function blockReach(machine: Machine, device: Device, reach: RangeSet): RangeSet {
  if (translationOf(device) === "iommu") return subtractRanges(machine.pages, reach).length === 0 ? reach : [];
  const limit = physicalLimit(device);
  const ends = [MAX_EXACT, 4 * GIB, machine.zoneDmaEnd];
  const first = limit < machine.zoneDmaEnd ? 2 : limit < 4 * GIB ? 1 : 0;
  for (const end of ends.slice(first)) {
    const zone = intersectRanges(machine.pages, [{ base: 0, size: end }]);
    if (zone.length > 0 && subtractRanges(zone, reach).length === 0) {
      return intersectRanges(reach, [{ base: 0, size: ends[first] as number }]);
    }
  }
  return [];
}

/** Highest physical address within the device's coherent mask and bus limit, inclusive; {@link MAX_EXACT} when no bus window holds the limit. */
function physicalLimit(device: Device): number {
  const mask = device.coherentDmaMask === null ? MAX_EXACT : limitOfMask(device.coherentDmaMask);
  const limit = device.busDmaLimit === "unlimited" ? mask : Math.min(mask, device.busDmaLimit);
  if (device.windows === null) return limit;
  const window = device.windows.find(({ dma, size }) => dma <= limit && limit < dma + size);
  return window === undefined ? MAX_EXACT : window.cpu + (limit - window.dma);
}

/** Cached for coherent devices and page-wise V4L2 queues, else write-combined: arm64 maps both kinds of DMA memory that way. */
function defaultMapping(queue: QueueFact, device: Device): CpuMapping {
  if (device.coherent || queue.kind === "sg" || queue.kind === "vmalloc" || queue.kind === "ttm") return "cached";
  return "write-combined";
}
