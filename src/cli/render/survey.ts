import type { SurveyLine, SurveySummary } from "../survey.js";
import type { Look } from "./look.js";
import { type Row, table } from "./table.js";
import { counted } from "./words.js";
import { hanging } from "./wrap.js";

/** Failures printed one by one; of the rest only the number is said. */
const MOST_FAILURES = 20;

interface FolderTotals {
  trees: number;
  failed: number;
  dmaDevices: number;
  most: number;
}

/** Collects the lines of a survey by folder; grows with the number of folders, not of trees. */
export class SurveyTotals {
  readonly #look: Look;
  readonly #folders = new Map<string, FolderTotals>();
  readonly #failures: { readonly file: string; readonly text: string }[] = [];

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
    if (this.#failures.length < MOST_FAILURES) this.#failures.push({ file: line.file, text: line.error.text });
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
      for (const { file, text } of this.#failures) lines.push(...hanging("  - ", `${file}: ${text}`, width));
      const rest = summary.failed - this.#failures.length;
      if (rest > 0) lines.push(`  - and ${rest} more; --json lists all`);
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
