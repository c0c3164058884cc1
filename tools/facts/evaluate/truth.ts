/**
 * What is true, zero or the same in C, as far as a run can tell.
 */
import type { Run } from "./run.js";
import { type IntegerValue, type Thing, type Value, ZERO } from "./values.js";

/** Tests of values. */
export class Truth {
  readonly #run: Run;

  constructor(run: Run) {
    this.#run = run;
  }

  /** Whether a value is true in C; null where nobody knows. */
  truth(value: Value): boolean | null {
    switch (value.kind) {
      case "integer":
        return value.value !== 0n;
      case "text":
      case "function":
      case "place":
        return true;
      case "unknown":
        return null;
      case "choice": {
        const truths = value.options.map((option) => this.truth(option.value));
        const [first] = truths;
        return first !== undefined && truths.every((one) => one === first) ? first : null;
      }
      case "thing": {
        const { thing } = value;
        if (thing.definite || thing.device !== null || thing.node !== null || thing.initialiser !== null) return true;
        return this.isZero(thing) ? false : null;
      }
    }
  }

  /** A field nobody writes of a struct that began as zeroes. */
  isZero(thing: Thing): boolean {
    if (!thing.zeroed || thing.within === null || thing.fields.size > 0) return false;
    return thing.constant || !this.#run.reach.stores(thing.within.field);
  }

  integerOf(value: Value): IntegerValue | null {
    if (value.kind === "integer") return value;
    if (value.kind === "thing" && this.isZero(value.thing)) return { ...ZERO, fromMatch: value.thing.fromMatch };
    return null;
  }

  samePointer(a: Value, b: Value): boolean | null {
    if (a.kind === "thing" && b.kind === "thing") {
      if (a.thing === b.thing) return true;
      return a.thing.definite && b.thing.definite ? false : null;
    }
    if (a.kind === "function" && b.kind === "function") return a.fn === b.fn;
    const zero = a.kind === "integer" && a.value === 0n ? b : b.kind === "integer" && b.value === 0n ? a : null;
    if (zero === null) return null;
    const truth = this.truth(zero);
    return truth === null ? null : !truth;
  }
}
