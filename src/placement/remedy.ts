import { parseCmdline } from "../boot/cmdline.js";
import type { Participant } from "../constraints/participant.js";
import { atomicPoolOrders } from "../heaps/occupancy.js";
import type { Machine } from "../machine/machine.js";
import { alignUp, type Bytes, formatHex, formatSize, MIB, roundUpToPowerOfTwo } from "../units/quantity.js";
import {
  containsRanges,
  endOf,
  intersectRanges,
  type Range,
  type RangeSet,
  subtractRanges,
  toRangeSet,
  totalSize,
} from "../units/ranges.js";
import type { Candidate } from "./candidate.js";
import { type Placement, placeBuffer } from "./place.js";
import { freeForPool, type PoolEdit, poolOverlay, poolSource, roomFor, withPool } from "./pool-edit.js";
import type { PlacementRequest } from "./request.js";

/** What has to be changed for a remedy. */
export type RemedyKind =
  | "reserved-memory"
  | "command-line"
  | "enable-iommu"
  | "kernel-option"
  | "limit-memory"
  | "smaller-request";

/** What a remedy costs: bytes that everybody else loses (or may only borrow), and what has to be rebuilt. */
export interface RemedyCost {
  readonly memory: Bytes;
  readonly change: "request" | "command-line" | "device-tree" | "kernel";
}

/**
 * A change that makes the request placeable: every remedy was tried on the changed machine before it is offered.
 */
export interface Remedy {
  readonly kind: RemedyKind;
  readonly text: string;
  readonly cost: RemedyCost;
  /** Device tree source to be merged into the board's. */
  readonly dts: string | null;
  /** The same as an overlay for the boot loader. */
  readonly overlay: string | null;
  /** What to add to the kernel command line. */
  readonly commandLine: string | null;
  /** Where the buffer would then come from: id of the source. */
  readonly heap: string;
}

interface Proposal extends Omit<Remedy, "heap"> {
  readonly machine: Machine;
  readonly request: PlacementRequest;
}

/**
 * Remedies for a refused request, the cheapest first: by what is rebuilt, then by memory. Empty when no change known here
 * would do, for example when two devices reach no common RAM.
 */
export function remediesFor(machine: Machine, refusal: Placement): readonly Remedy[] {
  // More than all RAM: no area can be made large enough, and its size might not even be exact.
  const fitsRam = refusal.size <= totalSize(toRangeSet(machine.banks)) / refusal.request.count;
  const proposals = [
    ...smallerRequest(machine, refusal),
    ...(fitsRam ? defaultAreaByCommandLine(machine, refusal) : []),
    ...iommuEnabled(machine, refusal),
    ...(fitsRam ? pools(machine, refusal) : []),
    ...kernelOption(machine, refusal),
    ...memoryLimit(machine, refusal),
  ];
  const remedies: Remedy[] = [];
  for (const { machine: changed, request, ...remedy } of proposals) {
    const answer = placeBuffer(changed, request);
    if (answer.chosen !== null) remedies.push({ ...remedy, heap: answer.chosen.source.id });
  }
  return remedies.sort(
    (a, b) => CHANGE_ORDER[a.cost.change] - CHANGE_ORDER[b.cost.change] || a.cost.memory - b.cost.memory,
  );
}

const CHANGE_ORDER: Readonly<Record<RemedyCost["change"], number>> = {
  request: 0,
  "command-line": 1,
  "device-tree": 2,
  kernel: 3,
};

/** Bytes a pool needs for the request, in whole granules. */
function poolSize(machine: Machine, refusal: Placement, reusable: boolean): { size: Bytes; alignment: Bytes } {
  const { pageSize, cmaGranule, cmaAlignmentOrder } = machine.profile;
  const pages = Math.ceil(refusal.size / pageSize);
  if (!reusable) {
    const slot = roundUpToPowerOfTwo(pages) * pageSize;
    return { size: slot * refusal.request.count, alignment: Math.max(pageSize, MIB) };
  }
  const step = Math.min(roundUpToPowerOfTwo(pages), 2 ** cmaAlignmentOrder) * pageSize;
  const each = alignUp(pages * pageSize, step);
  return { size: alignUp(each * refusal.request.count, cmaGranule), alignment: cmaGranule };
}

/** RAM that every participant reaches, in ranges large enough for the pool. */
function windowFor(machine: Machine, refusal: Placement, free: RangeSet, size: Bytes, alignment: Bytes): RangeSet {
  return intersectRanges(refusal.merged.reach, toRangeSet(machine.banks)).filter(
    (range) => roomFor(free, [range], size, alignment) !== null,
  );
}

/**
 * Nodes of the participants that would allocate from a pool bound to them, sorted: direct, contiguous, and their driver asks for its
 * `memory-region`.
 */
function bindable(participants: readonly Participant[]): readonly string[] {
  const takes = participants.filter(
    (p) => p.device.memoryRegionUse === "buffers" && p.translation === "none" && p.buffers === "contiguous",
  );
  // The property counts at the node the DMA API sees, which for a block of an aggregate is another one.
  const nodes = takes.flatMap(({ device: { dmaDevice } }) => ("path" in dmaDevice ? [dmaDevice.path] : []));
  return [...new Set(nodes)].sort();
}

/** A pool bound to the participants that would allocate from one, and a default area; which of them serves is found out by trying. */
function pools(machine: Machine, refusal: Placement): Proposal[] {
  const bound = bindable(refusal.participants);
  const reusable = machine.profile.cma;
  const proposals: Proposal[] = [];
  if (bound.length > 0) proposals.push(...pool(machine, refusal, bound, reusable));
  // An area on the command line, even one of size 0, makes the kernel pass over the tree's.
  if (reusable && parseCmdline(machine.commandLine).cma === null)
    proposals.push(...pool(machine, refusal, [], reusable));
  return proposals;
}

function pool(machine: Machine, refusal: Placement, bound: readonly string[], reusable: boolean): Proposal[] {
  const isDefault = bound.length === 0;
  const { size, alignment } = poolSize(machine, refusal, reusable);
  const free = freeForPool(machine, isDefault);
  const total = alignUp(size + (isDefault ? atomicShare(machine, size) : 0), alignment);
  const window = windowFor(machine, refusal, free, total, alignment);
  if (window.length === 0) return [];
  const edit: PoolEdit = {
    name: freeName(machine),
    size: total,
    alignment,
    allocRanges: containsRanges(window, toRangeSet(machine.banks)) ? null : window,
    reusable,
    isDefault,
    bind: bound,
  };
  const changed = withPool(machine, edit);
  if (changed === null) return [];
  const kind = reusable ? "CMA area" : "coherent pool";
  const property = edit.bind.length === 1 ? "memory-region" : "memory-regions";
  const who = isDefault ? "as the default area" : `and point the ${property} of ${edit.bind.join(" and ")} at it`;
  return [
    {
      kind: "reserved-memory",
      text: `add a ${kind} of ${formatSize(total)} that every device reaches ${who}`,
      cost: { memory: total, change: "device-tree" },
      dts: poolSource(machine, edit),
      overlay: poolOverlay(machine, edit),
      commandLine: null,
      machine: changed,
      request: withDevicesOf(changed, refusal.request),
    },
  ];
}

/** A node name that no region has yet. */
function freeName(machine: Machine): string {
  const isTaken = (name: string): boolean => machine.regions.some((region) => region.name === name);
  let name = "shared-pool";
  for (let i = 2; isTaken(name); i++) name = `shared-pool-${i}`;
  return name;
}

/** The request on a changed machine: the same devices, as they are there. */
function withDevicesOf(machine: Machine, request: PlacementRequest): PlacementRequest {
  const renewed = new Map(machine.devices.map((d) => [d.path, d]));
  const participants = request.participants.map((p) => ({ ...p, device: renewed.get(p.device.path) ?? p.device }));
  return { ...request, participants };
}

/** What boot takes from a default area for atomic pools. */
function atomicShare(machine: Machine, size: Bytes): Bytes {
  const lowest = machine.banks[0]?.base ?? 0;
  return atomicPoolOrders(machine, { base: lowest, size }).reduce(
    (sum, order) => sum + machine.profile.pageSize * 2 ** order,
    0,
  );
}

function defaultAreaByCommandLine(machine: Machine, refusal: Placement): Proposal[] {
  const area = machine.defaultCma;
  const isShort = (c: Candidate): boolean =>
    c.source.id === "cma:default" && c.route.kind !== "none" && isShortOfRoom(c);
  const wanted = area === null || refusal.candidates.some(isShort);
  const { size, alignment } = poolSize(machine, refusal, true);
  const total = alignUp(size + atomicShare(machine, size), alignment);
  if (!wanted || !machine.profile.cma) return [];
  const free = freeForPool(machine, true);
  const low = [{ base: 0, size: machine.zoneDmaEnd }];
  const window = intersectRanges(windowFor(machine, refusal, free, total, alignment), low);
  const room = roomFor(free, window, total, alignment);
  const range = window.find((w) => room !== null && w.base <= room.base && endOf(room) <= endOf(w));
  if (room === null || range === undefined) return [];
  const reachesZone = containsRanges(refusal.merged.reach, intersectRanges(toRangeSet(machine.banks), low));
  const option = reachesZone
    ? `cma=${sizeOption(total)}`
    : `cma=${sizeOption(total)}@${formatHex(range.base)}-${formatHex(endOf(range))}`;
  const changed: Machine = {
    ...machine,
    // The kernel passes over a default area of the tree once the command line states one.
    regions: machine.regions.filter((region) => region.node !== area?.node),
    pages: subtractRanges(free, [room]),
    defaultCma: { ...room, source: "cmdline", node: null, name: "reserved", certainty: "assumed" },
  };
  return [
    {
      kind: "command-line",
      text: `make the default CMA area ${formatSize(total)}: ${option}`,
      cost: { memory: Math.max(0, total - (area?.size ?? 0)), change: "command-line" },
      dts: null,
      overlay: null,
      commandLine: option,
      machine: changed,
      request: refusal.request,
    },
  ];
}

function isShortOfRoom(candidate: Candidate): boolean {
  return candidate.reasons.some((r) => r.code === "no-hole" || r.code === "would-bounce");
}

function sizeOption(size: Bytes): string {
  return size % MIB === 0 ? `${size / MIB}M` : `${size / 1024}K`;
}

/** Turns on the IOMMUs of enabled participants whose provider is disabled in the tree. */
function iommuEnabled(machine: Machine, refusal: Placement): Proposal[] {
  const nodes = new Set<string>();
  for (const { device } of refusal.participants) {
    // A driver with a domain of its own may map otherwise, so only devices the DMA API maps for are promised anything.
    const mapsForItself = device.appliesTo !== "self" || device.translation !== "none";
    const { iommu } = device;
    if (!device.enabled || mapsForItself || iommu?.state !== "disabled" || iommu.path === null) continue;
    if (iommu.stateIfEnabled === "translate") nodes.add(iommu.path);
  }
  if (nodes.size === 0) return [];
  const devices = machine.devices.map((d) =>
    d.iommu?.path != null && nodes.has(d.iommu.path) && d.appliesTo === "self" && d.translation === "none"
      ? {
          ...d,
          translation: "iommu" as const,
          translationIfEnabled: "iommu" as const,
          iommu: { ...d.iommu, state: d.iommu.stateIfEnabled },
        }
      : d,
  );
  const iommus = machine.iommus.map((i) => (nodes.has(i.path) ? { ...i, enabled: true } : i));
  const changed: Machine = { ...machine, devices, iommus };
  const changes = [...nodes].sort().map((path) => `&{${path}} {\n\tstatus = "okay";\n};\n`);
  return [
    {
      kind: "enable-iommu",
      text: `enable ${[...nodes].sort().join(" and ")}, so that scattered pages become one range`,
      cost: { memory: 0, change: "device-tree" },
      dts: changes.join("\n"),
      overlay: `/dts-v1/;\n/plugin/;\n\n${changes.join("\n")}`,
      commandLine: null,
      machine: changed,
      request: withDevicesOf(changed, refusal.request),
    },
  ];
}

function kernelOption(machine: Machine, refusal: Placement): Proposal[] {
  const options = new Set<string>();
  for (const candidate of refusal.candidates) {
    const refusing = candidate.reasons.filter((r) => r.code !== "fits" && r.code !== "unknown-buffers");
    const [only] = refusing;
    if (refusing.length === 1 && only?.code === "no-route" && only.option !== null) options.add(only.option);
  }
  return [...options].sort().map((option) => ({
    kind: "kernel-option",
    text: `build the kernel with CONFIG_DMABUF_HEAPS=y and ${option}=y`,
    cost: { memory: 0, change: "kernel" },
    dts: null,
    overlay: null,
    commandLine: null,
    machine: {
      ...machine,
      profile:
        option === "CONFIG_DMABUF_HEAPS_CMA"
          ? { ...machine.profile, cmaHeap: true }
          : { ...machine.profile, systemHeap: true },
    },
    request: refusal.request,
  }));
}

/** Leaves RAM out of use that some participant cannot reach, where what remains starts at the bottom. */
function memoryLimit(machine: Machine, refusal: Placement): Proposal[] {
  if (
    !refusal.candidates.some((c) =>
      c.reasons.some((r) => r.code === "would-bounce" || r.code === "beyond-iommu-output"),
    )
  ) {
    return [];
  }
  const usable = intersectRanges(refusal.merged.reach, toRangeSet(machine.banks));
  const first = usable[0] as Range | undefined;
  const lowest = machine.banks[0];
  if (first === undefined || lowest === undefined || first.base !== lowest.base) return [];
  let end = endOf(first);
  for (const range of usable.slice(1)) {
    const gap = intersectRanges(machine.banks, [{ base: end, size: range.base - end }]);
    if (gap.length === 0) end = endOf(range);
  }
  const kept = [{ base: 0, size: end }];
  const banks = machine.banks.filter((b) => endOf(b) <= end || b.base < end);
  const limit = totalSize(intersectRanges(machine.banks, kept));
  const lost = totalSize(machine.banks) - limit;
  if (lost === 0) return [];
  // arm64 and riscv keep that much RAM; arm counts from where RAM starts and x86 from 0, holes included.
  const counted = machine.arch === "arm" ? end - lowest.base : machine.arch === "x86" ? end : limit;
  const option = `mem=${sizeOption(counted)}`;
  const area = machine.defaultCma;
  return [
    {
      kind: "limit-memory",
      text: `use only the RAM every device reaches: ${option} gives up ${formatSize(lost)}`,
      cost: { memory: lost, change: "command-line" },
      dts: null,
      overlay: null,
      commandLine: option,
      machine: {
        ...machine,
        banks: banks.map((b) => ({ ...b, size: Math.min(endOf(b), end) - b.base })),
        pages: intersectRanges(machine.pages, kept),
        regions: machine.regions.filter((r) => r.base === null || r.base + r.size <= end),
        defaultCma: area !== null && area.base + area.size <= end ? area : null,
      },
      request: refusal.request,
    },
  ];
}

/** Fewer buffers, where one source holds some of them. */
function smallerRequest(machine: Machine, refusal: Placement): Proposal[] {
  let fits = 0;
  for (const candidate of refusal.candidates) {
    const refusing = candidate.reasons.filter(
      (r) => r.code !== "fits" && r.code !== "unknown-buffers" && r.code !== "only-when-full",
    );
    if (refusing.length === 1 && refusing[0]?.code === "no-hole") fits = Math.max(fits, candidate.capacity.fits);
  }
  if (fits === 0) return [];
  return [
    {
      kind: "smaller-request",
      text: `ask for ${fits} buffers instead of ${refusal.request.count}`,
      cost: { memory: 0, change: "request" },
      dts: null,
      overlay: null,
      commandLine: null,
      machine,
      request: { ...refusal.request, count: fits },
    },
  ];
}
