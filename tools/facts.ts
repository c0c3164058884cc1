/**
 * `npm run facts -- [--kernel-source DIR] [--out FILE] [--only COMPATIBLE|FOLDER]... [--explain COMPATIBLE]`: reads from the source of Linux what its drivers
 * say about DMA, for every compatible. Without a source Debian's of the kernel modelled is fetched and unpacked into the cache. Without `--out` the database
 * that ships is written anew, of it only the folders named where some are; with it the same as JSON, `coalloc/fact-database/1`.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import type { DeviceFact } from "../src/facts/fact.js";
import { openProgress } from "./debian/progress.js";
import { loadGrammar } from "./facts/c/grammar.js";
import { mergedFacts } from "./facts/database/merge.js";
import { shippedFacts } from "./facts/database/open.js";
import { databaseModule, databaseText, storeFacts } from "./facts/database/store.js";
import { explainQuestion } from "./facts/explain.js";
import { driverFiles, extractFiles } from "./facts/extract.js";
import { KernelSource } from "./facts/program/kernel-source.js";
import { provideKernelSource } from "./facts/source/provide.js";
import { openSourceTree } from "./facts/source/source-tree.js";
import { ROOT } from "./project.js";

/** Revision of the extraction, in the database: raised with every change that may change a fact. */
const GENERATOR = 2;

/** The database that ships. */
const SHIPPED = join(ROOT, "src", "facts", "extracted", "linux.ts");

const { values } = parseArgs({
  options: {
    "kernel-source": { type: "string" },
    out: { type: "string" },
    only: { type: "string", multiple: true, default: [] },
    explain: { type: "string" },
  },
});
if (values.out === undefined && values.only.some((word) => !word.includes("/")) && values.explain === undefined) {
  console.error("facts: --only COMPATIBLE reads a part of a driver; --out FILE says where that goes");
  process.exit(2);
}
const progress = openProgress("facts");
const named = values["kernel-source"];
const provided = named === undefined ? await provideKernelSource(progress) : { folder: named };
if ("missing" in provided) {
  console.error(`facts: no source of Linux: ${provided.missing}`);
  process.exit(4);
}
const root = provided.folder;
const source = new KernelSource(openSourceTree(root), await loadGrammar());
if (!source.tree.exists("drivers") && !source.tree.exists("sound")) {
  console.error(`facts: ${root} is no source of Linux: neither drivers/ nor sound/ is in it`);
  process.exit(3);
}
const shipped = shippedFacts();
const isPart = values.out === undefined && values.only.length > 0;
if (isPart && values.explain === undefined && source.tree.version !== shipped.kernel) {
  console.error(
    `facts: the database is of Linux ${shipped.kernel}, ${root} of ${source.tree.version ?? "no known version"}: a part of one does not go into the other`,
  );
  process.exit(3);
}
if (source.tree.version === null) progress.say(`${root} has no Makefile with a version: the kernel's is unknown`);
const folders = values.only
  .filter((word) => word.includes("/") && source.tree.exists(word))
  .map((word) => word.replace(/\/+$/, ""));
const names = [
  ...values.only.filter((word) => !folders.includes(word.replace(/\/+$/, ""))),
  ...(values.explain === undefined ? [] : [values.explain]),
];
const [missing] = names;
if (isPart && values.explain === undefined && missing !== undefined) {
  console.error(`facts: there is no folder ${missing} in ${root}`);
  process.exit(3);
}
const facts: DeviceFact[] = [];
const faults: string[] = [];
let withoutDma = 0;
const subsystems = driverFiles(source, folders.length > 0 ? folders : ["drivers", "sound"]);
for (const [subsystem, files] of subsystems) {
  const wanted = names.length === 0 ? null : new Set(names);
  const holding =
    wanted === null
      ? files
      : files.filter((file) => names.some((name) => source.tree.read(file)?.includes(`"${name}"`)));
  if (holding.length === 0) continue;
  progress.now(`${subsystem}: ${holding.length} files with drivers, ${facts.length} facts so far`);
  const found = extractFiles(source, holding, wanted, (question) => {
    if (question.entry.compatible === values.explain) console.log(explainQuestion(question));
  });
  facts.push(...found.facts);
  faults.push(...found.faults);
  withoutDma += found.withoutDma;
  source.forget();
  const { user, system } = process.cpuUsage();
  if (found.facts.length > 0) {
    progress.say(
      `${subsystem}: ${found.facts.length} facts, ${Math.round((user + system) / 1e6)} s of processor time so far`,
    );
  }
}
progress.end();
for (const [file, texts] of [...source.faults].sort(([a], [b]) => (a < b ? -1 : 1))) {
  for (const text of texts) faults.push(`${file}: ${text}`);
}
const levels = ["A", "B", "C", "D", "E"].map(
  (level) => `${level} ${facts.filter(({ confidence }) => confidence === level).length}`,
);
progress.say(
  `${facts.length} facts (${levels.join(", ")}), ${withoutDma} compatibles without DMA, ${faults.length} places not read`,
);
for (const fault of faults) progress.say(`not read: ${fault}`);
if (values.explain === undefined) {
  // A database is as old as the oldest of its records.
  const database = isPart
    ? storeFacts(mergedFacts(shipped, folders, facts), {
        kernel: shipped.kernel,
        generator: Math.min(shipped.generator, GENERATOR),
      })
    : storeFacts(facts, { kernel: source.tree.version ?? "unknown", generator: GENERATOR });
  const out = values.out ?? SHIPPED;
  mkdirSync(dirname(out), { recursive: true });
  writeFileSync(out, values.out === undefined ? databaseModule(database) : databaseText(database));
  progress.say(`wrote ${out}: ${database.drivers.length} records`);
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  const seconds = Math.round((userCPUTime + systemCPUTime) / 1e6);
  progress.say(`${seconds} s of processor time, ${Math.round(maxRSS / 1024)} MiB at most`);
}
