/**
 * `npm run check:report [-- --write]`: prints how many of the errors and warnings that were drawn (`npm run check:sample`) and judged by hand are right, at first and
 * after the rules were mended, and which were wrong. With `--write` it goes into docs/check.md.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type Draw, readDraws } from "../test/lint/judged/judgement.js";
import { firstShare, type Share, shareNow } from "../test/lint/judged/share.js";
import { ROOT } from "./project.js";

const { values } = parseArgs({ options: { write: { type: "boolean", default: false } } });
const draws = readDraws(ROOT);

function words({ right, all }: Share): string {
  return `${right} of ${all} (${((100 * right) / all).toFixed(0)} %)`;
}

/** Right of all, by draw, as a Markdown table. */
function shareTable(): string {
  const rows = draws.map((draw) => {
    const severities = (["error", "warning"] as const).map(
      (severity) => draw.findings.filter((one) => one.severity === severity).length,
    );
    const rules = new Set(draw.findings.map(({ rule }) => rule)).size;
    return `| ${draw.seed} | ${draw.commit} | ${draw.of} | ${severities.join(" + ")} | ${rules} | ${words(firstShare(draw))} | ${words(shareNow(draw))} |`;
  });
  return [
    "| seed | rules of commit | drawn from | errors + warnings | rules | right at first | right of what is still said |",
    "|---|---|---:|---:|---:|---:|---:|",
    ...rows,
  ].join("\n");
}

function wrongRows({ findings }: Draw): readonly string[] {
  return findings
    .filter(({ right }) => !right)
    .map(({ rule, tree, situation, why, now }) => {
      const then =
        typeof now === "object" ? `${now.severity}: ${now.text}` : now === "gone" ? "not said" : "said as before";
      return `| ${rule} | ${tree}, ${situation} | ${why.trim()} | ${then} |`;
    });
}

/** What was wrong, one line each, as a Markdown table. */
function wrongTable(): string {
  return [
    "| rule | tree and situation | what was wrong | now |",
    "|---|---|---|---|",
    ...draws.flatMap(wrongRows),
  ].join("\n");
}

const sections = { judged: shareTable(), "judged-wrong": wrongTable() };
for (const text of Object.values(sections)) console.log(`${text}\n`);
if (values.write) {
  const file = join(ROOT, "docs", "check.md");
  let text = readFileSync(file, "utf8");
  for (const [name, table] of Object.entries(sections)) {
    text = text.replace(
      new RegExp(`(<!-- ${name} -->\n)[^]*?(\n<!-- end -->)`),
      (_, start: string, end: string) => `${start}${table}${end}`,
    );
  }
  writeFileSync(file, text);
}
