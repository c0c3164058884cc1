/**
 * `npm run bench [-- NAME...]`: runs bench/NAME.bench.ts, or all, one after the other, each in a process of its own so that none
 * inherits another's warm caches. Ends at the first that fails.
 */
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { cpus, loadavg, totalmem } from "node:os";
import { join } from "node:path";
import { ROOT } from "../tools/project.js";

const SUFFIX = ".bench.ts";
const present = readdirSync(join(ROOT, "bench"))
  .filter((file) => file.endsWith(SUFFIX))
  .map((file) => file.slice(0, -SUFFIX.length))
  .sort();
const named = process.argv.slice(2).map((name) => (name.endsWith(SUFFIX) ? name.slice(0, -SUFFIX.length) : name));
const unknown = named.find((name) => !present.includes(name));
if (unknown !== undefined) {
  console.error(`bench: no bench/${unknown}${SUFFIX}; there are ${present.join(", ") || "none"}`);
  process.exit(2);
}

const processors = cpus();
const memory = (totalmem() / 2 ** 30).toFixed(0);
console.log(`Node ${process.version}, ${processors.length} x ${processors[0]?.model ?? "unknown CPU"}, ${memory} GiB`);
for (const name of named.length > 0 ? named : present) {
  console.log(`\n== ${name} (load ${loadavg()[0]?.toFixed(2)})`);
  const run = spawnSync(process.execPath, ["tools/run.mjs", "--main", `bench/${name}${SUFFIX}`], {
    cwd: ROOT,
    stdio: "inherit",
  });
  if (run.status !== 0) {
    console.error(`bench: ${name} failed`);
    process.exit(1);
  }
}
