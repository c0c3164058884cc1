import type { ImageLayout } from "../../constraints/image-layout.js";
import type { RouteKind } from "../../heaps/route.js";
import type { ConflictMember } from "../../placement/atom.js";
import { conflictText } from "../../placement/document.js";
import { explain } from "../../placement/explain.js";
import type { Placement } from "../../placement/place.js";
import type { Reason } from "../../placement/reason.js";
import { type Bytes, formatHex, formatSize } from "../../units/quantity.js";
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

/** Who holds a buffer where it is: pinned, mapped without being told of moves, or the CPU between begin and end of an access. */
export interface Holder {
  /** Path of the device; null for the CPU. */
  readonly device: string | null;
  readonly by: "pin" | "map" | "cpu-access";
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
    };

/** Whatever a buffer can be refused. */
export type BufferRefusal = AllocationRefusal | AttachRefusal | MoveRefusal | MapRefusal;

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
    default:
      return describeMapFailure(refusal);
  }
}

function describeAttempt(attempt: AllocationAttempt): string {
  const from = attempt.exporter === null ? attempt.heap : `${attempt.heap} through ${attempt.exporter}`;
  switch (attempt.outcome) {
    case "refused":
      return `${from}: ${describeHeapRefusal(attempt.refusal)}`;
    case "unsuitable":
      return `${from}: ${attempt.reasons.map((r) => explain(r)).join(", ")}`;
    case "out-of-reach":
      return `${from}: nothing that this device could address`;
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
  }
}

function describeLayout({ planes }: ImageLayout): string {
  return planes.map(({ offset, stride }) => `stride ${stride} from ${offset} on`).join(", ");
}
