import type { LayoutFact, QueueFact } from "../facts/fact.js";
import type { Assumption, Device, Provenance, Translation } from "../machine/machine.js";
import type { Range } from "../units/ranges.js";
import type { ConstraintField, Constraints, Limit } from "./constraints.js";

/** What a device does with the bytes. */
export type Access = "read" | "write" | "read-write";

/** A device in a request, as the caller names it. */
export interface ParticipantRequest {
  /** The device of the machine. */
  readonly device: Device;
  /** Name of the queue, or null for the one that carries pictures. */
  readonly queue: string | null;
  readonly access: Access;
}

/**
 * One way in which a participant can use a buffer. A participant has a list of them; exactly one today, several once
 * participants negotiate.
 */
export interface Alternative {
  readonly constraints: Constraints;
  /** What the engine wants of a picture in memory; empty when nobody knows. */
  readonly layouts: readonly LayoutFact[];
}

/**
 * Bytes of the pieces that a longer block is cut to for a participant that maps directly: the segment size its facts state. Unlimited where nothing is
 * stated, which is the kernel's 64 KiB that limits nothing, and wherever something translates. Linux 6.12 cuts nothing and leaves it to drivers.
 */
export function pieceSizeOf({ alternatives, provenance, translation }: Participant): Limit {
  if (translation !== "none" || provenance.maxSegmentSize.kind === "kernel-default") return "unlimited";
  return alternatives[0].constraints.maxSegmentSize;
}

/** A device as importer: what it accepts, where each limit stands, and what was taken for granted to say so. */
export interface Participant {
  readonly device: Device;
  /** The queue that was chosen, null when nothing is known of the driver's queues. */
  readonly queue: QueueFact | null;
  readonly access: Access;
  /** How pages become addresses for this device, judged as enabled. */
  readonly translation: Translation;
  readonly alternatives: readonly [Alternative, ...Alternative[]];
  /** Entry for every field of the constraints. */
  readonly provenance: Readonly<Record<ConstraintField, Provenance>>;
  /** I/O addresses the device's domain can hand out, half-open; null when nothing is mapped behind an IOMMU. */
  readonly iova: Range | null;
  /** The device takes scattered pages, needs one range as it sees it, or nobody knows. */
  readonly buffers: "contiguous" | "scattered" | "unknown";
  /** The driver insists on a single entry. */
  readonly oneEntry: boolean;
  /** The driver can take a dma-buf made elsewhere; null when nobody knows. */
  readonly canImport: boolean | null;
  /** Node of the restricted pool through which the kernel copies whatever is mapped for the device; null for most devices. */
  readonly bouncePool: string | null;
  readonly assumptions: readonly Assumption[];
}
