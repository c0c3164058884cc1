/**
 * Archives in the `newc` form of cpio, which the kernel unpacks as its first root (Linux 6.12 `init/initramfs.c`,
 * `Documentation/driver-api/early-userspace/buffer-format.rst`): per file a header of 110 bytes in ASCII hex, the name with its NUL, the contents; name and
 * contents are padded to 4 bytes. Everything belongs to root.
 */

/** A file, or a folder when it has no contents. */
export interface ArchiveEntry {
  /** Without a leading `/`; after the folder it lies in. */
  readonly path: string;
  readonly contents: Uint8Array | null;
  readonly executable?: boolean;
}

const FOLDER = 0o40755;
const FILE = 0o100644;
const PROGRAM = 0o100755;

/** @returns the archive, not compressed */
export function newcArchive(entries: readonly ArchiveEntry[]): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const [index, { path, contents, executable }] of entries.entries()) {
    const mode = contents === null ? FOLDER : executable === true ? PROGRAM : FILE;
    parts.push(...member(index + 1, path, mode, contents ?? new Uint8Array()));
  }
  parts.push(...member(0, "TRAILER!!!", 0, new Uint8Array()));
  return Buffer.concat(parts);
}

function member(inode: number, path: string, mode: number, contents: Uint8Array): Uint8Array[] {
  const name = Buffer.from(`${path}\0`);
  // ino mode uid gid nlink mtime filesize devmajor devminor rdevmajor rdevminor namesize check
  const fields = [inode, mode, 0, 0, 1, 0, contents.length, 0, 0, 0, 0, name.length, 0];
  const head = Buffer.concat([Buffer.from(`070701${fields.map((field) => hex8(field)).join("")}`), name]);
  return [head, padding(head.length), contents, padding(contents.length)];
}

function hex8(value: number): string {
  return value.toString(16).padStart(8, "0");
}

function padding(length: number): Uint8Array {
  return new Uint8Array((4 - (length % 4)) % 4);
}
