import { reachOf } from "../addressing/reach.js";
import type { QueueFact } from "../facts/fact.js";
import type { CpuMapping, Device, Machine, ReservedRegion } from "../machine/machine.js";
import { GIB } from "../units/quantity.js";
import { intersectRanges, type RangeSet } from "../units/ranges.js";
import { queuesOf, translationOf } from "./importer.js";

/** The memory one step of an allocation path takes from. */
export type AllocationSource =
  | { readonly kind: "system" | "dma32-pages" | "page-block" | "cma-default" }
  | { readonly kind: "region"; readonly node: string };

/** One step: the source, and whether it is tried only after the one before it had no room. */
export interface AllocationStep {
  readonly source: AllocationSource;
  readonly fallback: boolean;
}

/** Which memory a device's own allocation gives: its constraints as exporter. */
export interface ExportPath {
  readonly device: Device;
  readonly queue: QueueFact;
  /** How user space asks for it. */
  readonly interface: "drm-dumb" | "v4l2";
  readonly steps: readonly AllocationStep[];
  /** Where the memory must lie for the device that allocates: its coherent reach, or all RAM for scattered pages. */
  readonly reach: RangeSet;
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
  if (ability === null || device.slaveDma) return [];
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
    const steps = scattered ? scatteredSteps(queue) : coherentSteps(machine, device);
    paths.push({
      device,
      queue,
      interface: isGem ? "drm-dumb" : "v4l2",
      steps,
      reach: reachOfPath(machine, device, scattered || isFinalPool(steps)),
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
  return [{ source: { kind: queue.gfp === "dma32" ? "dma32-pages" : "system" }, fallback: false }];
}

function coherentSteps(machine: Machine, device: Device): readonly AllocationStep[] {
  const pool = boundRegion(machine, device, "coherent-pool");
  if (pool !== null) return [{ source: { kind: "region", node: pool.node }, fallback: false }];
  if (translationOf(device) === "iommu") return [{ source: { kind: "system" }, fallback: false }];
  const restricted = boundRegion(machine, device, "restricted-pool");
  if (restricted !== null) return [{ source: { kind: "region", node: restricted.node }, fallback: false }];
  const steps: AllocationStep[] = [];
  const area = boundRegion(machine, device, "cma");
  if (area !== null) {
    const isDefault = machine.defaultCma?.node === area.node;
    steps.push({ source: isDefault ? { kind: "cma-default" } : { kind: "region", node: area.node }, fallback: false });
  } else if (machine.defaultCma !== null) {
    steps.push({ source: { kind: "cma-default" }, fallback: false });
  }
  steps.push({ source: { kind: "page-block" }, fallback: steps.length > 0 });
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
  if (!unlimited) return coherentReach(machine, device);
  if (translationOf(device) !== "driver-domain") return machine.banks;
  const bits = machine.iommus.find((iommu) => iommu.path === device.iommu?.path)?.outputBits ?? 53;
  return bits >= 53 ? machine.banks : intersectRanges(machine.banks, [{ base: 0, size: 2 ** bits }]);
}

/** A per-device pool hands out its memory without looking at masks. */
function isFinalPool(steps: readonly AllocationStep[]): boolean {
  return steps.length === 1 && steps[0]?.source.kind === "region";
}

/**
 * Where `dma_alloc_coherent()` of this device can put contiguous memory: its coherent reach, and below the end of the zone its limit
 * makes the page allocator look in. Linux 6.12 `kernel/dma/direct.c` `dma_direct_optimal_gfp_mask()`.
 */
function coherentReach(machine: Machine, device: Device): RangeSet {
  const reach = reachOf(machine, device, "coherent", { asIfEnabled: true });
  const last = reach[reach.length - 1];
  const end = last === undefined ? 0 : last.base + last.size;
  const zoneEnd = end <= machine.zoneDmaEnd ? machine.zoneDmaEnd : end <= 4 * GIB ? 4 * GIB : end;
  return intersectRanges(reach, [{ base: 0, size: Math.max(zoneEnd, 1) }]);
}

/** Cached for coherent devices and page-wise V4L2 queues, else write-combined: arm64 maps both kinds of DMA memory that way. */
function defaultMapping(queue: QueueFact, device: Device): CpuMapping {
  if (device.coherent || queue.kind === "sg" || queue.kind === "vmalloc" || queue.kind === "ttm") return "cached";
  return "write-combined";
}
