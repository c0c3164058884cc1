import type { ImageLayout } from "../../constraints/image-layout.js";
import type { Access } from "../../constraints/participant.js";
import type { RouteKind } from "../../heaps/route.js";
import type { ConflictMember } from "../../placement/atom.js";
import { conflictText } from "../../placement/document.js";
import { explain } from "../../placement/explain.js";
import type { Placement } from "../../placement/place.js";
import type { Reason } from "../../placement/reason.js";
import { type Bytes, formatHex, formatSize } from "../../units/quantity.js";
import { describeSystemCall, type SystemCallFailure } from "../../units/system-call.js";
import type { HeapRefusal } from "../heaps/heap.js";
import type { Direction } from "../mapping/dma-map-ops.js";
import { describeMapFailure, type MapFailure } from "../mapping/map-failure.js";

/** One heap that was asked, and what came of it. */
export type AllocationAttempt = {
  readonly heap: string;
  readonly route: RouteKind;
  /** Path of the device whose allocation path was taken; null when none was. */
  readonly exporter: string | null;
} & (
  | { readonly outcome: "refused"; readonly refusal: HeapRefusal }
  /** It had memory, in a place where some participant cannot use it. */
  | { readonly outcome: "unsuitable"; readonly reasons: readonly Reason[] }
  /** The device whose allocation path it is got nothing it could address. */
  | { readonly outcome: "out-of-reach" }
  /** On real Linux: a call on the way to it failed. */
  | { readonly outcome: "failed"; readonly failure: SystemCallFailure }
  /** On real Linux: it had memory, which the driver of a participant did not take when it was tried. */
  | { readonly outcome: "not-imported"; readonly device: string; readonly failure: SystemCallFailure }
);

/** Why a buffer has no memory. Codes are public and never change meaning. */
export type AllocationRefusal =
  /** Nobody is attached, so that any memory would be a guess. */
  | { readonly code: "no-participants"; readonly errno: "EINVAL"; readonly buffer: string }
  /** No memory of the machine suits all, full or empty: the smallest set of demands that cannot hold together. */
  | {
      readonly code: "not-placeable";
      readonly errno: "EINVAL";
      readonly buffer: string;
      readonly conflict: readonly ConflictMember[];
      readonly placement: Placement;
    }
  /** Memory would suit, and none of it is to be had now. In the order tried. */
  | {
      readonly code: "no-memory";
      readonly errno: "ENOMEM";
      readonly buffer: string;
      readonly requested: Bytes;
      readonly count: number;
      readonly attempts: readonly AllocationAttempt[];
    };

/** Why the CPU cannot look at a buffer. */
export type CpuAccessRefusal =
  | AllocationRefusal
  /** On real Linux: a device has not finished, and beginning would wait for it. */
  | { readonly code: "at-work"; readonly errno: "EAGAIN"; readonly buffer: string; readonly access: Access }
  /** On real Linux: a call failed. */
  | SystemCallFailure;

/**
 * Who holds a buffer where it is: pinned, mapped without being told of moves, the CPU between begin and end of an access, or, on real Linux, whoever
 * has a descriptor.
 */
export interface Holder {
  /** Path of the device; null for the CPU, and for the holder of a descriptor. */
  readonly device: string | null;
  readonly by: "pin" | "map" | "cpu-access" | "descriptor";
}

/** Why a device cannot join a buffer that has memory. */
export type AttachRefusal =
  /** The memory does not suit it, and cannot go elsewhere: somebody holds it. */
  | {
      readonly code: "held";
      readonly errno: "EBUSY";
      readonly device: string;
      readonly heap: string;
      readonly reasons: readonly Reason[];
      readonly holders: readonly Holder[];
    }
  /** The memory does not suit it, nobody holds it, and there is no other memory for all. */
  | {
      readonly code: "nowhere-to-go";
      readonly errno: "EBUSY";
      readonly device: string;
      readonly heap: string;
      readonly reasons: readonly Reason[];
      readonly refusal: AllocationRefusal;
    }
  /** The picture lies in memory in a way the device cannot use. */
  | {
      readonly code: "layout-differs";
      readonly errno: "EINVAL";
      readonly device: string;
      readonly layout: ImageLayout;
      readonly needed: ImageLayout;
    };

/** Why a buffer stays where it is. */
export type MoveRefusal =
  | { readonly code: "held"; readonly errno: "EBUSY"; readonly buffer: string; readonly holders: readonly Holder[] }
  | { readonly code: "no-allocation"; readonly errno: "EINVAL"; readonly buffer: string }
  /** The heap it was to go to does not suit everybody attached. */
  | {
      readonly code: "unsuitable-heap";
      readonly errno: "EINVAL";
      readonly buffer: string;
      readonly heap: string;
      readonly reasons: readonly Reason[];
    }
  | AllocationRefusal;

/** Why a device got no addresses. */
export type MapRefusal =
  | AllocationRefusal
  | MapFailure
  /** It is mapped in another direction, which the one asked is no part of. */
  | {
      readonly code: "mapped-otherwise";
      readonly errno: "EBUSY";
      readonly device: string;
      readonly mapped: Direction;
      readonly asked: Direction;
    }
  | ImportRefusal;

/** On real Linux: why a device was not seen to take a buffer. */
export type ImportRefusal =
  /** No node of the device takes a buffer by itself: its driver maps when it is given the descriptor. `nodes`: what there is under `/dev`. */
  | {
      readonly code: "no-importer";
      readonly errno: "EOPNOTSUPP";
      readonly device: string;
      readonly nodes: readonly string[];
    }
  /** Its driver refused; `reasons` is what the model has against the memory, empty when it has nothing. */
  | {
      readonly code: "not-imported";
      readonly errno: string;
      readonly device: string;
      readonly failure: SystemCallFailure;
      readonly reasons: readonly Reason[];
    }
  /** As it is set up now, the device wants longer buffers, so that a refusal would say nothing. */
  | {
      readonly code: "too-short-to-try";
      readonly errno: "EINVAL";
      readonly device: string;
      readonly size: Bytes;
      readonly needed: Bytes;
    };

/** Whatever a buffer can be refused. */
export type BufferRefusal = AllocationRefusal | CpuAccessRefusal | AttachRefusal | MoveRefusal | MapRefusal;

/** One sentence for people. */
export function describeBufferRefusal(refusal: BufferRefusal): string {
  switch (refusal.code) {
    case "no-participants":
      return `${refusal.buffer} has no device attached: memory is chosen by who uses it`;
    case "not-placeable":
      return conflictText(refusal.conflict);
    case "no-memory":
      return `no memory for ${refusal.count === 1 ? "" : `${refusal.count} times `}${formatSize(refusal.requested)}: ${refusal.attempts.map(describeAttempt).join("; ")}`;
    case "held": {
      const holders = refusal.holders.map(describeHolder).join(", ");
      if (!("reasons" in refusal)) return `${refusal.buffer} cannot move: ${holders}`;
      return `${refusal.device} cannot use the memory from ${refusal.heap}: ${refusal.reasons.map((r) => explain(r)).join("; ")}; and it cannot move: ${holders}`;
    }
    case "nowhere-to-go":
      return `${refusal.device} cannot use the memory from ${refusal.heap}: ${refusal.reasons.map((r) => explain(r)).join("; ")}; and there is none for all: ${describeBufferRefusal(refusal.refusal)}`;
    case "layout-differs":
      return `${refusal.device} needs another layout: ${describeLayout(refusal.needed)}, not ${describeLayout(refusal.layout)}`;
    case "no-allocation":
      return `${refusal.buffer} has no memory yet that could move`;
    case "unsuitable-heap":
      return `${refusal.buffer} cannot go to ${refusal.heap}: ${refusal.reasons.map((r) => explain(r)).join("; ")}`;
    case "mapped-otherwise":
      return `${refusal.device} has it mapped ${refusal.mapped}, and asks for ${refusal.asked}`;
    case "at-work":
      return `a device has not finished with ${refusal.buffer}: wait for it before the CPU ${refusal.access === "read" ? "reads" : "writes"}`;
    case "system-call":
      return describeSystemCall(refusal);
    case "no-importer": {
      const nodes = refusal.nodes.length === 0 ? "it has no node under /dev" : `${refusal.nodes.join(", ")} cannot`;
      return `${refusal.device} cannot be asked to take a buffer by itself (${nodes}): its driver maps what it is given when it is used`;
    }
    case "not-imported": {
      const known = refusal.reasons.map((r) => explain(r)).join("; ");
      return `the driver of ${refusal.device} does not take the buffer: ${describeSystemCall(refusal.failure)}${known === "" ? "" : `; ${known}`}`;
    }
    case "too-short-to-try":
      return `${refusal.device} is set up for buffers of ${formatSize(refusal.needed)}, so that one of ${formatSize(refusal.size)} tells nothing`;
    default:
      return describeMapFailure(refusal);
  }
}

/** One attempt: the heap, and what came of it. */
export function describeAttempt(attempt: AllocationAttempt): string {
  const from = attempt.exporter === null ? attempt.heap : `${attempt.heap} through ${attempt.exporter}`;
  switch (attempt.outcome) {
    case "refused":
      return `${from}: ${describeHeapRefusal(attempt.refusal)}`;
    case "unsuitable":
      return `${from}: ${attempt.reasons.map((r) => explain(r)).join(", ")}`;
    case "out-of-reach":
      return `${from}: nothing that this device could address`;
    case "failed":
      return `${from}: ${describeSystemCall(attempt.failure)}`;
    case "not-imported":
      return `${from}: ${attempt.device} does not take it, ${describeSystemCall(attempt.failure)}`;
  }
}

/** What a heap says, without its name. */
export function describeHeapRefusal(refusal: HeapRefusal): string {
  const { free, largest } = refusal;
  switch (refusal.code) {
    case "no-hole":
      return `${formatSize(free)} are free, and no hole holds the request (the longest has ${formatSize(largest)})`;
    case "exhausted":
      return `${formatSize(free)} are free`;
    case "too-large":
      return `more than it can ever give`;
    case "pages-busy": {
      const page = refusal.busyPage === null ? "" : `, the last one at ${formatHex(refusal.busyPage)}`;
      return `${refusal.busyTries} holes with a page that cannot be moved${page}`;
    }
    case "no-room-to-migrate":
      return `the pages lent to others have nowhere to go`;
    case "interrupted":
      return `the process that asks was killed`;
    case "fault":
      return `an injected fault`;
  }
}

function describeHolder({ device, by }: Holder): string {
  switch (by) {
    case "pin":
      return `${device} has it pinned`;
    case "map":
      return `${device} has it mapped and is not told of moves`;
    case "cpu-access":
      return "the CPU is in the middle of an access";
    case "descriptor":
      return "a descriptor of it was given away";
  }
}

function describeLayout({ planes }: ImageLayout): string {
  return planes.map(({ offset, stride }) => `stride ${stride} from ${offset} on`).join(", ");
}
