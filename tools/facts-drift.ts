/**
 * `npm run facts:drift -- --kernel-source DIR`: extracts the facts of another kernel and lists what it says differently from the database that ships, driver by
 * driver, so that an update is read and not believed. Ends with 1 where something differs.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { driftOf } from "./facts/database/drift.js";
import { driftLines } from "./facts/database/drift-lines.js";
import { factsInFile, shippedFacts } from "./facts/database/open.js";
import { CACHE, ROOT } from "./project.js";

const { values } = parseArgs({ options: { "kernel-source": { type: "string" } } });
const source = values["kernel-source"];
if (source === undefined) {
  console.error("facts:drift: --kernel-source DIR names the unpacked source of another Linux");
  process.exit(2);
}
const folder = join(CACHE, "facts");
mkdirSync(folder, { recursive: true });
const file = join(folder, "drift.json");
const words = [join(ROOT, "tools", "run.mjs"), join(ROOT, "tools", "facts.ts")];
const run = spawnSync(process.execPath, [...words, "--kernel-source", source, "--out", file], { stdio: "inherit" });
if (run.status !== 0) process.exit(run.status ?? 2);

const shipped = shippedFacts();
const other = factsInFile(file);
const { changes, same } = driftOf(shipped, other);
for (const line of driftLines(changes)) console.log(line);
if (shipped.generator !== other.generator) {
  console.log(
    `The database holds records of revision ${shipped.generator} of the extraction, this is ${other.generator}: some changes may be the extraction's.`,
  );
}
const count = (kind: string): number => changes.filter((change) => change.kind === kind).length;
console.log(
  `Linux ${shipped.kernel} -> ${other.kernel}: ${same} facts say the same, ${count("changed")} changed, ${count("new")} new, ${count("gone")} gone`,
);
process.exitCode = changes.length === 0 ? 0 : 1;
