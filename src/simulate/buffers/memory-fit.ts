import { type Participant, pieceSizeOf } from "../../constraints/participant.js";
import type { MemorySource } from "../../heaps/source.js";
import type { Machine } from "../../machine/machine.js";
import type { Reason } from "../../placement/reason.js";
import type { Bytes, PhysAddr } from "../../units/quantity.js";
import { endOf, type RangeSet } from "../../units/ranges.js";
import type { ScatterList } from "../scatter-list.js";

/**
 * What keeps a participant from using memory that is there, by where it really lies: what {@link placeBuffer} says of a source in advance, for this one
 * piece of it. Empty when nothing does.
 *
 * Whether I/O addresses are left for it shows when it is mapped.
 *
 * @param isExporter - the memory came from the allocation path of the participant's own device
 * @param source - what it is a piece of
 */
export function reasonsAgainst(
  machine: Machine,
  participant: Participant,
  memory: ScatterList,
  isExporter: boolean,
  source: MemorySource,
): readonly Reason[] {
  const { device, translation } = participant;
  const { contiguous, maxSegments, maxSegmentSize, reach } = participant.alternatives[0].constraints;
  const reasons: Reason[] = [];
  if (!isExporter && participant.canImport === false) {
    reasons.push({ code: "cannot-import", device: device.path, driver: device.driver?.module ?? null });
  }
  if (!isExporter && participant.bouncePool !== null) {
    reasons.push({ code: "always-bounced", device: device.path, pool: participant.bouncePool });
  }
  if (isExporter && translation === "iommu" && source.kind === "coherent-pool") {
    const iommu = device.iommu?.path ?? null;
    reasons.push({ code: "untranslated-pool", device: device.path, pool: source.node ?? source.id, iommu });
  }
  if (translation === "cpu") return reasons;
  const isMappedAside = isExporter && translation === "driver-domain";
  const reached = isMappedAside ? outputOf(machine, participant) : reach;
  const place = isMappedAside || translation === "iommu" ? outsidePages(reached, memory) : outside(reached, memory);
  if (place.bytes > 0) reasons.push(reachReason(machine, participant, place, memory.size, isMappedAside));
  else if (place.border !== null) reasons.push({ code: "crosses-windows", device: device.path, at: place.border });
  const runs = countRuns(memory);
  if (contiguous && runs > 1) reasons.push({ code: "needs-contiguous", device: device.path, size: memory.size });
  const piece = isExporter ? "unlimited" : pieceSizeOf(participant);
  const entries = translation === "iommu" ? countJoined(memory, maxSegmentSize) : countPieces(memory, piece);
  if (!isExporter && participant.oneEntry && maxSegmentSize !== "unlimited" && maxSegmentSize < memory.size) {
    if (entries > 1) {
      reasons.push({ code: "needs-one-entry", device: device.path, size: memory.size, maxSegmentSize });
    }
  }
  if (maxSegments !== "unlimited" && entries > maxSegments && (!contiguous || piece !== "unlimited")) {
    reasons.push({ code: "too-many-segments", device: device.path, segments: entries, maxSegments });
  }
  return reasons;
}

/** What of a list is out of reach, and, when nothing is, the border within a block behind which bus addresses do not go on. */
interface Place {
  readonly bytes: Bytes;
  readonly first: PhysAddr;
  readonly border: PhysAddr | null;
}

function outside(reach: RangeSet, memory: ScatterList): Place {
  let bytes = 0;
  let first = 0;
  let border: PhysAddr | null = null;
  for (let i = 0; i < memory.count; i += 1) {
    const base = memory.physAddr[i] as PhysAddr;
    const end = base + (memory.length[i] as Bytes);
    let at = base;
    for (const range of reach) {
      if (endOf(range) <= at) continue;
      if (range.base >= end) break;
      if (range.base > at) {
        if (bytes === 0) first = at;
        bytes += range.base - at;
      } else if (at > base) {
        border ??= at;
      }
      at = Math.min(end, endOf(range));
      if (at === end) break;
    }
    if (at < end) {
      if (bytes === 0) first = at;
      bytes += end - at;
    }
  }
  return { bytes, first, border };
}

/** {@link outside} where every page is translated by itself, so that borders mean nothing. */
function outsidePages(reach: RangeSet, memory: ScatterList): Place {
  return { ...outside(reach, memory), border: null };
}

function outputOf(machine: Machine, { device }: Participant): RangeSet {
  const bits = machine.iommus.find((iommu) => iommu.path === device.iommu?.path)?.outputBits ?? 53;
  return [{ base: 0, size: 2 ** Math.min(53, bits) - (bits >= 53 ? 1 : 0) }];
}

function reachReason(
  machine: Machine,
  participant: Participant,
  { bytes, first }: Place,
  size: Bytes,
  isMappedAside: boolean,
): Reason {
  const { device, translation } = participant;
  const where = { outside: bytes, share: bytes / size, firstOutside: first };
  const iommu = machine.iommus.find((one) => one.path === device.iommu?.path);
  if (iommu !== undefined && (translation === "iommu" || isMappedAside)) {
    const { path, outputBits } = iommu;
    return { code: "beyond-iommu-output", device: device.path, iommu: path, outputBits, ...where };
  }
  const { reach } = participant.alternatives[0].constraints;
  return { code: "would-bounce", device: device.path, ...where, reach };
}

/** Physically contiguous runs: neighbouring blocks count as one. */
function countRuns(memory: ScatterList): number {
  let runs = 1;
  for (let i = 1; i < memory.count; i += 1) {
    if (memory.physAddr[i] !== (memory.physAddr[i - 1] as PhysAddr) + (memory.length[i - 1] as Bytes)) runs += 1;
  }
  return runs;
}

/** Entries when longer blocks are cut to pieces. */
function countPieces(memory: ScatterList, piece: Bytes | "unlimited"): number {
  if (piece === "unlimited") return memory.count;
  return memory.length.reduce((entries, length) => entries + Math.ceil(length / piece), 0);
}

/** Entries left when blocks of whole pages are joined up to a length, as `iommu_dma_map_sg()` does. */
function countJoined(memory: ScatterList, maxSegmentSize: Bytes | "unlimited"): number {
  if (maxSegmentSize === "unlimited") return 1;
  let entries = 1;
  let length = memory.length[0] as Bytes;
  for (let i = 1; i < memory.count; i += 1) {
    const next = memory.length[i] as Bytes;
    // The kernel compares unsigned: an entry that is too long already takes everything that follows.
    const room = length > maxSegmentSize ? Number.POSITIVE_INFINITY : maxSegmentSize - length;
    if (room >= next) {
      length += next;
    } else {
      entries += 1;
      length = next;
    }
  }
  return entries;
}
