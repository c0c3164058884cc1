import { MAX_EXACT } from "../../units/quantity.js";
import { type Range, type RangeSet, toRangeSet } from "../../units/ranges.js";

/** An entry of `/proc/iomem`. */
export interface IoMemoryEntry extends Range {
  /** 0 for an entry that lies in no other. */
  readonly depth: number;
  readonly name: string;
}

/** One entry a line: two spaces for each level, both ends inclusive. */
const ENTRY = /^( *)([0-9a-f]{1,16})-([0-9a-f]{1,16}) : (.*)$/;

/**
 * Reads `/proc/iomem`. Lines of another form and ranges beyond 2^53 - 1 do not count.
 *
 * @returns null where addresses are hidden: without CAP_SYS_ADMIN the kernel prints zeros
 * @see Linux 6.12 `kernel/resource.c` `r_show()`
 */
export function parseIoMemory(text: string): readonly IoMemoryEntry[] | null {
  const entries: IoMemoryEntry[] = [];
  for (const line of text.split("\n")) {
    const match = ENTRY.exec(line);
    if (match === null) continue;
    const [, indent = "", first = "", last = "", name = ""] = match;
    const base = Number.parseInt(first, 16);
    const end = Number.parseInt(last, 16) + 1;
    if (end > MAX_EXACT || end <= base) continue;
    entries.push({ base, size: end - base, depth: Math.floor(indent.length / 2), name });
  }
  return entries.some(({ base, size }) => base > 0 || size > 1) ? entries : null;
}

/** RAM the kernel uses. On arm64 RAM hidden by `no-map` is not in it. */
export function systemRam(entries: readonly IoMemoryEntry[]): RangeSet {
  return toRangeSet(entries.filter(({ name }) => name === "System RAM"));
}

/**
 * Parts of RAM that were taken when the kernel had booted: its image, and what it or the firmware reserved. CMA areas are among the reserved parts
 * where the architecture lists them.
 *
 * @see Linux 6.12 `arch/arm64/kernel/setup.c` `reserve_memblock_reserved_regions()`
 */
export function takenRam(entries: readonly IoMemoryEntry[]): RangeSet {
  return toRangeSet(
    entries.filter(
      ({ depth, name }) => depth > 0 && /^(reserved|Kernel (code|rodata|data|bss)|Crash kernel)$/i.test(name),
    ),
  );
}
