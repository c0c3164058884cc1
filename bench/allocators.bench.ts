/**
 * How fast are the allocation algorithms, and how well do they place? Every algorithm of src/algorithms on six workloads: CPU nanoseconds for an allocation and its
 * free, refusals, highest unit, fragmentation, bytes of bookkeeping; each block checked. Beside them a replay that does nothing, the obvious
 * sorted free list, and the allocator package that npm has.
 *
 *   npm run bench -- allocators [--algorithm NAME|FILE]... [--workload W1]... [--json FILE] [--jobs N] [--whole]
 *
 * An algorithm is named, or a file that exports one. Each pair of algorithm and workload runs in a process of its own, so the loop that is
 * measured sees one class of allocator. Two unmeasured passes, then the median of five, each on a fresh allocator; repeated once when the
 * slowest is more than 1.3 times the median. Where the whole trace would take more than half a second of CPU time only its beginning is timed, and where it would take more than
 * six seconds only that is audited: the table says so. `--whole` times and audits every trace to its end, which takes an hour.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { build } from "esbuild";
import type { Algorithm } from "../src/algorithms/allocator.js";
import { ALGORITHMS } from "../src/algorithms/registry.js";
import { setup as freshDist } from "../tools/fresh-dist.js";
import { ROOT } from "../tools/project.js";
import { type AllocatorRow, canServe, measureCell } from "./allocator-cell.js";
import { allocatorTables } from "./allocator-table.js";
import { readTrace, writeTrace } from "./trace-file.js";
import { WORKLOADS, type Workload } from "./workloads.js";
import { doNothing } from "./yardsticks/do-nothing.js";
import { freeList } from "./yardsticks/free-list.js";
import { npmMalloc } from "./yardsticks/npm-malloc.js";

/** What algorithms are compared with. */
export const YARDSTICKS: readonly Algorithm[] = [doNothing, freeList, npmMalloc];

/** An algorithm, and the bundle of the file that exports it when it is none of ours. */
interface Contender {
  readonly algorithm: Algorithm;
  readonly bundle: string | null;
}

interface Cell extends Contender {
  readonly workload: Workload;
}

/** Measures what the command line asks for, prints the tables and writes the rows. Ends with 1 when a hash or an audit is wrong, with 2 on wrong use. */
export async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      algorithm: { type: "string", multiple: true },
      workload: { type: "string", multiple: true },
      json: { type: "string" },
      jobs: { type: "string", default: "1" },
      whole: { type: "boolean", default: false },
    },
  });
  const jobs = Number(values.jobs);
  if (!(Number.isInteger(jobs) && jobs >= 1 && jobs <= 64))
    refuse(`--jobs ${values.jobs}: not a whole number from 1 to 64`);
  const folder = mkdtempSync(join(tmpdir(), "coalloc-bench-"));
  try {
    const workloads = chosenWorkloads(values.workload);
    await freshDist();
    const contenders = await chosenAlgorithms(values.algorithm, folder);
    for (const workload of workloads) writeTrace(traceFile(folder, workload.name), workload.trace());
    const cells = workloads.flatMap((workload) =>
      contenders.flatMap((one) => (canServe(one.algorithm, workload) ? [{ ...one, workload }] : [])),
    );
    const rows = await measureAll(cells, folder, jobs, values.whole);
    console.log(allocatorTables(rows, workloads));
    if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(rows, null, 1)}\n`);
    const wrong = rows.filter((row) => row.audited === false || row.placementHashRight === false);
    for (const { algorithm, workload, fault } of wrong) {
      console.error(
        `allocators: ${algorithm} on ${workload}: ${fault ?? "the placement hash is not the one that is due"}`,
      );
    }
    if (wrong.length > 0) process.exitCode = 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Run by a process of its own: measures one cell and prints its row. */
export async function cell(
  algorithm: string,
  bundle: string | null,
  workload: string,
  folder: string,
  whole: boolean,
): Promise<void> {
  const all = bundle === null ? [...YARDSTICKS, ...(await built())] : await exportedAlgorithms(bundle);
  const subject = all.find(({ name }) => name === algorithm);
  const load = WORKLOADS.find(({ name }) => name === workload);
  if (subject === undefined || load === undefined) throw new Error(`no ${algorithm} on ${workload}`);
  const row = measureCell(subject, load, readTrace(traceFile(folder, workload)), {
    isAllocator: subject !== doNothing,
    whole,
  });
  process.stdout.write(JSON.stringify(row));
}

/** Our algorithms as users have them, not as this program's bundle does: V8 folds constants of a module, but none of a bundle. */
async function built(): Promise<readonly Algorithm[]> {
  const file = join(ROOT, "dist", "algorithms", "registry.js");
  return ((await import(pathToFileURL(file).href)) as { ALGORITHMS: typeof ALGORITHMS }).ALGORITHMS;
}

function traceFile(folder: string, workload: string): string {
  return join(folder, `${workload}.trace`);
}

function chosenWorkloads(names: readonly string[] | undefined): readonly Workload[] {
  const known = WORKLOADS.map(({ name }) => name);
  const unknown = names?.find((name) => !known.includes(name));
  if (unknown !== undefined) refuse(`--workload ${unknown}: there are ${known.join(", ")}`);
  return names === undefined ? WORKLOADS : WORKLOADS.filter(({ name }) => names.includes(name));
}

/** The yardsticks first; then all of ours, or those that are named. */
async function chosenAlgorithms(names: readonly string[] | undefined, folder: string): Promise<Contender[]> {
  const ours = (algorithm: Algorithm): Contender => ({ algorithm, bundle: null });
  const yardsticks = YARDSTICKS.map(ours);
  if (names === undefined) return [...yardsticks, ...ALGORITHMS.map(ours)];
  // The plain bitmap search is a yardstick too.
  const chosen = ALGORITHMS.filter(({ name }) => name === "bitmap-first-fit" || names.includes(name)).map(ours);
  for (const name of names) {
    if ([...YARDSTICKS, ...ALGORITHMS].some((algorithm) => algorithm.name === name)) continue;
    if (!/[./\\]/.test(name)) refuse(`--algorithm ${name}: there are ${ALGORITHMS.map((one) => one.name).join(", ")}`);
    const bundle = await bundled(resolve(name), folder);
    const found = await exportedAlgorithms(bundle);
    if (found.length === 0) refuse(`--algorithm ${name}: the file exports no algorithm`);
    chosen.push(...found.map((algorithm) => ({ algorithm, bundle })));
  }
  return [...yardsticks, ...chosen];
}

async function bundled(file: string, folder: string): Promise<string> {
  const outfile = join(folder, `${basename(file).replace(/\.\w+$/, "")}-${Date.now()}.mjs`);
  await build({ entryPoints: [file], outfile, bundle: true, platform: "node", target: "node20", format: "esm" }).catch(
    () => process.exit(2), // esbuild has printed what is wrong
  );
  return outfile;
}

async function exportedAlgorithms(bundle: string): Promise<Algorithm[]> {
  const module = (await import(pathToFileURL(bundle).href)) as Record<string, unknown>;
  return Object.values(module).filter(
    (value): value is Algorithm =>
      typeof value === "object" && value !== null && "name" in value && "traits" in value && "make" in value,
  );
}

/** Rows in the order of the cells. */
async function measureAll(
  cells: readonly Cell[],
  folder: string,
  jobs: number,
  whole: boolean,
): Promise<AllocatorRow[]> {
  const rows: AllocatorRow[] = [];
  let next = 0;
  let done = 0;
  const work = async (): Promise<void> => {
    for (let index = next++; index < cells.length; index = next++) {
      const one = cells[index] as Cell;
      const row = await measureApart(one, folder, whole);
      rows[index] = row;
      done += 1;
      console.error(`${done}/${cells.length} ${row.algorithm} ${row.workload}: ${row.nsPerPair.toFixed(1)} ns`);
    }
  };
  await Promise.all(Array.from({ length: jobs }, work));
  return rows;
}

function measureApart({ algorithm, bundle, workload }: Cell, folder: string, whole: boolean): Promise<AllocatorRow> {
  const call = [algorithm.name, bundle, workload.name, folder, whole].map((value) => JSON.stringify(value)).join(", ");
  const code = `await (await import(${JSON.stringify(import.meta.url)})).cell(${call});`;
  const child = spawn(process.execPath, ["--expose-gc", "--input-type=module", "-e", code], {
    cwd: ROOT,
    stdio: ["ignore", "pipe", "inherit"],
  });
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    text += chunk;
  });
  return new Promise((done, fail) => {
    child.on("error", fail);
    child.on("close", (status) => {
      if (status === 0) done(JSON.parse(text) as AllocatorRow);
      else fail(new Error(`${algorithm.name} on ${workload.name} ended with ${status}`));
    });
  });
}

function refuse(sentence: string): never {
  console.error(`allocators: ${sentence}`);
  process.exit(2);
}
