import type { AllocatorRow } from "./allocator-cell.js";
import type { Workload } from "./workloads.js";

/** Rows that the others are compared with, and what the column is called. */
const REFERENCES: readonly (readonly [string, string])[] = [
  ["do-nothing", "/ nothing"],
  ["bitmap-first-fit", "/ bitmap"],
  ["free-list", "/ list"],
  ["npm:@thi.ng/malloc", "/ npm"],
];

const HEAD: readonly string[] = [
  "",
  "ns/pair",
  "fastest..slowest",
  ...REFERENCES.map(([, title]) => title),
  "fails",
  "units",
  "high",
  "frag",
  "bytes/live",
  "KiB/GiB",
  "placement",
  "audit",
];

const LEGEND = `ns/pair    CPU time of an allocation and its free, median; beside it the fastest and the slowest pass
/ ...      ns/pair divided by that of do-nothing (the replay itself), bitmap-first-fit, free-list and npm:@thi.ng/malloc; of a trace timed
           in part, the beginnings have different lengths
fails      requests refused, and the units they asked for
high       greatest unit ever used, plus 1
frag       1 - longest free run / free units, mean of samples
bytes/live bookkeeping added per live allocation, when most are live
KiB/GiB    bookkeeping of an empty pool, per GiB of pool
placement  hash of all placements; "ok": the one that is due for this policy; "part": not of the whole trace
audit      "ok": every block in bounds, on free units and aligned, and the timed passes placed alike
*          only the beginning of the trace was timed, as many events as are said below the table`;

/** A table per workload, then what the columns mean. */
export function allocatorTables(rows: readonly AllocatorRow[], workloads: readonly Workload[]): string {
  const tables = workloads.map((workload) => {
    const mine = rows.filter((row) => row.workload === workload.name);
    const partly = mine.filter((row) => row.eventsTimed < row.events);
    return [
      `${workload.name}: ${workload.title}, ${workload.pool} units, trace ${mine[0]?.traceHash ?? "not replayed"}`,
      ...aligned([HEAD, ...mine.map((row) => cells(row, mine))]),
      ...partly.map(
        (row) =>
          `  * ${row.algorithm}: the first ${row.eventsTimed} of ${row.events} events timed, ${row.eventsAudited} audited`,
      ),
    ].join("\n");
  });
  return [...tables, LEGEND].join("\n\n");
}

function cells(row: AllocatorRow, mine: readonly AllocatorRow[]): string[] {
  const ratios = REFERENCES.map(([name]) => {
    const reference = mine.find(({ algorithm }) => algorithm === name);
    return reference === undefined ? "" : ratio(row.nsPerPair / reference.nsPerPair);
  });
  const isWhole = row.eventsAudited === row.events;
  const placed = row.audited === null;
  const quality = [row.fails, row.failUnits, row.high, row.fragMean.toFixed(3)].map(String);
  const verdict =
    row.placementHashRight === null ? (isWhole ? "" : " part") : row.placementHashRight ? " ok" : " WRONG";
  return [
    row.algorithm,
    `${row.nsPerPair.toFixed(1)}${row.eventsTimed < row.events ? "*" : ""}`,
    `${row.nsFastest.toFixed(1)}..${row.nsSlowest.toFixed(1)}`,
    ...ratios,
    ...(placed ? ["", "", "", ""] : quality),
    row.bytesPerAllocation === null || placed ? "" : row.bytesPerAllocation.toFixed(0),
    placed ? "" : (row.bytesPerGiB / 1024).toFixed(0),
    placed ? "" : `${row.placementHash}${verdict}`,
    placed ? "" : row.audited ? "ok" : "WRONG",
  ];
}

function ratio(value: number): string {
  return value < 0.1 ? value.toFixed(3) : value < 10 ? value.toFixed(2) : value.toFixed(0);
}

/** The first column to the left, the others to the right. */
function aligned(table: readonly (readonly string[])[]): string[] {
  const widths = (table[0] ?? []).map((_, column) => Math.max(...table.map((line) => line[column]?.length ?? 0)));
  return table.map((line) =>
    line
      .map((text, column) => (column === 0 ? text.padEnd(widths[0] ?? 0) : text.padStart(widths[column] ?? 0)))
      .join("  ")
      .trimEnd(),
  );
}
