import { smallestConflict } from "../constraints/conflict.js";
import {
  CONSTRAINT_FIELDS,
  type ConstraintField,
  type Constraints,
  mergeConstraints,
  UNCONSTRAINED,
} from "../constraints/constraints.js";
import { type ImageLayout, layOut, mergeLayouts } from "../constraints/image-layout.js";
import { ioMappingsOf } from "../constraints/io-mappings.js";
import type { Participant } from "../constraints/participant.js";
import { NO_ROUTE } from "../heaps/route.js";
import type { Assumption, Device, Machine } from "../machine/machine.js";
import type { Bytes } from "../units/quantity.js";
import { subtractRanges } from "../units/ranges.js";
import { type ConflictMember, memberKey, memberOf, originOf } from "./atom.js";
import { type Board, boardOf } from "./board.js";
import { type Candidate, COST_ORDER, candidateId } from "./candidate.js";
import { type Demand, evaluate } from "./evaluate.js";
import type { PlacementRequest } from "./request.js";

/** The answer to a request: exactly one of `chosen` and `conflict` is not null. */
export interface Placement {
  readonly request: PlacementRequest;
  /** Bytes of one buffer, before rounding to pages. */
  readonly size: Bytes;
  readonly layout: ImageLayout | null;
  readonly participants: readonly Participant[];
  /** What all of them together need. */
  readonly merged: Constraints;
  /** For each field, the devices that made it what it is, by path. */
  readonly because: Readonly<Record<ConstraintField, readonly string[]>>;
  /** Best first, then those that depend on something, then the refused ones by id. */
  readonly candidates: readonly Candidate[];
  readonly chosen: Candidate | null;
  /** Everything the chosen candidate, or the conflict, rests on. */
  readonly assumptions: readonly Assumption[];
  readonly conflict: readonly ConflictMember[] | null;
}

/**
 * Places one buffer, or `count` of them, for all participants: judges every source with every route, ranks what remains, and when nothing
 * does, finds the smallest conflict.
 *
 * Deterministic; the order of the participants changes nothing but the order in which they are listed. Time grows with participants x
 * candidates; what belongs to the machine alone is worked out at the first call.
 *
 * @throws RangeError without participants, without a size and an image, or for a size or count below 1
 */
export function placeBuffer(machine: Machine, request: PlacementRequest): Placement {
  checkRequest(request);
  const board = boardOf(machine);
  const participants = distinct(request).map((p) => board.participant(p));
  const picture = request.image === null ? null : mergeLayouts(participants, request.image);
  const laidOut = request.image === null || picture === null ? null : layOut(request.image, picture.alignment);
  const size = laidOut === null ? (request.size as Bytes) : laidOut.size;
  const ofMemory = machine.assumptions.filter((a) => a.code === "registers-cut-out");
  const shared = [
    ...ofMemory,
    ...participants.flatMap((p) => relevantAssumptions(board, p)),
    ...(picture?.assumptions ?? []),
  ];
  const demand: Demand = {
    participants,
    devices: new Set(participants.map((p) => p.device)),
    size,
    count: request.count,
    cpu: request.cpu,
    ioMappings: ioMappingsOf(machine, participants),
    assumed: shared.length > 0,
  };
  const candidates = rank(judgeAll(board, demand));
  const best = candidates[0];
  const chosen = best !== undefined && best.verdict !== "refused" ? best : null;
  return {
    request,
    size,
    layout: laidOut?.layout ?? null,
    participants,
    ...mergeAll(machine, participants),
    candidates,
    chosen,
    assumptions: distinctAssumptions([...shared, ...(chosen?.assumptions ?? [])]),
    conflict: chosen === null ? conflictOf(machine, demand, candidates) : null,
  };
}

function checkRequest(request: PlacementRequest): void {
  if (request.participants.length === 0) throw new RangeError("a request needs at least one participant");
  if (request.image === null && request.size === null) throw new RangeError("a request needs a size or an image");
  if (request.size !== null && !(Number.isSafeInteger(request.size) && request.size >= 1)) {
    throw new RangeError(`size ${request.size} is not a whole number from 1 to 2^53 - 1`);
  }
  if (!(Number.isSafeInteger(request.count) && request.count >= 1)) {
    throw new RangeError(`count ${request.count} is not a whole number from 1 on`);
  }
}

/** A device named twice with the same queue takes part once. */
function distinct(request: PlacementRequest): PlacementRequest["participants"] {
  return request.participants.filter(
    (p, i, all) => all.findIndex((q) => q.device === p.device && q.queue === p.queue) === i,
  );
}

/** Every source with every route: those without a device, those through the devices of the request, those through other enabled devices. */
function judgeAll(board: Board, demand: Demand): Candidate[] {
  const candidates: Candidate[] = [];
  const reached = new Set<string>();
  const judge = (source: Candidate["source"], route: Candidate["route"]): void => {
    reached.add(source.id);
    candidates.push(evaluate(board, demand, source, route));
  };
  for (const [source, routes] of board.freeRoutes) for (const route of routes) judge(source, route);
  // Blocks of one aggregate share its allocations: each allocating device is asked once, those of the request first.
  const asked = new Set<string>();
  const askExporter = (device: Device): void => {
    const allocator = "path" in device.dmaDevice ? device.dmaDevice.path : device.dmaDevice.virtual;
    if (asked.has(allocator)) return;
    const exported = board.exportedBy(device);
    if (exported.length > 0) asked.add(allocator);
    for (const { source, route } of exported) judge(source, route);
  };
  const byPath = [...new Set(demand.participants.map((p) => p.device))].sort((a, b) => (a.path < b.path ? -1 : 1));
  for (const device of byPath) askExporter(device);
  for (const device of board.exporters) askExporter(device);
  for (const source of board.sources) if (!reached.has(source.id)) judge(source, NO_ROUTE);
  return candidates;
}

const VERDICT_ORDER = { fits: 0, depends: 1, refused: 2 } as const;

function rank(candidates: Candidate[]): readonly Candidate[] {
  const keyed = candidates.map((candidate) => ({ candidate, id: candidateId(candidate.source, candidate.route) }));
  keyed.sort((a, b) => compareCandidates(a.candidate, b.candidate) || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
  return keyed.map(({ candidate }, i) => (candidate.verdict === "refused" ? candidate : { ...candidate, rank: i + 1 }));
}

function compareCandidates(a: Candidate, b: Candidate): number {
  const byVerdict = VERDICT_ORDER[a.verdict] - VERDICT_ORDER[b.verdict];
  if (byVerdict !== 0 || a.verdict === "refused") return byVerdict;
  for (const component of COST_ORDER) {
    const difference = a.cost[component] - b.cost[component];
    if (difference !== 0) return difference;
  }
  return 0;
}

function mergeAll(machine: Machine, participants: readonly Participant[]): Pick<Placement, "merged" | "because"> {
  const all = participants.map((p) => p.alternatives[0].constraints);
  const merged = all.reduce(mergeConstraints, UNCONSTRAINED);
  const because: Record<string, readonly string[]> = {};
  for (const field of CONSTRAINT_FIELDS) {
    because[field] = participants
      .filter((p) => restricts(machine, p.alternatives[0].constraints, merged, field))
      .map((p) => p.device.path);
  }
  return { merged, because: because as Placement["because"] };
}

/** True when the device's own value makes the merged one what it is, and is a restriction at all. */
function restricts(machine: Machine, own: Constraints, merged: Constraints, field: ConstraintField): boolean {
  switch (field) {
    case "reach":
      return subtractRanges(machine.banks, own.reach).length > 0;
    case "contiguous":
      return own.contiguous;
    case "alignment":
      return own.alignment > 1 && merged.alignment % own.alignment === 0;
    case "maxSegmentSize":
    case "maxSegments":
    case "segmentBoundaryMask":
    case "iovaRoom":
      return own[field] !== "unlimited" && own[field] === merged[field];
  }
}

/** A participant's assumptions, and one more where a default of the kernel keeps it from RAM. */
function relevantAssumptions(board: Board, participant: Participant): readonly Assumption[] {
  const { device, provenance } = participant;
  const assumptions = board.assumptionsOf(device, participant.assumptions);
  if (provenance.reach.kind !== "kernel-default" || !board.isBoundByMask(device, "streaming")) return assumptions;
  if (assumptions.some((a) => a.field === "dmaMask")) return assumptions;
  return [
    ...assumptions,
    { code: "default-mask", device: device.path, field: "dmaMask", source: provenance.reach.source },
  ];
}

function distinctAssumptions(assumptions: readonly Assumption[]): readonly Assumption[] {
  const seen = new Map<string, Assumption>();
  for (const a of assumptions) seen.set(`${a.code} ${a.device ?? ""} ${a.field ?? ""} ${a.source ?? ""}`, a);
  return [...seen.values()];
}

/** Among conflicts of one size those that name devices come first: they say what to change. */
const REQUEST_MEMBER_WEIGHT = 1;

function conflictOf(machine: Machine, demand: Demand, candidates: readonly Candidate[]): readonly ConflictMember[] {
  const origins = new Map<string, NonNullable<ReturnType<typeof originOf>>>();
  const refusals = candidates.map((candidate) =>
    candidate.reasons.flatMap((reason) => {
      const origin = originOf(reason);
      if (origin === null) return [];
      const key = memberKey(origin.device, origin.field);
      origins.set(key, origin);
      return [key];
    }),
  );
  // By name, so that among conflicts of one size and weight the order of the participants chooses none.
  const keys = [...origins.keys()].sort();
  const indices = new Map(keys.map((key, i) => [key, i]));
  const members = keys.map((key) => origins.get(key) as NonNullable<ReturnType<typeof originOf>>);
  const weight = (index: number): number => (members[index]?.device === null ? REQUEST_MEMBER_WEIGHT : 0);
  const sets = refusals.map((set) => set.map((key) => indices.get(key) as number));
  return smallestConflict(sets, weight).map((index) => {
    const { device, field } = members[index] as (typeof members)[number];
    return memberOf(machine, demand.participants, demand, device, field);
  });
}
