/** Flattened trees written word by word, so that tests of the reader do not rest on the writer. */

/** What a block holds, and where the header says it is. */
export interface Assembly {
  /** Structure block: numbers are words, strings are NUL-terminated and padded, arrays are bytes, padded. */
  readonly structure: readonly (number | string | readonly number[])[];
  /** Names of the strings block, each with its NUL; or the raw bytes. */
  readonly strings?: readonly string[] | Uint8Array;
  /** Address and size pairs; the terminator is added. */
  readonly reservations?: readonly (readonly [number, number])[];
  readonly version?: 16 | 17;
  readonly bootCpu?: number;
  /** Header words to overwrite, by byte offset. */
  readonly header?: Readonly<Record<number, number>>;
  /** Bytes between the blocks, after the header and after the last. */
  readonly gap?: readonly number[];
  /** Order of the blocks in the file. */
  readonly order?: readonly ("reservations" | "structure" | "strings")[];
}

export const BEGIN = 1;
export const END_NODE = 2;
export const PROP = 3;
export const NOP = 4;
export const END = 9;

/** The bytes of a flattened tree. */
export function assemble(assembly: Assembly): Uint8Array {
  const version = assembly.version ?? 17;
  const gap = assembly.gap ?? [];
  const strings = assembly.strings ?? [];
  const blocks = {
    structure: assembly.structure.flatMap((part) => (typeof part === "number" ? wordBytes(part) : padded(part))),
    strings: strings instanceof Uint8Array ? [...strings] : strings.flatMap((name) => [...ascii(name), 0]),
    reservations: [...(assembly.reservations ?? []), [0, 0] as const].flatMap(([address, size]) => [
      ...wordBytes(Math.floor(address / 2 ** 32)),
      ...wordBytes(address % 2 ** 32),
      ...wordBytes(Math.floor(size / 2 ** 32)),
      ...wordBytes(size % 2 ** 32),
    ]),
  };
  const bytes: number[] = new Array<number>(version === 17 ? 40 : 36).fill(0);
  const offsets = { structure: 0, strings: 0, reservations: 0 };
  for (const block of assembly.order ?? (["reservations", "structure", "strings"] as const)) {
    bytes.push(...gap);
    offsets[block] = bytes.length;
    for (const byte of blocks[block]) bytes.push(byte);
  }
  bytes.push(...gap);
  const header = [0xd00dfeed, bytes.length, offsets.structure, offsets.strings, offsets.reservations, version, 16];
  header.push(assembly.bootCpu ?? 0, blocks.strings.length);
  if (version === 17) header.push(blocks.structure.length);
  const file = new Uint8Array(bytes);
  const view = new DataView(file.buffer);
  header.forEach((word, position) => view.setUint32(position * 4, word));
  for (const [offset, word] of Object.entries(assembly.header ?? {})) view.setUint32(Number(offset), word);
  return file;
}

/** The smallest tree: a root with nothing in it, 72 bytes. */
export const EMPTY_TREE: Assembly = { structure: [BEGIN, "", END_NODE, END] };

/**
 * A tree with a bit of everything:
 *
 *   / { compatible = "v,b"; soc@0 { reg = <0 0x1000>; dma-coherent; phandle = <7>; }; chosen { }; };
 */
export const SMALL_TREE: Assembly = {
  structure: [
    [BEGIN, ""],
    [PROP, 4, 0, "v,b"],
    [BEGIN, "soc@0", PROP, 8, 11, 0, 0x1000, PROP, 0, 15, PROP, 4, 28, 7, END_NODE],
    [BEGIN, "chosen", END_NODE],
    [END_NODE, END],
  ].flat(),
  strings: ["compatible", "reg", "dma-coherent", "phandle"],
};

function wordBytes(word: number): number[] {
  return [24, 16, 8, 0].map((shift) => (word >>> shift) & 0xff);
}

function padded(part: string | readonly number[]): number[] {
  const bytes = typeof part === "string" ? [...ascii(part), 0] : [...part];
  while (bytes.length % 4 !== 0) bytes.push(0);
  return bytes;
}

function ascii(text: string): number[] {
  return [...text].map((character) => character.charCodeAt(0));
}
