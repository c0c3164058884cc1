/**
 * Why a device tree, an overlay or a folder of properties could not be read. Codes are public and never change meaning.
 *
 * - `empty`: no bytes at all
 * - `not-a-tree`: the magic number is missing
 * - `unsupported-version`: older than 16, or not readable by version 17
 * - `too-large`: 2 GiB or more
 * - `truncated`: the header promises more bytes than there are, or the structure stops before its end token
 * - `bad-offset`: a block lies outside the file, in the header, or is not aligned
 * - `overlapping-blocks`: two blocks claim the same bytes
 * - `bad-reservation`: a memory reservation that is not terminated or not exact
 * - `bad-token`: a structure word that is no token
 * - `bad-property`: a property whose value or name lies outside its block
 * - `misplaced-property`: a property outside a node, or after a child node
 * - `unterminated-string`: a name without its NUL
 * - `name-too-long`: a name of more than 255 bytes
 * - `too-deep`: nodes nested deeper than Linux reads
 * - `unbalanced`: begin and end of nodes do not match, no root node, or several
 * - `bad-overlay`: an overlay whose fragments, fixups or symbols the kernel would refuse
 * - `unresolved-label`: an overlay refers to a label or node that the base tree does not have
 * - `unwritable-name`: a name with characters that device tree source text cannot hold
 * - `not-a-folder`: a set of files that is no device tree folder
 */
export type DeviceTreeErrorCode =
  | "empty"
  | "not-a-tree"
  | "unsupported-version"
  | "too-large"
  | "truncated"
  | "bad-offset"
  | "overlapping-blocks"
  | "bad-reservation"
  | "bad-token"
  | "bad-property"
  | "misplaced-property"
  | "unterminated-string"
  | "name-too-long"
  | "too-deep"
  | "unbalanced"
  | "bad-overlay"
  | "unresolved-label"
  | "unwritable-name"
  | "not-a-folder";

/** Input that is no device tree, or not a whole one. The only error the functions of this folder throw for bad input. */
export class DeviceTreeError extends Error {
  override readonly name = "DeviceTreeError";
  readonly code: DeviceTreeErrorCode;
  /** Byte offset in the input where the fault was seen; null where the input is not one run of bytes. */
  readonly offset: number | null;

  constructor(code: DeviceTreeErrorCode, offset: number | null, sentence: string) {
    super(offset === null ? sentence : `${sentence} (at byte ${offset})`);
    this.code = code;
    this.offset = offset;
  }
}
