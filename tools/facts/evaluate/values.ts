/** Values of expressions while a driver is followed for one compatible. */
import type { ListEntry } from "../c/ir.js";
import type { CFunction } from "../c/outline.js";

/** A test that was not decided, with the side taken; `file` and `line` say where it stands. */
export interface Condition {
  /** As a person would write it in C. */
  readonly text: string;
  readonly holds: boolean;
  readonly file: string;
  readonly line: number;
  /** What a register says decides it. */
  readonly hardware: boolean;
}

/** An integer in C's types: 32 or 64 bits. `value` is within its type. `fromMatch`: read from match data of the compatible. */
export interface IntegerValue {
  readonly kind: "integer";
  readonly value: bigint;
  readonly wide: boolean;
  readonly unsigned: boolean;
  readonly fromMatch: boolean;
}

/**
 * What is known when code runs. `thing` is a struct or a pointer to it, which are not told apart. `place` is a pointer to a single field or local variable.
 * `choice` has one of its values, each under its conditions. `unknown` carries the expression nobody could evaluate, and whether a
 * register's content is in it.
 */
export type Value =
  | IntegerValue
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "function"; readonly fn: CFunction; readonly fromMatch: boolean }
  | { readonly kind: "thing"; readonly thing: Thing }
  | { readonly kind: "place"; readonly thing: Thing; readonly field: string }
  | { readonly kind: "choice"; readonly options: readonly Option[] }
  | { readonly kind: "unknown"; readonly text: string; readonly hardware: boolean };

/** One of the values of a choice. */
export interface Option {
  readonly value: Value;
  readonly when: readonly Condition[];
}

/**
 * Which device a struct device is.
 *
 * `self`: the node's; `parent`: its parent; `phandle`: of the node a property names (`detail`); `dma-channel`; `card`: of a sound card; `aggregate`: the device under which
 * components come together; `created`: made by the driver, without a node of its own in the tree; `other`: some other, `detail` is the expression.
 */
export interface DeviceIdentity {
  readonly kind: "self" | "parent" | "phandle" | "dma-channel" | "card" | "aggregate" | "created" | "child" | "other";
  readonly detail?: string;
}

/** A struct in memory, or what an unknown pointer points to. Fields come into being when they are read or written. */
export class Thing {
  readonly fields: Map<string, Value> = new Map();
  /** The thing this one is a field of. */
  readonly within: { readonly thing: Thing; readonly field: string } | null;
  /** Tag of the struct, where a declaration has told it. */
  struct: string | null;
  /** Allocated, static or local: it is there, a pointer to it is no null. */
  definite: boolean;
  /** What nobody has written is zero. */
  zeroed: boolean;
  /** Nobody can write to it. */
  constant = false;
  /** Match data of the compatible, or reached from it. */
  fromMatch = false;
  /** The node of a device: which one's. */
  node: DeviceIdentity | null = null;
  device: DeviceIdentity | null = null;
  initialiser: { readonly entries: readonly ListEntry[]; readonly file: string } | null = null;
  /** Expression that led here, for messages. */
  readonly text: string;

  constructor(text: string, within: Thing["within"] = null, definite = false, zeroed = false) {
    this.text = text;
    this.within = within;
    this.definite = definite;
    this.zeroed = zeroed;
    this.struct = null;
  }
}

/** Choices with more values than this are unknown. */
const MAX_OPTIONS = 6;

/** An integer, wrapped to its type. */
export function integer(value: bigint, wide = false, unsigned = false, fromMatch = false): IntegerValue {
  const bits = wide ? 64 : 32;
  const wrapped = unsigned ? BigInt.asUintN(bits, value) : BigInt.asIntN(bits, value);
  return { kind: "integer", value: wrapped, wide, unsigned, fromMatch };
}

/** 0, also a null pointer. */
export const ZERO: IntegerValue = integer(0n);

/** 1. */
export const ONE: IntegerValue = integer(1n);

/** A value nobody could evaluate. */
export function unknown(text: string, hardware = false): Value {
  return { kind: "unknown", text, hardware };
}

/** Whether a register's content is in a value, or decides which one it is. */
export function fromHardware(value: Value): boolean {
  if (value.kind === "unknown") return value.hardware;
  if (value.kind !== "choice") return false;
  return value.options.some((option) => fromHardware(option.value) || option.when.some(({ hardware }) => hardware));
}

/** A pointer to a thing, or the thing. */
export function pointer(thing: Thing): Value {
  return { kind: "thing", thing };
}

/** One of several values; equal ones become one, choices inside are taken apart. */
export function choose(options: readonly Option[]): Value {
  const flat: Option[] = [];
  for (const { value, when } of options) {
    const inner: readonly Option[] = value.kind === "choice" ? value.options : [{ value, when: [] }];
    for (const one of inner) {
      const index = flat.findIndex((known) => sameValue(known.value, one.value));
      const known = flat[index];
      if (known === undefined) flat.push({ value: one.value, when: [...when, ...one.when] });
      // Of two that read alike the one that comes from a register says more.
      else if (fromHardware(one.value)) flat[index] = { value: one.value, when: known.when };
    }
  }
  const [first] = flat;
  if (first === undefined) return unknown("nothing");
  if (flat.length === 1) return first.value;
  if (flat.length > MAX_OPTIONS) return unknown("one of many values", fromHardware({ kind: "choice", options: flat }));
  return { kind: "choice", options: flat };
}

/** Whether two values are one and the same, as far as can be told. */
export function sameValue(a: Value, b: Value): boolean {
  if (a === b) return true;
  if (a.kind === "integer" && b.kind === "integer") return a.value === b.value;
  if (a.kind === "text" && b.kind === "text") return a.text === b.text;
  if (a.kind === "function" && b.kind === "function") return a.fn === b.fn;
  if (a.kind === "thing" && b.kind === "thing") return a.thing === b.thing;
  if (a.kind === "place" && b.kind === "place") return a.thing === b.thing && a.field === b.field;
  if (a.kind === "unknown" && b.kind === "unknown") return a.text === b.text;
  return false;
}

/** Applies a function to a value, or to each of a choice. */
export function each(value: Value, apply: (one: Value) => Value): Value {
  if (value.kind !== "choice") return apply(value);
  return choose(value.options.map((option) => ({ value: apply(option.value), when: option.when })));
}

/** Applies a function to two values, or to each pair of choices. */
export function eachPair(left: Value, right: Value, apply: (a: Value, b: Value) => Value): Value {
  return each(left, (a) => each(right, (b) => apply(a, b)));
}

/** Whether match data decided a value. */
export function isFromMatch(value: Value): boolean {
  return value.kind === "thing" ? value.thing.fromMatch : value.kind === "integer" && value.fromMatch;
}
