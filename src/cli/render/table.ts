import type { Paint } from "./paint.js";
import { longestPiece, wrap } from "./wrap.js";

/** A column of a table. */
export interface Column {
  readonly title: string;
  readonly align?: "left" | "right";
  /** The column may wrap, down to this width; without it the column is as wide as its widest cell. */
  readonly min?: number;
  /** The column may be left out where there is no room: the highest number goes first. An empty one is left out anyway. */
  readonly drop?: number;
  readonly paint?: (text: string) => string;
}

/** Plain text, as many cells as there are columns. */
export type Row = readonly string[];

/** A line across all columns, above the rows that belong to it; printed as it is. */
export interface Heading {
  readonly heading: readonly string[];
}

const GAP = 2;

/**
 * Lines of a table that fits the width: columns wrap before one is left out, and no number is cut. What was left out is said in a last line.
 *
 * @param rows - plain text without colours; cells may hold line breaks
 */
export function table(
  columns: readonly Column[],
  content: readonly (Row | Heading)[],
  width: number,
  paint: Paint,
  indent = 0,
): readonly string[] {
  const room = width - indent;
  const rows = content.filter((row): row is Row => !("heading" in row));
  const cells = (column: number): readonly string[] => [
    (columns[column] as Column).title,
    ...rows.map((row) => row[column] ?? ""),
  ];
  const natural = columns.map((_, i) => Math.max(...cells(i).flatMap((c) => c.split("\n").map((line) => line.length))));
  const least = columns.map(({ min }, i) => {
    const full = natural[i] as number;
    return min === undefined ? full : Math.min(full, Math.max(min, ...cells(i).map(longestPiece)));
  });
  const empty = new Set(
    columns.flatMap(({ drop }, i) => (drop !== undefined && rows.every((row) => (row[i] ?? "") === "") ? [i] : [])),
  );
  const dropped = leftOut(columns, least, empty, room);
  const shown = columns.map((_, i) => i).filter((i) => !dropped.has(i) && !empty.has(i));
  const widths = share(natural, least, shown, room);
  const margin = " ".repeat(indent);

  const lines: string[] = [];
  const print = (texts: readonly string[], style: (column: number) => (text: string) => string): void => {
    const wrapped = texts.map((text, k) => wrap(text, widths[k] as number));
    const height = Math.max(...wrapped.map((w) => w.length));
    for (let line = 0; line < height; line++) {
      let out = margin;
      let pending = 0;
      for (const [k, column] of shown.entries()) {
        const text = wrapped[k]?.[line] ?? "";
        const fill = Math.max(0, (widths[k] as number) - text.length);
        const right = columns[column]?.align === "right";
        if (text === "") {
          pending += (widths[k] as number) + GAP;
          continue;
        }
        out += " ".repeat(pending + (right ? fill : 0)) + style(column)(text);
        pending = (right ? 0 : fill) + GAP;
      }
      lines.push(out.trimEnd());
    }
  };
  if (columns.some((column) => column.title !== "")) {
    print(
      shown.map((i) => (columns[i] as Column).title),
      () => paint.faint,
    );
  }
  for (const row of content) {
    if ("heading" in row) lines.push(...row.heading);
    else {
      print(
        shown.map((i) => row[i] ?? ""),
        (column) => (text) => columns[column]?.paint?.(text) ?? text,
      );
    }
  }
  if (dropped.size > 0 && rows.length > 0) {
    const names = [...dropped].sort((a, b) => a - b).map((i) => (columns[i] as Column).title);
    lines.push(`${margin}${paint.faint(`not shown at this width: ${names.join(", ")}`)}`);
  }
  return lines;
}

function total(widths: readonly number[]): number {
  return widths.reduce((sum, w) => sum + w, 0) + GAP * Math.max(0, widths.length - 1);
}

/** Columns to leave out so that the others fit at their least width. */
function leftOut(
  columns: readonly Column[],
  least: readonly number[],
  empty: ReadonlySet<number>,
  room: number,
): ReadonlySet<number> {
  const dropped = new Set<number>();
  const order = columns
    .map(({ drop }, i) => ({ drop, i }))
    .filter(({ drop, i }) => drop !== undefined && !empty.has(i))
    .sort((a, b) => (b.drop as number) - (a.drop as number));
  for (const { i } of order) {
    if (total(least.filter((_, k) => !dropped.has(k) && !empty.has(k))) <= room) break;
    dropped.add(i);
  }
  return dropped;
}

/** Widths of the shown columns: the room beyond the least widths goes where most is missing. */
function share(
  natural: readonly number[],
  least: readonly number[],
  shown: readonly number[],
  room: number,
): readonly number[] {
  const widths = shown.map((i) => least[i] as number);
  let left = room - total(widths);
  while (left > 0) {
    let most = -1;
    let missing = 0;
    for (const [k, i] of shown.entries()) {
      const lack = (natural[i] as number) - (widths[k] as number);
      if (lack > missing) {
        missing = lack;
        most = k;
      }
    }
    if (most < 0) break;
    widths[most] = (widths[most] as number) + 1;
    left -= 1;
  }
  return widths;
}
