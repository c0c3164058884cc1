import type { SurveyLine, SurveySummary } from "../survey.js";
import type { Look } from "./look.js";
import { type Row, table } from "./table.js";
import { counted } from "./words.js";
import { hanging } from "./wrap.js";

/** Distinct failures printed; of the rest only the number is said. */
const MOST_FAILURES = 20;
/** Files named below one failure. */
const MOST_FILES = 5;

interface Failure {
  readonly files: string[];
  count: number;
}

interface FolderTotals {
  trees: number;
  failed: number;
  dmaDevices: number;
  most: number;
}

/** Collects the lines of a survey by folder, and failures by their sentence; grows with the number of folders, not of trees. */
export class SurveyTotals {
  readonly #look: Look;
  readonly #folders = new Map<string, FolderTotals>();
  readonly #failures = new Map<string, Failure>();

  constructor(look: Look) {
    this.#look = look;
  }

  /** Takes one line in. */
  add(line: SurveyLine): void {
    const folder = line.file.includes("/") ? line.file.slice(0, line.file.lastIndexOf("/")) : ".";
    const totals = this.#folders.get(folder) ?? { trees: 0, failed: 0, dmaDevices: 0, most: 0 };
    this.#folders.set(folder, totals);
    totals.trees += 1;
    if (line.ok) {
      totals.dmaDevices += line.dmaDevices;
      totals.most = Math.max(totals.most, line.dmaDevices);
      return;
    }
    totals.failed += 1;
    this.#addFailure(line.file, line.error.text);
  }

  #addFailure(file: string, text: string): void {
    let failure = this.#failures.get(text);
    if (failure === undefined) {
      if (this.#failures.size === MOST_FAILURES) return;
      failure = { files: [], count: 0 };
      this.#failures.set(text, failure);
    }
    failure.count += 1;
    if (failure.files.length < MOST_FILES) failure.files.push(file);
  }

  /** The table of folders, the failures and the sum. */
  render({ summary }: SurveySummary): readonly string[] {
    const { width, paint } = this.#look;
    const rows = [...this.#folders].map(
      ([folder, { trees, failed, dmaDevices, most }]): Row => [
        folder,
        String(trees),
        failed === 0 ? "-" : String(failed),
        trees === failed ? "-" : (dmaDevices / (trees - failed)).toFixed(1),
        String(most),
      ],
    );
    const lines = [
      ...table(
        [
          { title: "folder", min: 20, paint: paint.name },
          { title: "trees", align: "right" },
          { title: "failed", align: "right", paint: (text) => (text === "-" ? paint.faint(text) : paint.bad(text)) },
          { title: "DMA devices", align: "right", drop: 1 },
          { title: "most", align: "right", drop: 2 },
        ],
        rows,
        width,
        paint,
      ),
    ];
    if (summary.failed > 0) {
      lines.push("", paint.heading("Failed"));
      for (const [text, { files, count }] of this.#failures) {
        lines.push(...hanging("  - ", text, width));
        const more = count > files.length ? [`and ${count - files.length} more; --json lists all`] : [];
        for (const file of [...files, ...more]) lines.push(...hanging("      ", file, width).map(paint.faint));
      }
      const told = [...this.#failures.values()].reduce((sum, { count }) => sum + count, 0);
      if (summary.failed > told) lines.push(`  - and ${summary.failed - told} of other kinds; --json lists all`);
    }
    const filled = summary.memoryFilledIn === 0 ? "" : `, ${summary.memoryFilledIn} with the memory given`;
    lines.push(
      "",
      ...hanging(
        "",
        `${counted(summary.files, "tree")} read, ${summary.failed} failed${filled}: ${summary.dmaDevices} enabled DMA-capable devices of ${summary.devices}, ${summary.heaps} heaps`,
        width,
      ).map(paint.heading),
    );
    return lines;
  }
}
