/**
 * `npm run bench [-- NAME...] [OPTION...]`: runs bench/NAME.bench.ts, or all, one after the other, each in a process of its own so that none
 * inherits another's warm caches. What begins with the first `--` goes to `allocators`, the only one that takes options: so `npm run bench -- --json FILE` runs all and
 * writes the rows of the allocators. Ends at the first that fails.
 */
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { cpus, loadavg, totalmem } from "node:os";
import { join } from "node:path";
import { ROOT } from "../tools/project.js";

const SUFFIX = ".bench.ts";
const TAKES_OPTIONS = "allocators";
const present = readdirSync(join(ROOT, "bench"))
  .filter((file) => file.endsWith(SUFFIX))
  .map((file) => file.slice(0, -SUFFIX.length))
  .sort();
const args = process.argv.slice(2);
const firstOption = args.findIndex((arg) => arg.startsWith("-"));
const names = firstOption < 0 ? args : args.slice(0, firstOption);
const options = firstOption < 0 ? [] : args.slice(firstOption);
const named = names.map((name) => (name.endsWith(SUFFIX) ? name.slice(0, -SUFFIX.length) : name));
const unknown = named.find((name) => !present.includes(name));
if (unknown !== undefined) {
  console.error(`bench: no bench/${unknown}${SUFFIX}; there are ${present.join(", ") || "none"}`);
  process.exit(2);
}

if (options.length > 0 && named.length > 0 && !named.includes(TAKES_OPTIONS)) {
  console.error(`bench: only ${TAKES_OPTIONS} takes options, not ${named.join(", ")}`);
  process.exit(2);
}

const processors = cpus();
const memory = (totalmem() / 2 ** 30).toFixed(0);
console.log(`Node ${process.version}, ${processors.length} x ${processors[0]?.model ?? "unknown CPU"}, ${memory} GiB`);
for (const name of named.length > 0 ? named : present) {
  console.log(`\n== ${name} (load ${loadavg()[0]?.toFixed(2)})`);
  const run = spawnSync(
    process.execPath,
    ["tools/run.mjs", "--main", `bench/${name}${SUFFIX}`, ...(name === TAKES_OPTIONS ? options : [])],
    {
      cwd: ROOT,
      stdio: "inherit",
    },
  );
  if (run.status !== 0) {
    console.error(`bench: ${name} failed`);
    process.exit(run.status ?? 1);
  }
}
