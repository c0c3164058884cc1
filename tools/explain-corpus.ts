/** `npm run explain:corpus`: explains every public report of test/explain/corpus/ and prints how many are recognised, by recogniser, and how many of them state a cause that ours agrees with. */
import { judgeEntry } from "../test/explain/corpus/judge-entry.js";
import { readCorpus, statesCause } from "../test/explain/corpus/read-corpus.js";

const judged = readCorpus().map((entry) => ({ entry, shortcomings: judgeEntry(entry) }));
const rows = new Map<string, { reports: number; right: number }>();
for (const { entry, shortcomings } of judged) {
  const row = rows.get(entry.expect.id) ?? { reports: 0, right: 0 };
  row.reports += 1;
  if (shortcomings.length === 0) row.right += 1;
  rows.set(entry.expect.id, row);
}
const width = Math.max(...[...rows.keys()].map((id) => id.length));
const line = (id: string, reports: number | string, right: number | string): string =>
  `${id.padEnd(width)}  ${String(reports).padStart(7)}  ${String(right).padStart(10)}`;

console.log(line("recogniser", "reports", "recognised"));
for (const [id, { reports, right }] of [...rows].sort(([a], [b]) => (a < b ? -1 : 1)))
  console.log(line(id, reports, right));
const right = judged.filter(({ shortcomings }) => shortcomings.length === 0).length;
console.log(line(`all, by ${rows.size} recognisers`, judged.length, right));
const stated = judged.filter(({ entry }) => statesCause(entry));
const agreed = stated.filter(({ shortcomings }) => shortcomings.length === 0).length;
console.log(`${stated.length} of ${judged.length} reports state a cause; ours agrees with ${agreed} of them`);
for (const { entry, shortcomings } of judged) {
  for (const text of shortcomings) console.log(`${entry.file} ${entry.address}: ${text}`);
}
process.exitCode = right === judged.length ? 0 : 1;
