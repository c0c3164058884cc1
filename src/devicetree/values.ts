/** Decoding of property values. Cells are 32-bit big-endian words. */
import { MAX_EXACT } from "../units/quantity.js";
import type { TreeNode } from "./tree.js";

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The first string of a value, without its NUL; UTF-8, or Latin-1 when the bytes are not UTF-8. */
export function stringOf(value: Uint8Array): string {
  const nul = value.indexOf(0);
  return decodeText(value, 0, nul < 0 ? value.length : nul);
}

/** Every string of a value; what follows the last NUL counts as a string when it is not empty. */
export function stringsOf(value: Uint8Array): string[] {
  const strings: string[] = [];
  for (let start = 0; start < value.length; ) {
    const nul = value.indexOf(0, start);
    const end = nul < 0 ? value.length : nul;
    strings.push(decodeText(value, start, end));
    start = end + 1;
  }
  return strings;
}

function decodeText(value: Uint8Array, start: number, end: number): string {
  let at = start;
  while (at < end && (value[at] as number) < 0x80) at += 1;
  if (at === end) return latin1Of(value, start, end);
  const bytes = value.subarray(start, end);
  try {
    return utf8.decode(bytes);
  } catch {
    return latin1Of(bytes, 0, bytes.length);
  }
}

/** Bytes from `start` up to `end` as the characters U+0000 to U+00FF. */
export function latin1Of(bytes: Uint8Array, start: number, end: number): string {
  let text = "";
  let at = start;
  if (end - start > 256) {
    for (; at < end; at += 4096) text += String.fromCharCode(...bytes.subarray(at, Math.min(at + 4096, end)));
    return text;
  }
  // Short texts are most: eight characters a call cost a quarter of what spreading an array does.
  for (; at + 8 <= end; at += 8) {
    text += String.fromCharCode(
      bytes[at] as number,
      bytes[at + 1] as number,
      bytes[at + 2] as number,
      bytes[at + 3] as number,
      bytes[at + 4] as number,
      bytes[at + 5] as number,
      bytes[at + 6] as number,
      bytes[at + 7] as number,
    );
  }
  for (; at < end; at++) text += String.fromCharCode(bytes[at] as number);
  return text;
}

/**
 * The 32-bit word at a byte offset.
 *
 * @throws RangeError when the value has no 4 bytes there
 */
export function u32At(value: Uint8Array, byteOffset: number): number {
  if (byteOffset < 0 || byteOffset + 4 > value.length) {
    throw new RangeError(`a cell at byte ${byteOffset} of a value of ${value.length} bytes`);
  }
  return (
    (value[byteOffset] as number) * 0x1000000 +
    (value[byteOffset + 1] as number) * 0x10000 +
    (value[byteOffset + 2] as number) * 0x100 +
    (value[byteOffset + 3] as number)
  );
}

/** Every whole cell of a value; up to 3 odd bytes at the end are dropped. */
export function cellsOf(value: Uint8Array): Uint32Array {
  const cells = new Uint32Array(Math.floor(value.length / 4));
  for (let cell = 0; cell < cells.length; cell++) cells[cell] = u32At(value, cell * 4);
  return cells;
}

/**
 * `count` cells from cell `cell` on as one number. No cells are 0; of more than two the last two count, as in Linux
 * `of_read_number()`. Above 2^53 - 1 the answer is MAX_EXACT.
 *
 * @throws RangeError when the value has fewer cells
 */
export function numberFromCells(value: Uint8Array, cell: number, count: number): number {
  if (count <= 0) return 0;
  const last = (cell + count - 1) * 4;
  const low = u32At(value, last);
  const high = count > 1 ? u32At(value, last - 4) : 0;
  const number = high * 0x100000000 + low;
  return number > MAX_EXACT ? MAX_EXACT : number;
}

/**
 * The first cell of a property; undefined when the property is missing or shorter than a cell.
 *
 * @see Linux 6.12 `of_property_read_u32()`
 */
export function u32Property(node: TreeNode, name: string): number | undefined {
  const value = node.get(name);
  return value === undefined || value.length < 4 ? undefined : u32At(value, 0);
}
