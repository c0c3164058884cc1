import type { ExportPath } from "../constraints/exporter.js";
import { translationOf } from "../constraints/importer.js";
import { type Participant, pieceSizeOf } from "../constraints/participant.js";
import { type Capacity, capacityOf } from "../heaps/occupancy.js";
import type { ExportedSource, Route } from "../heaps/route.js";
import { LARGEST_RESTRICTED, type MemorySource } from "../heaps/source.js";
import type { Assumption, CpuMapping, Device } from "../machine/machine.js";
import { type Bytes, MAX_EXACT, roundUpToPowerOfTwo } from "../units/quantity.js";
import { intersectRanges, type RangeSet, toRangeSet } from "../units/ranges.js";
import { type Board, outsideOf } from "./board.js";
import type { Candidate, Cost, Verdict } from "./candidate.js";
import { OPEN_CODES, type Reason } from "./reason.js";
import type { CpuUse } from "./request.js";
import { type SegmentCount, segmentCount } from "./segments.js";

/** What is the same for every candidate of a request. */
export interface Demand {
  readonly participants: readonly Participant[];
  /** Their devices. */
  readonly devices: ReadonlySet<Device>;
  /** Bytes of one buffer. */
  readonly size: Bytes;
  readonly count: number;
  readonly cpu: CpuUse;
  /** Times each buffer is mapped in the I/O address space of a participant, as {@link ioMappingsOf} counts. */
  readonly ioMappings: ReadonlyMap<Participant, number>;
  /** Some participant already rests on an assumption. */
  readonly assumed: boolean;
}

/** Judges one source with one route: every reason that refuses it, its capacity and its cost. */
export function evaluate(board: Board, demand: Demand, source: MemorySource, route: Route): Candidate {
  const reasons: Reason[] = [];
  const { participants, size, count } = demand;
  const regions = regionsOf(board, source, route);
  const capacity = capacityOf(board.machine, source, board.occupancy(source), size, count, regions);
  const segments = segmentCount(board, source, route, size);
  judgeRoute(board, demand, source, route, reasons);
  judgeCapacity(source, capacity, size, count, reasons);
  for (const participant of participants) {
    judgeImporter(board, demand, source, route, regions, segments, participant, reasons);
  }
  const verdict = verdictOf(reasons);
  if (verdict === "fits") reasons.push({ code: "fits", asked: size, largest: capacity.largest, count });
  const assumptions = assumptionsOf(board, demand, source, route);
  return {
    source,
    route,
    verdict,
    cost: costOf(board, demand, source, route, segments, assumptions),
    reasons,
    capacity,
    assumptions,
    rank: null,
  };
}

/**
 * Where memory from this source can lie when it comes by this route. A block that no zone surely gives from within reach is either refused by
 * the kernel or lies there: Linux 6.12 `kernel/dma/direct.c` `__dma_direct_alloc_pages()` gives away none that fails `dma_coherent_ok()`. For a
 * device that reaches no page at all, and behind an IOMMU, where nothing is checked, anywhere.
 */
function regionsOf(board: Board, source: MemorySource, route: Route): RangeSet {
  const certain = board.regions(source, route);
  if (certain.length > 0) return certain;
  const { exporter } = route;
  if (exporter === null || translationOf(exporter.device) === "iommu") return source.regions;
  const reached = intersectRanges(source.regions, toRangeSet(exporter.reach));
  return reached.length > 0 ? reached : source.regions;
}

function judgeRoute(board: Board, demand: Demand, source: MemorySource, route: Route, reasons: Reason[]): void {
  const { profile } = board.machine;
  if (route.kind === "none") {
    reasons.push({ code: "no-route", heap: source.id, profile: profile.name, option: missingOption(board, source) });
    return;
  }
  if (route.cpuMapping === "none" && demand.cpu !== "none") reasons.push({ code: "no-cpu-mapping", heap: source.id });
  const path = route.exporter;
  if (path === null) return;
  if (source.kind === "page-block" || source.kind === "cma" || source.kind === "restricted-pool") {
    const outside = outsideOf(source.regions, path.reach);
    if (source.kind === "page-block" ? board.regions(source, route).length === 0 : outside.bytes > 0) {
      reasons.push({
        code: "exporter-out-of-reach",
        device: path.device.path,
        outside: outside.bytes,
        share: outside.share,
        firstOutside: outside.first,
      });
    }
  }
  const pages = Math.ceil(demand.size / profile.pageSize);
  if (pages < route.leastPages) reasons.push({ code: "one-page", device: path.device.path, heap: source.id });
  if (route.fallback) {
    const first = board
      .exportedBy(path.device)
      .find((e) => e.route.exporter === path && !e.route.fallback && pages >= e.route.leastPages);
    if (first !== undefined && firstChoiceServes(board, demand, first)) {
      reasons.push({ code: "only-when-full", device: path.device.path, first: first.source.id });
    }
  }
}

/** True when the exporter's first choice could serve the request, so that its fallback is not reached. */
function firstChoiceServes(board: Board, demand: Demand, { source, route }: ExportedSource): boolean {
  const capacity = capacityOf(board.machine, source, board.occupancy(source), demand.size, demand.count);
  const outside = outsideOf(source.regions, (route.exporter as ExportPath).reach);
  return capacity.fits > 0 && outside.bytes === 0;
}

function judgeCapacity(source: MemorySource, capacity: Capacity, size: Bytes, count: number, reasons: Reason[]): void {
  if (capacity.fits >= count) return;
  const asked = capacity.taken;
  if (capacity.fits === 0) {
    const limit = sizeLimit(source, asked);
    if (limit !== null) {
      const { largest } = capacity;
      reasons.push({ code: "too-large", heap: source.id, asked, largest, missing: asked - largest, limit });
      return;
    }
  }
  reasons.push({
    code: "no-hole",
    heap: source.id,
    asked: size,
    largestHole: capacity.largest,
    missing: Math.max(0, size - capacity.largest),
    count,
    fits: capacity.fits,
  });
}

/** The limit that no free memory would lift; null when a larger pool would. */
function sizeLimit(source: MemorySource, asked: Bytes): Extract<Reason, { code: "too-large" }>["limit"] | null {
  switch (source.kind) {
    case "page-block":
      return "page-block";
    case "udmabuf":
      return asked > source.size ? "memory" : "udmabuf";
    case "restricted-pool":
      return asked > LARGEST_RESTRICTED ? "restricted-pool" : null;
    case "system":
    case "dma32-pages":
      return "memory";
    case "cma":
    case "coherent-pool":
    case "carveout":
      return null;
  }
}

function judgeImporter(
  board: Board,
  demand: Demand,
  source: MemorySource,
  route: Route,
  regions: RangeSet,
  segmentsOf: SegmentCount,
  participant: Participant,
  reasons: Reason[],
): void {
  const { size, count } = demand;
  const device = participant.device.path;
  const own = route.exporter?.device === participant.device;
  const { pageSize } = board.machine.profile;
  const pages = Math.ceil(size / pageSize);
  if (!own && participant.canImport === false) {
    reasons.push({ code: "cannot-import", device, driver: participant.device.driver?.module ?? null });
  }
  if (!own && participant.bouncePool !== null) {
    reasons.push({ code: "always-bounced", device, pool: participant.bouncePool });
  }
  if (own && participant.translation === "iommu" && source.kind === "coherent-pool") {
    const iommu = participant.device.iommu?.path ?? null;
    reasons.push({ code: "untranslated-pool", device, pool: source.node ?? source.id, iommu });
  }
  // What a driver allocates for a domain of its own is mapped there alone, so its streaming mask plays no part.
  const mapsOwn = own && participant.translation === "driver-domain";
  const outside = mapsOwn ? outsideOf(regions, outputOf(board, participant)) : board.outside(participant, regions);
  if (outside.bytes > 0) reasons.push(reachReason(board, participant, mapsOwn, outside));
  const border = source.contiguous && pages > 1 ? borderIn(participant, source, regions, pages * pageSize) : null;
  if (border !== null) reasons.push({ code: "crosses-windows", device, at: border });
  const { contiguous, maxSegments, maxSegmentSize } = participant.alternatives[0].constraints;
  if (contiguous && !source.contiguous && pages > 1) {
    reasons.push(
      participant.buffers === "unknown"
        ? { code: "unknown-buffers", device }
        : { code: "needs-contiguous", device, size },
    );
  }
  if (!source.contiguous && pages > 1 && participant.translation !== "cpu") {
    if (participant.oneEntry && !own && maxSegmentSize !== "unlimited" && maxSegmentSize < size) {
      reasons.push({ code: "needs-one-entry", device, size, maxSegmentSize });
    }
    if (maxSegments !== "unlimited" && !contiguous) {
      const segments = participant.translation === "iommu" ? segmentsOf(participant) : pages;
      if (segments > maxSegments) reasons.push({ code: "too-many-segments", device, segments, maxSegments });
    }
  }
  const piece = own ? "unlimited" : pieceSizeOf(participant);
  if (source.contiguous && piece !== "unlimited" && maxSegments !== "unlimited") {
    const segments = Math.ceil((pages * pageSize) / piece);
    if (segments > maxSegments) reasons.push({ code: "too-many-segments", device, segments, maxSegments });
  }
  if (participant.iova !== null) {
    const length = pages * pageSize;
    const step = roundUpToPowerOfTwo(length);
    const { base, size: room } = participant.iova;
    const slots = Math.floor((base + room - length) / step) - Math.ceil(base / step) + 1;
    const skipped = Math.ceil(base / step) * step - base;
    const mappings = demand.ioMappings.get(participant) ?? 1;
    if (slots < count * mappings) {
      const needed = Math.min(skipped + step * count * mappings, MAX_EXACT);
      reasons.push({ code: "iova-room", device, room, needed, mappings });
    }
  }
}

/** First border of bus windows across which a buffer from these regions can lie; null when there is none, or pages are translated. */
function borderIn(participant: Participant, source: MemorySource, regions: RangeSet, length: Bytes): number | null {
  const { translation } = participant;
  const { reach } = participant.alternatives[0].constraints;
  if (reach.length < 2 || (translation !== "none" && translation !== "device-mmu")) return null;
  const isBetween = (at: number): boolean => regions.some((r) => r.base < at && at < r.base + r.size);
  for (const [i, { base, size }] of reach.entries()) {
    const end = base + size;
    if (reach[i + 1]?.base !== end || !isBetween(end)) continue;
    // A block of the page allocator lies on a multiple of its length.
    if (source.kind !== "page-block" || end % roundUpToPowerOfTwo(length) !== 0) return end;
  }
  return null;
}

/** Where the tables of the participant's IOMMU can point. */
function outputOf(board: Board, participant: Participant): RangeSet {
  const bits = board.machine.iommus.find((i) => i.path === participant.device.iommu?.path)?.outputBits ?? 53;
  return [{ base: 0, size: bits >= 53 ? MAX_EXACT : 2 ** bits }];
}

function reachReason(
  board: Board,
  participant: Participant,
  mapsOwn: boolean,
  outside: { readonly bytes: number; readonly share: number; readonly first: number },
): Reason {
  const device = participant.device.path;
  const { bytes, share, first } = outside;
  if (participant.translation === "iommu" || mapsOwn) {
    const iommu = board.machine.iommus.find((i) => i.path === participant.device.iommu?.path);
    if (iommu !== undefined) {
      const { path, outputBits } = iommu;
      return {
        code: "beyond-iommu-output",
        device,
        iommu: path,
        outputBits,
        outside: bytes,
        share,
        firstOutside: first,
      };
    }
  }
  const reach = participant.alternatives[0].constraints.reach;
  return { code: "would-bounce", device, outside: bytes, share, firstOutside: first, reach };
}

function verdictOf(reasons: readonly Reason[]): Verdict {
  let verdict: Verdict = "fits";
  for (const reason of reasons) {
    if (!OPEN_CODES.has(reason.code)) return "refused";
    if (reason.code !== "fits") verdict = "depends";
  }
  return verdict;
}

function assumptionsOf(board: Board, demand: Demand, source: MemorySource, route: Route): readonly Assumption[] {
  const assumptions: Assumption[] = [];
  if (!source.placeIsExact && !reachesWhereverPlaced(board, demand, source)) {
    assumptions.push({ code: "boot-placement", device: null, field: "base", source: source.node ?? source.id });
  }
  const exporter = route.exporter?.device;
  if (exporter !== undefined && !demand.participants.some((p) => p.device === exporter)) {
    assumptions.push(...board.assumptionsOf(exporter, exporter.assumptions));
  }
  return assumptions;
}

/** True when boot could move the area anywhere it may go and every participant would still reach it. */
function reachesWhereverPlaced(board: Board, demand: Demand, source: MemorySource): boolean {
  const window = board.whereverPlaced(source);
  return demand.participants.every((p) => board.outside(p, window).bytes === 0);
}

function costOf(
  board: Board,
  demand: Demand,
  source: MemorySource,
  route: Route,
  segmentsOf: SegmentCount,
  own: readonly Assumption[],
): Cost {
  const { participants } = demand;
  let copies = 0;
  let entries = 0;
  const scarce = board.scarcity().get(source.id);
  const scarcity = [...(scarce ?? [])].filter((device) => !demand.devices.has(device)).length;
  let outsider = route.exporter === null ? 0 : 1;
  for (const participant of participants) {
    if (participant.translation === "cpu") copies += 1;
    entries += segmentsOf(participant);
    if (route.exporter?.device === participant.device) outsider = 0;
  }
  const isNeeded = demand.size > board.machine.profile.pageSize && participants.some(needsOneRange);
  return {
    certainty: demand.assumed || own.length > 0 ? 1 : 0,
    copies,
    scarcity,
    cpuAccess: cpuCost(route.cpuMapping, demand),
    entries,
    outsider,
    contiguity: source.contiguous && !isNeeded ? 1 : 0,
  };
}

function needsOneRange(participant: Participant): boolean {
  return participant.alternatives[0].constraints.contiguous;
}

/** Rare access costs nothing worth a choice; frequent access wants cached memory, best without cache maintenance. */
function cpuCost(mapping: CpuMapping, demand: Demand): number {
  if (demand.cpu !== "often") return 0;
  switch (mapping) {
    case "cached":
      return needsSync(demand.participants) ? 1 : 0;
    case "write-combined":
      return 2;
    case "uncached":
    case "none":
      return 3;
  }
}

/** Cached CPU mappings need cache maintenance when some device does not snoop. */
export function needsSync(participants: readonly Participant[]): boolean {
  return participants.some((p) => p.translation !== "cpu" && !p.device.coherent);
}

/** The kernel option that would open a way to the source; null when none would. */
function missingOption(board: Board, source: MemorySource): string | null {
  const { profile } = board.machine;
  if (source.kind === "system" && !profile.systemHeap) return "CONFIG_DMABUF_HEAPS_SYSTEM";
  if (source.id === "cma:default" && !profile.cmaHeap) return "CONFIG_DMABUF_HEAPS_CMA";
  return null;
}
