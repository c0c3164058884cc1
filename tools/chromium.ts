import { spawnSync } from "node:child_process";
import { accessSync, constants } from "node:fs";

/** A browser to test in, or why there is none. Exactly one is set. */
export type Chromium =
  | { readonly path: string; readonly missing: null }
  | { readonly path: null; readonly missing: string };

const PLACES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome-stable"];

/** A Chromium on this machine: `COALLOC_CHROMIUM`, else the usual places. Installs nothing. */
export function findChromium(): string | null {
  const named = process.env.COALLOC_CHROMIUM;
  for (const place of named === undefined ? PLACES : [named]) {
    try {
      accessSync(place, constants.X_OK);
      return place;
    } catch {
      // the next place
    }
  }
  return null;
}

/**
 * Finds Chromium (`COALLOC_CHROMIUM`, else the usual places); as root on a Debian system that has none, installs
 * Debian's package. Installing is tried once; everything apt prints goes to stderr.
 */
export function provideChromium(): Chromium {
  const found = findChromium();
  if (found !== null) return { path: found, missing: null };
  const named = process.env.COALLOC_CHROMIUM;
  if (named !== undefined) return { path: null, missing: `COALLOC_CHROMIUM=${named} is no program` };
  if (process.getuid?.() !== 0) {
    return { path: null, missing: "no Chromium here, and only root can install it (apt-get install chromium)" };
  }
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  for (const args of [["update"], ["install", "-y", "-q", "--no-install-recommends", "chromium"]]) {
    console.error(`chromium: apt-get ${args.join(" ")}`);
    const run = spawnSync("apt-get", args, { env, stdio: ["ignore", "ignore", "inherit"], timeout: 300_000 });
    if (run.error !== undefined) return { path: null, missing: `apt-get cannot be run (${run.error.message})` };
    if (run.status !== 0 && args[0] === "install") {
      return { path: null, missing: "apt-get install chromium failed (above is why)" };
    }
  }
  const installed = findChromium();
  return installed === null
    ? { path: null, missing: "the chromium package brought no program" }
    : { path: installed, missing: null };
}
