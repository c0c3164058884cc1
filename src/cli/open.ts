import { readdirSync, readFileSync, type Stats, statSync } from "node:fs";
import { join } from "node:path";
import { DeviceTreeError } from "../devicetree/error.js";
import { readTreeFolder } from "../devicetree/folder.js";
import { applyOverlay } from "../devicetree/overlay.js";
import { readDeviceTree } from "../devicetree/read.js";
import type { DeviceTree } from "../devicetree/tree.js";
import { MachineError } from "../machine/error.js";
import { isArchive, readArchive } from "../machine/live/archive.js";
import { ArchiveError } from "../machine/live/archive-error.js";
import { inflated } from "../machine/live/inflate.js";
import { LIVE_MARK } from "../machine/live/layout.js";
import type { MachineSource } from "../machine/source.js";
import { badInput, CommandFailure, EXIT } from "./failure.js";

/** What a MACHINE argument turned out to be. */
export type OpenedInput =
  | { readonly kind: "tree"; readonly tree: DeviceTree }
  | { readonly kind: "machine-json"; readonly text: string }
  | { readonly kind: "running"; readonly source: MachineSource };

/** What MACHINE may be, for a file that is something else. */
const WANTED = "name a .dtb file, a copy of /proc/device-tree, a collector tarball or a machine .json";

/** Files above this are no device trees and no machines. */
const LARGEST_FILE = 256 * 1024 * 1024;
/** A folder with more files than this is no device tree. */
const MOST_FILES = 200_000;

/**
 * Opens a MACHINE argument: a flattened tree, a folder in `/proc/device-tree` form, machine JSON, a collector tarball, or `live`.
 *
 * @throws CommandFailure when it cannot be read or is none of them
 */
export async function openInput(name: string): Promise<OpenedInput> {
  if (name === "live") return { kind: "running", source: await readLive() };
  const stats = statOf(name);
  if (stats.isDirectory()) return { kind: "tree", tree: readFolder(name) };
  const bytes = readRegular(name, stats);
  if (looksLikeJson(bytes) || name.endsWith(".json"))
    return { kind: "machine-json", text: new TextDecoder().decode(bytes) };
  const collection = await readCollection(name, bytes);
  if (collection !== null) return { kind: "running", source: collection };
  if (isCompressed(bytes)) {
    throw badInput(`${name} is compressed; unpack it, then name the board's .dtb or its copy of /proc/device-tree`);
  }
  return { kind: "tree", tree: readTree(bytes, name) };
}

/**
 * Applies overlays in the order given.
 *
 * @throws CommandFailure that names the overlay which cannot be read or does not apply
 */
export function applyOverlays(tree: DeviceTree, files: readonly string[]): DeviceTree {
  let result = tree;
  for (const file of files) {
    const overlay = readTree(readFileAt(file), file, "name a compiled overlay, a .dtbo file");
    try {
      result = applyOverlay(result, overlay);
    } catch (error) {
      if (!(error instanceof DeviceTreeError)) throw error;
      throw badInput(`overlay ${file} does not apply: ${error.message}`);
    }
  }
  return result;
}

/**
 * Reads a whole file.
 *
 * @throws CommandFailure when that is not possible
 */
export function readFileAt(name: string): Uint8Array {
  return readRegular(name, statOf(name));
}

/** Every flattened tree below the paths, files as they are named, folders searched for `*.dtb` in the order of names. */
export function* treeFiles(paths: readonly string[]): Generator<string> {
  for (const path of paths) {
    if (statOf(path).isDirectory()) yield* treesBelow(path);
    else yield path;
  }
}

function* treesBelow(folder: string): Generator<string> {
  const entries = reading(folder, () => readdirSync(folder, { withFileTypes: true }));
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* treesBelow(path);
    else if (entry.name.endsWith(".dtb") && (entry.isFile() || isFileBehind(path, entry.isSymbolicLink()))) yield path;
  }
}

function isFileBehind(path: string, link: boolean): boolean {
  return link && statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

/**
 * Reads a flattened tree.
 *
 * @param wanted - what to do when the bytes are something else
 * @throws CommandFailure that says what the bytes are instead
 */
export function readTree(bytes: Uint8Array, name: string, wanted: string = WANTED): DeviceTree {
  try {
    return readDeviceTree(bytes);
  } catch (error) {
    if (!(error instanceof DeviceTreeError)) throw error;
    const known = error.code === "not-a-tree" || bytes.length === 0 ? whatItIs(bytes) : null;
    throw badInput(`${name} is no device tree: ${known === null ? error.message : `${known}; ${wanted}`}`);
  }
}

function readFolder(name: string): DeviceTree {
  const files = new Map<string, Uint8Array>();
  // One look at the root spares a walk through a folder that is something else.
  const isTree = reading(name, () => readdirSync(name)).some((entry) =>
    ["#address-cells", "#size-cells", "compatible"].includes(entry),
  );
  if (isTree) collect(name, "", files);
  try {
    return readTreeFolder(files);
  } catch (error) {
    if (!(error instanceof DeviceTreeError)) throw error;
    throw badInput(`${name}: ${error.message}; name a .dtb file or a copy of /proc/device-tree`);
  }
}

function collect(root: string, below: string, files: Map<string, Uint8Array>): void {
  const folder = join(root, below);
  for (const entry of reading(folder, () => readdirSync(folder, { withFileTypes: true }))) {
    const path = below === "" ? entry.name : `${below}/${entry.name}`;
    if (entry.isDirectory()) collect(root, path, files);
    else if (entry.isFile()) {
      if (files.size >= MOST_FILES) throw badInput(`${root} holds more than ${MOST_FILES} files; it is no device tree`);
      files.set(path, readFileAt(join(root, path)));
    }
  }
}

/**
 * Unpacks what `coalloc-collect.sh` packed, as it is or compressed.
 *
 * @returns null for what is no tar archive
 * @throws CommandFailure for one that is cut off, or was made by something else
 */
export async function readCollection(name: string, bytes: Uint8Array): Promise<MachineSource | null> {
  const isGzip = startsWith(bytes, "\x1f\x8b");
  if (!isGzip && !isArchive(bytes)) return null;
  try {
    const unpacked = isGzip ? await inflated(name, bytes) : bytes;
    if (!isArchive(unpacked)) return null;
    const source = readArchive(unpacked);
    if (source.has(LIVE_MARK)) return source;
  } catch (error) {
    if (error instanceof ArchiveError) throw badInput(`${name}: ${error.message}`);
    if (error instanceof MachineError) throw badInput(error.message);
    throw error;
  }
  throw badInput(`${name} was not packed by coalloc-collect.sh: there is no ${LIVE_MARK} in it`);
}

/** What this machine says of itself. */
async function readLive(): Promise<MachineSource> {
  const { readLiveSource } = await import("../linux/live/read-live-source.js");
  const source = process.platform === "linux" ? readLiveSource() : new Map<string, Uint8Array>();
  if (source.has(LIVE_MARK)) return source;
  const why =
    process.platform === "linux" ? `there is no /${LIVE_MARK}; mount /proc` : `this is ${process.platform}, no Linux`;
  throw new CommandFailure(EXIT.notHere, `live: ${why}, or name a .dtb`);
}

function statOf(name: string): Stats {
  return reading(name, () => statSync(name));
}

function readRegular(name: string, stats: Stats): Uint8Array {
  if (stats.isDirectory()) throw badInput(`${name} is a folder; a file is needed here`);
  if (!stats.isFile() && !stats.isFIFO()) throw badInput(`${name} is no regular file`);
  if (stats.size > LARGEST_FILE) {
    throw badInput(`${name} has ${stats.size} bytes; device trees and machines have at most ${LARGEST_FILE}`);
  }
  return reading(name, () => readFileSync(name));
}

/** Runs a file operation; its failure becomes a sentence. */
function reading<T>(name: string, operation: () => T): T {
  try {
    return operation();
  } catch (error) {
    throw readingFailure(name, error);
  }
}

/** What to throw for an error that a file operation threw: one sentence, or the error itself where it is no such thing. */
export function readingFailure(name: string, error: unknown): unknown {
  const code = codeOf(error);
  return code === null
    ? error
    : badInput(`cannot read ${name === "" ? "a file without a name" : name}: ${READ_FAILURES.get(code) ?? code}`);
}

const READ_FAILURES: ReadonlyMap<string, string> = new Map([
  ["ENOENT", "there is no such file or folder"],
  ["EACCES", "permission is missing; ask its owner or run as root"],
  ["EPERM", "permission is missing; ask its owner or run as root"],
  ["ENOTDIR", "a part of the path is a file, not a folder"],
  ["EISDIR", "it is a folder"],
  ["ELOOP", "its symbolic links lead in a circle"],
  ["ENAMETOOLONG", "the name is too long"],
  ["EIO", "the device reports an error"],
]);

function codeOf(error: unknown): string | null {
  return error instanceof Error && "code" in error && typeof error.code === "string" && error.code.startsWith("E")
    ? error.code
    : null;
}

function looksLikeJson(bytes: Uint8Array): boolean {
  const first = bytes.find((byte) => byte !== 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0d);
  return first === 0x7b || first === 0x5b;
}

function startsWith(bytes: Uint8Array, text: string, at = 0): boolean {
  return [...text].every((letter, i) => bytes[at + i] === letter.charCodeAt(0));
}

function isCompressed(bytes: Uint8Array): boolean {
  return ["\x1f\x8b", "\xfd7zXZ", "\x28\xb5\x2f\xfd", "BZh", "PK\x03\x04"].some((magic) => startsWith(bytes, magic));
}

/** Names files that are given by mistake. */
function whatItIs(bytes: Uint8Array): string {
  if (bytes.length === 0) return "the file is empty";
  if (startsWith(bytes, "\x89PNG")) return "it is a PNG picture";
  if (startsWith(bytes, "\x7fELF")) return "it is an ELF program";
  if (startsWith(bytes, "\xff\xd8\xff")) return "it is a JPEG picture";
  if (startsWith(bytes, "%PDF")) return "it is a PDF document";
  const start = new TextDecoder().decode(bytes.subarray(0, 4096));
  if (/\/dts-v1\/|\/plugin\//.test(start)) return "it is source text that dtc has yet to compile";
  return "its first four bytes are not d00dfeed";
}
