/**
 * Memory after boot for people: for each bank a strip and a line for each piece, in order of address.
 *
 *   0x40000000-0x7fffffff  1 GiB  |##.......:..........CCCC.C####|
 *     0x40000000-0x42ffffff   48 MiB  kernel image         assumed
 *     0x43000000-0x47ffffff   80 MiB  free
 */
import type { CheckDocument, CheckedRegion } from "../../lint/document.js";
import type { BankMap, MemoryOwner, MemoryPiece } from "../../lint/memory-map.js";
import { formatHex, formatSize } from "../../units/quantity.js";
import { endOf, intersectRanges, type Range, type RangeSet, toRangeSet, totalSize } from "../../units/ranges.js";
import type { Look } from "./look.js";
import { type Heading, type Row, table } from "./table.js";
import { rangesText } from "./words.js";
import { hanging } from "./wrap.js";

/** Lines a map may have before regions that follow each other closely share one. */
const MOST_LINES = 40;
/** Such regions share a line when they are at least so many. */
const FEWEST_TOGETHER = 3;

/** A hole smaller than this is part of a page that nobody gets. */
const SMALLEST_PAGE = 4096;

/** What a line of the map says. */
interface Entry extends Range {
  readonly owners: readonly MemoryOwner[];
  /** Names of what lies there, in order of address. */
  readonly names: readonly string[];
  readonly kind: string;
}

/** The map, with its heading. */
export function memoryMapLines({ boot }: CheckDocument, look: Look): readonly string[] {
  const { paint, width } = look;
  const { banks, outside, borders } = boot.memory;
  const regions = new Map(boot.regions.map((region) => [region.node, region]));
  const scale = scaleFor(banks, width);
  const legend = `one character is ${formatSize(scale)}: . free, : in part, C a CMA area, # taken`;
  const lists = banks.map(({ pieces }) => entriesOf(pieces, regions));
  const isLong = lists.flat().length > MOST_LINES;
  const content: (Row | Heading)[] = [];
  for (const [i, bank] of banks.entries()) {
    content.push({ heading: bankLines(bank, regions, scale, look) });
    const entries = isLong ? together(lists[i] as readonly Entry[]) : (lists[i] as readonly Entry[]);
    for (const entry of entries) {
      for (const { address, below, above } of borders) {
        // A border within a piece stands before the piece that holds it.
        const isHere = address >= entry.base && address < endOf(entry);
        if (!isHere) continue;
        const text = `zone ${below} ends and zone ${above} begins at ${formatHex(address)}`;
        content.push({ heading: hanging("    -- ", text, width).map(paint.faint) });
      }
      content.push(rowOf(entry));
    }
  }
  if (outside.length > 0) {
    content.push({ heading: [paint.heading("  outside RAM")] }, ...entriesOf(outside, regions).map(rowOf));
  }
  return [
    "",
    paint.heading("Memory after boot"),
    ...hanging("  ", legend, width).map(paint.faint),
    ...table(
      [
        { title: "at" },
        { title: "size", align: "right" },
        { title: "what", min: 12, paint: (text) => (text === FREE ? paint.faint(text) : paint.name(text)) },
        { title: "kind", drop: 2 },
        { title: "place", drop: 1, paint: (text) => (text === "assumed" ? paint.doubtful(text) : text) },
      ],
      content,
      width,
      paint,
      4,
    ),
  ];
}

const FREE = "free";

function rowOf({ base, size, owners, names, kind }: Entry): Row {
  const isFree = owners.length === 0;
  const certainty = isFree ? "" : owners.some((owner) => owner.certainty === "assumed") ? "assumed" : "exact";
  const isLong = names.length > 2 && owners.every((owner) => owner.kind === "kernel");
  const what = isFree ? FREE : isLong ? `${names[0]} and other tables` : names.join(", ");
  return [rangesText([{ base, size }]), formatSize(size), what, kind, certainty];
}

/** A line for each piece; what the kernel takes for itself shares one. */
function entriesOf(pieces: readonly MemoryPiece[], regions: ReadonlyMap<string, CheckedRegion>): readonly Entry[] {
  const entries: Entry[] = [];
  for (const { base, size, owners } of pieces) {
    if (owners.length === 0 && size < SMALLEST_PAGE) continue;
    const last = entries[entries.length - 1];
    const kinds = owners.map((owner) => kindText(owner, regions)).filter((text) => text !== "");
    const kind = [...new Set(kinds)].join(", ");
    const names = [...new Set(owners.map(({ name }) => name))];
    if (owners.length > 1) names.splice(0, names.length, names.join(" and "));
    const isKernel = owners.length > 0 && owners.every((owner) => owner.kind === "kernel");
    if (
      last !== undefined &&
      isKernel &&
      last.owners.every((owner) => owner.kind === "kernel") &&
      last.names.length > 0
    ) {
      entries[entries.length - 1] = joined([last, { base, size, owners, names, kind }]);
    } else entries.push({ base, size, owners, names, kind });
  }
  return entries;
}

/** Regions of one kind that follow each other without a hole, on one line. */
function together(entries: readonly Entry[]): readonly Entry[] {
  const out: Entry[] = [];
  let run: Entry[] = [];
  const flush = (): void => {
    out.push(...(run.length >= FEWEST_TOGETHER ? [joined(run)] : run));
    run = [];
  };
  for (const entry of entries) {
    const [first] = run;
    const fits = entry.owners.length === 1 && entry.owners[0]?.kind === "region";
    if (first !== undefined && !(fits && first.kind === entry.kind && certaintyOf(first) === certaintyOf(entry)))
      flush();
    if (fits) run.push(entry);
    else out.push(entry);
  }
  flush();
  return out;
}

function certaintyOf({ owners }: Entry): string {
  return owners.map(({ certainty }) => certainty).join();
}

/** One line for several in order of address. */
function joined(entries: readonly Entry[]): Entry {
  const [first, last] = [entries[0] as Entry, entries[entries.length - 1] as Entry];
  return {
    base: first.base,
    size: endOf(last) - first.base,
    owners: entries.flatMap(({ owners }) => owners),
    names: [...new Set(entries.flatMap(({ names }) => names))],
    kind: first.kind,
  };
}

function kindText({ kind, node }: MemoryOwner, regions: ReadonlyMap<string, CheckedRegion>): string {
  switch (kind) {
    case "default-cma":
      return "cma";
    case "kernel":
    case "loaded":
    case "stated":
    case "memreserve":
      return "";
    case "region": {
      const region = node === null ? undefined : regions.get(node);
      if (region === undefined) return "";
      if (region.isDefaultCma) return `${region.kind}, default`;
      return region.noMap && region.kind === "carveout" ? "no-map" : region.kind;
    }
  }
}

/** Bytes a character of a strip stands for: the power of two that lets the largest bank fit the line. */
function scaleFor(banks: readonly Range[], width: number): number {
  const room = Math.max(16, Math.min(72, width - Math.max(0, ...banks.map((bank) => bankTitle(bank).length)) - 4));
  const largest = Math.max(0, ...banks.map(({ size }) => size));
  let scale = 1024 * 1024;
  while (largest > scale * room) scale *= 2;
  return scale;
}

function bankTitle(bank: Range): string {
  return `  ${rangesText([bank])}  ${formatSize(bank.size)}`;
}

/** Title of a bank and its strip, beside each other where there is room. */
function bankLines(
  bank: BankMap,
  regions: ReadonlyMap<string, CheckedRegion>,
  scale: number,
  { width, paint }: Look,
): readonly string[] {
  const held = (wanted: boolean): RangeSet =>
    toRangeSet(
      bank.pieces.filter(
        ({ owners }) => owners.length > 0 && owners.every((owner) => isCma(owner, regions)) === wanted,
      ),
    );
  const [cma, other] = [held(true), held(false)];
  let strip = "";
  for (let base = bank.base; base < endOf(bank); base += scale) {
    const cell = { base, size: Math.min(scale, endOf(bank) - base) };
    const [lent, taken] = [cma, other].map((set) => totalSize(intersectRanges(set, [cell]))) as [number, number];
    strip += lent + taken === 0 ? "." : lent === cell.size ? "C" : lent + taken === cell.size ? "#" : ":";
  }
  const title = bankTitle(bank);
  const picture = `|${strip}|`;
  return title.length + 2 + picture.length <= width
    ? [`${paint.heading(title)}  ${picture}`]
    : [paint.heading(title), `  ${picture}`];
}

function isCma({ kind, node }: MemoryOwner, regions: ReadonlyMap<string, CheckedRegion>): boolean {
  return kind === "default-cma" || (kind === "region" && node !== null && regions.get(node)?.kind === "cma");
}
