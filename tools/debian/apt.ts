import { spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Packages of one foreign architecture, read with this machine's apt sources but without touching its state. */
export interface AptState {
  readonly architecture: string;
  readonly folder: string;
}

/** What a finished command printed. `status` is null when it could not be started or ran out of time. */
interface Finished {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Makes the folders apt wants. Every architecture has a state of its own: with two in one, apt resolves names in the machine's.
 *
 * @param folder - created when missing, never cleaned
 */
export function openAptState(architecture: string, folder: string): AptState {
  mkdirSync(join(folder, "lists", "partial"), { recursive: true });
  mkdirSync(join(folder, "cache", "archives", "partial"), { recursive: true });
  writeFileSync(join(folder, "status"), "");
  return { architecture, folder };
}

function options(state: AptState): string[] {
  const settings = [
    `Dir::State=${state.folder}`,
    `Dir::State::Lists=${join(state.folder, "lists")}`,
    `Dir::State::status=${join(state.folder, "status")}`,
    `Dir::Cache=${join(state.folder, "cache")}`,
    `APT::Architecture=${state.architecture}`,
    `APT::Architectures=${state.architecture}`,
    "Acquire::Retries=3",
    "Acquire::http::Timeout=30",
    "Acquire::https::Timeout=30",
    "Acquire::Languages=none",
  ];
  // As root, apt would fetch as the user _apt, who cannot write into a user's folder.
  if (process.getuid?.() === 0) settings.push("APT::Sandbox::User=root");
  return settings.flatMap((setting) => ["-o", setting]);
}

function run(
  command: string,
  args: readonly string[],
  seconds: number,
  cwd?: string,
  onLine?: (line: string) => void,
): Promise<Finished> {
  return new Promise((done) => {
    const child = spawn(command, args, {
      ...(cwd !== undefined && { cwd }),
      stdio: ["ignore", "pipe", "pipe"],
      timeout: seconds * 1000,
      env: { ...process.env, LC_ALL: "C.UTF-8", DEBIAN_FRONTEND: "noninteractive" },
    });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
      for (const line of text.split(/[\r\n]+/)) if (line.trim() !== "") onLine?.(line.trim());
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    child.on("error", (error) => done({ status: null, stdout, stderr: error.message }));
    child.on("close", (status) => done({ status, stdout, stderr }));
  });
}

/**
 * Fetches the indexes.
 *
 * @returns one line for every index that could not be had; the others are used. Null when apt cannot be run at all.
 */
export async function updateIndexes(state: AptState, onLine: (line: string) => void): Promise<string[] | null> {
  const finished = await run("apt-get", [...options(state), "update"], 300, undefined, onLine);
  if (finished.status === null) return null;
  const lines = finished.stderr.split("\n");
  return lines.filter((line) => /^[EW]: Failed to fetch/.test(line)).map((line) => line.replace(/^[EW]: /, "").trim());
}

/** Names of the packages that match, in the order apt lists them. */
export async function searchPackages(state: AptState, pattern: RegExp): Promise<string[]> {
  const finished = await run("apt-cache", [...options(state), "pkgnames"], 60);
  return finished.stdout.split("\n").filter((name) => pattern.test(name));
}

/**
 * Downloads a package; apt checks it against the index.
 *
 * @param folder - where the .deb goes; must exist
 * @returns null, or what apt said
 */
export async function downloadPackage(
  state: AptState,
  name: string,
  folder: string,
  onLine: (line: string) => void,
): Promise<string | null> {
  const finished = await run("apt-get", [...options(state), "download", name], 500, folder, onLine);
  if (finished.status === 0) return null;
  return finished.stderr.split("\n").find((line) => line.startsWith("E:")) ?? "apt-get download did not finish";
}

/**
 * Unpacks the files of a package whose path matches, and nothing else of it.
 *
 * @param folder - made where it is missing; paths in it are those of the package
 * @param patterns - in tar's wildcards, which also match `/`; a path in a package begins with `./`
 * @returns null, or what went wrong; a pattern that matches nothing is a failure
 */
export async function unpackPackage(deb: string, folder: string, patterns: readonly string[]): Promise<string | null> {
  mkdirSync(folder, { recursive: true });
  const pipeline =
    'set -o pipefail; deb=$1 to=$2; shift 2; dpkg-deb --fsys-tarfile "$deb" | tar -x -C "$to" --wildcards "$@"';
  const finished = await run("bash", ["-c", pipeline, "bash", deb, folder, ...patterns], 300);
  return finished.status === 0 ? null : finished.stderr.trim() || "the package could not be unpacked";
}
