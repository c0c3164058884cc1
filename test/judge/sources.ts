import type { PlainCandidate, PlainDevice, PlainMachine, PlainQueue, Span } from "./plain.js";
import { edges, limitOf, mappingOf, reaches } from "./reach.js";

/** Where a source's memory lies, from the machine alone; null for a source the machine does not have. */
export function spansOf(machine: PlainMachine, heap: string): readonly Span[] | null {
  const below = (end: number): readonly Span[] =>
    machine.pages
      .map((s) => ({ base: s.base, size: Math.min(s.base + s.size, end) - s.base }))
      .filter((s) => s.size > 0);
  switch (heap) {
    case "system":
    case "page-block":
      return machine.pages;
    case "udmabuf":
      return machine.profile.udmabuf === null ? null : machine.pages;
    case "dma32-pages":
      return below(2 ** 32);
    case "cma:default":
      return machine.defaultCma === null ? null : [machine.defaultCma];
    default: {
      const [kind, name] = heap.split(/:(.*)/s);
      const region = machine.regions.find((r) => r.kind === kind && r.name === name && r.status === "placed");
      return region === undefined || region.base === null ? null : [{ base: region.base, size: region.size }];
    }
  }
}

/** Queues of the device on this board, those whose condition on an IOMMU holds. */
export function queuesOf(device: PlainDevice): readonly PlainQueue[] {
  const behind = ["iommu", "driver-domain"].includes(mappingOf(device));
  return device.queues.filter((q) => q.when === undefined || (q.when === "iommu" ? behind : !behind));
}

function claimed(machine: PlainMachine, device: PlainDevice, kind: string): string | null {
  for (const { node, use } of device.memoryRegions) {
    if (kind !== "restricted-pool" && use !== "buffers") continue;
    const region = machine.regions.find((r) => r.node === node && r.kind === kind && r.status === "placed");
    if (region !== undefined) return machine.defaultCma?.node === node ? "cma:default" : `${kind}:${region.name}`;
  }
  return null;
}

/** The restricted pool that everything mapped for the device is copied through. */
export function copiesThrough(machine: PlainMachine, device: PlainDevice): string | null {
  if (["iommu", "cpu"].includes(mappingOf(device))) return null;
  return (
    device.memoryRegions
      .map(({ node }) => node)
      .find((node) =>
        machine.regions.some((r) => r.node === node && r.kind === "restricted-pool" && r.status === "placed"),
      ) ?? null
  );
}

/**
 * Where an allocation of a queue comes from: the first matching row of the table of sources, the first choice first. Empty when the driver's
 * own way is not known.
 */
export function allocationOrder(machine: PlainMachine, device: PlainDevice, queue: PlainQueue): readonly string[] {
  const scattered =
    queue.kind === "own"
      ? queue.allocates === undefined
        ? null
        : queue.allocates === "scattered"
      : !["contig", "gem-dma"].includes(queue.kind);
  if (scattered === null) return [];
  if (scattered) return [queue.gfp === "dma32" ? "dma32-pages" : "system"];
  const pool = claimed(machine, device, "coherent-pool");
  if (pool !== null) return [pool];
  const behind = mappingOf(device) === "iommu";
  if (behind && !queue.attrs?.includes("force-contiguous")) return ["system"];
  const restricted = behind ? null : claimed(machine, device, "restricted-pool");
  if (restricted !== null) return [restricted];
  const area = claimed(machine, device, "cma") ?? (machine.defaultCma === null ? null : "cma:default");
  if (area === null) return behind && armsOwn(machine, device) ? [] : ["page-block"];
  return armsOwn(machine, device) ? [area] : [area, "page-block"];
}

function armsOwn(machine: PlainMachine, device: PlainDevice): boolean {
  return machine.arch === "arm" && !device.coherent;
}

/** True when the default area serves the queue, but not with single pages: the common allocator asks it for more than one only. */
export function leavesSinglePages(machine: PlainMachine, device: PlainDevice, queue: PlainQueue): boolean {
  const order = allocationOrder(machine, device, queue);
  return order[0] === "cma:default" && claimed(machine, device, "cma") === null && !armsOwn(machine, device);
}

/** Free pages cut wherever an answer can change. */
function piecesOf(machine: PlainMachine): readonly Span[] {
  const at = edges(machine);
  const pieces: Span[] = [];
  for (const s of machine.pages) {
    const cuts = [s.base, ...at.filter((a) => a > s.base && a < s.base + s.size), s.base + s.size];
    for (let i = 0; i + 1 < cuts.length; i++) pieces.push({ base: cuts[i]!, size: cuts[i + 1]! - cuts[i]! });
  }
  return pieces;
}

/**
 * Where a block lies if the kernel gives the device one, sure or not: without an IOMMU every block is held against the coherent mask before it
 * is given away. Empty when there is no such place, or no such check.
 */
export function checkedSpans(machine: PlainMachine, device: PlainDevice): readonly Span[] {
  if (mappingOf(device) === "iommu") return [];
  const can = reaches(machine, device, "coherent");
  return joined(piecesOf(machine).filter((p) => can(p.base)));
}

/** Where a block for this device may lie once the allocator is content; empty when it may never be. */
export function blockSpans(machine: PlainMachine, device: PlainDevice): readonly Span[] {
  const can = reaches(machine, device, "coherent");
  const pieces = piecesOf(machine);
  const sure = (list: readonly Span[]): boolean => list.length > 0 && list.every((p) => can(p.base));
  if (mappingOf(device) === "iommu") return sure(pieces) ? machine.pages : [];
  const limit = physicalLimit(device);
  const zones = [Number.MAX_SAFE_INTEGER, 2 ** 32, machine.zoneDmaEnd];
  const first = limit < machine.zoneDmaEnd ? 2 : limit < 2 ** 32 ? 1 : 0;
  for (let z = first; z < 3; z++) {
    if (!sure(pieces.filter((p) => p.base < zones[z]!))) continue;
    return joined(pieces.filter((p) => p.base < zones[first]! && can(p.base)));
  }
  return [];
}

function joined(pieces: readonly Span[]): readonly Span[] {
  const out: { base: number; size: number }[] = [];
  for (const p of pieces) {
    const last = out[out.length - 1];
    if (last !== undefined && last.base + last.size === p.base) last.size += p.size;
    else out.push({ ...p });
  }
  return out;
}

function physicalLimit(device: PlainDevice): number {
  const limit = limitOf(device, "coherent");
  if (device.windows === null) return limit;
  const window = device.windows.find((w) => limit >= w.dma && limit - w.dma < w.size);
  return window === undefined ? Number.MAX_SAFE_INTEGER : window.cpu + (limit - window.dma);
}

/** The device and queue a candidate is exported by; null for routes without a device. */
export function exporterOf(
  machine: PlainMachine,
  candidate: PlainCandidate,
): { device: PlainDevice; queue: PlainQueue } | null {
  const { route } = candidate;
  const device = machine.devices.find((d) => d.path === route.device);
  const queue = device === undefined ? undefined : queuesOf(device).find((q) => q.queue === route.queue);
  return device === undefined || queue === undefined ? null : { device, queue };
}

/** Lengths that scattered memory comes in, in pages, in any order: what each allocator asks the page allocator for. */
export function blockSizes(machine: PlainMachine, candidate: PlainCandidate): readonly number[] {
  const exporter = exporterOf(machine, candidate);
  if (candidate.heap === "udmabuf") return [1];
  if (exporter === null) return [256, 16, 1];
  const { device, queue } = exporter;
  if (queue.kind === "sg" || queue.kind === "ttm") {
    const sizes = [1];
    while (sizes.length <= machine.profile.maxPageOrder) sizes.push(sizes.at(-1)! * 2);
    return sizes;
  }
  const throughDmaApi = ["contig", "gem-dma", "own"].includes(queue.kind) && mappingOf(device) === "iommu";
  if (!throughDmaApi || queue.attrs?.includes("alloc-single-pages")) return [1];
  if (machine.arch === "arm") return [512, 256, 16, 1];
  const tables = machine.iommus.find((i) => i.path === device.iommu?.path)?.pageSizes ?? [];
  const most = 2 ** machine.profile.maxPageOrder;
  return [1, ...tables.map((size) => size / machine.profile.pageSize).filter((pages) => pages > 1 && pages <= most)];
}
