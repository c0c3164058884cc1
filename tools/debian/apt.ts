import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runCommand } from "../command.js";

/** Packages of one foreign architecture, read with this machine's apt sources but without touching its state. */
export interface AptState {
  readonly architecture: string;
  readonly folder: string;
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

/**
 * Fetches the indexes.
 *
 * @returns one line for every index that could not be had; the others are used. Null when apt cannot be run at all.
 */
export async function updateIndexes(state: AptState, onLine: (line: string) => void): Promise<string[] | null> {
  const finished = await runCommand("apt-get", [...options(state), "update"], { seconds: 300, onLine });
  if (finished.status === null) return null;
  const lines = finished.stderr.split("\n");
  return lines.filter((line) => /^[EW]: Failed to fetch/.test(line)).map((line) => line.replace(/^[EW]: /, "").trim());
}

/** Names of the packages that match, in the order apt lists them. */
export async function searchPackages(state: AptState, pattern: RegExp): Promise<string[]> {
  const finished = await runCommand("apt-cache", [...options(state), "pkgnames"], { seconds: 60 });
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
  const finished = await runCommand("apt-get", [...options(state), "download", name], {
    seconds: 500,
    cwd: folder,
    onLine,
  });
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
  const finished = await runCommand("bash", ["-c", pipeline, "bash", deb, folder, ...patterns], { seconds: 300 });
  return finished.status === 0 ? null : finished.stderr.trim() || "the package could not be unpacked";
}
