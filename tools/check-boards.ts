/**
 * `npm run check:boards [-- ARCHITECTURE... --situations]`: runs every rule over every arm64 and armhf tree of the cache folder (`npm run boards` fetches them) and
 * prints how often each rule speaks and the CPU time. RAM that a tree does not state is filled in (`survey/board-ram.ts`). With `--situations` each tree is run in
 * every situation (`survey/situations.ts`) that makes sense on its board, without looking for remedies.
 *
 * Exit 0; 1: the program failed on a tree; 4: there are no trees.
 */
import { existsSync } from "node:fs";
import { parseArgs } from "node:util";
import { DeviceTreeError } from "../src/devicetree/error.js";
import { loadFacts } from "../src/facts/load.js";
import { checkBoard } from "../src/lint/check.js";
import { SEVERITIES } from "../src/lint/finding.js";
import { RULES } from "../src/lint/rules.js";
import { MachineError } from "../src/machine/error.js";
import { boardFolder } from "./boards/provide.js";
import { AS_IS, profileOf, SITUATIONS, usualSetting } from "./survey/situations.js";
import { boardIn, isWithoutMmu, settingIn, surveyedTree, treeNames } from "./survey/survey.js";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { situations: { type: "boolean", default: false } },
});
const architectures = (["arm64", "armhf"] as const).filter(
  (name) => (positionals.length === 0 || positionals.includes(name)) && existsSync(boardFolder(name)),
);
if (architectures.length === 0) {
  console.error("check:boards: there are no trees; run npm run boards");
  process.exit(4);
}

/** How often a rule spoke at one severity, and on which trees. */
interface Count {
  findings: number;
  readonly trees: Set<string>;
}

const facts = await loadFacts();
const situations = values.situations ? SITUATIONS : [AS_IS];
const counts = new Map<string, Count>();
const perSituation = new Map(situations.map(({ name }) => [name, { boards: 0, error: 0, warning: 0, note: 0 }]));
const basis = { tree: 0, firmware: 0, "filled-in": 0 };
let trees = 0;
let unreadable = 0;
let withoutMmu = 0;
let crashes = 0;
let slowest = { name: "", seconds: 0 };

/** Runs the rules over a tree in every situation. */
function look(name: string): void {
  const surveyed = surveyedTree(name);
  if (isWithoutMmu(surveyed)) {
    withoutMmu += 1;
    return;
  }
  basis[surveyed.ram.basis] += 1;
  for (const situation of situations) {
    const setting = settingIn(surveyed, situation);
    const row = perSituation.get(situation.name);
    if (setting === null || row === undefined) continue;
    row.boards += 1;
    const board = boardIn(surveyed, setting, facts);
    const found = values.situations
      ? RULES.flatMap(({ id, check }) => check(board).map(({ severity }) => ({ id, severity })))
      : checkBoard(board);
    for (const { id, severity } of found) {
      row[severity] += 1;
      const count = counts.get(`${severity} ${id}`) ?? { findings: 0, trees: new Set() };
      count.findings += 1;
      count.trees.add(name);
      counts.set(`${severity} ${id}`, count);
    }
  }
}

const cpuSeconds = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};
const start = cpuSeconds();
for (const name of architectures.flatMap((architecture) => [...treeNames(architecture)])) {
  const began = cpuSeconds();
  trees += 1;
  try {
    look(name);
  } catch (error) {
    if (error instanceof DeviceTreeError || error instanceof MachineError) unreadable += 1;
    else crashes += 1;
    console.error(`${name}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  }
  const seconds = cpuSeconds() - began;
  if (seconds > slowest.seconds) slowest = { name, seconds };
}
const total = cpuSeconds() - start;

console.log(`${trees} trees, ${unreadable} not readable, ${crashes} crashes, ${total.toFixed(1)} s of CPU time`);
console.log(`slowest: ${slowest.name}, ${slowest.seconds.toFixed(2)} s`);
console.log(
  `RAM: ${basis.tree} trees state it, ${basis.firmware} state what firmware takes a share of, ${basis["filled-in"]} got RAM their boards could have; ${withoutMmu} are for processors without MMU and left out`,
);
for (const architecture of architectures) {
  const { profile, config } = usualSetting(architecture, null);
  const { cmaSize, cmaGranule } = profileOf(usualSetting(architecture, null));
  const MIB = 2 ** 20;
  console.log(
    `kernel for ${architecture}: ${[profile, ...config].join(" ")} (default area ${cmaSize / MIB} MiB, pageblocks of ${cmaGranule / MIB} MiB)`,
  );
}
if (values.situations) {
  console.log("\nsituation      boards  errors  warnings  notes   who is in it");
  for (const { name, what } of situations) {
    const { boards, error, warning, note } = perSituation.get(name) ?? { boards: 0, error: 0, warning: 0, note: 0 };
    const cells = [String(boards).padStart(6), String(error).padStart(6), String(warning).padStart(8)];
    console.log(`${name.padEnd(14)} ${cells.join("  ")}  ${String(note).padStart(5)}   ${what}`);
  }
}
console.log("\nseverity  rule                                  findings  trees  first tree");
for (const severity of SEVERITIES) {
  const rows = [...counts].filter(([key]) => key.startsWith(`${severity} `));
  for (const [key, count] of rows.sort(([, a], [, b]) => b.findings - a.findings)) {
    const [first = ""] = count.trees;
    const cells = [String(count.findings).padStart(8), String(count.trees.size).padStart(5)];
    console.log(`${severity.padEnd(9)} ${key.slice(severity.length + 1).padEnd(37)} ${cells.join("  ")}  ${first}`);
  }
}
process.exit(crashes === 0 && unreadable === 0 ? 0 : 1);
