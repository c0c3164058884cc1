import type { ExplainDocument, LogFinding } from "../../explain/document.js";
import { pastedTexts } from "../../placement/ways-to-apply.js";
import type { Look } from "./look.js";
import { pastedLines } from "./pasted.js";
import { renderWays } from "./ways.js";
import { counted } from "./words.js";
import { hanging, printable, wrap } from "./wrap.js";

const HOW_TO_BRING =
  "BOARD.dtb is the device tree of the board: sudo cat /sys/firmware/fdt > BOARD.dtb on the board, or the file its boot loader takes.";

/** Each finding: what happened, why that is so, what to do. */
export function renderExplain({ findings, howToApply, lines }: ExplainDocument, look: Look): readonly string[] {
  const read = `${counted(lines.read, "line")} read, ${lines.recognised} recognised`;
  const out = findings.flatMap((finding) => [...renderFinding(finding, look), ""]);
  if (findings.length === 0) {
    const words =
      lines.recognised === 0
        ? "Nothing in this log is about memory for devices, or its wording is not known."
        : "What was recognised says nothing is wrong.";
    out.push(...wrap(words, look.width));
  }
  if (howToApply.length > 0) out.push(...renderWays(howToApply, look), "");
  const wantsTree = findings.some(({ next }) => next.some((line) => line.includes("BOARD.dtb")));
  const saysHow = findings.some(({ next }) => next.some((line) => line.includes("> BOARD.dtb")));
  if (wantsTree && !saysHow) out.push(...wrap(HOW_TO_BRING, look.width), "");
  if (lines.left > 0) out.push(...wrap(`${counted(lines.left, "further recognised line")} left out.`, look.width));
  return [...out, look.paint.faint(read)];
}

/** Columns of what each entry is called; the longest is `possible`. */
const COLUMN = "possible".length + 2;
const INDENT = " ".repeat(2 + COLUMN);

function renderFinding(finding: LogFinding, { paint, width }: Look): readonly string[] {
  const { severity, id, where, message, picture, next, remedies } = finding;
  const label = { error: paint.bad, warning: paint.doubtful, note: paint.faint }[severity](severity.toUpperCase());
  const times = where.count === 1 ? "" : `, ${where.count} times`;
  const entry = (title: string, text: string): readonly string[] => hanging(`  ${title.padEnd(COLUMN)}`, text, width);
  return [
    `${label}  ${paint.name(id)}  ${paint.faint(`line ${where.line}${times}`)}`,
    ...hanging("  ", message.slice(0, 400), width).map(paint.faint),
    ...entry("cause", finding.cause),
    ...entry("proof", finding.proof),
    ...picture.map((line) => `${INDENT}${printable(line)}`),
    ...entry(finding.certainty, finding.why),
    ...entry("fix", finding.fix),
    ...remedies.flatMap((remedy) => [...entry("remedy", remedy.text), ...pastedTexts(remedy).flatMap(pastedLines)]),
    ...(next.length === 0 ? [] : ["  next", ...next.flatMap(pastedLines)]),
  ];
}
