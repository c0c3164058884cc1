import type { DeviceFact } from "./fact.js";
import type { FactBase, FactOverride, NamedFacts } from "./lookup.js";

/** Fields a fact may leave out: in documents they are null. */
type Optional =
  | "configuredFrom"
  | "maxSegments"
  | "pictureQueue"
  | "import"
  | "export"
  | "memoryRegionUse"
  | "memoryRegionWhen"
  | "mmuOutputBits"
  | "note"
  | "url";

/** Lists a fact may leave out: in documents they are empty. */
type Listed = "layouts" | "videoNodes";

/** A fact as documents show it: every field is there. */
export type FactDocument = Omit<DeviceFact, Optional | Listed> & {
  readonly [Field in Optional]: NonNullable<DeviceFact[Field]> | null;
} & { readonly [Field in Listed]: NonNullable<DeviceFact[Field]> };

/** What `coalloc facts --json` prints: `coalloc/facts/1`. */
export interface FactsDocument {
  readonly schema: "coalloc/facts/1";
  readonly name: string;
  /** The one a machine is built with first, rivals for the same name behind it. */
  readonly facts: readonly FactDocument[];
  /** What the user's file states for this compatible. */
  readonly overrides: readonly FactOverride[];
  /** Similar names, where there are no facts. */
  readonly close: readonly string[];
}

/**
 * What is known under a compatible, the name of a platform driver, the name its driver gives a video device, or a PCI id such as `1234:abcd`.
 */
export function factsDocument(base: FactBase, name: string): FactsDocument {
  const { facts, close }: NamedFacts = base.byName(name);
  return {
    schema: "coalloc/facts/1",
    name,
    facts: facts.map(factDocument),
    overrides: base.overrides.filter(({ match }) => "compatible" in match && match.compatible === name),
    close,
  };
}

function factDocument(fact: DeviceFact): FactDocument {
  return {
    match: fact.match,
    driver: fact.driver,
    role: fact.role,
    appliesTo: fact.appliesTo,
    dmaMask: fact.dmaMask,
    coherentDmaMask: fact.coherentDmaMask,
    maxSegmentSize: fact.maxSegmentSize,
    maxSegments: fact.maxSegments ?? null,
    segmentBoundaryMask: fact.segmentBoundaryMask,
    buffers: fact.buffers,
    pictureQueue: fact.pictureQueue ?? null,
    videoNodes: fact.videoNodes ?? [],
    import: fact.import ?? null,
    export: fact.export ?? null,
    configuredFrom: fact.configuredFrom ?? null,
    memoryRegionUse: fact.memoryRegionUse ?? null,
    memoryRegionWhen: fact.memoryRegionWhen ?? null,
    mmu: fact.mmu,
    mmuOutputBits: fact.mmuOutputBits ?? null,
    slaveDma: fact.slaveDma,
    layouts: fact.layouts ?? [],
    confidence: fact.confidence,
    reviewed: fact.reviewed,
    note: fact.note ?? null,
    url: fact.url ?? null,
  };
}
