import type { HeapRouteDocument, HeapsDocument, ReachDocument } from "../../heaps/document.js";
import { formatSize } from "../../units/quantity.js";
import type { Look } from "./look.js";
import { type Column, type Heading, type Row, table } from "./table.js";
import { confidenceLegend, counted, rangesText } from "./words.js";
import { hanging, longestPiece, wrap } from "./wrap.js";

/** The memory sources with the ways to them, and what is out of bounds. */
export function renderHeaps(document: HeapsDocument, { paint, width }: Look): readonly string[] {
  const rows = document.heaps.map(
    (heap): Row => [
      heap.id,
      heap.algorithm,
      formatSize(heap.size),
      rangesText(heap.regions, 4).replaceAll(", ", "\n"),
      heap.contiguous ? "one range" : "scattered",
      heap.routes.length === 0 ? "none" : [...new Set(heap.routes.map(routeText))].join("\n"),
      heap.boundDevices.join("\n"),
    ],
  );
  const lines = [
    ...wrap(`${counted(document.heaps.length, "heap")}, ${document.profile}`, width).map(paint.heading),
    "",
    ...table(
      [
        { title: "heap", min: 16, paint: paint.name },
        { title: "algorithm", drop: 2 },
        { title: "size", align: "right" },
        { title: "at", min: 23, drop: 1 },
        { title: "pages", drop: 3 },
        { title: "routes", min: 26 },
        { title: "bound to", min: 16, drop: 4 },
      ],
      rows,
      width,
      paint,
    ),
  ];
  if (document.reserved.length > 0) {
    lines.push("", paint.heading("Reserved: no buffers come from here"));
    const reasons = new Set(document.reserved.map(({ why }) => why));
    const reserved = [...reasons].flatMap((reason): readonly (Row | Heading)[] => [
      { heading: hanging("  ", reason, width).map(paint.faint) },
      ...document.reserved
        .filter(({ why }) => why === reason)
        .map(({ node, regions }): Row => [node, rangesText(regions)]),
    ]);
    lines.push(
      ...table(
        [
          { title: "", min: 20 },
          { title: "", min: 23 },
        ],
        reserved,
        width,
        paint,
        4,
      ),
    );
  }
  return lines;
}

function routeText({ kind, path, device }: HeapRouteDocument): string {
  if (path !== undefined) return path;
  return kind === "drm-dumb" ? `dumb buffer on ${device}` : `V4L2 on ${device}`;
}

/** Heaps a line of the matrix holds at most, whatever the width. */
const MOST_HEAPS = 26;

/** Width the names of devices get at least. */
const LEAST_NAME = 26;

/** Title of the column that says how sure the facts of a driver are. */
const FACTS = "facts";

/** How many heaps stand side by side: lines of even length where one does not hold them all. */
function heapsThatFit({ heaps, rows }: ReachDocument, width: number): number {
  const names = Math.max(LEAST_NAME, ...rows.map((row) => longestPiece(deviceText(row))));
  const cells = rows.flatMap((row) => row.cells.map((cell, i) => cellText(cell, heaps[i]?.size ?? 0).length));
  const most = Math.min(MOST_HEAPS, Math.floor((width - names - FACTS.length - 2) / (Math.max(2, ...cells) + 2)));
  const lines = Math.ceil(heaps.length / Math.max(1, most));
  return Math.ceil(heaps.length / Math.max(1, lines));
}

function deviceText({ device, enabled }: ReachDocument["rows"][number]): string {
  return enabled ? device : `${device} (disabled)`;
}

/** Devices against heaps, heaps as letters so that the matrix stays narrow. */
export function renderReach(document: ReachDocument, { paint, width }: Look): readonly string[] {
  const letters = document.heaps.map((_, i) => letter(i));
  const lines = [
    ...wrap(
      `${counted(document.rows.length, "device")}, ${counted(document.heaps.length, "heap")}, ${document.profile}`,
      width,
    ).map(paint.heading),
    "",
  ];
  for (const [i, heap] of document.heaps.entries()) {
    lines.push(`  ${(letters[i] as string).padEnd(3)} ${paint.name(heap.id)}  ${formatSize(heap.size)}`);
  }
  const fit = heapsThatFit(document, width);
  for (let from = 0; from < document.heaps.length; from += fit) {
    const heaps = document.heaps.slice(from, from + fit);
    const columns: Column[] = [
      { title: "device", min: LEAST_NAME, paint: paint.name },
      { title: FACTS },
      ...heaps.map((_, i): Column => ({ title: letters[from + i] as string, align: "right", paint: cellPaint })),
    ];
    const rows = document.rows.map(
      (row): Row => [
        deviceText(row),
        row.confidence,
        ...row.cells.slice(from, from + fit).map((cell, i) => cellText(cell, (heaps[i] as { size: number }).size)),
      ],
    );
    lines.push("", ...table(columns, rows, width, paint));
  }
  const legend = "all: at bus addresses, iommu: all through translation, a share: in part, -: none";
  const levels = confidenceLegend(document.rows.map(({ confidence }) => confidence));
  lines.push("", ...[legend, levels].flatMap((text) => wrap(text, width)).map(paint.faint));
  return lines;

  function cellPaint(text: string): string {
    if (text === "all" || text === "iommu") return paint.good(text);
    return text === "-" ? paint.faint(text) : paint.doubtful(text);
  }
}

function cellText(cell: ReachDocument["rows"][number]["cells"][number], size: number): string {
  switch (cell.verdict) {
    case "direct":
      return "all";
    case "iommu":
      return "iommu";
    case "no":
      return "-";
    case "partial": {
      const share = (cell.reachableBytes / size) * 100;
      return share < 1 ? "<1%" : share > 99 ? ">99%" : `${Math.round(share)}%`;
    }
  }
}

/** A, B, ... Z, AA, AB, ... */
function letter(index: number): string {
  const last = String.fromCharCode(65 + (index % 26));
  return index < 26 ? last : letter(Math.floor(index / 26) - 1) + last;
}
