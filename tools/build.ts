/** Compiles src/ to dist/. The old dist/ is replaced only by a build that succeeded, in one step. */
import { spawnSync } from "node:child_process";
import { renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./project.js";

const fresh = join(ROOT, `dist.${process.pid}`);
const stale = join(ROOT, `dist.${process.pid}.old`);
const dist = join(ROOT, "dist");

const compiler = join(ROOT, "node_modules", "typescript", "bin", "tsc");
const run = spawnSync(process.execPath, [compiler, "-p", "tsconfig.build.json", "--outDir", fresh], {
  cwd: ROOT,
  stdio: "inherit",
});
if (run.status !== 0) {
  rmSync(fresh, { recursive: true, force: true });
  process.exit(run.status ?? 1);
}
try {
  renameSync(dist, stale);
} catch (error) {
  if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
}
renameSync(fresh, dist);
rmSync(stale, { recursive: true, force: true });
