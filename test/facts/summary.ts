import type { DeviceFact, FactAppliesTo, LimitFact, MaskFact, QueueFact } from "../../src/facts/fact.js";

/** A fact as a few short strings, so that a table of facts reads at a glance. */
export interface Summary {
  readonly module: string;
  readonly appliesTo: string;
  readonly masks: string;
  readonly segment: string;
  readonly queues: string;
  readonly mmu: string;
}

/** Finds the one fact of a compatible; fails when there is none or more than one. */
export function factOf(facts: readonly DeviceFact[], compatible: string): DeviceFact {
  const found = facts.filter((fact) => "compatible" in fact.match && fact.match.compatible === compatible);
  if (found.length !== 1) throw new Error(`${found.length} facts for ${compatible}`);
  return found[0]!;
}

/** `default`, `exact 0xffffffff`, `runtime 0xffffffffff`: candidates joined by `|`. */
function mask(fact: MaskFact): string {
  const values = fact.value ?? fact.candidates?.join("|");
  return values === undefined ? fact.kind : `${fact.kind} ${values}`;
}

function limit(fact: LimitFact): string {
  return fact.value === undefined ? fact.kind : `${fact.value}`;
}

/** `capture contig`, with condition, flags and the two answers of an own kind: `gem own iommu scattered>scattered`. */
function queue(fact: QueueFact): string {
  const own = fact.allocates === undefined ? [] : [`${fact.allocates}>${fact.accepts ?? "?"}`];
  const parts = [fact.queue, fact.kind, fact.when, fact.gfp, ...(fact.attrs ?? []), ...own];
  return parts.filter((part) => part !== undefined).join(" ");
}

function target(applies: FactAppliesTo): string {
  if (typeof applies === "string") return applies;
  if ("aggregate" in applies) return [applies.aggregate].flat().join(" or ");
  if ("phandle" in applies) return `phandle ${applies.phandle}`;
  return `${applies.virtual} from ${applies.configuredFrom}`;
}

/** Says a fact in the words of the tables of this folder: streaming mask before coherent mask, queues in order. */
export function summarize(fact: DeviceFact): Summary {
  return {
    module: fact.driver.module,
    appliesTo: target(fact.appliesTo),
    masks: `${mask(fact.dmaMask)}, ${mask(fact.coherentDmaMask)}`,
    segment: limit(fact.maxSegmentSize),
    queues: fact.buffers.map(queue).join(", "),
    mmu: fact.mmu,
  };
}
