import type { DeviceFact } from "../../../src/facts/fact.js";
import type { FactBase } from "../../../src/facts/lookup.js";
import { type Judgement, judge } from "./judge.js";
import type { Reading, Unbound } from "./reading.js";
import { READINGS_A } from "./readings-a.js";
import { READINGS_B } from "./readings-b.js";

/** Every reading of a driver, names without one left out. */
export const READINGS: readonly Reading[] = [...READINGS_A, ...READINGS_B].filter(isReading);

function isReading(one: Reading | Unbound): one is Reading {
  return !("unbound" in one);
}

/** Judges the extracted fact of each compatible that was read, for the driver that was read. What people read besides does not count. */
export function judgedReadings({ extracted }: FactBase): readonly Judgement[] {
  const factsOf = (compatible: string): readonly DeviceFact[] => extracted?.of(compatible) ?? [];
  return READINGS.flatMap((reading) => {
    const own = factsOf(reading.compatible).find(({ driver }) => driver.file === reading.driver.file) ?? null;
    // A block that only passes pixels on was read as one without buffers, one that fetches them as one with its aggregate's: a fact says the same of both.
    const shared = own !== null && reading.kinds.length > 0;
    return judge(reading, shared ? { ...own, buffers: buffersOf(own, factsOf) } : own);
  });
}

/** Buffers of a block are those of the aggregate that allocates for it. */
function buffersOf(fact: DeviceFact, factsOf: (compatible: string) => readonly DeviceFact[]): DeviceFact["buffers"] {
  const { appliesTo, buffers } = fact;
  if (buffers.length > 0 || typeof appliesTo === "string" || !("aggregate" in appliesTo)) return buffers;
  return [appliesTo.aggregate].flat().flatMap((name) => factsOf(name).flatMap((aggregate) => aggregate.buffers));
}
