import type { ConstraintField } from "../constraints/constraints.js";
import type { Participant } from "../constraints/participant.js";
import type { Machine, Provenance } from "../machine/machine.js";
import type { RangeSet } from "../units/ranges.js";
import type { Reason } from "./reason.js";
import type { CpuUse } from "./request.js";

/** Fields a conflict can name besides those of the constraints. */
export type ConflictField = ConstraintField | "import" | "coherentDmaMask" | "size" | "count" | "route" | "cpu";

/** One thing that was asked for or is given: a device's limit, or, with device null, the request's or the kernel's. */
export interface ConflictMember {
  /** Path, or null. */
  readonly device: string | null;
  readonly field: ConflictField;
  readonly value: number | string | boolean | RangeSet;
  readonly source: Provenance;
}

/** Identity of a member: two reasons with the same key come from the same thing. */
export function memberKey(device: string | null, field: ConflictField): string {
  return `${device ?? ""} ${field}`;
}

/** The request's own numbers, for members that are not a device's. */
export interface AskedFor {
  readonly size: number;
  readonly count: number;
  readonly cpu: CpuUse;
}

/** Which device and field a refusing reason comes from; null for reasons that do not refuse. */
export function originOf(reason: Reason): { readonly device: string | null; readonly field: ConflictField } | null {
  switch (reason.code) {
    case "would-bounce":
    case "beyond-iommu-output":
    case "crosses-windows":
    case "untranslated-pool":
      return { device: reason.device, field: "reach" };
    case "needs-contiguous":
      return { device: reason.device, field: "contiguous" };
    case "needs-one-entry":
      return { device: reason.device, field: "maxSegmentSize" };
    case "too-many-segments":
      return { device: reason.device, field: "maxSegments" };
    case "iova-room":
      return { device: reason.device, field: "iovaRoom" };
    case "cannot-import":
    case "always-bounced":
      return { device: reason.device, field: "import" };
    case "exporter-out-of-reach":
      return { device: reason.device, field: "coherentDmaMask" };
    case "no-hole":
      return { device: null, field: reason.fits > 0 ? "count" : "size" };
    case "too-large":
    case "one-page":
      return { device: null, field: "size" };
    case "no-route":
      return { device: null, field: "route" };
    case "no-cpu-mapping":
      return { device: null, field: "cpu" };
    case "only-when-full":
    case "unknown-buffers":
    case "fits":
      return null;
  }
}

/** Fills in value and source of a member. */
export function memberOf(
  machine: Machine,
  participants: readonly Participant[],
  asked: AskedFor,
  device: string | null,
  field: ConflictField,
): ConflictMember {
  switch (field) {
    case "size":
      return { device, field, value: asked.size, source: { kind: "derived", source: "the request" } };
    case "count":
      return { device, field, value: asked.count, source: { kind: "derived", source: "the request" } };
    case "cpu":
      return { device, field, value: asked.cpu, source: { kind: "derived", source: "the request" } };
    case "route":
      return { device, field, value: "none", source: { kind: "config", source: machine.profile.name } };
    case "import":
    case "coherentDmaMask": {
      const owner = machine.devices.find((d) => d.path === device);
      const value = field === "import" ? false : (owner?.coherentDmaMask ?? "unknown");
      return { device, field, value, source: owner?.provenance[field] ?? { kind: "unknown", source: null } };
    }
    default: {
      const participant = participants.find((p) => p.device.path === device);
      if (participant === undefined) throw new TypeError(`${device} takes no part in the request`);
      return {
        device,
        field,
        value: participant.alternatives[0].constraints[field],
        source: participant.provenance[field],
      };
    }
  }
}
