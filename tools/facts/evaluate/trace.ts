/**
 * What a driver does for one compatible, in order: calls and stores that a rule asked for, each with the values of its arguments and the conditions it stands under.
 */
import type { Condition, Thing, Value } from "./values.js";

/** Where something happened. */
export interface Site {
  readonly file: string;
  readonly line: number;
  /** The function it stands in. */
  readonly function: string;
  /** Tests that were not decided. Empty: it happens whenever probe succeeds. */
  readonly when: readonly Condition[];
  /** Match data of the compatible decided that it happens. */
  readonly byMatch: boolean;
  /** It happens in a callback, after probe. */
  readonly later: boolean;
  /** In a loop, whose number of rounds is not looked at. */
  readonly looped: boolean;
}

/** A call of a function some rule is interested in. */
export interface CallEvent extends Site {
  readonly kind: "call";
  readonly name: string;
  readonly arguments: readonly Value[];
  /** The arguments as written. */
  readonly texts: readonly string[];
}

/** A store into a field some rule is interested in. */
export interface StoreEvent extends Site {
  readonly kind: "store";
  readonly field: string;
  readonly target: Thing;
  readonly value: Value;
  /** The value as written. */
  readonly text: string;
}

/** Everything of interest, in the order it happens. */
export interface Trace {
  readonly events: readonly (CallEvent | StoreEvent)[];
  /** The run was cut off: what is missing is not known. */
  readonly exhausted: boolean;
  /** How the device takes part in an aggregate: it adds itself as a component, or brings components together. */
  readonly components: readonly ("component" | "aggregate")[];
  /** Functions that were followed, `name` at `file`. */
  readonly followed: readonly { readonly name: string; readonly file: string }[];
  /** Calls through pointers that nobody could resolve although they may lead to something of interest. */
  readonly unresolved: readonly { readonly text: string; readonly file: string; readonly line: number }[];
}
