import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { CACHE } from "../project.js";
import {
  type AptState,
  downloadPackage,
  openAptState,
  searchPackages,
  unpackTrees,
  updateIndexes,
  versionOf,
} from "./apt.js";
import { openProgress, type Progress } from "./progress.js";

/** Architectures whose kernel packages carry device trees. */
export type BoardArchitecture = "arm64" | "armhf";

/** What `.cache/boards/ARCHITECTURE.json` says of the trees beside it. */
export interface BoardIndex {
  readonly package: string;
  readonly version: string;
  /** Number of trees. */
  readonly count: number;
  /** Over every tree, in the order of their paths: path, NUL, length, NUL, bytes. */
  readonly sha256: string;
}

/** Kernel packages of the plain flavour: no real-time, cloud, 16 KiB page, debug or unsigned variant matches. */
const PLAIN_FLAVOUR: Record<BoardArchitecture, RegExp> = {
  arm64: /^linux-image-6\.12(\.[0-9]+)*([+~][0-9a-z.+~]+)?(-[0-9]+)?-arm64$/,
  armhf: /^linux-image-6\.1\.[0-9.]+([+~][0-9a-z.+~]+)?(-[0-9]+)?-armmp$/,
};

/** Times the indexes are asked for when one of them was broken and the package is in none of the others. */
const ATTEMPTS = 3;
const RETRY_MILLISECONDS = 5000;

/** The folder with one architecture's trees: `VENDOR/NAME.dtb`, or `NAME.dtb` where the kernel has no vendor folders. */
export function boardFolder(architecture: BoardArchitecture): string {
  return join(CACHE, "boards", architecture);
}

/** What is cached, or null. */
export function cachedBoards(architecture: BoardArchitecture): BoardIndex | null {
  const index = join(CACHE, "boards", `${architecture}.json`);
  if (!existsSync(index) || !existsSync(boardFolder(architecture))) return null;
  return JSON.parse(readFileSync(index, "utf8")) as BoardIndex;
}

/**
 * Makes sure the trees of these architectures are in the cache, fetching what is missing from Debian's kernel packages. Neither root nor a
 * change of the system is needed. What is cached already is not fetched again.
 *
 * @returns null when all are there, else one sentence about the first that is not
 */
export async function provideBoards(architectures: readonly BoardArchitecture[]): Promise<string | null> {
  let missing: string | null = null;
  for (const architecture of architectures) {
    const progress = openProgress(`boards ${architecture}`);
    const cached = cachedBoards(architecture);
    if (cached !== null) {
      progress.say(`${cached.count} trees of ${cached.package} ${cached.version} are in the cache`);
      continue;
    }
    const why = await fetchBoards(architecture, progress);
    progress.end();
    if (why !== null) missing ??= `no trees of ${architecture}: ${why}`;
  }
  return missing;
}

async function fetchBoards(architecture: BoardArchitecture, progress: Progress): Promise<string | null> {
  const boards = join(CACHE, "boards");
  mkdirSync(boards, { recursive: true });
  const state = openAptState(architecture, join(CACHE, "apt", architecture));

  let name: string | null = null;
  let failed: readonly string[] = [];
  for (let attempt = 1; name === null && attempt <= ATTEMPTS; attempt++) {
    progress.say("asking apt for its indexes");
    const lines = await updateIndexes(state, progress.now);
    if (lines === null) return "apt-get cannot be run on this machine";
    failed = lines;
    for (const line of failed) progress.say(`left out an index: ${line}`);
    name = await newestPackage(state, PLAIN_FLAVOUR[architecture]);
    // A mirror that is being updated is whole again in a while; without a network there is nothing to wait for.
    if (failed.length === 0 || !(await hasPackages(state))) break;
    if (name === null && attempt < ATTEMPTS) await setTimeout(RETRY_MILLISECONDS);
  }
  if (name === null) {
    return (await hasPackages(state))
      ? `apt offers no package named like ${PLAIN_FLAVOUR[architecture].source}`
      : "no package index could be fetched (no network?)";
  }
  const version = (await versionOf(state, name)) ?? "unknown";

  const work = mkdtempSync(join(boards, `.fetch-${architecture}-`));
  try {
    progress.say(`downloading ${name} ${version}`);
    const refused = await downloadPackage(state, name, work, progress.now);
    if (refused !== null) return refused;
    const deb = readdirSync(work).find((file) => file.endsWith(".deb"));
    if (deb === undefined) return "apt-get download left no package";

    progress.say("unpacking the trees");
    const unpacked = await unpackTrees(join(work, deb), join(work, "root"));
    if (unpacked !== null) return unpacked;
    const trees = listTrees(join(work, "root"));
    const first = trees[0];
    if (first === undefined) return `${name} holds no device tree`;

    // Everything lies below usr/lib/linux-image-VERSION/.
    const [usr, lib, image] = first.split("/");
    const top = join(work, "root", usr ?? "", lib ?? "", image ?? "");
    const folder = boardFolder(architecture);
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(dirname(folder), { recursive: true });
    renameSync(top, folder);
    const index: BoardIndex = { package: name, version, ...digestTrees(folder) };
    writeFileSync(join(boards, `${architecture}.json`), `${JSON.stringify(index, null, 2)}\n`);
    progress.say(`${index.count} trees`);
    return null;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

async function hasPackages(state: AptState): Promise<boolean> {
  return (await searchPackages(state, /^linux-image-/)).length > 0;
}

async function newestPackage(state: AptState, pattern: RegExp): Promise<string | null> {
  const names = await searchPackages(state, pattern);
  const byVersion = new Intl.Collator("en", { numeric: true });
  return names.sort(byVersion.compare).at(-1) ?? null;
}

/** Paths of all trees below a folder, sorted, with `/` between names. */
export function listTrees(folder: string): string[] {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" });
  return files.filter((file) => file.endsWith(".dtb")).sort();
}

function digestTrees(folder: string): { count: number; sha256: string } {
  const digest = createHash("sha256");
  const trees = listTrees(folder);
  for (const tree of trees) {
    const bytes = readFileSync(join(folder, tree));
    digest.update(`${tree}\0${bytes.length}\0`).update(bytes);
  }
  return { count: trees.length, sha256: digest.digest("hex") };
}
