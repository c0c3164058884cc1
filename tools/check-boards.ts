/**
 * `npm run check:boards [-- ARCHITECTURE...]`: runs every rule over every arm64 and armhf tree of the cache folder (`npm run boards` fetches them) and
 * prints how often each rule speaks and the CPU time. RAM that a tree does not state is taken to be 2 GiB.
 *
 * Exit 0; 1: the program failed on a tree; 4: there are no trees.
 */
import { existsSync, readFileSync } from "node:fs";
import { relative } from "node:path";
import { treeFiles } from "../src/cli/open.js";
import { DeviceTreeError } from "../src/devicetree/error.js";
import { readDeviceTree } from "../src/devicetree/read.js";
import { loadFacts } from "../src/facts/load.js";
import { type Board, readBoard } from "../src/lint/board.js";
import { checkBoard } from "../src/lint/check.js";
import { SEVERITIES } from "../src/lint/finding.js";
import { MachineError } from "../src/machine/error.js";
import type { MemorySpec } from "../src/machine/memory-spec.js";
import { EMBEDDED_6_12 } from "../src/machine/profiles.js";
import { GIB } from "../src/units/quantity.js";
import { boardFolder } from "./boards/provide.js";
import { ROOT } from "./project.js";

/** Where boards have their RAM whose tree does not say so, by the order of trial. */
const FILLED_IN: readonly (MemorySpec | null)[] = [
  null,
  { kind: "size", size: 2 * GIB },
  { kind: "banks", banks: [{ base: 0x40000000, size: 2 * GIB }] },
];

const facts = await loadFacts();

/** The board of a tree, with RAM filled in where it has to be. */
function boardOf(bytes: Uint8Array): Board {
  const tree = readDeviceTree(bytes);
  for (const memory of FILLED_IN) {
    try {
      return readBoard({ tree, facts, profile: EMBEDDED_6_12, memory });
    } catch (error) {
      if (!(error instanceof MachineError) || memory === FILLED_IN[FILLED_IN.length - 1]) throw error;
    }
  }
  throw new Error("no memory was tried");
}

const architectures = (["arm64", "armhf"] as const).filter((architecture) => {
  const asked = process.argv.slice(2);
  return (asked.length === 0 || asked.includes(architecture)) && existsSync(boardFolder(architecture));
});
if (architectures.length === 0) {
  console.error("check:boards: there are no trees; run npm run boards");
  process.exit(4);
}

const counts = new Map<string, number>();
const boards = new Map<string, Set<string>>();
let trees = 0;
let unreadable = 0;
let crashes = 0;
let slowest = { file: "", seconds: 0 };
const cpuSeconds = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};
const start = cpuSeconds();
for (const file of treeFiles(architectures.map(boardFolder))) {
  const began = cpuSeconds();
  const name = relative(ROOT, file);
  trees += 1;
  try {
    for (const { id, severity } of checkBoard(boardOf(readFileSync(file)))) {
      const key = `${severity} ${id}`;
      counts.set(key, (counts.get(key) ?? 0) + 1);
      boards.set(key, (boards.get(key) ?? new Set()).add(name));
    }
  } catch (error) {
    if (error instanceof DeviceTreeError || error instanceof MachineError) unreadable += 1;
    else {
      crashes += 1;
      console.error(`${name}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    }
  }
  const seconds = cpuSeconds() - began;
  if (seconds > slowest.seconds) slowest = { file: name, seconds };
}
const total = cpuSeconds() - start;

console.log(`${trees} trees, ${unreadable} not readable, ${crashes} crashes, ${total.toFixed(1)} s of CPU time`);
console.log(`slowest: ${slowest.file}, ${slowest.seconds.toFixed(2)} s`);
console.log("severity  rule                                  findings  trees  first tree");
for (const severity of SEVERITIES) {
  const rows = [...counts].filter(([key]) => key.startsWith(`${severity} `)).sort(([, a], [, b]) => b - a);
  for (const [key, count] of rows) {
    const found = boards.get(key) ?? new Set();
    const id = key.slice(severity.length + 1);
    const [first = ""] = found;
    console.log(
      `${severity.padEnd(9)} ${id.padEnd(37)} ${String(count).padStart(8)}  ${String(found.size).padStart(5)}  ${first}`,
    );
  }
}
process.exit(crashes === 0 ? 0 : 1);
