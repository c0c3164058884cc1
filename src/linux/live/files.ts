import { lstatSync, readdirSync, readFileSync, realpathSync } from "node:fs";
import { join, sep } from "node:path";

/** Files that a look at a machine takes; what the kernel prints is small. */
const LARGEST_FILE = 64 * 1024 * 1024;

/** The files of one system, below its root: what cannot be read, for whatever reason, is not there. */
export class SystemFiles {
  readonly #root: string;

  /** @param root - `/`, or the folder that stands for it */
  constructor(root: string) {
    this.#root = root;
  }

  /** Bytes of a file; null for what is none or cannot be read. */
  bytes(path: string): Uint8Array | null {
    return attempt(() => {
      const bytes = readFileSync(this.#at(path));
      return bytes.length > LARGEST_FILE ? null : new Uint8Array(bytes);
    });
  }

  /** Names in a folder, sorted; empty for what is none or cannot be read. */
  names(path: string): readonly string[] {
    return (attempt(() => readdirSync(this.#at(path))) ?? []).sort();
  }

  /** `link`, `folder`, `file`, `node` for a device node, or null for what is not there. */
  kind(path: string): "link" | "folder" | "file" | "node" | null {
    return attempt(() => {
      const stats = lstatSync(this.#at(path));
      if (stats.isSymbolicLink()) return "link";
      if (stats.isDirectory()) return "folder";
      return stats.isFile() ? "file" : "node";
    });
  }

  /** Where a path leads in the end, links followed, from the system's root on: `/sys/devices/...`; null where it leads nowhere. */
  leadsTo(path: string): string | null {
    return attempt(() => {
      const real = realpathSync(this.#at(path));
      if (this.#root === "/") return real;
      const root = realpathSync(this.#root);
      return real.startsWith(root + sep) ? real.slice(root.length) : null;
    });
  }

  /** Mode as `ls` prints it, owner and group of a device node: `crw-rw---- 0 44`; null for what is no character device. */
  nodeLine(path: string): string | null {
    return attempt(() => {
      const { mode, uid, gid } = lstatSync(this.#at(path));
      return Math.floor(mode / 0o10000) === CHARACTER_DEVICE ? `c${modeLetters(mode % 0o1000)} ${uid} ${gid}` : null;
    });
  }

  #at(path: string): string {
    return join(this.#root, path);
  }
}

/** `S_IFCHR` as the digit above the twelve bits of a mode. */
const CHARACTER_DEVICE = 2;

/** `rw-rw----` */
function modeLetters(bits: number): string {
  return [64, 8, 1]
    .map((step) => {
      const three = Math.floor(bits / step) % 8;
      return `${three >= 4 ? "r" : "-"}${three % 4 >= 2 ? "w" : "-"}${three % 2 === 1 ? "x" : "-"}`;
    })
    .join("");
}

function attempt<T>(operation: () => T): T | null {
  try {
    return operation();
  } catch (error) {
    if (error instanceof Error && "code" in error) return null;
    throw error;
  }
}
