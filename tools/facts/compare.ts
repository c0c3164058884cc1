import type { DeviceFact, FactAppliesTo, LimitFact, MaskFact, QueueFact } from "../../src/facts/fact.js";

/** A field of one compatible on which two sets of facts differ. */
export interface Difference {
  readonly compatible: string;
  readonly field: string;
  readonly extracted: string;
  readonly reviewed: string;
}

/** How two sets of facts agree: fields compared, differences, and compatibles that were not extracted. */
export interface Comparison {
  readonly compared: number;
  readonly differences: readonly Difference[];
  readonly missing: readonly string[];
}

/** Compares what was extracted with what a person has read, for every compatible the person has read. Rival drivers are matched by file. */
export function compareFacts(extracted: readonly DeviceFact[], reviewed: readonly DeviceFact[]): Comparison {
  const byName = new Map<string, DeviceFact[]>();
  for (const fact of extracted) {
    const name = "compatible" in fact.match ? fact.match.compatible : "";
    byName.set(name, [...(byName.get(name) ?? []), fact]);
  }
  const differences: Difference[] = [];
  const missing: string[] = [];
  let compared = 0;
  for (const read of reviewed) {
    if (!("compatible" in read.match) || read.url !== undefined) continue;
    const { compatible } = read.match;
    const rivals = byName.get(compatible) ?? [];
    const fact = rivals.find(({ driver }) => driver.file === read.driver.file) ?? rivals[0];
    if (fact === undefined) {
      missing.push(`${compatible} (${read.driver.file}:${read.driver.line})`);
      continue;
    }
    const fields: readonly (readonly [string, string, string])[] = [
      ["driver", `${fact.driver.file}:${fact.driver.line}`, `${read.driver.file}:${read.driver.line}`],
      ["dmaMask", maskText(fact.dmaMask), maskText(read.dmaMask)],
      ["coherentDmaMask", maskText(fact.coherentDmaMask), maskText(read.coherentDmaMask)],
      ["maxSegmentSize", limitText(fact.maxSegmentSize), limitText(read.maxSegmentSize)],
      ["segmentBoundaryMask", maskText(fact.segmentBoundaryMask), maskText(read.segmentBoundaryMask)],
      ["appliesTo", deviceText(fact.appliesTo), deviceText(read.appliesTo)],
      ["buffers", queuesText(fact.buffers), queuesText(read.buffers)],
      ["pictureQueue", fact.pictureQueue ?? "none", read.pictureQueue ?? "none"],
      ["import", waysText(fact.import), waysText(read.import)],
      ["export", waysText(fact.export), waysText(read.export)],
      ["memoryRegionUse", fact.memoryRegionUse ?? "none", read.memoryRegionUse ?? "none"],
      ["mmu", fact.mmu, read.mmu],
      ["role", fact.role, read.role],
      ["slaveDma", String(fact.slaveDma), String(read.slaveDma)],
    ];
    for (const [field, mine, theirs] of fields) {
      compared += 1;
      // A register decides: that a person has also listed what it may say is no difference.
      if (mine === "runtime" && theirs.startsWith("runtime")) continue;
      if (mine !== theirs) differences.push({ compatible, field, extracted: mine, reviewed: theirs });
    }
  }
  return { compared, differences, missing };
}

/** One word for exact and variant: the number is what matters. */
function maskText({ kind, value, candidates }: MaskFact): string {
  if (value !== undefined) return value;
  return candidates === undefined ? kind : `${kind} ${candidates.join(" ")}`;
}

/** An aggregate that differs between chips is a set: a person puts it into the order it is looked for. */
function deviceText(device: FactAppliesTo): string {
  if (typeof device === "string" || !("aggregate" in device) || typeof device.aggregate === "string") {
    return JSON.stringify(device);
  }
  return `aggregate of ${[...device.aggregate].sort().join(" ")}`;
}

function limitText({ kind, value, setBy }: LimitFact): string {
  return [kind === "variant" ? "exact" : kind, value, setBy].filter((part) => part !== undefined).join(" ");
}

/** Queues in the order of their names: where they were found is not compared. */
function queuesText(buffers: readonly QueueFact[]): string {
  const text = ({ queue, kind, when, gfp, attrs = [], allocates, accepts, takesDmabuf }: QueueFact): string =>
    [
      `${queue}: ${kind}`,
      when,
      gfp,
      ...[...attrs].sort(),
      allocates === undefined ? undefined : `allocates ${allocates}`,
      accepts === undefined ? undefined : `accepts ${accepts}`,
      takesDmabuf === undefined ? undefined : takesDmabuf ? "takes dma-bufs" : "takes no dma-buf",
    ]
      .filter((part) => part !== undefined)
      .join(" ");
  return buffers.length === 0 ? "none" : buffers.map(text).sort().join(", ");
}

/** The ways that are open; what is said to be closed and what is not said are the same. */
function waysText(ways: DeviceFact["import"] | DeviceFact["export"]): string {
  const open = Object.entries(ways ?? {}).flatMap(([way, is]) => (is === true ? [way] : []));
  return open.length === 0 ? "none" : open.sort().join(" ");
}
