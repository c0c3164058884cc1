import type { DeviceFact, QueueFact } from "../facts/fact.js";
import type { OverrideFields } from "../facts/lookup.js";
import type { DeviceLedger } from "./device-ledger.js";
import {
  type Known,
  lineOf,
  overridden,
  overriddenMask,
  plannedBoundary,
  plannedLimit,
  plannedMask,
  plannedSegmentSize,
} from "./device-values.js";
import type { Device, Provenance } from "./machine.js";

/** All that is known of what a device's driver does. */
export interface DriverWords {
  /** About the device that was named; null when no driver is known. */
  readonly fact: DeviceFact | null;
  /** About the device the DMA API sees, where that is another one. */
  readonly target: DeviceFact | null;
  readonly override: OverrideFields | null;
}

/** The limits the DMA layer keeps for a device. */
export type LimitFields = Pick<
  Device,
  "dmaMask" | "coherentDmaMask" | "maxSegmentSize" | "maxSegments" | "segmentBoundaryMask"
>;

/** Masks that are known better than from facts, and what kind of device it is. */
export interface LimitContext {
  readonly isPci: boolean;
  /** A bridge: what is plugged into its bus is not in the tree, and its own driver says nothing about that. */
  readonly isBridge: boolean;
  /** An IOMMU serves the DMA device; left out where nobody knows. */
  readonly behindIommu?: boolean;
  readonly dmaMask?: Known<string> | null;
  readonly coherentDmaMask?: Known<string> | null;
}

/** Masks and segment limits: what the user states, else what the running kernel shows, else what the facts say, else the kernel's defaults. */
export function limitFields(words: DriverWords, context: LimitContext, ledger: DeviceLedger): LimitFields {
  const { override } = words;
  const limits = words.target ?? words.fact;
  const reviewed = limits?.reviewed === true;
  const masks = context.isBridge ? null : limits;
  const mask = (field: "dmaMask" | "coherentDmaMask"): string => {
    const stated = override?.[field];
    if (stated !== undefined) return ledger.note(field, overriddenMask(stated));
    return ledger.note(
      field,
      context[field] ?? plannedMask(masks?.[field] ?? null, reviewed, context.behindIommu ?? null),
    );
  };
  const limit = <T>(field: keyof LimitFields & keyof OverrideFields, stated: T | undefined, planned: Known<T>): T =>
    ledger.note(field, stated === undefined ? planned : overridden(stated));
  return {
    dmaMask: mask("dmaMask"),
    coherentDmaMask: mask("coherentDmaMask"),
    maxSegmentSize: limit(
      "maxSegmentSize",
      override?.maxSegmentSize,
      plannedSegmentSize(masks?.maxSegmentSize ?? null),
    ),
    maxSegments: limit("maxSegments", override?.maxSegments, plannedLimit(masks?.maxSegments ?? null, "unlimited")),
    segmentBoundaryMask: limit(
      "segmentBoundaryMask",
      override?.segmentBoundaryMask,
      plannedBoundary(masks?.segmentBoundaryMask ?? null, context.isPci ? "0xffffffff" : "unlimited"),
    ),
  };
}

/** Where a field comes from that facts or the user state. */
export function saidBy(
  words: DriverWords,
  field: keyof OverrideFields,
  from: DeviceFact | null,
  has: boolean,
): Provenance {
  if (words.override?.[field] !== undefined) return { kind: "override", source: null };
  if (!has || from === null) return { kind: "unknown", source: null };
  return { kind: "fact", source: `${from.driver.file}:${from.driver.line}` };
}

/** Queues of the device, and how its pages are translated by its own driver. */
export function queueFields(
  words: DriverWords,
  ledger: DeviceLedger,
): { readonly queues: readonly QueueFact[]; readonly mmu: DeviceFact["mmu"] } {
  const { fact, target, override } = words;
  const queues = override?.buffers ?? queuesOf(fact, target);
  const mmu = override?.mmu ?? mmuOf(fact, target);
  const said = saidBy(words, "buffers", fact ?? target, queues.length > 0);
  const source = lineOf(queues[0]?.sources ?? []);
  ledger.provenance["buffers"] = source === null || said.kind === "override" ? said : { kind: "fact", source };
  if (queues.length === 0) ledger.assume("unknown-buffers", "buffers", null);
  const mmuFrom = fact === null || fact.mmu === "none" ? (target ?? fact) : fact;
  ledger.provenance["ownMmu"] = saidBy(words, "mmu", mmuFrom, mmuFrom !== null);
  return { queues, mmu };
}

/** What a driver takes from and gives to others, and how pictures must lie. */
export type SharingFields = Pick<Device, "import" | "export" | "layouts" | "mmuOutputBits">;

/** What the driver imports and exports, its layouts, and the width of the engine's own MMU. */
export function sharingFields(words: DriverWords, ledger: DeviceLedger): SharingFields {
  const { fact, target, override } = words;
  const imports = override?.import ?? fact?.import ?? target?.import;
  ledger.provenance["import"] = saidBy(words, "import", fact ?? target, imports !== undefined);
  const exports = override?.export ?? fact?.export ?? target?.export;
  ledger.provenance["export"] = saidBy(words, "export", fact ?? target, exports !== undefined);
  const layouts = override?.layouts ?? nonEmpty(fact?.layouts) ?? target?.layouts ?? [];
  ledger.provenance["layouts"] = saidBy(words, "layouts", fact ?? target, layouts.length > 0);
  const mmuOutputBits = override?.mmuOutputBits ?? fact?.mmuOutputBits ?? null;
  ledger.provenance["mmuOutputBits"] = saidBy(words, "mmuOutputBits", fact, mmuOutputBits !== null);
  return {
    mmuOutputBits,
    import: imports === undefined ? null : { v4l2Dmabuf: imports.v4l2Dmabuf === true, prime: imports.prime === true },
    export:
      exports === undefined
        ? null
        : {
            v4l2Mmap: exports.v4l2Mmap === true,
            dumb: exports.dumb === true,
            gem: exports.gem === true,
            cpuMapping: exports.cpuMapping ?? null,
          },
    layouts,
  };
}

function queuesOf(own: DeviceFact | null, target: DeviceFact | null): readonly QueueFact[] {
  return nonEmpty(own?.buffers) ?? target?.buffers ?? [];
}

function mmuOf(own: DeviceFact | null, target: DeviceFact | null): DeviceFact["mmu"] {
  if (own !== null && own.mmu !== "none") return own.mmu;
  return target?.mmu ?? "none";
}

function nonEmpty<T>(list: readonly T[] | undefined): readonly T[] | undefined {
  return list === undefined || list.length === 0 ? undefined : list;
}
