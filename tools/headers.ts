import { existsSync } from "node:fs";
import { join } from "node:path";
import { unpackPackage } from "./debian/apt.js";
import { fetchPackage } from "./debian/packages.js";
import { openProgress } from "./debian/progress.js";
import { CACHE } from "./project.js";
import { makeWholeFolder } from "./whole-folder.js";

/** A folder for the compiler's list of where headers are, there after {@link provideHeaders}. */
export const HEADERS: string = join(CACHE, "headers", "usr", "include");

/** Debian's words for architectures. */
const ARCHITECTURES: Readonly<Record<string, string>> = { x64: "amd64", arm64: "arm64" };

/**
 * Makes sure that the headers of DRM are in the cache: what no compiler brings along of all that `src/linux/uapi/` is compared with. Nothing is installed.
 *
 * @returns null, or one sentence about why they cannot be had
 */
export async function provideHeaders(): Promise<string | null> {
  if (existsSync(join(HEADERS, "libdrm", "drm.h"))) return null;
  const architecture = ARCHITECTURES[process.arch];
  if (architecture === undefined) return `nobody has tried ${process.arch}`;
  const progress = openProgress("headers");
  const fetched = await fetchPackage(architecture, /^libdrm-dev$/, progress);
  progress.end();
  if ("missing" in fetched) return fetched.missing;
  const { deb } = fetched.package;
  return makeWholeFolder(join(CACHE, "headers"), (work) => unpackPackage(deb, work, ["*/usr/include/*"]));
}
