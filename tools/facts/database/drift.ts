import type { ExtractedFacts } from "../../../src/facts/extracted/extracted-facts.js";
import type { DeviceFact, SourceLine } from "../../../src/facts/fact.js";

/** What is different about one compatible under one driver's module. */
export type FactChange = { readonly compatible: string; readonly module: string } & (
  | { readonly kind: "new" | "gone" }
  /** Every field is there before and after; `undefined` where it is missing. */
  | { readonly kind: "changed"; readonly fields: readonly { field: string; before: unknown; after: unknown }[] }
);

/** Two databases held against each other. */
export interface FactDrift {
  /** By compatible. */
  readonly changes: readonly FactChange[];
  /** Facts that say the same on both sides. */
  readonly same: number;
}

/**
 * Compares what is known of every compatible and driver. That lines moved is no change.
 *
 * A driver is known by its module: files move more often than modules are renamed.
 */
export function driftOf(before: ExtractedFacts, after: ExtractedFacts): FactDrift {
  const changes: FactChange[] = [];
  let same = 0;
  for (const compatible of [...new Set([...before.names(), ...after.names()])].sort()) {
    const old = byModule(before.of(compatible));
    const now = byModule(after.of(compatible));
    for (const module of [...new Set([...old.keys(), ...now.keys()])].sort()) {
      const [was, is] = [old.get(module), now.get(module)];
      if (was === undefined || is === undefined) {
        changes.push({ compatible, module, kind: was === undefined ? "new" : "gone" });
        continue;
      }
      const fields = changedFields(was, is);
      if (fields.length === 0) same += 1;
      else changes.push({ compatible, module, kind: "changed", fields });
    }
  }
  return { changes, same };
}

function byModule(facts: readonly DeviceFact[]): ReadonlyMap<string, DeviceFact> {
  return new Map(facts.map((fact) => [fact.driver.module, fact]));
}

function changedFields(was: DeviceFact, is: DeviceFact): readonly { field: string; before: unknown; after: unknown }[] {
  const [old, now] = [withoutLines(was), withoutLines(is)];
  const fields = [...new Set([...Object.keys(old), ...Object.keys(now)])].sort();
  return fields
    .map((field) => ({ field, before: old[field], after: now[field] }))
    .filter(({ before, after }) => JSON.stringify(before) !== JSON.stringify(after));
}

/** What a fact says, and not where. */
function withoutLines(fact: DeviceFact): Record<string, unknown> {
  const isSources = (key: string, value: unknown): value is readonly SourceLine[] =>
    key === "sources" && Array.isArray(value);
  return JSON.parse(
    JSON.stringify({ ...fact, match: undefined, driver: undefined }, (key, value: unknown) =>
      isSources(key, value) ? undefined : value,
    ),
  );
}
