import { limitOfMask } from "../addressing/limits.js";
import { iovaRoom, reachOf } from "../addressing/reach.js";
import { reservedIovas } from "../addressing/reserved-iovas.js";
import type { QueueFact } from "../facts/fact.js";
import type { Assumption, Device, Machine, Provenance, Translation } from "../machine/machine.js";
import { type Range, toRangeSet } from "../units/ranges.js";
import type { ConstraintField, Constraints } from "./constraints.js";
import type { Participant, ParticipantRequest } from "./participant.js";

const NOWHERE: Provenance = { kind: "unknown", source: null };
const KERNEL_DEFAULT: Provenance = { kind: "kernel-default", source: null };

/**
 * What a device accepts as importer: its streaming reach, the kind of its queue, its segment limits. Where the device itself
 * would allocate (bindings, coherent mask, pools) plays no part: see {@link exportPathOf}.
 *
 * A disabled device is judged as if it and its IOMMU were enabled, and the participant's assumptions say so.
 */
export function importerOf(machine: Machine, request: ParticipantRequest): Participant {
  const { device } = request;
  const ofDevice = translationOf(device);
  const queue = chooseQueue(device, request.queue, ofDevice);
  // videobuf2's vmalloc memory maps an import for the CPU and nothing for the device, whatever the device's other queues do.
  const translation = queue?.kind === "vmalloc" ? "cpu" : ofDevice;
  const buffers = queue === null ? "unknown" : acceptsOf(queue);
  const room = translation === "iommu" || translation === "driver-domain" ? iovaRoom(machine, device) : null;
  const contiguous = translation === "none" && buffers !== "scattered";
  const assumptions: Assumption[] = [...device.assumptions];
  const assume = (code: Assumption["code"], field: string | null, source: string | null): void => {
    if (!assumptions.some((a) => a.code === code && a.field === field)) {
      assumptions.push({ code, device: device.path, field, source });
    }
  };
  if (!device.enabled) {
    assume("device-disabled", "status", `${device.path}:status`);
    if (device.iommu?.state === "disabled") assume("iommu-disabled", "iommu", `${device.iommu.path}:status`);
  }
  if (buffers === "unknown" && translation === "none") assume("unknown-buffers", "contiguous", null);

  const constraints: Constraints = {
    reach:
      translation === "cpu" ? toRangeSet(machine.banks) : reachOf(machine, device, "streaming", { asIfEnabled: true }),
    contiguous,
    alignment: machine.profile.pageSize,
    maxSegmentSize: device.maxSegmentSize,
    maxSegments: device.maxSegments,
    segmentBoundaryMask: device.segmentBoundaryMask,
    iovaRoom: room === null ? "unlimited" : room.size,
  };
  const buffersProvenance = queueProvenance(device, queue);
  const provenance: Record<ConstraintField, Provenance> = {
    reach: reachProvenance(machine, device, translation),
    contiguous: buffersProvenance,
    alignment: { kind: "config", source: `page size of ${machine.profile.name}` },
    maxSegmentSize: device.provenance["maxSegmentSize"] ?? KERNEL_DEFAULT,
    maxSegments: device.provenance["maxSegments"] ?? KERNEL_DEFAULT,
    segmentBoundaryMask: device.provenance["segmentBoundaryMask"] ?? KERNEL_DEFAULT,
    iovaRoom: room === null ? { kind: "derived", source: null } : iovaProvenance(machine, device, room),
  };
  return {
    device,
    queue,
    access: request.access,
    translation,
    alternatives: [{ constraints, layouts: device.layouts }],
    provenance,
    iova: room,
    buffers,
    oneEntry: queue?.oneEntry === true,
    canImport: canImport(device, queue),
    bouncePool: translation === "iommu" || translation === "cpu" ? null : restrictedPoolOf(machine, device),
    assumptions,
  };
}

/** How pages become addresses for the device, judged as enabled. */
export function translationOf(device: Device): Translation {
  return device.enabled ? device.translation : device.translationIfEnabled;
}

/**
 * Queues that exist on this board: entries whose condition on an IOMMU holds.
 *
 * @param translation - of the device, as {@link translationOf} gives it
 */
export function queuesOf(device: Device, translation: Translation): readonly QueueFact[] {
  const behindIommu = translation === "iommu" || translation === "driver-domain";
  return device.queues.filter((q) => q.when === undefined || (q.when === "iommu") === behindIommu);
}

/** What an import into this queue must be, as the device sees it: what the fact says, else what its kind implies. */
export function acceptsOf(queue: QueueFact): "contiguous" | "scattered" | "unknown" {
  if (queue.accepts !== undefined) return queue.accepts;
  switch (queue.kind) {
    case "contig":
    case "gem-dma":
      return "contiguous";
    case "sg":
    case "gem-shmem":
    case "ttm":
    case "vmalloc":
      return "scattered";
    case "own":
      return "unknown";
  }
}

function chooseQueue(device: Device, name: string | null, translation: Translation): QueueFact | null {
  const queues = queuesOf(device, translation);
  const wanted = name ?? device.pictureQueue;
  return queues.find((q) => q.queue === wanted) ?? (name === null ? (queues[0] ?? null) : null);
}

function canImport(device: Device, queue: QueueFact | null): boolean | null {
  if (queue?.takesDmabuf !== undefined) return queue.takesDmabuf;
  if (device.import === null) return null;
  return device.import.prime || device.import.v4l2Dmabuf;
}

/** Linux 6.12 `kernel/dma/swiotlb.c` `rmem_swiotlb_device_init()`: `force_bounce`, which `dma_direct_map_page()` obeys before any mask. */
function restrictedPoolOf(machine: Machine, device: Device): string | null {
  const isPool = (node: string): boolean =>
    machine.regions.some((r) => r.node === node && r.kind === "restricted-pool" && r.status === "placed");
  return device.memoryRegions.find(({ node }) => isPool(node))?.node ?? null;
}

function queueProvenance(device: Device, queue: QueueFact | null): Provenance {
  const line = queue?.sources?.[0];
  const known = device.provenance["buffers"];
  if (line !== undefined && known?.kind !== "override") return { kind: "fact", source: `${line.file}:${line.line}` };
  return known ?? NOWHERE;
}

/** The limit that decides the reach: what translates, the bus window or the mask, whichever is tightest; of mask and what translates the mask. */
function reachProvenance(machine: Machine, device: Device, translation: Translation): Provenance {
  if (translation === "cpu") return { kind: "derived", source: "the CPU copies" };
  if (translation === "iommu") {
    const iommu = machine.iommus.find((i) => i.path === device.iommu?.path);
    return iommu?.provenance.outputBits ?? NOWHERE;
  }
  const maskLimit = device.dmaMask === null ? Number.POSITIVE_INFINITY : limitOfMask(device.dmaMask);
  const tables = tableOutput(machine, device, translation);
  const busLimit = device.busDmaLimit === "unlimited" ? Number.POSITIVE_INFINITY : device.busDmaLimit;
  if (tables !== null && 2 ** tables.bits - 1 < Math.min(maskLimit, busLimit)) return tables.provenance;
  if (device.windows !== null && device.busDmaLimit !== "unlimited" && device.busDmaLimit <= maskLimit) {
    return device.provenance["busDmaLimit"] ?? NOWHERE;
  }
  return device.provenance["dmaMask"] ?? NOWHERE;
}

/** Address bits of tables that a device's accesses go through besides what the DMA API maps; null when there are none, or nobody knows. */
function tableOutput(
  machine: Machine,
  device: Device,
  translation: Translation,
): { readonly bits: number; readonly provenance: Provenance } | null {
  if (translation === "device-mmu" && device.mmuOutputBits !== null) {
    return { bits: device.mmuOutputBits, provenance: device.provenance["mmuOutputBits"] ?? NOWHERE };
  }
  if (translation !== "driver-domain") return null;
  const iommu = machine.iommus.find((i) => i.path === device.iommu?.path);
  return iommu === undefined ? null : { bits: iommu.outputBits, provenance: iommu.provenance.outputBits };
}

function iovaProvenance(machine: Machine, device: Device, room: Range): Provenance {
  const iommu = machine.iommus.find((i) => i.path === device.iommu?.path);
  const end = room.base + room.size;
  const group = device.running?.iommuGroup;
  if (group != null && reservedIovas(device).some(({ base }) => base === end)) {
    return { kind: "live", source: `/sys/kernel/iommu_groups/${group.id}/reserved_regions` };
  }
  if (iommu !== undefined && end >= iommu.aperture.end) return iommu.provenance.aperture;
  const maskLimit = device.dmaMask === null ? Number.POSITIVE_INFINITY : limitOfMask(device.dmaMask);
  if (maskLimit + 1 <= end) return device.provenance["dmaMask"] ?? NOWHERE;
  return device.provenance["busDmaLimit"] ?? NOWHERE;
}
