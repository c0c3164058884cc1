import { roundUpToPowerOfTwo } from "../../units/quantity.js";
import { patternRecogniser } from "../pattern-recogniser.js";
import type { Numbers, Recogniser } from "../recogniser.js";

/** A run of free pages in a CMA area, in pages from its start. */
export interface FreeRun {
  readonly base: number;
  readonly pages: number;
}

/** What `number of available pages` prints of an area. */
export interface FreeMap {
  /** In the order of the area. */
  readonly runs: readonly FreeRun[];
  readonly free: number;
  readonly total: number;
}

/** Numbers of the line, and the line's own list of runs. */
interface FreeMapNumbers extends Numbers {
  readonly map: string;
  readonly freePages: number;
  readonly totalPages: number;
}

/** Pages of the largest alignment CMA gives without being told: `CONFIG_CMA_ALIGNMENT` is 8 unless somebody changes it. */
const LARGEST_ALIGNMENT = 256;

/**
 * Reads `16@272+96@416=> 112 free of 4096 total pages`. Lengths are pages; positions are bits of the area's bitmap, which are pages in the areas that
 * serve devices (`order_per_bit` 0).
 *
 * @returns null when the runs overlap, leave the area or do not add up
 */
export function parseFreeMap(text: string): FreeMap | null {
  const match = /^([\d@+]*)=> ?(\d+) free of (\d+) total pages/.exec(text);
  if (match === null) return null;
  const [, list = "", free, total] = match;
  const map = { runs: list === "" ? [] : list.split("+").map(runOf), free: Number(free), total: Number(total) };
  let end = 0;
  let sum = 0;
  for (const { base, pages } of map.runs) {
    // Not `<`: a run that is not a number must be refused too.
    if (!(pages > 0 && base >= end && base + pages <= map.total)) return null;
    end = base + pages;
    sum += pages;
  }
  return sum === map.free && Number.isSafeInteger(map.total) ? map : null;
}

function runOf(text: string): FreeRun {
  const [pages, base] = text.split("@");
  return { pages: pages ? Number(pages) : Number.NaN, base: base ? Number(base) : Number.NaN };
}

/**
 * Pages that CMA aligns a request to: the power of two that holds it, at most 256. Linux 6.12 `cma_alloc_aligned()` in `kernel/dma/contiguous.c`
 * with `CONFIG_CMA_ALIGNMENT=8`. Drivers that call `cma_alloc()` themselves may ask for another.
 */
export function cmaAlignment(pages: number): number {
  return Math.min(LARGEST_ALIGNMENT, roundUpToPowerOfTwo(pages));
}

/**
 * Pages of the longest run once its start is rounded up to the alignment; with `align` 1, of the longest run. Addresses count from the start of the area:
 * an area starts at a multiple of a page block, which is at least as large as the alignment.
 */
export function largestRun(map: FreeMap, align: number): number {
  let best = 0;
  for (const { base, pages } of map.runs) {
    best = Math.max(best, base + pages - Math.ceil(base / align) * align);
  }
  return best;
}

/** How often the request fits as the area is now, one after another from the lowest hole. */
export function fitCount(map: FreeMap, pages: number): number {
  const align = cmaAlignment(pages);
  const step = Math.ceil(pages / align) * align;
  let count = 0;
  for (const run of map.runs) {
    const start = Math.ceil(run.base / align) * align;
    const room = run.base + run.pages - start;
    if (room >= pages) count += 1 + Math.floor((room - pages) / step);
  }
  return count;
}

const COLUMNS = 64;

/**
 * Draws an area: `#` used, `.` free, `+` both, each sign the same number of pages, and below it the longest hole as `^`.
 */
export function drawFreeMap(map: FreeMap): readonly string[] {
  const cells = Math.max(1, Math.min(COLUMNS, map.total));
  const perCell = map.total / cells;
  const free = new Float64Array(cells);
  for (const { base, pages } of map.runs) {
    for (let cell = Math.floor(base / perCell); cell < cells && cell * perCell < base + pages; cell++) {
      const from = Math.max(base, cell * perCell);
      free[cell] = (free[cell] ?? 0) + Math.min(base + pages, (cell + 1) * perCell) - from;
    }
  }
  const bar = [...free].map((pages) => (pages <= 0 ? "#" : pages >= perCell - 1e-9 ? "." : "+")).join("");
  const largest = map.runs.reduce<FreeRun | null>((a, b) => (a === null || b.pages > a.pages ? b : a), null);
  const lines = [`|${bar}|  # used, . free, + both`];
  if (largest !== null) {
    const from = Math.floor(largest.base / perCell);
    const to = Math.max(from + 1, Math.ceil((largest.base + largest.pages) / perCell));
    lines.push(` ${" ".repeat(from)}${"^".repeat(Math.min(cells, to) - from)}`);
    lines.push(`  largest hole: ${largest.pages} pages from page ${largest.base} of ${map.total}`);
  }
  return lines;
}

/** `cma: number of available pages: 16@272+96@416=> 112 free of 4096 total pages`, behind a failure, which speaks of it. */
export const cmaFreeMap: Recogniser = patternRecogniser<FreeMapNumbers>({
  id: "cma-free-map",
  topic: "free pages of a CMA area",
  hint: "number of available pages:",
  source: "Linux 6.12 mm/cma.c cma_debug_show_areas()",
  pattern: /number of available pages: *([\d@+]*=> ?\d+ free of \d+ total pages)/,
  read: ([, list = ""]) => {
    const map = parseFreeMap(list);
    return map === null ? null : { map: list, freePages: map.free, totalPages: map.total };
  },
  explain: (read, { lines, line }) => {
    const spoken = lines.of("cma-alloc-failed").some((failure) => failure.line < line);
    const map = parseFreeMap(read.map);
    if (spoken || map === null) return null;
    const largest = largestRun(map, 1);
    return {
      severity: "note",
      cause: `A CMA area had ${map.free} of ${map.total} pages free, the largest hole ${largest} pages.`,
      proof: "The line lists every hole of the area; they add up to the total it states.",
      certainty: "sure",
      why: "the kernel prints it from the area's own bitmap",
      fix: "It follows an allocation that failed: the line before it names the request; give both.",
      next: ["dmesg | grep -B1 'number of available pages' | coalloc explain -"],
      remedies: [],
      numbers: { largestHolePages: largest },
      picture: drawFreeMap(map),
    };
  },
});
