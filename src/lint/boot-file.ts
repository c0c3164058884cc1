/** What is in memory when the kernel starts, as a user states it in a file. */
import { z } from "zod";
import type { BootPieces } from "../boot/pieces.js";
import type { BootState } from "../machine/read.js";
import { parseAmount } from "../units/amount.js";
import { formatHex } from "../units/quantity.js";
import { endOf, type Range } from "../units/ranges.js";
import { accepted, type Result, refused } from "../units/result.js";
import { type FieldRefusal, readYamlFields } from "../units/yaml-fields.js";

/** The start of a boot as a file states it: `[base, size]` pairs and named pieces, each in bytes. */
export interface BootFile extends BootPieces {
  /** All that is reserved just before the scan; replaces what the pieces would give. */
  readonly reserved: readonly Range[] | null;
  /** All that is reserved just before the default CMA area is looked for; null: estimated. */
  readonly beforeDefaultCma: readonly Range[] | null;
}

/** No processor of these boards has more than 52 bits of physical address. */
const END_OF_ADDRESSES = 2 ** 52;

/** Most ranges of a list: far more than the early allocator ever holds. */
const MOST_RANGES = 65_536;

const AMOUNT = { error: 'is no number of bytes; write 1075838976, 48M or "0x40200000"' };
const number = z.union(
  [z.int(AMOUNT).min(0, AMOUNT), z.string().regex(/^(0x[0-9a-fA-F]+|\d+) ?([KMGTkmgt]([iI]?[bB])?)?$/, AMOUNT)],
  AMOUNT,
);
const piece = z.strictObject(
  { base: number, size: number },
  { error: issueText("write {base: ADDRESS, size: BYTES}") },
);
const pair = z.tuple([number, number], { error: issueText("write [ADDRESS, BYTES]") });
const list = z.array(pair, { error: "is no list; write [[ADDRESS, BYTES], ...]" }).max(MOST_RANGES);

const schema = z.strictObject(
  {
    kernel: piece.nullish(),
    initrd: piece.nullish(),
    fdt: piece.nullish(),
    reserved: list.nullish(),
    beforeDefaultCma: list.nullish(),
  },
  { error: issueText("a boot file is a map of kernel, initrd, fdt, reserved and beforeDefaultCma") },
);

type NumberText = z.infer<typeof number>;

/** Keeps the library's words for fields that nobody knows, which are reported by name. */
function issueText(text: string): (issue: { readonly code?: string | undefined }) => string | undefined {
  return ({ code }) => (code === "unrecognized_keys" ? undefined : text);
}

/** Reads a boot file. The first fault is named with its place. */
export function readBootFile(text: string): Result<BootFile, FieldRefusal> {
  const read = readYamlFields(text, schema, [...Object.keys(schema.shape), "base", "size"]);
  if (!read.ok) return read;
  const { value, fault } = read.value;
  let fails: FieldRefusal | null = null;
  const rangeOf = (base: NumberText, size: NumberText, path: readonly PropertyKey[]): Range => {
    const range = { base: bytesOf(base), size: bytesOf(size) };
    if (range.size === 0) fails ??= fault(path, "has no size; leave it out");
    else if (!(endOf(range) <= END_OF_ADDRESSES)) fails ??= fault(path, "ends above 2^52, where no board has memory");
    return range;
  };
  const named = (name: "kernel" | "initrd" | "fdt"): Range | null => {
    const given = value[name] ?? null;
    return given === null ? null : rangeOf(given.base, given.size, [name]);
  };
  const listed = (name: "reserved" | "beforeDefaultCma"): readonly Range[] | null =>
    value[name]?.map(([base, size], index) => rangeOf(base, size, [name, index])) ?? null;
  const file: BootFile = {
    kernel: named("kernel"),
    initrd: named("initrd"),
    fdt: named("fdt"),
    reserved: listed("reserved"),
    beforeDefaultCma: listed("beforeDefaultCma"),
  };
  if (fails !== null) return refused(fails);
  const clash = overlapOf(file);
  return clash === null ? accepted(file) : refused(fault([clash.name], clash.text));
}

/** JSON Schema (draft 2020-12) of a boot file, for publication and for editors. */
export function bootFileJsonSchema(): object {
  return { ...z.toJSONSchema(schema), title: "coalloc boot file" };
}

/** The start state a boot file gives. */
export function bootStateOf({ kernel, initrd, fdt, reserved, beforeDefaultCma }: BootFile): BootState {
  return {
    reservedBeforeScan: reserved,
    reservedBeforeDefaultCma: beforeDefaultCma,
    pieces: { kernel, initrd, fdt },
  };
}

/** Where a boot puts its pieces, as a boot file that {@link readBootFile} reads. */
export function bootFileText(pieces: BootPieces): string {
  const entries = (["kernel", "initrd", "fdt"] as const).flatMap((name) => {
    const piece = pieces[name];
    return piece === null
      ? []
      : [`"${name}": {"base": "${formatHex(piece.base)}", "size": "${formatHex(piece.size)}"}`];
  });
  return `{${entries.join(", ")}}`;
}

/** Two pieces that lie in the same memory: no boot loader puts them there. */
function overlapOf(file: BootFile): { readonly name: string; readonly text: string } | null {
  const names = ["kernel", "initrd", "fdt"] as const;
  for (const [i, name] of names.entries()) {
    for (const other of names.slice(0, i)) {
      const [a, b] = [file[name], file[other]];
      if (a !== null && b !== null && a.base < endOf(b) && b.base < endOf(a)) {
        return { name, text: `lies over ${other}: ${textOf(a)} and ${textOf(b)} share memory` };
      }
    }
  }
  return null;
}

function textOf({ base, size }: Range): string {
  return `${formatHex(base)}-${formatHex(base + size - 1)}`;
}

function bytesOf(value: NumberText): number {
  if (typeof value === "number") return value;
  const amount = parseAmount(value);
  return amount.ok ? amount.value : Number.POSITIVE_INFINITY;
}
