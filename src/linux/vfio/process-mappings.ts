import { readFileSync } from "node:fs";

/** A range of addresses of this process that shows one thing in one way. */
export interface ProcessMapping {
  /** First address. */
  readonly start: bigint;
  /** Exclusive. */
  readonly end: bigint;
  /** What is mapped, as the kernel names it: `/memfd:x (deleted)`, `/dmabuf:x`, `[heap]`; empty for anonymous memory. */
  readonly name: string;
  readonly isReadable: boolean;
  readonly isWritable: boolean;
  /** True when the pages are a driver's, for which the kernel keeps no account of who uses them: `VM_PFNMAP` or `VM_IO`. */
  readonly isOfDriver: boolean;
}

/** Mappings of this process, ascending. Empty where the kernel does not tell (`CONFIG_PROC_PAGE_MONITOR`). */
export function processMappings(): readonly ProcessMapping[] {
  try {
    return parseMappings(readFileSync("/proc/self/smaps", "latin1"));
  } catch {
    return [];
  }
}

/**
 * Reads the form of `/proc/PID/smaps`: a line with range and name for each mapping, and below it, among others, its flags.
 *
 * @see Linux 6.12 `fs/proc/task_mmu.c` `show_map_vma()`, `show_smap_vma_flags()`
 */
export function parseMappings(text: string): readonly ProcessMapping[] {
  const mappings: ProcessMapping[] = [];
  const entry = /^([0-9a-f]+)-([0-9a-f]+) (.)(.)\S+ \S+ \S+ \S+ *(.*)$|^VmFlags: (.*)$/gm;
  for (const [, start, end, read, write, name = "", flags] of text.matchAll(entry)) {
    const last = mappings.at(-1);
    if (flags !== undefined && last !== undefined) {
      const words = flags.split(" ");
      mappings[mappings.length - 1] = { ...last, isOfDriver: words.includes("pf") || words.includes("io") };
    } else if (flags === undefined) {
      const [isReadable, isWritable] = [read === "r", write === "w"];
      mappings.push({
        start: BigInt(`0x${start}`),
        end: BigInt(`0x${end}`),
        name,
        isReadable,
        isWritable,
        isOfDriver: false,
      });
    }
  }
  return mappings;
}
