/**
 * How long does `coalloc survey` take over every board tree of the cache, and how much memory at its peak? One process of the built program, as a
 * user runs it; the memory of one tree must not add to that of the next, so half the trees need about as much.
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { CACHE, ROOT } from "../tools/project.js";

/** Where RAM is taken to be for trees that leave it to the boot loader. */
const MEMORY = "0x40000000+2G";

/** Prints files, failures, seconds and peak memory; needs `npm run boards` to have run, and says so otherwise. */
export async function main(): Promise<void> {
  const folders = ["arm64", "armhf"].map((name) => join(CACHE, "boards", name)).filter((folder) => existsSync(folder));
  if (folders.length === 0) {
    console.log("skipped: no board trees in the cache, npm run boards fetches them");
    return;
  }
  for (const selection of [folders.slice(0, 1), folders]) survey(selection);
}

function survey(folders: readonly string[]): void {
  const program = join(ROOT, "bin", "coalloc.js");
  const code = `
    process.on("exit", () => {
      const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
      process.stderr.write("usage " + JSON.stringify({ cpu: (userCPUTime + systemCPUTime) / 1e6, peak: maxRSS * 1024 }) + "\\n");
    });
    process.argv = [process.argv[0], ${JSON.stringify(program)}, ...${JSON.stringify(["survey", ...folders, "--memory", MEMORY, "--json"])}];
    await import(${JSON.stringify(program)});`;
  const begin = performance.now();
  const run = spawnSync(process.execPath, ["--input-type=module", "-e", code], {
    encoding: "utf8",
    maxBuffer: 2 ** 28,
  });
  const seconds = (performance.now() - begin) / 1000;
  const usage = JSON.parse(/^usage (.*)$/m.exec(run.stderr)?.[1] ?? "null") as { cpu: number; peak: number } | null;
  const last = run.stdout.trimEnd().split("\n").at(-1) ?? "";
  if (usage === null) throw new Error(`survey ended with ${run.status}: ${run.stderr}`);
  const { summary } = JSON.parse(last) as { summary: { files: number; failed: number } };
  console.log(
    `${summary.files} trees, ${summary.failed} failed: ${seconds.toFixed(1)} s, ${usage.cpu.toFixed(1)} CPU s, peak ${(usage.peak / 2 ** 20).toFixed(0)} MiB`,
  );
}
