/**
 * Packages of Debian for any architecture, fetched with this machine's apt sources into the cache folder. Nothing is installed.
 *
 *     CACHE/apt/ARCHITECTURE/        apt's indexes
 *     CACHE/packages/ARCHITECTURE/   NAME_VERSION_ARCHITECTURE.deb, kept: several parts of the tests unpack from one package
 */
import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { CACHE } from "../project.js";
import { type AptState, downloadPackage, openAptState, searchPackages, updateIndexes } from "./apt.js";
import type { Progress } from "./progress.js";

/** A package in the cache. */
export interface CachedPackage {
  readonly name: string;
  readonly version: string;
  /** Path of the .deb. */
  readonly deb: string;
}

/** A package, or the reason why it cannot be had. */
export type Fetched = { readonly package: CachedPackage } | { readonly missing: string };

/** Times the indexes are asked for when one of them was broken and the package is in none of the others. */
const ATTEMPTS = 3;
const RETRY_MILLISECONDS = 5000;

/** Sorts `6.12.9` before `6.12.10`: good enough for versions of one package, which is all it is asked for. */
const byVersion = new Intl.Collator("en", { numeric: true });

/**
 * The newest package whose name matches; what is in the cache is not asked for again, even when Debian has a newer one.
 *
 * @param architecture - Debian's word, as `arm64`; also finds packages for `all`
 * @param pattern - of the whole name
 */
export async function fetchPackage(architecture: string, pattern: RegExp, progress: Progress): Promise<Fetched> {
  const folder = join(CACHE, "packages", architecture);
  mkdirSync(folder, { recursive: true });
  const cached = cachedPackage(folder, pattern);
  if (cached !== null) return { package: cached };

  const state = openAptState(architecture, join(CACHE, "apt", architecture));
  const found = await newestName(state, pattern, progress);
  if ("missing" in found) return found;

  const work = mkdtempSync(join(folder, ".fetch-"));
  try {
    progress.say(`downloading ${found.name}`);
    const refused = await downloadPackage(state, found.name, work, progress.now);
    if (refused !== null) return { missing: refused };
    const file = readdirSync(work).find((name) => name.endsWith(".deb"));
    if (file === undefined) return { missing: "apt-get download left no package" };
    renameSync(join(work, file), join(folder, file));
    return { package: packageOfFile(folder, file) };
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function cachedPackage(folder: string, pattern: RegExp): CachedPackage | null {
  const files = readdirSync(folder).filter((file) => file.endsWith(".deb"));
  const packages = files.map((file) => packageOfFile(folder, file)).filter(({ name }) => pattern.test(name));
  packages.sort((a, b) => byVersion.compare(a.name, b.name) || byVersion.compare(a.version, b.version));
  return packages.at(-1) ?? null;
}

/** apt names files `NAME_VERSION_ARCHITECTURE.deb`, with `%3a` for the colon of an epoch. */
function packageOfFile(folder: string, file: string): CachedPackage {
  const [name, version] = file.split("_");
  return { name: name ?? file, version: decodeURIComponent(version ?? "unknown"), deb: join(folder, file) };
}

async function newestName(
  state: AptState,
  pattern: RegExp,
  progress: Progress,
): Promise<{ readonly name: string } | { readonly missing: string }> {
  for (let attempt = 1; ; attempt++) {
    progress.say("asking apt for its indexes");
    const failed = await updateIndexes(state, progress.now);
    if (failed === null) return { missing: "apt-get cannot be run on this machine" };
    for (const line of failed) progress.say(`left out an index: ${line}`);
    const names = await searchPackages(state, pattern);
    const name = names.sort(byVersion.compare).at(-1);
    if (name !== undefined) return { name };
    if (!(await hasPackages(state))) return { missing: "no package index could be fetched (no network?)" };
    // A mirror that is being updated is whole again in a while.
    if (failed.length === 0 || attempt === ATTEMPTS) {
      return { missing: `apt offers no package named like ${pattern.source}` };
    }
    await setTimeout(RETRY_MILLISECONDS);
  }
}

/** Every archive has a kernel; without an index apt still knows the names of nothing at all. */
async function hasPackages(state: AptState): Promise<boolean> {
  return (await searchPackages(state, /^linux-image-/)).length > 0;
}
