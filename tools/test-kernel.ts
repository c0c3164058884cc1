/**
 * `npm run test:kernel [-- --long] [VITEST-ARGUMENT...]`: the tests on real kernels, in QEMU. Exit 0 when all hold, 1 when one does not, 4 when the guests cannot be had here.
 */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { provideBuiltKernel } from "./kernel/built-kernel.js";
import { provideGuests } from "./kernel/provide.js";
import { ROOT } from "./project.js";

const long = process.argv.includes("--long");
const words = process.argv.slice(2).filter((word) => word !== "--long");

const missing = (await provideGuests()) ?? (long ? await provideBuiltKernel() : null);
if (missing !== null) {
  console.error(`kernel: ${missing}`);
  process.exit(4);
}
const run = spawnSync(
  join(ROOT, "node_modules", ".bin", "vitest"),
  ["run", "--config", "vitest.kernel.config.ts", ...words],
  { cwd: ROOT, stdio: "inherit", env: { ...process.env, ...(long && { COALLOC_KERNEL_LONG: "1" }) } },
);
process.exit(run.status ?? 1);
