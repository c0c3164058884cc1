/**
 * Reads what a 6.12 kernel printed while it set memory up. Everything is as printed: reserved ranges are the sum of the logged operations, and that sum is compared with
 * the kernel's own table at the end.
 */
import { formatHex } from "../../src/units/quantity.js";
import { type Range, type RangeSet, subtractRanges, toRangeSet, unionRanges } from "../../src/units/ranges.js";
import type { Capture, HexRange } from "../../test/boot/capture.js";
import { MessageReader } from "./messages.js";

/** What the log of one boot says, in the words of the captures. `defaultCma` has no source: the log does not tell. */
export interface ConsoleLog
  extends Pick<
    Capture,
    | "complete"
    | "beforeScan"
    | "afterScan"
    | "beforeDefaultCma"
    | "memory"
    | "noMap"
    | "zones"
    | "regions"
    | "failures"
    | "cmaTotalKiB"
  > {
  /** The area made beside the tree's; null when there is none. */
  readonly defaultCma: HexRange | null;
}

const OPERATION = /^memblock_(reserve|phys_free): \[0x([0-9a-f]+)-0x([0-9a-f]+)\] (\S+)/;
const AREA_MADE = /^cma: Reserved \d+ MiB at /;
const AREA_REFUSED = /^cma: (?:Failed to reserve|Region at|Size \()/;
const NO_SLOTS = /^cma: Not enough slots/;
const REGION_REFUSED = /unable to setup CMA region/;
const ZONE = /^\s+(DMA|DMA32|Normal) +\[mem 0x([0-9a-f]+)-0x([0-9a-f]+)\]$/;
const TABLE = /^ (memory|reserved)\[0x[0-9a-f]+\]\t\[0x([0-9a-f]+)-0x([0-9a-f]+)\], .* flags: 0x([0-9a-f]+)$/;
const NO_MAP = 4;

/**
 * @param console - of a boot with `memblock=debug`
 * @param tree - where the device tree lay: it is reserved before the kernel reads its command line and begins to log
 * @throws Error when the log does not begin as expected, or the operations do not add up to the kernel's table
 */
export function readConsoleLog(console: string, tree: Range): ConsoleLog {
  let reserved: RangeSet = toRangeSet([tree]);
  let before = reserved;
  let last: Range | null = null;
  let beforeScan: RangeSet | null = null;
  let afterScan: RangeSet | null = null;
  let beforeDefaultCma: RangeSet | null = null;
  /** Before the last area that found no slot; which was the default area unless a region is named next. */
  let withoutSlot: RangeSet | null = null;
  let defaultCma: Range | null = null;
  let cmaTotalKiB: number | null = null;
  const memory: Range[] = [];
  const hidden: Range[] = [];
  const table: Range[] = [];
  let compared = false;
  const zones: Record<string, HexRange> = {};
  const messages = new MessageReader();

  for (const raw of console.split("\n")) {
    const line = raw.replace(/^\[ *\d+\.\d+\] /, "");
    const operation = OPERATION.exec(line);
    if (operation !== null) {
      const [, what, first, end, caller = ""] = operation;
      last = inclusive(first, end);
      before = reserved;
      reserved = what === "reserve" ? unionRanges(reserved, toRangeSet([last])) : subtractRanges(reserved, [last]);
      if (afterScan === null && caller.startsWith("arm64_memblock_init")) beforeScan = reserved;
      if (table.length > 0 && !compared) throw new Error("an operation amid the kernel's table of memory");
      continue;
    }
    if (beforeScan !== null && afterScan === null && line.includes("early_pgtable_alloc")) afterScan = reserved;
    const row = TABLE.exec(line);
    if (row !== null) {
      const range = inclusive(row[2], row[3]);
      if (row[1] === "reserved") table.push(range);
      else memory.push(range);
      if (row[1] === "memory" && Number(`0x${row[4]}`) === NO_MAP) hidden.push(range);
      continue;
    }
    if (table.length > 0 && !compared) {
      compared = true;
      const printed = toRangeSet(table);
      if (JSON.stringify(printed) !== JSON.stringify(reserved)) {
        throw new Error("the logged operations do not add up to the kernel's own table of reserved memory");
      }
    }
    const zone = ZONE.exec(line);
    if (zone !== null) {
      const range = inclusive(zone[2], zone[3]);
      zones[zone[1] as string] = [formatHex(range.base), formatHex(range.base + range.size)];
    } else if (AREA_MADE.test(line)) {
      defaultCma = last;
      beforeDefaultCma = before;
    } else if (AREA_REFUSED.test(line)) {
      beforeDefaultCma ??= reserved;
    } else if (NO_SLOTS.test(line)) {
      withoutSlot = reserved;
    } else if (REGION_REFUSED.test(line)) {
      withoutSlot = null;
    }
    const total = /^CmaTotal: +(\d+) kB$/.exec(line);
    if (total !== null) cmaTotalKiB = Number(total[1]);
    messages.read(line);
  }
  if (beforeScan === null)
    throw new Error("the log has no beginning: memblock=debug, or the early console, is missing");
  beforeDefaultCma ??= withoutSlot;
  const { regions, failures } = messages.end();
  return {
    complete: cmaTotalKiB !== null,
    beforeScan: hexRanges(beforeScan),
    afterScan: hexRanges(afterScan ?? reserved),
    beforeDefaultCma: beforeDefaultCma === null ? null : hexRanges(beforeDefaultCma),
    memory: hexRanges(memory),
    noMap: compared ? hexRanges(toRangeSet(hidden)) : null,
    zones,
    regions,
    failures,
    defaultCma: defaultCma === null ? null : hexRange(defaultCma),
    cmaTotalKiB,
  };
}

/** Base and size in hexadecimal, as captures have them. */
export function hexRange({ base, size }: Range): HexRange {
  return [formatHex(base), formatHex(size)];
}

function hexRanges(ranges: readonly Range[]): readonly HexRange[] {
  return ranges.map(hexRange);
}

function inclusive(first: string | undefined, last: string | undefined): Range {
  const base = Number(`0x${first}`);
  return { base, size: Number(`0x${last}`) - base + 1 };
}
