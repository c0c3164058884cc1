/**
 * `npm run facts:report [-- --write]`: prints how far facts cover the board trees, how right the extracted ones are against the hand readings, and what loading
 * them costs. With `--write` the parts that are the same on every machine go into docs/facts.md.
 */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { loadFacts } from "../src/facts/load.js";
import { judgedReadings } from "../test/facts/accuracy/judged-readings.js";
import { boardFolder } from "./boards/provide.js";
import { coverageOf } from "./facts/coverage.js";
import { accuracyTable, coverageTable, wrongTable } from "./facts/report-tables.js";
import { ROOT } from "./project.js";

const { values } = parseArgs({ options: { write: { type: "boolean", default: false } } });
const facts = await loadFacts();
const sections = new Map<string, string>();

const architectures = (["arm64", "armhf"] as const).filter((name) => existsSync(boardFolder(name)));
if (architectures.length === 2) sections.set("coverage", coverageTable(coverageOf(facts, architectures)));
else console.error("facts:report: coverage needs the board trees of both architectures; npm run boards fetches them");
const judgements = judgedReadings(facts);
sections.set("accuracy", accuracyTable(judgements));
sections.set("wrong", wrongTable(judgements));

for (const text of sections.values()) console.log(`${text}\n`);
console.log(loadingCost());
if (values.write) {
  const file = join(ROOT, "docs", "facts.md");
  let text = readFileSync(file, "utf8");
  for (const [name, table] of sections) {
    text = text.replace(
      new RegExp(`(<!-- ${name} -->\n)[^]*?(\n<!-- end -->)`),
      (_, start: string, end: string) => `${start}${table}${end}`,
    );
  }
  writeFileSync(file, text);
}

/** Time and memory of loading the extracted facts and asking for one, in a process of its own that has loaded a module before; the middle of nine. */
function loadingCost(): string {
  const module = (name: string): string => JSON.stringify(join(ROOT, "dist", "facts", "extracted", name));
  const code = `
    const before = process.memoryUsage().heapUsed;
    await import(${JSON.stringify(join(ROOT, "dist", "units", "result.js"))});
    const start = performance.now();
    const { FACT_DATABASE } = await import(${module("linux.js")});
    const { ExtractedFacts } = await import(${module("extracted-facts.js")});
    new ExtractedFacts(JSON.parse(FACT_DATABASE)).of("cdns,uart-r1p8");
    const ms = performance.now() - start;
    globalThis.gc();
    console.log(JSON.stringify({ ms, bytes: process.memoryUsage().heapUsed - before }));`;
  const runs = Array.from({ length: 9 }, () => {
    const run = spawnSync(process.execPath, ["--expose-gc", "--input-type=module", "-e", code], { encoding: "utf8" });
    return JSON.parse(run.stdout) as { ms: number; bytes: number };
  });
  runs.sort((a, b) => a.ms - b.ms);
  const { ms, bytes } = runs[4] ?? { ms: 0, bytes: 0 };
  return `loading the extracted facts and asking for one: ${ms.toFixed(1)} ms, ${(bytes / 2 ** 20).toFixed(1)} MiB kept`;
}
