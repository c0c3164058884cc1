import { readFileSync } from "node:fs";
import { parseMemoryInfo } from "../../machine/live/memory-info.js";
import type { Bytes } from "../../units/quantity.js";

/** `/proc/meminfo` as it is now: bytes by name. */
export function readMemoryInfo(): ReadonlyMap<string, Bytes> {
  return parseMemoryInfo(readFileSync("/proc/meminfo", "latin1"));
}

/** An amount that every kernel states, in bytes. @throws RangeError where it does not */
export function readMemoryAmount(name: "MemAvailable" | "MemTotal"): Bytes {
  const amount = readMemoryInfo().get(name);
  if (amount === undefined) throw new RangeError(`/proc/meminfo has no line ${name}`);
  return amount;
}
