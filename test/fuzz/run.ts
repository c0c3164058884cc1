/**
 * `npm run fuzz -- TARGET [--seconds N] [--seed S]`: feeds test/fuzz/targets/TARGET.ts with mutated inputs.
 *
 * N counts CPU seconds of this process, so that a busy machine shortens nothing.
 *
 * The target runs in a worker, so that a run that never returns is found too. Exit 0: nothing found; 1: a finding, with the input
 * saved to a file; 2: wrong use.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Worker } from "node:worker_threads";
import { build } from "esbuild";
import { CACHE, ROOT } from "../../tools/project.js";
import type { CampaignResult } from "./campaign.js";

/** Inputs are shared with the worker so that the one being run can be saved when the worker hangs. */
const LARGEST_INPUT = 16 * 2 ** 20;
/** The worker counts runs; when the count stands still this long, the run hangs. */
const HANG_SECONDS = 20;

const folder = join(ROOT, "test", "fuzz", "targets");
const targets = readdirSync(folder)
  .filter((file) => file.endsWith(".ts"))
  .map((file) => file.slice(0, -".ts".length));

function wrongUse(text: string): never {
  console.error(`fuzz: ${text}`);
  console.error("usage: npm run fuzz -- TARGET [--seconds N] [--seed S] [--input FILE]");
  console.error(`targets: ${targets.join(", ")}`);
  process.exit(2);
}

function readArguments(): { name: string; seconds: number; seed: number; input: string | undefined } {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: { seconds: { type: "string" }, seed: { type: "string" }, input: { type: "string" } },
    });
    const name = positionals[0];
    if (name === undefined || positionals.length > 1) wrongUse("one target is needed");
    if (!targets.includes(name)) wrongUse(`no target ${name}`);
    const seconds = Number(values.seconds ?? 60);
    if (!(seconds > 0)) wrongUse(`--seconds ${values.seconds} is no time`);
    const seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 32) : Number(values.seed);
    if (!Number.isInteger(seed) || seed < 0 || seed >= 2 ** 32) wrongUse(`--seed ${values.seed} is no 32-bit integer`);
    if (values.input !== undefined && !existsSync(values.input)) wrongUse(`no file ${values.input}`);
    return { name, seconds, seed, input: values.input };
  } catch (error) {
    wrongUse(error instanceof Error ? error.message : String(error));
  }
}

const { name, seconds, seed, input } = readArguments();

const source = `
  import { parentPort, workerData } from "node:worker_threads";
  import { fuzz } from "./test/fuzz/campaign.ts";
  import * as target from "./test/fuzz/targets/${name}.ts";
  process.setSourceMapsEnabled(true);
  const counters = new Int32Array(workerData.counters);
  const shown = new Uint8Array(workerData.input);
  const cpuSeconds = () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  };
  const seeds = workerData.only === null ? target.seeds : [workerData.only];
  parentPort.postMessage(fuzz({ ...target, seeds }, workerData, cpuSeconds, (input) => {
    if (input.length <= shown.length) shown.set(input);
    Atomics.store(counters, 1, Math.min(input.length, shown.length));
    Atomics.add(counters, 0, 1);
  }));
`;
const bundled = await build({
  stdin: { contents: source, resolveDir: ROOT, loader: "ts" },
  absWorkingDir: ROOT,
  bundle: true,
  write: false,
  platform: "node",
  target: "node20",
  format: "esm",
  packages: "external",
  sourcemap: "inline",
  logLevel: "error",
});
const program = join(ROOT, "node_modules", ".cache", "coalloc", `fuzz-${name}-${process.pid}.mjs`);
mkdirSync(join(ROOT, "node_modules", ".cache", "coalloc"), { recursive: true });
writeFileSync(program, bundled.outputFiles[0]?.contents ?? "");
process.on("exit", () => rmSync(program, { force: true }));

const counters = new SharedArrayBuffer(8);
const current = new SharedArrayBuffer(LARGEST_INPUT);
const view = new Int32Array(counters);

/** Saves an input and ends the run. */
function report(bytes: Uint8Array, what: string): never {
  const place = join(CACHE, "fuzz");
  mkdirSync(place, { recursive: true });
  const file = join(place, `${name}-${seed}-${Atomics.load(view, 0)}.bin`);
  writeFileSync(file, bytes);
  console.log(`finding: ${what}`);
  console.log(`input (${bytes.length} bytes): ${file}`);
  console.log(`again: npm run fuzz -- ${name} --input ${file}`);
  process.exit(1);
}

console.log(`target ${name}, seed ${seed}, ${input === undefined ? `${seconds} CPU s` : `input ${input}`}`);
const only = input === undefined ? null : new Uint8Array(readFileSync(input));
const worker = new Worker(program, {
  workerData: { counters, input: current, seconds, seed, only, ...(only !== null && { maxExecutions: 1 }) },
});

let last = -1;
let lastChange = performance.now();
const begin = lastChange;
const watch = setInterval(() => {
  const count = Atomics.load(view, 0);
  const time = performance.now();
  if (count !== last) {
    last = count;
    lastChange = time;
    if (process.stderr.isTTY) process.stderr.write(`\r${count} executions, ${((time - begin) / 1000).toFixed(0)} s `);
  } else if (time - lastChange > HANG_SECONDS * 1000 && count > 0) {
    report(new Uint8Array(current).slice(0, Atomics.load(view, 1)), `a run did not return within ${HANG_SECONDS} s`);
  }
}, 500);

worker.on("error", (error) => {
  clearInterval(watch);
  // Out of memory and other ends of the worker: the input it ran last is the finding.
  if (Atomics.load(view, 0) > 0) report(new Uint8Array(current).slice(0, Atomics.load(view, 1)), error.message);
  throw error;
});
worker.on("message", (result: CampaignResult) => {
  clearInterval(watch);
  const rate = Math.round(result.executions / Math.max(result.seconds, 1e-3));
  if (process.stderr.isTTY) process.stderr.write("\r\u001b[K");
  console.log(
    `seed ${seed}, ${result.executions} executions in ${result.seconds.toFixed(1)} CPU s, ${rate} executions/s`,
  );
  if (result.finding !== null) report(result.finding.input, result.finding.what);
  console.log("nothing found");
});
