/**
 * `npm test`: everything that must hold, in one command, cheapest first, ending at the first part that fails.
 *
 * Two parts need more than npm gives: real board trees and Chromium. They are fetched where apt can be used; where they cannot be had, the
 * tests on them are skipped and one line says why, unless COALLOC_REQUIRE names the part: then the run fails.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { provideBoards } from "./boards/provide.js";
import { provideChromium } from "./chromium.js";
import { ROOT, requiredParts } from "./project.js";

const BIN = join(ROOT, "node_modules", ".bin");
const started = Date.now();

function section(name: string): void {
  console.log(`\n== ${name} (${Math.round((Date.now() - started) / 1000)} s)`);
}

function fail(name: string): never {
  console.error(`\nnpm test: ${name} failed`);
  process.exit(1);
}

function step(name: string, command: string, args: readonly string[]): void {
  section(name);
  const run = spawnSync(command, args, { cwd: ROOT, stdio: "inherit" });
  if (run.error !== undefined) console.error(run.error.message);
  if (run.status !== 0) fail(name);
}

/** A part that may be missing: says why it is, and fails the run when it was demanded. */
function part(name: string, missing: string | null): void {
  if (missing === null) return;
  if (requiredParts().has(name)) {
    console.error(`${name}: ${missing}`);
    fail(`${name} (demanded by COALLOC_REQUIRE)`);
  }
  console.log(`${name}: skipped, ${missing}`);
}

requiredParts();

step("format and order of imports", join(BIN, "biome"), ["check"]);
step("lint", join(BIN, "oxlint"), ["--deny-warnings"]);
step("imports between folders", join(BIN, "depcruise"), ["--config", ".dependency-cruiser.mjs", ...existing()]);
step("types", join(BIN, "tsc"), ["-p", "tsconfig.json"]);
step("unused files, exports and packages", join(BIN, "knip"), ["--no-progress"]);
step("build", process.execPath, ["tools/run.mjs", "tools/build.ts"]);

section("boards");
part("boards", await provideBoards(["arm64", "armhf"]));

section("chromium");
const chromium = provideChromium();
if (chromium.path !== null) console.log(`chromium: ${chromium.path}`);
part("chromium", chromium.missing);

section("tests");
const report = join(ROOT, "node_modules", ".cache", "coalloc", `vitest-${process.pid}.json`);
mkdirSync(join(ROOT, "node_modules", ".cache", "coalloc"), { recursive: true });
const vitest = spawnSync(
  join(BIN, "vitest"),
  ["run", "--reporter=default", "--reporter=json", `--outputFile.json=${report}`, ...process.argv.slice(2)],
  { cwd: ROOT, stdio: "inherit", env: { ...process.env, ...(chromium.path && { COALLOC_CHROMIUM: chromium.path }) } },
);
if (!existsSync(report)) fail("tests (no report was written)");
const counts = JSON.parse(readFileSync(report, "utf8")) as {
  numPassedTests: number;
  numFailedTests: number;
  numPendingTests: number;
};
rmSync(report);
const skipped = counts.numPendingTests > 0 ? `, ${counts.numPendingTests} skipped` : "";
console.log(`\nall parts took ${Math.round((Date.now() - started) / 1000)} s`);
console.log(`${counts.numPassedTests} passed, ${counts.numFailedTests} failed${skipped}`);
if (vitest.status !== 0) {
  if (counts.numFailedTests === 0) console.error("npm test: tests failed outside a test: above is what vitest says");
  process.exit(1);
}
if (counts.numPassedTests === 0) fail("tests (none ran)");

/** The folders of code that are there. */
function existing(): string[] {
  return ["src", "test", "tools", "bench"].filter((folder) => existsSync(join(ROOT, folder)));
}
