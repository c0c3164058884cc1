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
import { unpackPackage } from "../debian/apt.js";
import { PLAIN_KERNEL } from "../debian/kernel-flavours.js";
import { fetchPackage } from "../debian/packages.js";
import { openProgress, type Progress } from "../debian/progress.js";
import { CACHE } from "../project.js";

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

const KERNEL: Record<BoardArchitecture, RegExp> = {
  arm64: PLAIN_KERNEL["arm64 6.12"],
  armhf: PLAIN_KERNEL["armhf 6.1"],
};

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
  const fetched = await fetchPackage(architecture, KERNEL[architecture], progress);
  if ("missing" in fetched) return fetched.missing;
  const { name, version, deb } = fetched.package;

  const work = mkdtempSync(join(boards, `.fetch-${architecture}-`));
  try {
    progress.say(`unpacking the trees of ${name} ${version}`);
    const unpacked = await unpackPackage(deb, join(work, "root"), ["*.dtb"]);
    if (unpacked !== null) return unpacked;
    const first = listTrees(join(work, "root"))[0];
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
