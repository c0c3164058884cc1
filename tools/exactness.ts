/**
 * `npm run exactness`: prints how many boots of real kernels the boot model reproduces in every field, and for each that it does not the fields and the reason. Exit status
 * 1 when one of them has no reason. Records of `npm run captures`, where there are any, are counted too.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Capture, earlyAreaInput } from "../test/boot/capture.js";
import { captures, randomCaptures } from "../test/boot/captures.js";
import { differences } from "../test/boot/compare.js";
import { reasonOf } from "../test/boot/exceptions.js";
import { foretell, readVerdicts } from "../test/boot/verdicts.js";
import { cachedBoards } from "./boards/provide.js";
import { CACHE } from "./project.js";

interface Miss {
  readonly id: string;
  readonly text: string;
  readonly reason: string | null;
}

const misses: Miss[] = [];

function countCaptures(name: string, records: readonly Capture[]): void {
  let exact = 0;
  for (const record of records) {
    const arm = record.kernel.includes("-armmp");
    const found = arm ? differences(record, earlyAreaInput(record)) : differences(record);
    if (found.length === 0) exact += 1;
    else misses.push({ id: record.id, text: found.join("\n"), reason: reasonOf(record.id) });
  }
  printRow(name, exact, records.length);
}

function printRow(name: string, exact: number, total: number): void {
  console.log(`${name.padEnd(58)} ${`${exact} of ${total}`.padStart(12)}`);
}

for (const kernel of new Set(captures.map((capture) => capture.kernel))) {
  countCaptures(
    `captures, Linux ${kernel}`,
    captures.filter((capture) => capture.kernel === kernel),
  );
}
countCaptures("captures drawn at random, the sample in the tests", randomCaptures);

if (cachedBoards("arm64") === null) {
  console.log("reserved memory of real boards: needs their trees; npm run boards fetches them");
} else {
  const verdicts = readVerdicts();
  const missed = verdicts.filter((verdict) => JSON.stringify(foretell(verdict)) !== JSON.stringify(verdict.printed));
  for (const { board } of missed) misses.push({ id: board, text: "  differs", reason: null });
  printRow("reserved memory of real boards, Linux 6.12 arm64", verdicts.length - missed.length, verdicts.length);
}

const runs = join(CACHE, "boot-captures");
for (const seed of existsSync(runs) ? readdirSync(runs) : []) {
  const files = readdirSync(join(runs, seed)).filter((name) => name.endsWith(".json"));
  const records = files.map((name) => JSON.parse(readFileSync(join(runs, seed, name), "utf8")) as Capture);
  countCaptures(`captures drawn at random, --seed ${seed} (this machine)`, records);
}

for (const { id, text, reason } of misses) console.log(`\n${id}: ${reason ?? "no reason known"}\n${text}`);
process.exitCode = misses.some(({ reason }) => reason === null) ? 1 : 0;
