import { MAX_EXACT } from "../../units/quantity.js";
import { endOf, type Range } from "../../units/ranges.js";
import { MachineError } from "../error.js";
import type { AssumptionCode, MemoryBank } from "../machine.js";
import type { MachineSource } from "../source.js";
import { type IoMemoryEntry, parseIoMemory, systemRam } from "./io-memory.js";
import { valueOf } from "./layout.js";
import { parseMemoryInfo } from "./memory-info.js";
import { parseZoneInfo, type ZoneInfo } from "./zone-info.js";

/** Memory as a running kernel reports it. */
export interface LiveMemory {
  /** Sorted by base, not overlapping. Null where the tree's memory nodes are to be believed. */
  readonly banks: readonly MemoryBank[] | null;
  /** What the banks rest on; null for addresses that the kernel prints itself. */
  readonly assumption: AssumptionCode | null;
  /** Null where addresses are hidden. */
  readonly ioMemory: readonly IoMemoryEntry[] | null;
  readonly zones: readonly ZoneInfo[];
  /** Amounts in bytes by the names of `/proc/meminfo`. */
  readonly amounts: ReadonlyMap<string, number>;
  /** Bytes in a page; null where it cannot be told. */
  readonly pageSize: number | null;
}

const PAGE_SIZES = [4096, 16384, 65536];

/**
 * Finds the RAM of a running machine: `/proc/iomem`, for those who may see addresses there; else the memory nodes of a tree; else the spans of the
 * zones, which end where RAM does but may have holes; else one bank of the size that `/proc/meminfo` states.
 *
 * @param hasTree - whether there is a tree that may have memory nodes
 * @throws MachineError when none of these says anything
 */
export function liveMemory(source: MachineSource, hasTree: boolean): LiveMemory {
  const ioMemory = parseIoMemory(valueOf(source, "proc/iomem") ?? "");
  const zones = parseZoneInfo(valueOf(source, "proc/zoneinfo") ?? "");
  const amounts = parseMemoryInfo(valueOf(source, "proc/meminfo") ?? "");
  const pageSize = pageSizeOf(zones, amounts.get("MemTotal") ?? 0);
  const rest = { ioMemory, zones, amounts, pageSize };
  const ram = ioMemory === null ? [] : systemRam(ioMemory);
  if (ram.length > 0) {
    const nodes = zoneRanges(zones, pageSize);
    return { banks: ram.flatMap((range) => splitByNode(range, nodes, "/proc/iomem")), assumption: null, ...rest };
  }
  if (hasTree) return { banks: null, assumption: null, ...rest };
  const spans = zoneRanges(zones, pageSize);
  if (spans.length > 0) {
    const banks = spans.map((span) => ({ ...span, provenance: { kind: "live", source: "/proc/zoneinfo" } as const }));
    return { banks: apart(banks), assumption: "memory-from-zones", ...rest };
  }
  const total = amounts.get("MemTotal") ?? 0;
  if (total === 0)
    throw new MachineError(
      "no-memory",
      "neither proc/iomem nor proc/zoneinfo nor proc/meminfo says how much memory there is",
    );
  const bank: MemoryBank = { base: 0, size: total, numaNode: 0, provenance: { kind: "live", source: "/proc/meminfo" } };
  return { banks: [bank], assumption: "memory-size-only", ...rest };
}

interface NodeRange extends Range {
  readonly numaNode: number;
}

/** Spans of the zones, sorted by base. A movable zone lies inside the memory of others where it has any. */
function zoneRanges(zones: readonly ZoneInfo[], pageSize: number | null): readonly NodeRange[] {
  const page = pageSize ?? 4096;
  return zones
    .flatMap(({ startPfn, spanned, numaNode }) => {
      const base = startPfn * page;
      const end = Math.min(base + spanned * page, MAX_EXACT);
      return end > base ? [{ base, size: end - base, numaNode }] : [];
    })
    .sort((a, b) => a.base - b.base || a.numaNode - b.numaNode);
}

function splitByNode(range: Range, nodes: readonly NodeRange[], source: string): readonly MemoryBank[] {
  const provenance = { kind: "live", source } as const;
  const inside = nodes.filter((node) => node.base < endOf(range) && endOf(node) > range.base);
  if (new Set(inside.map(({ numaNode }) => numaNode)).size <= 1) {
    return [{ base: range.base, size: range.size, numaNode: inside[0]?.numaNode ?? 0, provenance }];
  }
  const parts: MemoryBank[] = [];
  for (const [i, { numaNode }] of inside.entries()) {
    const base = i === 0 ? range.base : (inside[i] as NodeRange).base;
    const end = i + 1 < inside.length ? (inside[i + 1] as NodeRange).base : endOf(range);
    const before = parts[parts.length - 1];
    if (end <= base) continue;
    if (before !== undefined && before.numaNode === numaNode && endOf(before) === base) {
      parts[parts.length - 1] = { ...before, size: end - before.base };
    } else {
      parts.push({ base, size: end - base, numaNode, provenance });
    }
  }
  return parts;
}

/** Cuts from each bank what the ones before it have. */
function apart(banks: readonly MemoryBank[]): readonly MemoryBank[] {
  const out: MemoryBank[] = [];
  let end = 0;
  for (const bank of banks) {
    const base = Math.max(bank.base, end);
    if (endOf(bank) <= base) continue;
    end = endOf(bank);
    const before = out[out.length - 1];
    if (before !== undefined && endOf(before) === base && before.numaNode === bank.numaNode) {
      out[out.length - 1] = { ...before, size: end - before.base };
    } else {
      out.push({ ...bank, base, size: end - base });
    }
  }
  return out;
}

/** `MemTotal` counts the pages that the zones manage. */
function pageSizeOf(zones: readonly ZoneInfo[], total: number): number | null {
  const managed = zones.reduce((sum, zone) => sum + zone.managed, 0);
  if (managed === 0 || total === 0) return null;
  const near = PAGE_SIZES.find((size) => Math.abs(total / managed / size - 1) < 0.5);
  return near ?? null;
}
