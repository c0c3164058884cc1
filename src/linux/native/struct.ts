/**
 * A structure of the kernel's interface as plain data: its name, its size, and where each field lies. A test compares every description with the kernel headers of the
 * system, so the names are those of the headers, `fmt.pix.width` for a member of a member.
 */
export interface Struct {
  /** As C writes it: `struct dma_heap_allocation_data`. */
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  readonly fields: Readonly<Record<string, Field>>;
}

/** Kind and first byte of a field; `text` has its number of bytes as well. */
type Field =
  | readonly [kind: NumberKind | "mask64", offset: number]
  | readonly [kind: "text", offset: number, size: number];

/** `u64` is an exact number. A `__u64` that may have any bit set is a `mask64`, a bigint. */
type NumberKind = "u8" | "u16" | "u32" | "i32" | "u64";

type ValueOf<F extends Field> = F[0] extends "mask64" ? bigint : F[0] extends "text" ? string : number;

/** Values of a structure, by field. */
export type Values<S extends Struct> = { -readonly [K in keyof S["fields"]]: ValueOf<S["fields"][K]> };

/** Bytes of a number, and the range it is in: from the first value to before the second. */
const NUMBERS: Readonly<Record<NumberKind, readonly [size: number, low: number, high: number]>> = {
  u8: [1, 0, 2 ** 8],
  u16: [2, 0, 2 ** 16],
  u32: [4, 0, 2 ** 32],
  i32: [4, -(2 ** 31), 2 ** 31],
  u64: [8, 0, 2 ** 53],
};

/** Bytes of a field. */
export function sizeOfField([kind, , size]: Field): number {
  if (kind === "text") return size;
  return kind === "mask64" ? 8 : NUMBERS[kind][0];
}

/** A structure with these values, zero elsewhere. @throws RangeError for a value that does not fit its field */
export function makeStruct<S extends Struct>(struct: S, values: Partial<Values<S>>): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(struct.size);
  setFields(struct, bytes, values);
  return bytes;
}

/** Sets fields of a structure that begins at byte `at`. @throws RangeError for a value that does not fit its field */
export function setFields<S extends Struct>(struct: S, bytes: Uint8Array, values: Partial<Values<S>>, at = 0): void {
  const view = viewOf(bytes);
  for (const key in values) {
    const field = struct.fields[key];
    const value = values[key];
    if (field !== undefined && value !== undefined) write(view, at, field, value, `${struct.name} ${key}`);
  }
}

/** One field of a structure that begins at byte `at`. @throws RangeError for a number above 2^53 - 1 */
export function getField<S extends Struct, K extends keyof S["fields"] & string>(
  struct: S,
  bytes: Uint8Array,
  key: K,
  at = 0,
): Values<S>[K] {
  return read(viewOf(bytes), at, struct.fields[key] as Field, `${struct.name} ${key}`) as Values<S>[K];
}

/** All fields of a structure that begins at byte `at`. */
export function readStruct<S extends Struct>(struct: S, bytes: Uint8Array, at = 0): Values<S> {
  const keys = Object.keys(struct.fields);
  return Object.fromEntries(keys.map((key) => [key, getField(struct, bytes, key, at)])) as Values<S>;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function write(view: DataView, base: number, field: Field, value: number | bigint | string, what: string): void {
  const [kind, offset] = field;
  const at = base + offset;
  if (kind === "text") return writeText(view, at, field[2], String(value), what);
  if (kind === "mask64") return view.setBigUint64(at, BigInt.asUintN(64, BigInt(value)), true);
  const number = Number(value);
  const [, low, high] = NUMBERS[kind];
  if (!Number.isInteger(number) || number < low || number >= high) {
    throw new RangeError(`${what}: ${number} is outside of ${low} to ${high - 1}`);
  }
  switch (kind) {
    case "u8":
      return view.setUint8(at, number);
    case "u16":
      return view.setUint16(at, number, true);
    case "u32":
      return view.setUint32(at, number, true);
    case "i32":
      return view.setInt32(at, number, true);
    case "u64":
      view.setUint32(at, number % 2 ** 32, true);
      return view.setUint32(at + 4, Math.floor(number / 2 ** 32), true);
  }
}

function writeText(view: DataView, at: number, size: number, text: string, what: string): void {
  const bytes = new TextEncoder().encode(text);
  if (bytes.length > size) throw new RangeError(`${what}: "${text}" has more than ${size} bytes`);
  for (let i = 0; i < size; i += 1) view.setUint8(at + i, bytes[i] ?? 0);
}

function read(view: DataView, base: number, field: Field, what: string): number | bigint | string {
  const at = base + field[1];
  switch (field[0]) {
    case "u8":
      return view.getUint8(at);
    case "u16":
      return view.getUint16(at, true);
    case "u32":
      return view.getUint32(at, true);
    case "i32":
      return view.getInt32(at, true);
    case "u64": {
      const number = view.getUint32(at + 4, true) * 2 ** 32 + view.getUint32(at, true);
      if (number > Number.MAX_SAFE_INTEGER) throw new RangeError(`${what}: more than 2^53 - 1`);
      return number;
    }
    case "mask64":
      return view.getBigUint64(at, true);
    case "text": {
      const bytes = new Uint8Array(view.buffer, view.byteOffset + at, field[2]);
      const end = bytes.indexOf(0);
      return new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end));
    }
  }
}
