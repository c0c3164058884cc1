/**
 * How fast are device trees read and written? Over every arm64 board in the cache: one cold process against dtc, then inside one
 * process the flat scan, whole trees, and source text. CPU seconds, garbage collection and compilation included; medians.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { writeDts } from "../src/devicetree/dts.js";
import { readDeviceTree } from "../src/devicetree/read.js";
import { scanFlatTree } from "../src/devicetree/scan.js";
import { CACHE, ROOT } from "../tools/project.js";
import { buildAllNamed, buildWhole } from "./devicetree-whole.js";

const PASSES = 5;
const WARM_PASSES = 9;

/** Prints all figures; needs `npm run boards` to have run, and says so otherwise. */
export async function main(): Promise<void> {
  const folder = join(CACHE, "boards", "arm64");
  const files = existsSync(folder)
    ? readdirSync(folder, { recursive: true, encoding: "utf8" })
        .filter((name) => name.endsWith(".dtb"))
        .sort()
        .map((name) => join(folder, name))
    : [];
  if (files.length === 0) {
    console.log("skipped: no board trees in the cache, npm run boards fetches them");
    return;
  }
  const trees = files.map((file) => new Uint8Array(readFileSync(file)));
  const megabytes = trees.reduce((sum, bytes) => sum + bytes.length, 0) / 1e6;
  console.log(`${files.length} arm64 trees, ${megabytes.toFixed(2)} MB; CPU seconds (median, lowest, highest)`);
  await compareProcesses(files);
  inOneProcess(trees, megabytes);
}

async function compareProcesses(files: readonly string[]): Promise<void> {
  const scratch = mkdtempSync(join(tmpdir(), "coalloc-bench-"));
  try {
    const child = join(scratch, "whole.mjs");
    const job = buildAllNamed.name;
    await build({
      stdin: {
        contents: `import { ${job} } from "./devicetree-whole.js"; ${job}();`,
        resolveDir: join(ROOT, "bench"),
      },
      outfile: child,
      bundle: true,
      platform: "node",
      format: "esm",
      logLevel: "error",
    });
    const list = files.join("\n");
    const hasDtc = spawnSync("bash", ["-c", "command -v dtc"]).status === 0;
    const own: number[] = [];
    const dtb: number[] = [];
    const dts: number[] = [];
    const start: number[] = [];
    for (let pass = 0; pass < PASSES; pass++) {
      own.push(wholeProcess(child, list));
      if (!hasDtc) continue;
      dtb.push(perFile('dtc -q -I dtb -O dtb -o /dev/null "$file"', list));
      dts.push(perFile('dtc -q -I dtb -O dts -o /dev/null "$file"', list));
      start.push(perFile("dtc --version >/dev/null", list));
    }
    report("one cold node process, all files read and built", own);
    if (!hasDtc) {
      console.log("  dtc: skipped, the program is not installed (package device-tree-compiler)");
      return;
    }
    report("dtc -I dtb -O dtb, one process per file", dtb);
    report("dtc -I dtb -O dts, one process per file", dts);
    report("dtc --version, one process per file", start);
    console.log(`  one cold process / dtc -O dtb: ${(median(own) / median(dtb)).toFixed(2)}`);
    console.log(`  dtc -O dts less starting it: ${(median(dts) - median(start)).toFixed(3)} s`);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** CPU seconds of one child that does everything, from start to end. */
function wholeProcess(child: string, list: string): number {
  const run = spawnSync(process.execPath, [child], { input: list, encoding: "utf8" });
  const result: unknown = run.status === 0 ? JSON.parse(run.stdout) : null;
  if (typeof result !== "object" || result === null || !("seconds" in result) || typeof result.seconds !== "number") {
    throw new Error(`the child failed: ${run.stderr}`);
  }
  return result.seconds;
}

/** CPU seconds of a shell that runs the command once for each file, children included. */
function perFile(command: string, list: string): number {
  const script = `TIMEFORMAT='%U %S'; time while read -r file; do ${command} </dev/null; done`;
  const run = spawnSync("bash", ["-c", script], { input: `${list}\n`, encoding: "utf8" });
  const times = /(\S+) (\S+)\s*$/.exec(run.stderr);
  if (run.status !== 0 || times === null) throw new Error(`${command} failed: ${run.stderr}`);
  return Number(times[1]) + Number(times[2]);
}

function inOneProcess(trees: readonly Uint8Array[], megabytes: number): void {
  let sink = 0;
  const rate = (seconds: number): string => `${(megabytes / seconds).toFixed(0)} MB/s`;
  const measure = (name: string, work: () => void): void => {
    const cold = cpuSeconds(work);
    const warm = Array.from({ length: WARM_PASSES }, () => cpuSeconds(work));
    report(name, warm, `${rate(median(warm))}; first pass ${cold.toFixed(4)}, ${rate(cold)}`);
  };
  measure("flat scan", () => {
    for (const bytes of trees) sink += scanFlatTree(bytes).propertyCount;
  });
  measure("whole tree: nodes, all names, phandles", () => {
    for (const bytes of trees) sink += buildWhole(readDeviceTree(bytes));
  });
  let characters = 0;
  measure("whole tree and its source text", () => {
    characters = 0;
    for (const bytes of trees) characters += writeDts(readDeviceTree(bytes)).length;
  });
  console.log(`  source text: ${(characters / 1e6).toFixed(1)} MB (check value ${sink})`);
}

function cpuSeconds(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function report(name: string, seconds: readonly number[], more = ""): void {
  const [mid, low, high] = [median(seconds), Math.min(...seconds), Math.max(...seconds)].map((s) => s.toFixed(4));
  console.log(`  ${name.padEnd(52)} ${mid} (${low} to ${high})${more === "" ? "" : `  ${more}`}`);
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) await main();
