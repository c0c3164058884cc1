import { readFileSync } from "node:fs";
import { parseMemoryInfo } from "../../machine/live/memory-info.js";
import type { Bytes } from "../../units/quantity.js";

/** `/proc/meminfo` as it is now: bytes by name. */
export function readMemoryInfo(): ReadonlyMap<string, Bytes> {
  return parseMemoryInfo(readFileSync("/proc/meminfo", "latin1"));
}
