import { accessSync, constants } from "node:fs";
import { installPackages } from "./debian/install.js";

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
  const refused = installPackages("chromium", ["chromium"]);
  if (refused !== null) return { path: null, missing: `no Chromium here, and ${refused}` };
  const installed = findChromium();
  return installed === null
    ? { path: null, missing: "the chromium package brought no program" }
    : { path: installed, missing: null };
}
