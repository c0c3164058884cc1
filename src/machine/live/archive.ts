import { MAX_EXACT } from "../../units/quantity.js";
import { quoted } from "../../units/quote.js";
import { ArchiveError } from "./archive-error.js";

/**
 * Tar archives, as GNU tar, busybox and bsdtar write them:
 *
 *   512 bytes of header: name at 0 (100), size at 124 (12), check sum at 148 (8), type at 156, "ustar" at 257, rest of the name at 345 (155)
 *   the bytes of the file, filled up to a multiple of 512
 *   ... two blocks of zeros
 *
 * Names that do not fit come before, as a file of their own: type `L` (GNU) or the word `path` of type `x` (POSIX).
 */

const BLOCK = 512;

/** No collection has more files. */
const MOST_FILES = 200_000;
/** Linux `PATH_MAX`. */
const LONGEST_PATH = 4096;

/** Whether bytes begin as a tar archive does. */
export function isArchive(bytes: Uint8Array): boolean {
  return bytes.length >= BLOCK && latin1(bytes, 257, 5) === "ustar";
}

/**
 * Reads the files of an archive: path, without a leading `./`, to bytes, which are views of the input. Folders, links and device nodes are left out; of
 * files with the same path the last one counts.
 *
 * @throws ArchiveError with the byte offset
 */
export function readArchive(bytes: Uint8Array): ReadonlyMap<string, Uint8Array> {
  if (!isArchive(bytes)) throw new ArchiveError("not-an-archive", 0, "the file does not begin as a tar archive does");
  const files = new Map<string, Uint8Array>();
  let longName: string | null = null;
  for (let at = 0; ; ) {
    if (at + BLOCK > bytes.length) {
      throw new ArchiveError("truncated", Math.min(at, bytes.length), "the archive has no end: it was cut off");
    }
    const header = bytes.subarray(at, at + BLOCK);
    if (header.every((byte) => byte === 0)) return files;
    checkSum(header, at);
    const size = numberAt(header, 124, at);
    const start = at + BLOCK;
    if (size > bytes.length - start) {
      throw new ArchiveError("truncated", at, `an entry of ${size} bytes goes beyond the end of the archive`);
    }
    const content = bytes.subarray(start, start + size);
    const type = String.fromCharCode(header[156] as number);
    const next = start + Math.ceil(size / BLOCK) * BLOCK;
    if (type === "L") longName = textOf(content);
    else if (type === "x") longName = paxPath(content) ?? longName;
    else if (type !== "g" && type !== "K") {
      if (type === "0" || type === "\0") {
        if (files.size >= MOST_FILES)
          throw new ArchiveError("too-many-files", at, `there are more than ${MOST_FILES} files`);
        files.set(checkedPath(longName ?? nameOf(header), at), content);
      }
      longName = null;
    }
    at = next;
  }
}

/** The sum of all bytes of the header, those of the sum itself counted as spaces. */
function checkSum(header: Uint8Array, at: number): void {
  const stated = numberAt(header, 148, at, 8);
  let sum = 0;
  for (const [i, byte] of header.entries()) sum += i >= 148 && i < 156 ? 0x20 : byte;
  if (sum !== stated)
    throw new ArchiveError("bad-header", at, `a header has the check sum ${sum}, not ${stated} as it says`);
}

/** An octal number that ends with a space or NUL; above 8 GiB binary, which no entry here needs. */
function numberAt(header: Uint8Array, from: number, at: number, length = 12): number {
  const text = latin1(header, from, length).replaceAll("\0", " ").trim();
  const value = /^[0-7]{1,12}$/.test(text) ? Number.parseInt(text, 8) : text === "" ? 0 : MAX_EXACT + 1;
  if (value > MAX_EXACT) throw new ArchiveError("bad-header", at, "a header holds a number that is no octal one");
  return value;
}

function nameOf(header: Uint8Array): string {
  const name = textOf(header.subarray(0, 100));
  // GNU tar keeps other things where POSIX has the beginning of the name.
  const prefix = latin1(header, 262, 1) === "\0" ? textOf(header.subarray(345, 500)) : "";
  return prefix === "" ? name : `${prefix}/${name}`;
}

/** Records `LENGTH KEY=VALUE\n`. */
function paxPath(content: Uint8Array): string | null {
  let path: string | null = null;
  for (const record of new TextDecoder().decode(content).split("\n")) {
    const value = /^\d+ path=(.*)$/.exec(record)?.[1];
    if (value !== undefined) path = value;
  }
  return path;
}

function checkedPath(path: string, at: number): string {
  const plain = path.replace(/^(\.\/)+/, "");
  const parts = plain.split("/");
  if (
    plain === "" ||
    plain.length > LONGEST_PATH ||
    parts.some((part) => part === "" || part === "." || part === "..")
  ) {
    throw new ArchiveError("bad-path", at, `${quoted(path)} is no path of a file below the archive`);
  }
  return plain;
}

function textOf(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end));
}

function latin1(bytes: Uint8Array, from: number, length: number): string {
  return String.fromCharCode(...bytes.subarray(from, from + length));
}
