import type { LimitFact, MaskFact, SourceLine } from "../facts/fact.js";
import { maskCases } from "../facts/mask-cases.js";
import type { AssumptionCode, Provenance } from "./machine.js";

/** A value with where it comes from, and what was assumed to state it. */
export interface Known<T> {
  readonly value: T;
  readonly provenance: Provenance;
  readonly assumed: {
    readonly code: AssumptionCode;
    readonly source: string | null;
    /** What each possible value hangs on; null where there is one. */
    readonly condition: string | null;
  } | null;
}

/** What Linux gives a platform, AMBA or PCI device whose driver sets no mask. */
export const DEFAULT_MASK = "0xffffffff";

/** What Linux answers where no segment size is set. */
const DEFAULT_SEGMENT_SIZE = 65536;

const ALL_ONES = "0xffffffffffffffff";

/** A value out of the kernel's own defaults. */
export function kernelDefault<T>(value: T, source: string | null = null): Known<T> {
  return { value, provenance: { kind: "kernel-default", source }, assumed: null };
}

/** A value a user states. */
export function overridden<T>(value: T): Known<T> {
  return { value, provenance: { kind: "override", source: null }, assumed: null };
}

/** A mask as a user writes it. */
export function overriddenMask(mask: string): Known<string> {
  return overridden(mask === "unlimited" ? ALL_ONES : mask);
}

/**
 * The mask to plan with: the constant, or the candidate that the board's IOMMU decides for, or the tightest one, or the kernel's default; what is not certain
 * about it is said.
 *
 * @param fact - null: no driver is known
 * @param reviewed - a person read the driver, so that "sets nothing" is certain
 * @param behindIommu - an IOMMU serves the DMA device; null where nobody knows
 */
export function plannedMask(fact: MaskFact | null, reviewed: boolean, behindIommu: boolean | null): Known<string> {
  if (fact === null) return assume(kernelDefault(DEFAULT_MASK), "unknown-driver");
  const source = lineOf(fact.sources);
  const stated = fact.value ?? fact.candidates?.[0];
  const fromFact = (value: string): Known<string> => ({ value, provenance: { kind: "fact", source }, assumed: null });
  const decided = behindIommu === null ? undefined : candidateFor(fact, behindIommu ? "iommu" : "no-iommu");
  if (decided !== undefined) return fromFact(decided);
  switch (fact.kind) {
    case "exact":
    case "variant":
      return stated === undefined ? assume(kernelDefault(DEFAULT_MASK, source), "default-mask") : fromFact(stated);
    case "set":
    case "inherited":
    case "runtime":
      return assume(
        stated === undefined ? kernelDefault(DEFAULT_MASK, source) : fromFact(stated),
        fact.kind === "runtime" ? "runtime-mask" : "conditional-mask",
        fact.candidates === undefined ? null : maskCases(fact),
      );
    case "default":
      return reviewed
        ? kernelDefault(DEFAULT_MASK, source)
        : assume(kernelDefault(DEFAULT_MASK, source), "default-mask");
    case "unknown":
      return assume(kernelDefault(DEFAULT_MASK, source), "unknown-driver");
  }
}

/** The segment size to plan with, in bytes. */
export function plannedSegmentSize(fact: LimitFact | null): Known<number | "unlimited"> {
  return plannedLimit(fact, DEFAULT_SEGMENT_SIZE);
}

/** A limit in bytes or entries; `fallback` is the kernel's answer where nothing is set. */
export function plannedLimit(fact: LimitFact | null, fallback: number | "unlimited"): Known<number | "unlimited"> {
  const source = lineOf(fact?.sources ?? []);
  if (fact?.value === undefined) return kernelDefault(fallback, source);
  return { value: fact.value, provenance: { kind: "fact", source }, assumed: null };
}

/** The boundary no segment may cross, or none. */
export function plannedBoundary(fact: MaskFact | null, fallback: string): Known<string> {
  const stated = fact?.value ?? fact?.candidates?.[0];
  const source = lineOf(fact?.sources ?? []);
  if (stated === undefined) return kernelDefault(fallback, source);
  return { value: stated, provenance: { kind: "fact", source }, assumed: null };
}

/** `file:line` of the first line, or null. */
export function lineOf(sources: readonly SourceLine[]): string | null {
  const first = sources[0];
  return first === undefined ? null : `${first.file}:${first.line}`;
}

/** The candidate that holds on such a board, where the fact says so. */
function candidateFor({ candidates = [], byIommu = [] }: MaskFact, board: "iommu" | "no-iommu"): string | undefined {
  return candidates[byIommu.indexOf(board)];
}

function assume<T>(known: Known<T>, code: AssumptionCode, condition: string | null = null): Known<T> {
  return { ...known, assumed: { code, source: known.provenance.source, condition } };
}
