/**
 * Expressions: their value, and what they do.
 */
import type { Expression, ListEntry } from "../c/ir.js";
import { expressionText } from "../c/text.js";
import { arithmetic, castInteger, sizeOfType } from "./arithmetic.js";
import { holdsOutcome } from "./ending.js";
import { type Frame, NOWHERE, type Place } from "./frame.js";
import type { Run } from "./run.js";
import {
  choose,
  each,
  eachPair,
  fromHardware,
  integer,
  isFromMatch,
  ONE,
  pointer,
  Thing,
  unknown,
  type Value,
  ZERO,
} from "./values.js";

/** Evaluates expressions. */
export class Expressions {
  readonly #run: Run;
  readonly #unknownThings = new Map<string, Thing>();

  constructor(run: Run) {
    this.#run = run;
  }

  /** A value of a struct's type: what is unknown is the only such struct there is. */
  typed(value: Value, struct: string, text: string): Value {
    if (value.kind === "thing") {
      this.#run.memory.know(value.thing, struct);
      return value;
    }
    if (value.kind !== "unknown") return value;
    const only = this.#run.memory.only(struct);
    if (only !== null) return pointer(only);
    const thing = this.#unknownThing(value.text === "" ? text : value.text);
    this.#run.memory.know(thing, struct);
    return pointer(thing);
  }

  #unknownThing(text: string): Thing {
    const known = this.#unknownThings.get(text);
    if (known !== undefined) return known;
    const thing = new Thing(text);
    this.#unknownThings.set(text, thing);
    return thing;
  }

  initial(value: Expression, frame: Frame, name: string, struct: string | null): Value {
    if (value.kind !== "list") return this.evaluate(value, frame);
    const thing = new Thing(name, null, true, true);
    if (struct !== null) this.#run.memory.know(thing, struct);
    thing.initialiser = { entries: value.entries, file: frame.file };
    // Names in it are those of the frame: they are evaluated now, not when they are read.
    for (const entry of value.entries) this.#fill(thing, entry, frame);
    return pointer(thing);
  }

  #fill(thing: Thing, entry: ListEntry, frame: Frame): void {
    const [field] = entry.path;
    if (entry.path.length !== 1 || typeof field !== "string" || entry.value.kind === "list") return;
    const value = this.evaluate(entry.value, frame);
    this.#store(thing, field, value, entry.value, frame, entry.at);
  }

  /** What a call gives when all goes well, for variables that hold outcomes. */
  outcome(name: string, value: Value): Value {
    return value.kind === "unknown" && holdsOutcome(name) ? ZERO : value;
  }

  /** Marks a value as coming from match data, and everything that is reached through it. */
  markMatch(value: Value): Value {
    if (value.kind === "integer" || value.kind === "function") return { ...value, fromMatch: true };
    if (value.kind === "thing") value.thing.fromMatch = true;
    return value;
  }

  /** The value of an expression on the outermost level of a file. */
  initialValue(expression: Expression, file: string): Value {
    const locals = new Thing("initialiser", null, true, false);
    return this.evaluate(expression, {
      fn: NOWHERE,
      file,
      locals,
      pathBase: this.#run.path.length,
      returns: [],
      at: 0,
    });
  }

  /** A constant expression's value, null where it is none. */
  constant(expression: Expression, file: string): bigint | null {
    return this.#run.truth.integerOf(this.initialValue(expression, file))?.value ?? null;
  }

  #store(thing: Thing, field: string, value: Value, expression: Expression, frame: Frame, at: number): void {
    if (this.#run.interest.stores.has(field)) {
      this.#run.events.push({
        kind: "store",
        field,
        target: thing,
        // A mask that lies elsewhere is what lies there now.
        value: field === "dma_mask" && value.kind === "place" ? this.#run.fields.read(value.thing, value.field) : value,
        text: expressionText(expression),
        ...this.#run.site(frame, at),
      });
    }
    this.#run.memory.write(
      thing,
      field,
      this.#run.byMatch > 0 && value.kind === "integer" ? { ...value, fromMatch: true } : value,
    );
  }

  /** The thing a value points to; one is made for what is unknown. */
  thingOf(value: Value): Thing {
    switch (value.kind) {
      case "thing":
        return value.thing;
      case "place": {
        const inner = this.#run.fields.read(value.thing, value.field);
        return inner.kind === "thing" ? inner.thing : value.thing;
      }
      case "choice":
        return this.thingOf(value.options.find((one) => one.value.kind === "thing")?.value ?? unknown("choice"));
      case "unknown":
        return this.#unknownThing(value.text);
      case "integer":
      case "text":
      case "function":
        return this.#unknownThing(`${value.kind}`);
    }
  }

  /** Where an expression lies; null where it is no place. */
  place(expression: Expression, frame: Frame): Place | null {
    switch (expression.kind) {
      case "name": {
        if (frame.locals.fields.has(expression.name)) return { thing: frame.locals, field: expression.name };
        return { thing: this.#run.statics, field: `${frame.file} ${expression.name}` };
      }
      case "member": {
        const thing = this.thingOf(this.evaluate(expression.object, frame));
        return { thing, field: expression.field };
      }
      case "index": {
        const thing = this.thingOf(this.evaluate(expression.object, frame));
        const index = this.#run.truth.integerOf(this.evaluate(expression.index, frame));
        return { thing, field: `[${index?.value ?? "?"}]` };
      }
      case "unary": {
        if (expression.operator !== "*") return null;
        const value = this.evaluate(expression.operand, frame);
        return value.kind === "place" ? { thing: value.thing, field: value.field } : null;
      }
      case "cast":
        return this.place(expression.value, frame);
      default:
        return null;
    }
  }

  /** The value of an expression; what it does is done. */
  evaluate(expression: Expression, frame: Frame): Value {
    if (!this.#run.step()) return unknown("out of patience");
    switch (expression.kind) {
      case "number":
        return integer(expression.value, expression.wide, expression.unsigned);
      case "string":
        return { kind: "text", text: expression.text };
      case "name":
        return this.#run.names.name(expression.name, frame);
      case "call":
        return this.#run.calls.evaluate(expression, frame);
      case "member":
        return each(this.evaluate(expression.object, frame), (one) => {
          const value = this.#run.fields.read(this.thingOf(one), expression.field);
          return one.kind === "thing" && one.thing.fromMatch ? this.markMatch(value) : value;
        });
      case "index": {
        const object = this.evaluate(expression.object, frame);
        return each(this.evaluate(expression.index, frame), (index) => {
          const at = this.#run.truth.integerOf(index);
          const value = this.#run.fields.read(this.thingOf(object), `[${at?.value ?? "?"}]`);
          return at?.fromMatch === true ? this.markMatch(value) : value;
        });
      }
      case "unary":
        return this.#unary(expression, frame);
      case "binary":
        return this.#binary(expression, frame);
      case "assign":
        return this.#assign(expression, frame);
      case "ternary":
        return this.#ternary(expression, frame);
      case "cast": {
        const value = this.evaluate(expression.value, frame);
        return each(value, (one) => (one.kind === "integer" ? castInteger(expression.type, one) : one));
      }
      case "list":
        return this.initial(expression, frame, "literal", expression.type);
      case "sizeof": {
        const bytes = sizeOfType(expression.of);
        return bytes === null ? unknown(`sizeof(${expression.of})`) : integer(bytes, true, true);
      }
      case "block": {
        let value: Value = ZERO;
        for (const statement of expression.statements) {
          if (statement.kind === "expression") value = this.evaluate(statement.value, frame);
          else if (this.#run.statements.statement(statement, frame).kind === "return") break;
        }
        return value;
      }
      case "other":
        return unknown(expression.text.replaceAll(/\s+/g, " "));
    }
  }

  #unary(expression: Expression & { kind: "unary" }, frame: Frame): Value {
    const { operator, operand } = expression;
    if (operator === "&") {
      const value = this.evaluate(operand, frame);
      if (value.kind === "thing") {
        if (operand.kind === "member" || operand.kind === "index") {
          // The address of what is inside something is no null.
          if (value.thing.within !== null && !value.thing.definite && value.thing.device === null)
            value.thing.definite = true;
        }
        return value;
      }
      if (value.kind === "function") return value;
      const place = this.place(operand, frame);
      return place === null ? value : { kind: "place", ...place };
    }
    const value = this.evaluate(operand, frame);
    if (operator === "*")
      return each(value, (one) => (one.kind === "place" ? this.#run.fields.read(one.thing, one.field) : one));
    return each(value, (one) => {
      if (operator === "!") {
        const truth = this.#run.truth.truth(one);
        const fromMatch = isFromMatch(one);
        if (truth !== null) return { ...(truth ? ZERO : ONE), fromMatch };
        return unknown(expressionText(expression), fromHardware(one));
      }
      const number = this.#run.truth.integerOf(one);
      if (number === null) return unknown(expressionText(expression), fromHardware(one));
      if (operator === "-") return integer(-number.value, number.wide, number.unsigned, number.fromMatch);
      if (operator === "~") return integer(~number.value, number.wide, number.unsigned, number.fromMatch);
      return number;
    });
  }

  #binary(expression: Expression & { kind: "binary" }, frame: Frame): Value {
    const { operator } = expression;
    if (operator === "&&" || operator === "||") {
      const left = this.evaluate(expression.left, frame);
      const truth = this.#run.truth.truth(left);
      const decided = operator === "||";
      if (truth === decided)
        return left.kind === "integer"
          ? { ...(decided ? ONE : ZERO), fromMatch: left.fromMatch }
          : decided
            ? ONE
            : ZERO;
      const base = this.#run.path.length;
      if (truth === null) {
        const when = this.#run.condition(expression.left, left, frame, 0);
        this.#run.path.push(decided ? { ...when, holds: !when.holds } : when);
      }
      const right = this.evaluate(expression.right, frame);
      this.#run.path.length = base;
      const rightTruth = this.#run.truth.truth(right);
      if (rightTruth !== null && (truth !== null || rightTruth === decided)) {
        const fromMatch = isFromMatch(left) || isFromMatch(right);
        return { ...(rightTruth ? ONE : ZERO), fromMatch };
      }
      return unknown(expressionText(expression), fromHardware(left) || fromHardware(right));
    }
    const left = this.evaluate(expression.left, frame);
    const right = this.evaluate(expression.right, frame);
    return eachPair(left, right, (a, b) => {
      const [x, y] = [this.#run.truth.integerOf(a), this.#run.truth.integerOf(b)];
      if (x !== null && y !== null) return arithmetic(operator, x, y) ?? unknown(expressionText(expression));
      if (operator === "==" || operator === "!=") {
        const same = this.#run.truth.samePointer(a, b);
        if (same !== null) return same === (operator === "==") ? ONE : ZERO;
      }
      // A mask with nothing in it gives nothing, whatever is masked.
      if (operator === "&" && (x?.value === 0n || y?.value === 0n))
        return { ...ZERO, fromMatch: x?.fromMatch === true || y?.fromMatch === true };
      return unknown(expressionText(expression), fromHardware(a) || fromHardware(b));
    });
  }

  #ternary(expression: Expression & { kind: "ternary" }, frame: Frame): Value {
    const condition = this.evaluate(expression.condition, frame);
    const truth = this.#run.truth.truth(condition);
    if (truth !== null) {
      const value = this.evaluate(truth ? expression.consequence : expression.otherwise, frame);
      return isFromMatch(condition) ? this.markMatch(value) : value;
    }
    const test = this.#run.condition(expression.condition, condition, frame, 0);
    const assumed = this.#run.statements.assumed(test.text);
    if (assumed !== null)
      return this.evaluate(assumed === test.holds ? expression.consequence : expression.otherwise, frame);
    const options = [true, false].map((holds) => {
      const when = holds ? test : { ...test, holds: !test.holds };
      this.#run.path.push(when);
      const value = this.evaluate(holds ? expression.consequence : expression.otherwise, frame);
      this.#run.path.pop();
      return { value, when: [when] };
    });
    return choose(options);
  }

  #assign(expression: Expression & { kind: "assign" }, frame: Frame): Value {
    const { operator, target } = expression;
    let value = this.evaluate(expression.value, frame);
    if (operator !== "=") {
      const before = this.evaluate(target, frame);
      const added = value;
      value = eachPair(before, added, (a, b) => {
        const [x, y] = [this.#run.truth.integerOf(a) ?? (isUnsetField(a) ? ZERO : null), this.#run.truth.integerOf(b)];
        if (x === null || y === null) return unknown(expressionText(expression), fromHardware(a) || fromHardware(b));
        return arithmetic(operator.slice(0, -1), x, y) ?? unknown(expressionText(expression));
      });
    }
    const place = this.place(target, frame);
    if (place === null) {
      if (target.kind === "unary" && target.operator === "*")
        this.#copyInto(this.evaluate(target.operand, frame), value);
      return value;
    }
    if (target.kind === "name") value = this.outcome(target.name, value);
    const held = place.thing.fields.get(place.field);
    if (
      held?.kind === "thing" &&
      held.thing.struct !== null &&
      value.kind === "unknown" &&
      place.thing === frame.locals
    ) {
      value = this.typed(value, held.thing.struct, place.field);
    }
    this.#store(place.thing, place.field, value, expression.value, frame, expression.at);
    return value;
  }

  /** `*a = *b` copies what is known. */
  #copyInto(target: Value, value: Value): void {
    if (target.kind !== "thing" || value.kind !== "thing") return;
    for (const [field, one] of value.thing.fields) this.#run.memory.write(target.thing, field, one);
    target.thing.initialiser ??= value.thing.initialiser;
  }
}

/** A field of an allocated struct that has not been written yet: zero, before something is added to it. */
function isUnsetField(value: Value): boolean {
  return value.kind === "thing" && value.thing.zeroed && value.thing.fields.size === 0 && value.thing.within !== null;
}
