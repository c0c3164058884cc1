import { createHash } from "node:crypto";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { runCommand } from "../command.js";
import { installPackages } from "../debian/install.js";
import { unpackKernelSource } from "../debian/kernel-source.js";
import { fetchPackage } from "../debian/packages.js";
import { openProgress, type Progress } from "../debian/progress.js";
import { CACHE, ROOT } from "../project.js";
import type { GuestKernel } from "./kernels.js";
import { findProgram } from "./programs.js";

/** The configuration, over `make tinyconfig`. */
const FRAGMENT = join(ROOT, "tools", "kernel", "everything.config");

const KERNELS = join(CACHE, "kernels");
const FOLDER = join(KERNELS, "built-amd64");

/** What the kernel in the cache was built from. A kernel of another fragment is built anew. */
interface BuiltIndex {
  readonly package: string;
  readonly version: string;
  readonly release: string;
  /** Of the fragment. */
  readonly sha256: string;
}

/** Programs and headers a kernel is built with, and the packages of Debian that have them. */
const NEEDS: readonly (readonly [what: string, debian: string])[] = [
  ["gcc", "build-essential"],
  ["make", "build-essential"],
  ["flex", "flex"],
  ["bison", "bison"],
  ["bc", "bc"],
  ["xz", "xz-utils"],
  ["/usr/include/libelf.h", "libelf-dev"],
  ["/usr/include/openssl/evp.h", "libssl-dev"],
];

/** Two hours: fifteen minutes of one processor, on a machine that others use too. */
const BUILD_SECONDS = 7200;

function readIndex(): BuiltIndex | null {
  const index = join(FOLDER, "index.json");
  return existsSync(index) ? (JSON.parse(readFileSync(index, "utf8")) as BuiltIndex) : null;
}

/** The kernel of `everything.config`, there after {@link provideBuiltKernel}. @throws Error when it is not */
export function builtKernel(): GuestKernel {
  const index = readIndex();
  if (index === null) throw new Error("the kernel of tools/kernel/everything.config has not been built");
  const { release } = index;
  return {
    architecture: "amd64",
    release,
    image: join(FOLDER, "vmlinuz"),
    config: join(FOLDER, "config"),
    modules: null,
  };
}

/**
 * Makes sure that the kernel of `everything.config` is in the cache: builds it from Debian's linux-source-6.12, with `nice`, about 14 minutes of one processor and
 * 3 GB of disk meanwhile. As root installs what building needs.
 *
 * @returns null, or one sentence about why it cannot be had
 */
export async function provideBuiltKernel(): Promise<string | null> {
  const sha256 = createHash("sha256").update(readFileSync(FRAGMENT)).digest("hex");
  if (readIndex()?.sha256 === sha256) return null;
  const progress = openProgress("built kernel");
  try {
    const refused = installNeeds() ?? (await fetchAndBuild(sha256, progress));
    return refused === null ? null : `no kernel of tools/kernel/everything.config: ${refused}`;
  } finally {
    progress.end();
  }
}

function installNeeds(): string | null {
  const lacking = NEEDS.filter(([what]) => (what.startsWith("/") ? !existsSync(what) : findProgram(what) === null));
  if (lacking.length === 0) return null;
  const packages = [...new Set(lacking.map(([, debian]) => debian))];
  const refused = installPackages("built kernel", packages);
  return refused === null ? null : `${packages.join(", ")} missing, and ${refused}`;
}

async function fetchAndBuild(sha256: string, progress: Progress): Promise<string | null> {
  const fetched = await fetchPackage("amd64", /^linux-source-6\.12$/, progress);
  if ("missing" in fetched) return fetched.missing;
  const { name, version } = fetched.package;
  mkdirSync(KERNELS, { recursive: true });
  const work = mkdtempSync(join(KERNELS, ".build-"));
  try {
    const source = join(work, "source");
    const unpacked = await unpackKernelSource(fetched.package, source, progress);
    if (unpacked !== null) return unpacked;

    const refused = await build(source, progress);
    if (refused !== null) return refused;
    const made = join(work, "made");
    mkdirSync(made);
    copyFileSync(join(source, "arch", "x86", "boot", "bzImage"), join(made, "vmlinuz"));
    copyFileSync(join(source, ".config"), join(made, "config"));
    const release = readFileSync(join(source, "include", "config", "kernel.release"), "utf8").trim();
    const index: BuiltIndex = { package: name, version, release, sha256 };
    writeFileSync(join(made, "index.json"), `${JSON.stringify(index, null, 2)}\n`);
    rmSync(FOLDER, { recursive: true, force: true });
    renameSync(made, FOLDER);
    return null;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

async function build(source: string, progress: Progress): Promise<string | null> {
  const step = async (command: string, ...args: readonly string[]): Promise<string | null> => {
    const seconds = BUILD_SECONDS;
    const run = await runCommand("nice", ["-n", "10", command, ...args], {
      seconds,
      cwd: source,
      onLine: progress.now,
    });
    if (run.status === 0) return null;
    const why = run.status === null ? run.stderr || `not done after ${seconds} s` : run.stderr;
    return `${command} ${args.join(" ")} failed: ${why.trim().split("\n").slice(-10).join("\n")}`;
  };
  progress.say("configuring");
  const configured =
    (await step("make", "ARCH=x86_64", "tinyconfig")) ??
    (await step("scripts/kconfig/merge_config.sh", "-m", ".config", FRAGMENT)) ??
    (await step("make", "ARCH=x86_64", "olddefconfig")) ??
    droppedOptions(readFileSync(join(source, ".config"), "utf8"));
  if (configured !== null) return configured;
  const jobs = availableParallelism();
  progress.say(`building with ${jobs} jobs, a quarter of an hour of one processor`);
  return step("make", "ARCH=x86_64", `-j${jobs}`, "bzImage");
}

/** Lines of the fragment that the configuration has not: options that are gone, or lack what they depend on. */
function droppedOptions(config: string): string | null {
  const has = new Set(config.split("\n"));
  const wanted = readFileSync(FRAGMENT, "utf8")
    .split("\n")
    .filter((line) => line.startsWith("CONFIG_"));
  const dropped = wanted.filter((line) => !has.has(line));
  return dropped.length === 0 ? null : `the source does not take ${dropped.join(", ")}`;
}
