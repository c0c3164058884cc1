import { type Bytes, KIB, MAX_EXACT } from "../../units/quantity.js";

/** Amounts of `/proc/meminfo` in bytes, by name: `MemTotal`, `CmaTotal`. Lines that give no amount in kB do not count. */
export function parseMemoryInfo(text: string): ReadonlyMap<string, Bytes> {
  const amounts = new Map<string, Bytes>();
  for (const line of text.split("\n")) {
    const match = /^([\w()]+): +(\d+) kB$/.exec(line);
    if (match === null) continue;
    const bytes = Number(match[2]) * KIB;
    if (bytes <= MAX_EXACT) amounts.set(match[1] as string, bytes);
  }
  return amounts;
}
