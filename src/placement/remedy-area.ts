/**
 * Remedies that give the request an area or pool: a larger default area, on the command line or in the tree, or a pool of the
 * devices' own.
 */
import { parseCmdline } from "../boot/cmdline.js";
import type { Participant } from "../constraints/participant.js";
import { atomicPoolOrders } from "../heaps/occupancy.js";
import type { Machine, ReservedRegion } from "../machine/machine.js";
import { alignUp, type Bytes, formatHex, formatSize, GIB, MIB, roundUpToPowerOfTwo } from "../units/quantity.js";
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
import { schemaComplaint } from "./memory-region-bindings.js";
import type { Placement } from "./place.js";
import { cutAtZones, freeForPool, type PoolEdit, roomFor, withPool } from "./pool-edit.js";
import { poolOverlay, poolSource } from "./pool-source.js";
import { type Alternatives, type Proposal, requestOn, withOption } from "./remedy-proposal.js";

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

/** What boot takes from a default area for atomic pools; one that is larger than RAM cannot be had, and takes nothing. */
function atomicShare(machine: Machine, size: Bytes): Bytes {
  const lowest = machine.banks[0]?.base ?? 0;
  const ram = totalSize(toRangeSet(machine.banks));
  return atomicPoolOrders(machine, { base: lowest, size })
    .map((order) => machine.profile.pageSize * 2 ** order)
    .reduce((sum, pool) => sum + (pool > ram ? 0 : pool), 0);
}

/** Sizes of a default area that would do: as large as today's at least, so that nobody loses; else what the request alone needs. */
function defaultSizes(machine: Machine, refusal: Placement): readonly Bytes[] {
  const { size, alignment } = poolSize(machine, refusal, true);
  const needed = alignUp(size + atomicShare(machine, size), alignment);
  const area = machine.defaultCma?.size ?? 0;
  const today = area > totalSize(toRangeSet(machine.banks)) - alignment ? 0 : alignUp(area, alignment);
  return today > needed ? [today, needed] : [needed];
}

/** What a default area of this size takes in addition to what today's has. */
function growth(machine: Machine, size: Bytes): Bytes {
  return Math.max(0, size - (machine.defaultCma?.size ?? 0));
}

/** RAM that every participant reaches, in ranges large enough for the pool, none of which lies in two zones. */
function windowFor(
  machine: Machine,
  refusal: Placement,
  free: RangeSet,
  size: Bytes,
  alignment: Bytes,
): readonly Range[] {
  return cutAtZones(machine, intersectRanges(refusal.merged.reach, toRangeSet(machine.banks))).filter(
    (range) => roomFor(free, [range], size, alignment) !== null,
  );
}

/**
 * Where boot looks for a default area that no node describes, in its order. Arm begins with high memory and never crosses its border.
 *
 * @see Linux 6.12 `mm/cma.c` `cma_declare_contiguous_nid()`
 */
export function defaultAreaWindows({ arch, zoneDmaEnd }: Pick<Machine, "arch" | "zoneDmaEnd">): readonly Range[] {
  const low = { base: 0, size: zoneDmaEnd };
  return arch === "arm" && zoneDmaEnd < 4 * GIB ? [{ base: zoneDmaEnd, size: 4 * GIB - zoneDmaEnd }, low] : [low];
}

/** A larger default area, or one in reach, by `cma=`. */
export function defaultAreaOnCommandLine(machine: Machine, refusal: Placement): Alternatives {
  const isShort = (c: Candidate): boolean =>
    c.source.id === "cma:default" && c.route.kind !== "none" && isShortOfRoom(c);
  const wanted = machine.defaultCma === null || refusal.candidates.some(isShort);
  if (!wanted || !machine.profile.cma) return [];
  return defaultSizes(machine, refusal).flatMap((size) => cmaOption(machine, refusal, size));
}

function isShortOfRoom(candidate: Candidate): boolean {
  return candidate.reasons.some((r) => r.code === "no-hole" || r.code === "would-bounce");
}

function cmaOption(machine: Machine, refusal: Placement, size: Bytes): Proposal[] {
  const free = freeForPool(machine, true);
  const alignment = machine.profile.cmaGranule;
  const usable = windowFor(machine, refusal, free, size, alignment);
  const windows = defaultAreaWindows(machine);
  for (const window of windows) {
    const inside = intersectRanges(usable, [window]);
    const room = roomFor(free, inside, size, alignment);
    const range = inside.find((w) => room !== null && w.base <= room.base && endOf(room) <= endOf(w));
    if (room === null || range === undefined) continue;
    const anywhere = containsRanges(
      refusal.merged.reach,
      intersectRanges(toRangeSet(machine.banks), toRangeSet(windows)),
    );
    const option = cmaArgument(size, anywhere ? null : range);
    return [
      {
        kind: "command-line",
        text: `make the default CMA area ${formatSize(size)}: ${option}`,
        cost: { memory: growth(machine, size), change: "command-line" },
        dts: null,
        overlay: null,
        commandLine: option,
        config: null,
        machine: {
          ...machine,
          commandLine: withOption(machine.commandLine, option),
          regions: machine.regions.map((region) =>
            region.node === machine.defaultCma?.node ? bypassed(region) : region,
          ),
          pages: subtractRanges(free, [room]),
          defaultCma: { ...room, source: "cmdline", node: null, name: "reserved", certainty: "assumed" },
        },
        request: refusal.request,
      },
    ];
  }
  return [];
}

/** The kernel passes over a default area of the tree once the command line states one. */
function bypassed(region: ReservedRegion): ReservedRegion {
  return { ...region, base: null, status: "failed", failure: "bypassed-by-cmdline", isDefaultCma: false };
}

/** Bytes as a kernel option takes them, a multiple of 1 KiB. */
export function sizeOption(size: Bytes): string {
  return size % MIB === 0 ? `${size / MIB}M` : `${size / 1024}K`;
}

/** `cma=` for a default area of that size; in a range, the kernel looks for it only there. */
export function cmaArgument(size: Bytes, range: Range | null): string {
  return `cma=${sizeOption(size)}${range === null ? "" : `@${formatHex(range.base)}-${formatHex(endOf(range))}`}`;
}

/** A pool bound to those participants that would allocate from one. */
export function poolOfTheDevices(machine: Machine, refusal: Placement): Alternatives {
  const bind = bindable(refusal.participants);
  if (bind.length === 0) return [];
  const reusable = machine.profile.cma;
  const { size, alignment } = poolSize(machine, refusal, reusable);
  const free = freeForPool(machine, false);
  const window = windowFor(machine, refusal, free, size, alignment);
  if (window.length === 0) return [];
  const edit: PoolEdit = { ...newPool(machine, size, alignment), reusable, bind };
  const kind = reusable ? "CMA area" : "coherent pool";
  const property = bind.length === 1 ? "memory-region" : "memory-regions";
  return newPoolProposals(machine, refusal, edit, window, {
    memory: size,
    text: `add a ${kind} of ${formatSize(size)} that every device reaches and point the ${property} of ${bind.join(" and ")} at it${schemaComplaint(machine, bind)}`,
  });
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

/**
 * A larger default area, or one in reach, by the tree: the node that describes it changed, or a new one.
 *
 * A second `linux,cma-default` node would lose: the one set up last wins, and an overlay's new nodes come first.
 */
export function defaultAreaInTree(machine: Machine, refusal: Placement): Alternatives {
  // An area on the command line, even one of size 0, makes the kernel pass over the tree's.
  if (!machine.profile.cma || parseCmdline(machine.commandLine).cma !== null) return [];
  return defaultSizes(machine, refusal).flatMap((size) => defaultNode(machine, refusal, size));
}

function defaultNode(machine: Machine, refusal: Placement, size: Bytes): Proposal[] {
  const node = machine.defaultCma?.node ?? null;
  const region = machine.regions.find((r) => r.node === node);
  const alignment = machine.profile.cmaGranule;
  const free = freeForPool(machine, true);
  const window = windowFor(machine, refusal, free, size, alignment);
  if (window.length === 0) return [];
  const banks = toRangeSet(machine.banks);
  const memory = growth(machine, size);
  if (region === undefined || region.placement === "static") {
    // Devices bound to the node would be left without it.
    if (region !== undefined && region.boundDevices.length > 0) return [];
    const edit: PoolEdit = { ...newPool(machine, size, alignment), isDefault: true, disables: region?.node ?? null };
    const today = machine.defaultCma;
    const instead =
      today === null ? "" : `, in place of ${region?.node ?? "the kernel's own"} of ${formatSize(today.size)}`;
    const text = `add a CMA area of ${formatSize(size)} that every device reaches as the default area${instead}`;
    return newPoolProposals(machine, refusal, edit, window, { memory, text });
  }
  const text = `make the default CMA area ${region.node} ${formatSize(size)}, where every device reaches it`;
  const edit: PoolEdit = { ...newPool(machine, size, alignment), name: region.name, isThere: true, isDefault: true };
  const within = servesWhereItIs(region, window, banks) ? treeProposal(machine, refusal, edit, { memory, text }) : [];
  const elsewhere = region.allocRanges === null ? text : `${text}, with other alloc-ranges`;
  const moved = { ...edit, allocRanges: window };
  return [...within, ...treeProposal(machine, refusal, moved, { memory, text: elsewhere })];
}

/** True when the ranges a node states, or all RAM, are among those a pool may lie in. */
function servesWhereItIs(region: ReservedRegion, window: readonly Range[], banks: RangeSet): boolean {
  return containsRanges(
    toRangeSet(window),
    region.allocRanges === null ? banks : intersectRanges(banks, region.allocRanges),
  );
}

/** A CMA area that no device is bound to, anywhere in RAM. */
function newPool(machine: Machine, size: Bytes, alignment: Bytes): PoolEdit {
  return {
    name: freeName(machine),
    isThere: false,
    size,
    alignment,
    allocRanges: null,
    reusable: true,
    isDefault: false,
    disables: null,
    bind: [],
  };
}

/** A node name that no region has yet. */
function freeName(machine: Machine): string {
  const isTaken = (name: string): boolean => machine.regions.some((region) => region.name === name);
  let name = "shared-pool";
  for (let i = 2; isTaken(name); i++) name = `shared-pool-${i}`;
  return name;
}

/** A new pool: without `alloc-ranges` where all RAM will do and the place that boot would choose can be used, else with them. */
function newPoolProposals(
  machine: Machine,
  refusal: Placement,
  edit: PoolEdit,
  window: readonly Range[],
  what: { readonly memory: Bytes; readonly text: string },
): Proposal[] {
  const anywhere = containsRanges(toRangeSet(window), toRangeSet(machine.banks));
  const ways = anywhere ? [edit, { ...edit, allocRanges: window }] : [{ ...edit, allocRanges: window }];
  return ways.flatMap((way) => treeProposal(machine, refusal, way, what));
}

function treeProposal(
  machine: Machine,
  refusal: Placement,
  edit: PoolEdit,
  { memory, text }: { readonly memory: Bytes; readonly text: string },
): Proposal[] {
  const changed = withPool(machine, edit);
  if (changed === null) return [];
  return [
    {
      kind: "reserved-memory",
      text,
      cost: { memory, change: "device-tree" },
      dts: poolSource(machine, edit),
      overlay: poolOverlay(machine, edit),
      commandLine: null,
      config: null,
      machine: changed,
      request: requestOn(changed, refusal.request),
    },
  ];
}
