import type { ConstraintField, Constraints } from "../constraints/constraints.js";
import type { ImageLayout } from "../constraints/image-layout.js";
import type { Participant } from "../constraints/participant.js";
import type { Confidence } from "../facts/confidence.js";
import type { Route } from "../heaps/route.js";
import type { Assumption, Machine, Provenance } from "../machine/machine.js";
import { MAX_EXACT } from "../units/quantity.js";
import type { RangeSet } from "../units/ranges.js";
import type { ConflictMember } from "./atom.js";
import { boardOf } from "./board.js";
import type { Candidate, Cost, Verdict } from "./candidate.js";
import { needsSync } from "./evaluate.js";
import { assumptionText, explain, formatRanges } from "./explain.js";
import type { Placement } from "./place.js";
import type { Reason } from "./reason.js";
import { type Remedy, remediesFor } from "./remedy.js";
import type { CpuUse } from "./request.js";
import { segmentCount } from "./segments.js";
import { firstWays, type WayToApply } from "./ways-to-apply.js";

/** A route as documents show it. */
export type RouteDocument =
  | { readonly kind: "dma-heap" | "udmabuf"; readonly path: string }
  | { readonly kind: "drm-dumb" | "v4l2"; readonly device: string; readonly queue: string }
  | { readonly kind: "none" };

/** Constraints with the ranges as people read them in JSON; a range whose end was clamped says so. */
export type ConstraintsDocument = Omit<Constraints, "reach"> & {
  readonly reach: readonly { readonly base: number; readonly size: number; readonly clamped?: true }[];
};

/** What `coalloc place --json` prints: `coalloc/place/1`. */
export interface PlaceDocument {
  readonly schema: "coalloc/place/1";
  readonly profile: string;
  readonly machine: { readonly model: string; readonly compatible: readonly string[] };
  readonly request: {
    readonly size: number;
    readonly count: number;
    readonly cpu: CpuUse;
    readonly participants: readonly {
      readonly device: string;
      readonly queue: string | null;
      readonly access: string;
    }[];
    readonly image: null | {
      readonly width: number;
      readonly height: number;
      readonly format: string;
      readonly modifier: string;
    };
  };
  readonly layout: ImageLayout | null;
  readonly constraints: {
    readonly merged: ConstraintsDocument;
    readonly devices: readonly (ConstraintsDocument & {
      readonly path: string;
      readonly dmaDevice: string;
      readonly via: string;
      readonly buffers: Participant["buffers"];
      /** How sure the facts of its driver are. */
      readonly confidence: Confidence;
      readonly provenance: Readonly<Record<ConstraintField, Provenance>>;
    })[];
    readonly because: Readonly<Record<ConstraintField, readonly string[]>>;
  };
  readonly candidates: readonly {
    readonly heap: string;
    readonly kind: string;
    readonly route: RouteDocument;
    readonly verdict: Verdict;
    readonly rank: number | null;
    readonly cost: Cost;
    readonly reasons: readonly (Reason & { readonly text: string })[];
  }[];
  readonly placement: null | {
    readonly heap: string;
    readonly kind: string;
    readonly algorithm: string;
    readonly regions: RangeSet;
    /** Bytes one buffer takes from the source, rounding included. */
    readonly allocated: number;
    readonly route: RouteDocument & { readonly cpuMapping: string; readonly needsSync: boolean };
    readonly mappings: readonly { readonly device: string; readonly via: string; readonly segments: number }[];
    readonly certainty: "proven" | "assumed";
    readonly assumptions: readonly (Assumption & { readonly text: string })[];
  };
  readonly conflict: null | {
    readonly members: readonly ConflictMember[];
    readonly devices: readonly string[];
    readonly fields: readonly string[];
    readonly text: string;
    readonly assumptions: readonly (Assumption & { readonly text: string })[];
    readonly remedies: readonly Remedy[];
    /** Where a board like this reads changes from, for the sorts of remedies; lines are those of the first of each sort. */
    readonly howToApply: readonly WayToApply[];
  };
}

/** The plain document of an answer: everything a renderer or a script needs, in a fixed order of keys. */
export function placeDocument(machine: Machine, placement: Placement): PlaceDocument {
  const { request, participants, chosen, conflict } = placement;
  return {
    schema: "coalloc/place/1",
    profile: machine.profile.name,
    machine: { model: machine.model, compatible: machine.compatible },
    request: {
      size: placement.size,
      count: request.count,
      cpu: request.cpu,
      participants: participants.map((p) => ({
        device: p.device.path,
        queue: p.queue?.queue ?? null,
        access: p.access,
      })),
      image: request.image,
    },
    layout: placement.layout,
    constraints: {
      merged: constraintsDocument(placement.merged),
      devices: participants.map((p) => ({
        path: p.device.path,
        dmaDevice: "path" in p.device.dmaDevice ? p.device.dmaDevice.path : p.device.dmaDevice.virtual,
        via: viaOf(p),
        ...constraintsDocument(p.alternatives[0].constraints),
        buffers: p.buffers,
        confidence: p.device.confidence,
        provenance: p.provenance,
      })),
      because: placement.because,
    },
    candidates: placement.candidates.map((c) => ({
      heap: c.source.id,
      kind: c.source.kind,
      route: routeDocument(c.route),
      verdict: c.verdict,
      rank: c.rank,
      cost: c.cost,
      reasons: c.reasons.map((reason) => ({ ...reason, text: explain(reason) })),
    })),
    placement: chosen === null ? null : chosenDocument(machine, placement, chosen),
    conflict: conflict === null ? null : conflictDocument(machine, placement, conflict),
  };
}

function chosenDocument(machine: Machine, placement: Placement, chosen: Candidate): PlaceDocument["placement"] {
  const { participants, size, assumptions } = placement;
  const segmentsOf = segmentCount(boardOf(machine), chosen.source, chosen.route, size);
  return {
    heap: chosen.source.id,
    kind: chosen.source.kind,
    algorithm: chosen.source.algorithm,
    regions: boardOf(machine).regions(chosen.source, chosen.route),
    allocated: chosen.capacity.taken,
    route: {
      ...routeDocument(chosen.route),
      cpuMapping: chosen.route.cpuMapping,
      needsSync: chosen.route.cpuMapping === "cached" && needsSync(participants),
    },
    mappings: participants.map((p) => ({
      device: p.device.path,
      via: viaOf(p),
      segments: segmentsOf(p),
    })),
    certainty: assumptions.length === 0 && chosen.verdict === "fits" ? "proven" : "assumed",
    assumptions: assumptions.map(assumptionDocument),
  };
}

function conflictDocument(
  machine: Machine,
  placement: Placement,
  members: readonly ConflictMember[],
): PlaceDocument["conflict"] {
  const remedies = remediesFor(machine, placement);
  const devices = [...new Set(members.flatMap((m) => (m.device === null ? [] : [m.device])))];
  return {
    members,
    devices,
    fields: [...new Set(members.map((m) => m.field))],
    text: conflictText(members),
    assumptions: placement.assumptions.map(assumptionDocument),
    remedies,
    howToApply: firstWays(remedies, machine.compatible),
  };
}

/** A conflict in one sentence. */
export function conflictText(members: readonly ConflictMember[]): string {
  const parts = members.map((m) => {
    const where = m.source.source === null ? "" : ` (${m.source.source})`;
    return `${m.device ?? "the request"}: ${m.field} ${valueText(m)}${where}`;
  });
  return parts.length === 1
    ? `no memory of this machine satisfies ${parts[0]}`
    : `no memory of this machine satisfies all of: ${parts.join("; ")}`;
}

function valueText(member: ConflictMember): string {
  return Array.isArray(member.value) ? formatRanges(member.value) : String(member.value);
}

function assumptionDocument(assumption: Assumption): Assumption & { readonly text: string } {
  return { ...assumption, text: assumptionText(assumption) };
}

/** How the device sees the memory, in the words of the contract. */
function viaOf(participant: Participant): "direct" | "iommu" | "device-mmu" | "cpu" {
  switch (participant.translation) {
    case "none":
      return "direct";
    case "iommu":
    case "driver-domain":
      return "iommu";
    case "device-mmu":
      return "device-mmu";
    case "cpu":
      return "cpu";
  }
}

/** A route in the contract's form. */
export function routeDocument(route: Route): RouteDocument {
  switch (route.kind) {
    case "dma-heap":
    case "udmabuf":
      return { kind: route.kind, path: route.path ?? "" };
    case "drm-dumb":
    case "v4l2":
      return {
        kind: route.kind,
        device: route.exporter?.device.path ?? "",
        queue: route.exporter?.queue.queue ?? "",
      };
    case "none":
      return { kind: "none" };
  }
}

function constraintsDocument(constraints: Constraints): ConstraintsDocument {
  return {
    reach: constraints.reach.map((r) =>
      r.base + r.size >= MAX_EXACT ? { base: r.base, size: r.size, clamped: true } : { base: r.base, size: r.size },
    ),
    contiguous: constraints.contiguous,
    alignment: constraints.alignment,
    maxSegmentSize: constraints.maxSegmentSize,
    maxSegments: constraints.maxSegments,
    segmentBoundaryMask: constraints.segmentBoundaryMask,
    iovaRoom: constraints.iovaRoom,
  };
}
