import { MAX_EXACT } from "../../units/quantity.js";

/** A zone of a NUMA node as `/proc/zoneinfo` prints it; all numbers but the node's are pages or page frame numbers. */
export interface ZoneInfo {
  readonly numaNode: number;
  /** `DMA`, `DMA32`, `Normal`, `HighMem`, `Movable`. */
  readonly name: string;
  readonly startPfn: number;
  /** From the first page to the last, holes among them. */
  readonly spanned: number;
  readonly present: number;
  /** Pages that the page allocator was given. */
  readonly managed: number;
  /** Pages of CMA areas in it. */
  readonly cma: number;
}

type Field = "spanned" | "present" | "managed" | "cma" | "start_pfn";

/**
 * Reads `/proc/zoneinfo`, which everybody may read. Zones without pages are left out.
 *
 * @see Linux 6.12 `mm/vmstat.c` `zoneinfo_show_print()`
 */
export function parseZoneInfo(text: string): readonly ZoneInfo[] {
  const zones: ZoneInfo[] = [];
  for (const part of text.split(/^(?=Node \d)/m)) {
    const head = /^Node (\d{1,4}), zone +(\S+)/.exec(part);
    if (head === null) continue;
    const field = (name: Field): number => {
      const value = Number(new RegExp(`^ +${name}:? +(\\d+)$`, "m").exec(part)?.[1] ?? 0);
      return value <= MAX_EXACT ? value : 0;
    };
    const spanned = field("spanned");
    if (spanned === 0) continue;
    zones.push({
      numaNode: Number(head[1]),
      name: head[2] as string,
      startPfn: field("start_pfn"),
      spanned,
      present: field("present"),
      managed: field("managed"),
      cma: field("cma"),
    });
  }
  return zones;
}
