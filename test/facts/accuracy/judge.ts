/**
 * Compares what was extracted with what a person read.
 *
 * Each property of a reading is judged by what the extractor claims of it: a claim that is more certain than the source is the worst.
 */
import type { DeviceFact, LimitFact, MaskFact } from "../../../src/facts/fact.js";
import type { Reading } from "./reading.js";

/** The properties that are judged. */
export const PROPERTIES = ["dmaMask", "coherentDmaMask", "maxSegmentSize", "kinds", "mmu", "memoryRegionUse"] as const;

/** One of them. */
export type Property = (typeof PROPERTIES)[number];

/** How certain the extractor is: one value, nothing set, one of several, decided while it runs, or no fact at all. */
export type Claim = "exact" | "default" | "conditional" | "runtime" | "absent";

/** A claim held against the reading. */
export interface Judgement {
  readonly compatible: string;
  readonly property: Property;
  readonly claim: Claim;
  readonly right: boolean;
  /** One number is claimed where the source decides at run time. */
  readonly invented: boolean;
  readonly read: string;
  readonly found: string;
}

/**
 * Judges every property of one reading.
 *
 * @param fact - what was extracted for the compatible and the driver that was read, with the buffers of its aggregate where it belongs to one; null where nothing was
 */
export function judge(reading: Reading, fact: DeviceFact | null): readonly Judgement[] {
  return PROPERTIES.map((property) => {
    const read = textOf(reading, property);
    if (fact === null) {
      // No fact says that no DMA is done: right where that is so.
      const right = !reading.usesDma;
      return {
        compatible: reading.compatible,
        property,
        claim: "absent",
        right,
        invented: false,
        read,
        found: "no fact",
      };
    }
    const { claim, right, invented } = compare(reading, fact, property);
    return { compatible: reading.compatible, property, claim, right, invented, read, found: textOf(fact, property) };
  });
}

type Verdict = Pick<Judgement, "claim" | "right" | "invented">;

function compare(reading: Reading, fact: DeviceFact, property: Property): Verdict {
  switch (property) {
    case "dmaMask":
    case "coherentDmaMask":
    case "maxSegmentSize":
      return compareValue(reading[property], fact[property]);
    case "kinds": {
      const right = textOf(reading, property) === textOf(fact, property);
      // No kind is stated: nothing is claimed of a device that has some.
      const isMissing = !right && fact.buffers.length === 0;
      return { claim: isMissing ? "absent" : "exact", right, invented: false };
    }
    case "mmu":
    case "memoryRegionUse": {
      const right = textOf(reading, property) === textOf(fact, property);
      return { claim: "exact", right, invented: false };
    }
  }
}

/** A number, or what stands for it. */
function compareValue(read: MaskFact | LimitFact, found: MaskFact | LimitFact): Verdict {
  const truth = valuesOf(read);
  const claimed = valuesOf(found);
  switch (found.kind) {
    case "exact":
    case "variant": {
      const right = isOne(read) && truth[0] === claimed[0];
      return { claim: "exact", right, invented: read.kind === "runtime" };
    }
    case "default":
      return { claim: "default", right: read.kind === "default", invented: false };
    case "set":
    case "inherited":
      return { claim: "conditional", right: holds(read, found), invented: false };
    case "runtime":
    case "unknown":
      return { claim: "runtime", right: read.kind === "runtime" || read.kind === "set", invented: false };
  }
}

/** Whether what is read is among what is claimed: every value, or for a limit, of which only the tightest is kept, none below it. */
function holds(read: MaskFact | LimitFact, found: MaskFact | LimitFact): boolean {
  if (read.kind === "inherited" || found.kind === "inherited") return read.kind === found.kind;
  if ("setBy" in found) return Number(found.value) <= Number(read.value ?? DEFAULT_SEGMENT);
  const truth = read.kind === "default" ? [DEFAULT_MASK] : valuesOf(read);
  return truth.length > 0 && truth.every((value) => valuesOf(found).includes(value));
}

const DEFAULT_MASK = "0xffffffff";
const DEFAULT_SEGMENT = 65536;

function isOne({ kind }: MaskFact | LimitFact): boolean {
  return kind === "exact" || kind === "variant";
}

function valuesOf(value: MaskFact | LimitFact): readonly string[] {
  if ("candidates" in value && value.candidates !== undefined) return value.candidates;
  return value.value === undefined ? [] : [String(value.value)];
}

function textOf(from: Reading | DeviceFact, property: Property): string {
  switch (property) {
    case "dmaMask":
    case "coherentDmaMask":
    case "maxSegmentSize": {
      const value = from[property];
      const setBy =
        "setBy" in value && value.setBy !== "default" && value.setBy !== "driver" ? ` by ${value.setBy}` : "";
      return [value.kind, ...valuesOf(value)].join(" ") + setBy;
    }
    case "kinds": {
      const kinds = "kinds" in from ? from.kinds : from.buffers.map(({ kind }) => kind);
      return [...new Set(kinds)].sort().join(" ") || "none";
    }
    case "mmu":
      return from.mmu;
    case "memoryRegionUse":
      return from.memoryRegionUse ?? "not read";
  }
}

/** How many of some judgements are right. */
export interface Score {
  readonly right: number;
  readonly all: number;
}

/** Right and all, of the judgements that `counts` lets through. */
export function score(judgements: readonly Judgement[], counts: (judgement: Judgement) => boolean): Score {
  const counted = judgements.filter(counts);
  return { right: counted.filter(({ right }) => right).length, all: counted.length };
}
