/** A function being run, and how its statements end. */
import type { CFunction } from "../c/outline.js";
import type { Condition, Thing, Value } from "./values.js";

/** A function being run. */
export interface Frame {
  readonly fn: CFunction;
  readonly file: string;
  readonly locals: Thing;
  /** Conditions from here on in the path are those of this function. */
  readonly pathBase: number;
  readonly returns: { readonly value: Value; readonly when: readonly Condition[] }[];
  /** Place of the macro call that is being expanded, for lines. */
  readonly at: number | null;
}

/** How a block ends: it runs on, or leaves. */
export type Signal =
  | { readonly kind: "next" | "return" | "break" | "continue" }
  | { readonly kind: "goto"; readonly label: string };

/** Where a value lies. */
export interface Place {
  readonly thing: Thing;
  readonly field: string;
}

/** On to the next statement. */
export const NEXT: Signal = { kind: "next" };

/** Out of the function. */
export const RETURN: Signal = { kind: "return" };

/** Stands for the outermost level of a file. */
export const NOWHERE: CFunction = {
  kind: "function",
  file: "",
  name: "",
  isStatic: true,
  line: 0,
  start: 0,
  body: 0,
  end: 0,
  names: new Set(),
  calls: new Set(),
  fieldCalls: new Set(),
  fieldStores: new Set(),
  fieldValues: new Map(),
};
