import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join, posix } from "node:path";

/** An unpacked source of Linux. Paths are relative to its root, with `/`. */
export interface SourceTree {
  readonly root: string;
  /** As its Makefile says: `6.12.117`; null where there is no readable Makefile. */
  readonly version: string | null;
  /** Text of a file, null where there is none. */
  readonly read: (path: string) => string | null;
  readonly exists: (path: string) => boolean;
  /** All files below a folder, sorted; empty where the folder is missing. */
  readonly filesBelow: (folder: string) => readonly string[];
}

/** Opens a source tree; whole or not, what is missing is simply not there. */
export function openSourceTree(root: string): SourceTree {
  const read = (path: string): string | null => {
    const full = join(root, path);
    if (!existsSync(full) || !statSync(full).isFile()) return null;
    return readFileSync(full, "utf8");
  };
  return {
    root,
    version: versionOf(read("Makefile")),
    read,
    exists: (path) => existsSync(join(root, path)),
    filesBelow: (folder) => {
      const full = join(root, folder);
      if (!existsSync(full)) return [];
      return readdirSync(full, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => posix.join(folder, entry.parentPath.slice(full.length).replaceAll("\\", "/"), entry.name))
        .sort();
    },
  };
}

/** A source tree held in memory: path to text. */
export function sourceTreeOf(files: Readonly<Record<string, string>>): SourceTree {
  const paths = Object.keys(files).sort();
  return {
    root: "memory",
    version: versionOf(files["Makefile"] ?? null),
    read: (path) => files[path] ?? null,
    exists: (path) => path in files || paths.some((one) => one.startsWith(`${path}/`)),
    filesBelow: (folder) => paths.filter((path) => path.startsWith(`${folder}/`)),
  };
}

function versionOf(makefile: string | null): string | null {
  if (makefile === null) return null;
  const numbers = ["VERSION", "PATCHLEVEL", "SUBLEVEL"].map(
    (name) => new RegExp(`^${name} = (\\d+)$`, "m").exec(makefile)?.[1],
  );
  return numbers[0] === undefined || numbers[1] === undefined
    ? null
    : numbers.filter((number) => number !== undefined).join(".");
}
