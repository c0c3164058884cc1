/**
 * Device tree source text, as `dtc` reads it.
 *
 * A flattened tree does not say what a value is, so it is guessed as dtc guesses: printable strings with their NULs are strings,
 * else whole cells are cells, else it is bytes. All three read back as the same bytes.
 */
import { DeviceTreeError } from "./error.js";
import type { DeviceTree, TreeNode } from "./tree.js";

/**
 * Writes the tree as source text: version line, memory reservations, nodes indented by tabs.
 *
 * @throws DeviceTreeError `unwritable-name` when a name has characters that the language cannot hold
 */
export function writeDts(tree: DeviceTree): string {
  const out = new TextBuffer();
  out.text("/dts-v1/;\n\n");
  for (const { address, size } of tree.memReservations) {
    out.text(`/memreserve/\t0x${address.toString(16)} 0x${size.toString(16)};\n`);
  }
  if (tree.memReservations.length > 0) out.text("\n");
  writeNode(out, tree.root, 0);
  return out.toString();
}

/** What stands behind a property's name in source text: ` = <0x1 0x2>`, ` = "text"`; nothing for a flag. */
export function valueSource(value: Uint8Array): string {
  if (value.length === 0) return "";
  const out = new TextBuffer();
  writeValue(out, value);
  return ` = ${out.toString()}`;
}

function writeNode(out: TextBuffer, node: TreeNode, depth: number): void {
  out.tabs(depth);
  if (depth === 0) out.text("/");
  else writeName(out, node, node.name);
  out.text(" {\n");
  for (const [name, value] of node.entries()) {
    out.tabs(depth + 1);
    writeName(out, node, name);
    if (value.length > 0) {
      out.text(" = ");
      writeValue(out, value);
    }
    out.text(";\n");
  }
  for (const child of node.children) {
    out.text("\n");
    writeNode(out, child, depth + 1);
  }
  out.tabs(depth);
  out.text("};\n");
}

/** Characters that may stand in the name of a node or property. */
const NAME_CHARACTERS: Uint8Array = tableOf("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789,._+*#?@-");

function writeName(out: TextBuffer, node: TreeNode, name: string): void {
  for (let at = 0; at < name.length; at++) {
    if (NAME_CHARACTERS[name.charCodeAt(at)] !== 1) throw unwritable(node, name);
  }
  if (name.length === 0) throw unwritable(node, name);
  out.text(name);
}

function unwritable(node: TreeNode, name: string): DeviceTreeError {
  const text = JSON.stringify(name.slice(0, 100));
  return new DeviceTreeError(
    "unwritable-name",
    null,
    `${text} at ${node.path.slice(0, 200)} cannot be written as source text`,
  );
}

const BACKSLASH = 0x5c;
const QUOTE = 0x22;
/** Escapes of the control characters that may stand in a string, by code from 7 on. */
const CONTROL_ESCAPES = "abtnvfr";
/** 1 for bytes that a string may hold besides its NUL. */
const STRING_BYTES: Uint8Array = tableOf(
  Array.from({ length: 0x7f }, (_, code) =>
    (code >= 7 && code <= 13) || code >= 0x20 ? String.fromCharCode(code) : "",
  ).join(""),
);
const HEX = new TextEncoder().encode("0123456789abcdef");

function tableOf(characters: string): Uint8Array {
  const table = new Uint8Array(256);
  for (const character of characters) table[character.charCodeAt(0)] = 1;
  return table;
}

function writeValue(out: TextBuffer, value: Uint8Array): void {
  if (isText(value)) writeStrings(out, value);
  else if (value.length % 4 === 0) writeCells(out, value);
  else writeBytes(out, value);
}

/** As dtc guesses: ends in a NUL, nothing but string characters and NULs, and more of the first than of the second. */
function isText(value: Uint8Array): boolean {
  const length = value.length;
  if (value[length - 1] !== 0) return false;
  let nuls = 0;
  for (let at = 0; at < length; at++) {
    const byte = value[at] as number;
    if (byte === 0) nuls += 1;
    else if (STRING_BYTES[byte] !== 1) return false;
  }
  return nuls < length - nuls;
}

function writeStrings(out: TextBuffer, value: Uint8Array): void {
  out.reserve(value.length * 4 + 2);
  out.byte(QUOTE);
  const last = value.length - 1;
  for (let at = 0; at < last; at++) {
    const byte = value[at] as number;
    if (byte === 0) {
      out.byte(QUOTE);
      out.byte(0x2c);
      out.byte(0x20);
      out.byte(QUOTE);
    } else if (byte < 0x20) {
      out.byte(BACKSLASH);
      out.byte(CONTROL_ESCAPES.charCodeAt(byte - 7));
    } else {
      if (byte === QUOTE || byte === BACKSLASH) out.byte(BACKSLASH);
      out.byte(byte);
    }
  }
  out.byte(QUOTE);
}

function writeCells(out: TextBuffer, value: Uint8Array): void {
  out.reserve((value.length / 4) * 11 + 2);
  out.byte(0x3c);
  for (let at = 0; at < value.length; at += 4) {
    if (at > 0) out.byte(0x20);
    out.byte(0x30);
    out.byte(0x78);
    const cell =
      ((value[at] as number) << 24) |
      ((value[at + 1] as number) << 16) |
      ((value[at + 2] as number) << 8) |
      (value[at + 3] as number);
    for (let shift = (31 - Math.clz32(cell | 1)) & ~3; shift >= 0; shift -= 4) {
      out.byte(HEX[(cell >>> shift) & 15] as number);
    }
  }
  out.byte(0x3e);
}

function writeBytes(out: TextBuffer, value: Uint8Array): void {
  out.reserve(value.length * 3 + 2);
  out.byte(0x5b);
  for (let at = 0; at < value.length; at++) {
    const byte = value[at] as number;
    if (at > 0) out.byte(0x20);
    out.byte(HEX[byte >> 4] as number);
    out.byte(HEX[byte & 15] as number);
  }
  out.byte(0x5d);
}

/** Bytes of text that grow in one array; one string is made at the end. ASCII only. */
class TextBuffer {
  #bytes: Uint8Array = new Uint8Array(1 << 14);
  #length = 0;

  /** Makes room for `count` more bytes; {@link byte} does not check. */
  reserve(count: number): void {
    const needed = this.#length + count;
    if (needed <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    larger.set(this.#bytes);
    this.#bytes = larger;
  }

  byte(byte: number): void {
    this.#bytes[this.#length++] = byte;
  }

  text(text: string): void {
    this.reserve(text.length);
    for (let at = 0; at < text.length; at++) this.#bytes[this.#length++] = text.charCodeAt(at);
  }

  tabs(count: number): void {
    this.reserve(count);
    for (let tab = 0; tab < count; tab++) this.#bytes[this.#length++] = 9;
  }

  toString(): string {
    return new TextDecoder().decode(this.#bytes.subarray(0, this.#length));
  }
}
