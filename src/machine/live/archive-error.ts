/**
 * Why a tarball could not be read. Codes are public and never change meaning.
 *
 * - `not-an-archive`: no tar header at the beginning
 * - `bad-header`: a header whose check sum is wrong, or a number in it that is none
 * - `truncated`: an entry, or the end of the archive, lies behind the end of the bytes
 * - `bad-path`: a path that is absolute, leads upwards or is too long
 * - `too-many-files`: more files than any collection has
 */
export type ArchiveErrorCode = "not-an-archive" | "bad-header" | "truncated" | "bad-path" | "too-many-files";

/** A tarball that is none, or not a whole one. */
export class ArchiveError extends Error {
  override readonly name = "ArchiveError";
  readonly code: ArchiveErrorCode;
  /** Byte offset of the header, in the unpacked archive, where the fault was seen. */
  readonly offset: number;

  constructor(code: ArchiveErrorCode, offset: number, sentence: string) {
    super(`${sentence} (at byte ${offset})`);
    this.code = code;
    this.offset = offset;
  }
}
