/**
 * `npm test`: everything that must hold, in one command, cheapest first, ending at the first part that fails.
 *
 * Five parts need more than npm gives: real board trees, Chromium, dt-schema with the device tree compiler, headers of DRM, and real kernels with QEMU. They are fetched where apt can
 * be used; where they cannot be had, the tests on them are skipped and one line says why, unless COALLOC_REQUIRE names the part: then the run fails.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { provideBoards } from "./boards/provide.js";
import { provideChromium } from "./chromium.js";
import { provideDtSchema } from "./dt-schema.js";
import { provideHeaders } from "./headers.js";
import { provideGuests } from "./kernel/provide.js";
import { ROOT, requiredParts } from "./project.js";

const BIN = join(ROOT, "node_modules", ".bin");
const started = Date.now();

/** Tests of all runs of vitest so far. */
const counts = { passed: 0, failed: 0, skipped: 0 };

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

section("dt-schema");
part("dt-schema", await provideDtSchema());

section("headers");
part("headers", await provideHeaders());

section("tests");
vitest("tests", process.argv.slice(2), chromium.path === null ? {} : { COALLOC_CHROMIUM: chromium.path });

section("kernel");
const missingGuests = await provideGuests();
part("kernel", missingGuests);
if (missingGuests === null) vitest("kernel", ["--config", "vitest.kernel.config.ts"], {});

const skipped = counts.skipped > 0 ? `, ${counts.skipped} skipped` : "";
console.log(`\nall parts took ${Math.round((Date.now() - started) / 1000)} s`);
console.log(`${counts.passed} passed, ${counts.failed} failed${skipped}`);

/** Runs vitest, adds what it counted, and ends everything when a test failed or none ran. */
function vitest(name: string, args: readonly string[], env: NodeJS.ProcessEnv): void {
  const folder = join(ROOT, "node_modules", ".cache", "coalloc");
  const report = join(folder, `vitest-${process.pid}.json`);
  mkdirSync(folder, { recursive: true });
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
  const run = spawnSync(join(BIN, "vitest"), ["run", ...reporters, ...args], {
    cwd: ROOT,
    stdio: "inherit",
    env: { ...process.env, ...env },
  });
  if (!existsSync(report)) fail(`${name} (no report was written)`);
  const { numPassedTests, numFailedTests, numPendingTests } = JSON.parse(readFileSync(report, "utf8")) as {
    numPassedTests: number;
    numFailedTests: number;
    numPendingTests: number;
  };
  rmSync(report);
  counts.passed += numPassedTests;
  counts.failed += numFailedTests;
  counts.skipped += numPendingTests;
  if (run.status !== 0) {
    console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
    if (numFailedTests === 0) console.error(`npm test: ${name} failed outside a test: above is what vitest says`);
    process.exit(1);
  }
  if (numPassedTests === 0) fail(`${name} (none ran)`);
}

/** The folders of code that are there. */
function existing(): string[] {
  return ["src", "test", "tools", "bench"].filter((folder) => existsSync(join(ROOT, folder)));
}
