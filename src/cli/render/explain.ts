import type { ExplainDocument, LogFinding } from "../../explain/document.js";
import type { Look } from "./look.js";
import { pastedLines } from "./pasted.js";
import { renderWays } from "./ways.js";
import { counted } from "./words.js";
import { hanging, printable, wrap } from "./wrap.js";

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
  if (lines.left > 0) out.push(...wrap(`${counted(lines.left, "further recognised line")} left out.`, look.width));
  return [...out, look.paint.faint(read)];
}

function renderFinding(finding: LogFinding, { paint, width }: Look): readonly string[] {
  const { severity, id, where, message, picture, next, remedies } = finding;
  const label = { error: paint.bad, warning: paint.doubtful, note: paint.faint }[severity](severity.toUpperCase());
  const times = where.count === 1 ? "" : `, ${where.count} times`;
  const entry = (title: string, text: string): readonly string[] => hanging(`  ${title.padEnd(8)}`, text, width);
  return [
    `${label}  ${paint.name(id)}  ${paint.faint(`line ${where.line}${times}`)}`,
    ...hanging("  ", message.slice(0, 400), width).map(paint.faint),
    ...entry("cause", finding.cause),
    ...entry("proof", finding.proof),
    ...picture.map((line) => `        ${printable(line)}`),
    ...entry(finding.certainty, finding.why),
    ...entry("fix", finding.fix),
    ...remedies.flatMap((remedy) => [
      ...entry("remedy", remedy.text),
      ...[remedy.commandLine, remedy.config, remedy.overlay ?? remedy.dts].flatMap((text) =>
        text === null ? [] : pastedLines(text),
      ),
    ]),
    ...next.flatMap((line) => entry("next", line)),
  ];
}
