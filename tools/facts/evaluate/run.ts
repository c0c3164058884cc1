/**
 * Follows a driver through probe for one compatible.
 *
 * Code runs once, in order, on what is known: match data, static tables, what was stored before. A test that is known takes one side. One that is not takes
 * both, each under its condition; what differs afterwards is a choice. Calls succeed: a branch that gives up is not taken. A loop runs once.
 */
import type { CallExpression, Expression, ListEntry, Statement } from "../c/ir.js";
import type { CFunction, CVariable } from "../c/outline.js";
import { expressionText } from "../c/text.js";
import { expandCall } from "../program/drivers.js";
import type { Definition, KernelSource } from "../program/kernel-source.js";
import type { Interest, Reach } from "../program/reach.js";
import { arithmetic, castInteger, sizeOfType } from "./arithmetic.js";
import { endsInError, givesUp, holdsOutcome } from "./ending.js";
import { Memory } from "./memory.js";
import type { CallEvent, StoreEvent } from "./trace.js";
import {
  type Condition,
  choose,
  each,
  eachPair,
  fromHardware,
  type IntegerValue,
  integer,
  ONE,
  pointer,
  Thing,
  unknown,
  type Value,
  ZERO,
} from "./values.js";
import { CONSTANTS, configured } from "./world.js";

/** A call of a function that is not read but known. */
export interface KnownCall {
  readonly run: Run;
  readonly name: string;
  readonly arguments: readonly Expression[];
  readonly texts: readonly string[];
  readonly frame: Frame;
  /** The value of an argument, by its position. */
  readonly value: (index: number) => Value;
  /** The thing an argument points to; one is made where nothing is known. */
  readonly thing: (index: number) => Thing;
}

/** What a known function does and gives; undefined: treat it as any other. */
export type KnownFunction = (call: KnownCall) => Value | undefined;

/** A function being run. */
export interface Frame {
  readonly fn: CFunction;
  readonly file: string;
  readonly locals: Thing;
  readonly pathBase: number;
  readonly returns: { readonly value: Value; readonly when: readonly Condition[] }[];
  /** Place of the macro call that is being expanded, for lines. */
  readonly at: number | null;
}

type Signal =
  | { readonly kind: "next" | "return" | "break" | "continue" }
  | { readonly kind: "goto"; readonly label: string };

interface Place {
  readonly thing: Thing;
  readonly field: string;
}

const NEXT: Signal = { kind: "next" };
const RETURN: Signal = { kind: "return" };

/** Expressions and statements per compatible; far more than any probe needs. */
const FUEL = 120_000;
const MAX_DEPTH = 28;
/** Characters of a function that is entered although nothing of interest is in it: it may set or give values. */
const SMALL = 6000;
const MAX_SMALL_DEPTH = 4;
/** Arrays of arrays whose first element is looked into; a list that holds its own address ends here. */
const MAX_DECAYS = 3;

/** One run. What it saw is in `events`. */
export class Run {
  readonly source: KernelSource;
  readonly memory: Memory = new Memory();
  readonly events: (CallEvent | StoreEvent)[] = [];
  readonly unresolved: { text: string; file: string; line: number }[] = [];
  readonly executed: Set<CFunction> = new Set();
  readonly touched: Set<CVariable> = new Set();
  /** Structs found around other things by `container_of()`, by struct and member. */
  readonly containers: Map<Thing, Map<string, Thing>> = new Map();
  /** How the device takes part in an aggregate, in the order it says so. */
  readonly components: ("component" | "aggregate")[] = [];
  exhausted = false;
  /** Callbacks run now. */
  later = false;
  readonly #reach: Reach;
  readonly #interest: Interest;
  readonly #relevant: ReadonlySet<Definition>;
  readonly #known: ReadonlyMap<string, KnownFunction>;
  readonly #variables = new Map<CVariable, Thing>();
  readonly #statics = new Thing("static", null, true, false);
  readonly #unknownThings = new Map<string, Thing>();
  readonly #stack: CFunction[] = [];
  readonly #expanding = new Set<string>();
  #path: Condition[] = [];
  #fuel = FUEL;
  #smallDepth = 0;
  #byMatch = 0;
  #loops = 0;
  #decays = 0;

  constructor(
    source: KernelSource,
    reach: Reach,
    interest: Interest,
    relevant: ReadonlySet<Definition>,
    known: ReadonlyMap<string, KnownFunction>,
  ) {
    this.source = source;
    this.#reach = reach;
    this.#interest = interest;
    this.#relevant = relevant;
    this.#known = known;
  }

  /** Conditions that hold where the run stands. */
  get path(): readonly Condition[] {
    return this.#path;
  }

  // Functions

  /** Runs a function. @returns what it returns, a choice where that depends on something */
  call(fn: CFunction, values: readonly Value[]): Value {
    if (this.#stack.length >= MAX_DEPTH || this.#stack.includes(fn)) return unknown(`${fn.name}()`);
    const { parameters, statements } = this.source.body(fn);
    const locals = new Thing(fn.name, null, true, false);
    parameters.forEach((parameter, index) => {
      let value = values[index] ?? unknown(parameter.name);
      if (parameter.struct !== null) value = this.#typed(value, parameter.struct, parameter.name);
      locals.fields.set(parameter.name, value);
    });
    const frame: Frame = { fn, file: fn.file, locals, pathBase: this.#path.length, returns: [], at: null };
    this.executed.add(fn);
    this.#stack.push(fn);
    this.#block(statements, frame);
    this.#stack.pop();
    this.#path.length = frame.pathBase;
    return frame.returns.length === 0 ? ZERO : choose(frame.returns);
  }

  /** A value of a struct's type: what is unknown is the only such struct there is. */
  #typed(value: Value, struct: string, text: string): Value {
    if (value.kind === "thing") {
      this.memory.know(value.thing, struct);
      return value;
    }
    if (value.kind !== "unknown") return value;
    const only = this.memory.only(struct);
    if (only !== null) return pointer(only);
    const thing = this.#unknownThing(value.text === "" ? text : value.text);
    this.memory.know(thing, struct);
    return pointer(thing);
  }

  #unknownThing(text: string): Thing {
    const known = this.#unknownThings.get(text);
    if (known !== undefined) return known;
    const thing = new Thing(text);
    this.#unknownThings.set(text, thing);
    return thing;
  }

  // Statements

  /** Runs statements; a `goto` goes on behind its label where the label is in this block. */
  #block(statements: readonly Statement[], frame: Frame): Signal {
    let index = 0;
    let jumps = 0;
    while (index < statements.length) {
      const statement = statements[index];
      if (statement === undefined) break;
      const signal = this.#statement(statement, frame);
      if (signal.kind === "goto") {
        const label = statements.findIndex((one) => one.kind === "label" && one.name === signal.label);
        jumps += 1;
        if (label <= index || jumps > 3) return label < 0 ? signal : RETURN;
        index = label;
      } else if (signal.kind !== "next") return signal;
      index += 1;
    }
    return NEXT;
  }

  #statement(statement: Statement, frame: Frame): Signal {
    this.#fuel -= 1;
    if (this.#fuel < 0) {
      this.exhausted = true;
      return RETURN;
    }
    switch (statement.kind) {
      case "expression":
        this.evaluate(statement.value, frame);
        return NEXT;
      case "local": {
        const { name, struct, value } = statement;
        if (value === null) {
          if (struct !== null && !statement.pointer) {
            const thing = new Thing(name, null, true, statement.isStatic);
            this.memory.know(thing, struct);
            this.memory.write(frame.locals, name, pointer(thing));
          } else this.memory.write(frame.locals, name, unknown(name));
          return NEXT;
        }
        let result = this.#initial(value, frame, name, struct);
        if (struct !== null) result = this.#typed(result, struct, name);
        this.memory.write(frame.locals, name, this.#outcome(name, result));
        return NEXT;
      }
      case "if":
        return this.#if(statement, frame);
      case "switch":
        return this.#switch(statement, frame);
      case "loop": {
        if (statement.condition !== null && this.truth(this.evaluate(statement.condition, frame)) === false)
          return NEXT;
        this.#loops += 1;
        const signal = this.#block(statement.body, frame);
        this.#loops -= 1;
        return signal.kind === "break" || signal.kind === "continue" ? NEXT : signal;
      }
      case "return": {
        const value = statement.value === null ? ZERO : this.evaluate(statement.value, frame);
        frame.returns.push({ value, when: this.#path.slice(frame.pathBase) });
        return RETURN;
      }
      case "goto":
        return { kind: "goto", label: statement.label };
      case "break":
      case "continue":
        return { kind: statement.kind };
      case "label":
        return NEXT;
    }
  }

  #initial(value: Expression, frame: Frame, name: string, struct: string | null): Value {
    if (value.kind !== "list") return this.evaluate(value, frame);
    const thing = new Thing(name, null, true, true);
    if (struct !== null) this.memory.know(thing, struct);
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
  #outcome(name: string, value: Value): Value {
    return value.kind === "unknown" && holdsOutcome(name) ? ZERO : value;
  }

  /** What stands for a test that is not decided: the test that chose between known values where there was one. */
  #condition(tested: Expression, value: Value, frame: Frame, at: number): Condition {
    if (value.kind === "choice") {
      const yes = value.options.filter((option) => this.truth(option.value) === true);
      const no = value.options.filter((option) => this.truth(option.value) === false);
      if (yes.length + no.length === value.options.length) {
        const [one] = yes;
        const [other] = no;
        const [test, ...more] = one?.when ?? [];
        if (yes.length === 1 && test !== undefined && more.length === 0) return test;
        const [opposite, ...further] = other?.when ?? [];
        if (no.length === 1 && opposite !== undefined && further.length === 0) {
          return { ...opposite, holds: !opposite.holds };
        }
      }
    }
    const text =
      tested.kind === "name" && value.kind === "unknown" && value.text !== "" ? value.text : expressionText(tested);
    return this.#test(text, frame, at, fromHardware(value));
  }

  #test(text: string, frame: Frame, at: number, hardware: boolean): Condition {
    return { text, holds: true, file: frame.file, line: this.source.lineAt(frame.file, frame.at ?? at), hardware };
  }

  #if(statement: Statement & { kind: "if" }, frame: Frame): Signal {
    const { condition, consequence, otherwise } = statement;
    const value = this.evaluate(condition, frame);
    const up = givesUp(condition, consequence);
    if (up && otherwise.length === 0) return NEXT;
    const truth = this.truth(value);
    if (truth !== null) {
      const byMatch = isFromMatch(value);
      if (byMatch) this.#byMatch += 1;
      const signal = this.#block(truth ? consequence : otherwise, frame);
      if (byMatch) this.#byMatch -= 1;
      return signal;
    }
    if (up) return this.#block(otherwise, frame);
    if (otherwise.length > 0 && endsInError(otherwise)) return this.#block(consequence, frame);
    const when = this.#condition(condition, value, frame, statement.at);
    return this.#fork(
      [
        { when, statements: consequence },
        { when: { ...when, holds: !when.holds }, statements: otherwise },
      ],
      frame,
    );
  }

  #assumed(text: string): boolean | null {
    return this.#path.findLast((one) => one.text === text)?.holds ?? null;
  }

  /** Runs each of several branches as if it were taken, then goes on with what all that come to their end may have left. */
  #fork(
    branches: readonly { readonly when: Condition; readonly statements: readonly Statement[] }[],
    frame: Frame,
  ): Signal {
    const [first] = branches;
    const assumed = branches.length === 2 && first !== undefined ? this.#assumed(first.when.text) : null;
    if (assumed !== null) {
      const taken = branches.find(({ when }) => when.holds === assumed);
      return this.#block(taken?.statements ?? [], frame);
    }
    const mark = this.memory.mark();
    const ends = branches.map(({ when, statements }) => {
      const base = this.#path.length;
      this.#path.push(when);
      const signal = this.#block(statements, frame);
      this.#path.length = base;
      return { when, signal, changes: this.memory.undo(mark) };
    });
    const going = ends.filter(({ signal }) => signal.kind !== "return" && signal.kind !== "goto");
    if (going.length === 0) {
      this.memory.join(ends.map(({ when, changes }) => ({ when: [when], changes })));
      return ends.find(({ signal }) => signal.kind === "goto")?.signal ?? RETURN;
    }
    this.memory.join(going.map(({ when, changes }) => ({ when: going.length === 1 ? [] : [when], changes })));
    const [only] = going;
    if (going.length === 1 && only !== undefined) this.#path.push(only.when);
    return NEXT;
  }

  #switch(statement: Statement & { kind: "switch" }, frame: Frame): Signal {
    const subject = this.evaluate(statement.subject, frame);
    const { cases } = statement;
    const from = (index: number): Statement[] => {
      const body: Statement[] = [];
      for (const one of cases.slice(index)) {
        body.push(...one.body);
        const last = one.body.at(-1)?.kind;
        if (last === "break" || last === "return" || last === "goto" || last === "continue") break;
      }
      return body;
    };
    const ended = (signal: Signal): Signal => (signal.kind === "break" ? NEXT : signal);
    if (subject.kind === "integer") {
      const values = cases.map(({ value }) => (value === null ? null : this.#integerOf(this.evaluate(value, frame))));
      let index = values.findIndex((value) => value?.value === subject.value);
      if (index < 0) index = cases.findIndex(({ value }) => value === null);
      if (index < 0) return NEXT;
      if (subject.fromMatch) this.#byMatch += 1;
      const signal = ended(this.#block(from(index), frame));
      if (subject.fromMatch) this.#byMatch -= 1;
      return signal;
    }
    const text = expressionText(statement.subject);
    const hardware = fromHardware(subject);
    const branches: { when: Condition; statements: readonly Statement[] }[] = [];
    let labels: string[] = [];
    cases.forEach(({ value, body }, index) => {
      labels.push(value === null ? "otherwise" : expressionText(value));
      if (body.length === 0 && index < cases.length - 1) return;
      const test = labels.includes("otherwise") ? `${text} is none of the above` : `${text} == ${labels.join(" or ")}`;
      labels = [];
      const statements = from(index);
      if (endsInError(statements)) return;
      const ending = statements.at(-1)?.kind === "break" ? statements.slice(0, -1) : statements;
      branches.push({ when: this.#test(test, frame, statement.at, hardware), statements: ending });
    });
    if (!cases.some(({ value }) => value === null)) {
      branches.push({
        when: this.#test(`${text} is none of the above`, frame, statement.at, hardware),
        statements: [],
      });
    }
    const [only] = branches;
    if (branches.length === 0) return NEXT;
    if (branches.length === 1 && only !== undefined) return ended(this.#block(only.statements, frame));
    return ended(this.#fork(branches, frame));
  }

  // Places

  /** Reads a field. */
  read(thing: Thing, field: string): Value {
    const known = thing.fields.get(field);
    if (known !== undefined) return known;
    const special = deviceField(thing, field);
    if (special !== null) {
      thing.fields.set(field, special);
      return special;
    }
    const initial = thing.initialiser === null ? null : this.#initialField(thing, field, thing.initialiser);
    const value = initial ?? this.#fresh(thing, field);
    thing.fields.set(field, value);
    return value;
  }

  #fresh(thing: Thing, field: string): Value {
    const child = new Thing(field.startsWith("[") ? `${thing.text}${field}` : `${thing.text}->${field}`, {
      thing,
      field,
    });
    child.zeroed = thing.zeroed || thing.initialiser !== null;
    child.constant = thing.constant;
    child.fromMatch = thing.fromMatch;
    return pointer(child);
  }

  #initialField(
    thing: Thing,
    field: string,
    initialiser: { readonly entries: readonly ListEntry[]; readonly file: string },
  ): Value | null {
    const { file } = initialiser;
    const entries = this.#entries(thing, initialiser.entries, file);
    if (!field.startsWith("[") && entries.some(({ key }) => key.startsWith("["))) {
      // A pointer to an array is a pointer to its first element.
      if (this.#decays >= MAX_DECAYS) return null;
      this.#decays += 1;
      const first = this.read(thing, "[0]");
      const value = first.kind === "thing" && first.thing !== thing ? this.read(first.thing, field) : null;
      this.#decays -= 1;
      return value;
    }
    const found = entries.filter(({ key }) => key === field);
    const last = found.at(-1);
    if (last === undefined) return null;
    const made = (inner: readonly ListEntry[], text: string): Value => {
      const child = new Thing(text, { thing, field }, true, true);
      child.initialiser = { entries: inner, file };
      child.constant = thing.constant;
      child.fromMatch = thing.fromMatch;
      return pointer(child);
    };
    if (last.rest.length > 0) {
      const inner = found
        .filter(({ rest }) => rest.length > 0)
        .map(({ rest, value, at }) => ({ path: rest, value, at }));
      return made(inner, `${thing.text}->${field}`);
    }
    if (last.value.kind === "list" && last.value.type === null)
      return made(last.value.entries, `${thing.text}->${field}`);
    const value = this.initialValue(last.value, file);
    return thing.fromMatch ? this.markMatch(value) : value;
  }

  /** Entries with their first key: a field's name or an index in brackets. */
  #entries(
    thing: Thing,
    entries: readonly ListEntry[],
    file: string,
  ): { key: string; rest: ListEntry["path"]; value: Expression; at: number }[] {
    const keyed: { key: string; rest: ListEntry["path"]; value: Expression; at: number }[] = [];
    const fields = thing.struct === null ? null : this.source.struct(thing.struct, file);
    let position = 0;
    for (const { path, value, at } of entries) {
      const [first, ...rest] = path;
      if (first === undefined) {
        const expanded =
          value.kind === "call" && value.callee.kind === "name"
            ? expandCall(this.source, value.callee.name, value.texts, file, value.at)
            : null;
        if (expanded?.kind === "list" && expanded.entries.some((one) => typeof one.path[0] === "string")) {
          if (fields !== null || keyed.some(({ key }) => !key.startsWith("["))) {
            keyed.push(...this.#entries(thing, expanded.entries, file));
            continue;
          }
        }
        keyed.push({ key: fields?.[position]?.name ?? `[${position}]`, rest: [], value: expanded ?? value, at });
        position += 1;
      } else if (typeof first === "string") {
        keyed.push({ key: first, rest, value, at });
        const index = fields?.findIndex(({ name }) => name === first) ?? -1;
        if (index >= 0) position = index + 1;
      } else {
        const index = this.constant(first, file);
        keyed.push({ key: `[${index ?? "?"}]`, rest, value, at });
        if (index !== null) position = Number(index) + 1;
      }
    }
    return keyed;
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
    return this.evaluate(expression, { fn: NOWHERE, file, locals, pathBase: this.#path.length, returns: [], at: 0 });
  }

  /** A constant expression's value, null where it is none. */
  constant(expression: Expression, file: string): bigint | null {
    return this.#integerOf(this.initialValue(expression, file))?.value ?? null;
  }

  #store(thing: Thing, field: string, value: Value, expression: Expression, frame: Frame, at: number): void {
    if (this.#interest.stores.has(field)) {
      this.events.push({
        kind: "store",
        field,
        target: thing,
        value,
        text: expressionText(expression),
        ...this.#site(frame, at),
      });
    }
    this.memory.write(
      thing,
      field,
      this.#byMatch > 0 && value.kind === "integer" ? { ...value, fromMatch: true } : value,
    );
  }

  #site(frame: Frame, at: number): Omit<CallEvent, "kind" | "name" | "arguments" | "texts"> {
    return {
      file: frame.file,
      line: this.source.lineAt(frame.file, frame.at ?? at),
      function: frame.fn.name,
      when: [...this.#path],
      byMatch: this.#byMatch > 0,
      later: this.later,
      looped: this.#loops > 0,
    };
  }

  /** The thing a value points to; one is made for what is unknown. */
  thingOf(value: Value): Thing {
    switch (value.kind) {
      case "thing":
        return value.thing;
      case "place": {
        const inner = this.read(value.thing, value.field);
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
        return { thing: this.#statics, field: `${frame.file} ${expression.name}` };
      }
      case "member": {
        const thing = this.thingOf(this.evaluate(expression.object, frame));
        return { thing, field: expression.field };
      }
      case "index": {
        const thing = this.thingOf(this.evaluate(expression.object, frame));
        const index = this.#integerOf(this.evaluate(expression.index, frame));
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

  // Truth

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
        return this.#isZero(thing) ? false : null;
      }
    }
  }

  /** A field nobody writes of a struct that began as zeroes. */
  #isZero(thing: Thing): boolean {
    if (!thing.zeroed || thing.within === null || thing.fields.size > 0) return false;
    return thing.constant || !this.#reach.stores(thing.within.field);
  }

  #integerOf(value: Value): IntegerValue | null {
    if (value.kind === "integer") return value;
    if (value.kind === "thing" && this.#isZero(value.thing)) return { ...ZERO, fromMatch: value.thing.fromMatch };
    return null;
  }

  // Expressions

  /** The value of an expression; what it does is done. */
  evaluate(expression: Expression, frame: Frame): Value {
    this.#fuel -= 1;
    if (this.#fuel < 0) {
      this.exhausted = true;
      return unknown("out of patience");
    }
    switch (expression.kind) {
      case "number":
        return integer(expression.value, expression.wide, expression.unsigned);
      case "string":
        return { kind: "text", text: expression.text };
      case "name":
        return this.#name(expression.name, frame);
      case "call":
        return this.#call(expression, frame);
      case "member":
        return each(this.evaluate(expression.object, frame), (one) => {
          const value = this.read(this.thingOf(one), expression.field);
          return one.kind === "thing" && one.thing.fromMatch ? this.markMatch(value) : value;
        });
      case "index": {
        const object = this.evaluate(expression.object, frame);
        return each(this.evaluate(expression.index, frame), (index) => {
          const at = this.#integerOf(index);
          const value = this.read(this.thingOf(object), `[${at?.value ?? "?"}]`);
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
        return this.#initial(expression, frame, "literal", expression.type);
      case "sizeof": {
        const bytes = sizeOfType(expression.of);
        return bytes === null ? unknown(`sizeof(${expression.of})`) : integer(bytes, true, true);
      }
      case "block": {
        let value: Value = ZERO;
        for (const statement of expression.statements) {
          if (statement.kind === "expression") value = this.evaluate(statement.value, frame);
          else if (this.#statement(statement, frame).kind === "return") break;
        }
        return value;
      }
      case "other":
        return unknown(expression.text.replaceAll(/\s+/g, " "));
    }
  }

  #name(name: string, frame: Frame): Value {
    const local = frame.locals.fields.get(name);
    if (local !== undefined) return local;
    const written = this.#statics.fields.get(`${frame.file} ${name}`);
    if (written !== undefined) return written;
    const common = CONSTANTS.get(name);
    if (common !== undefined) return integer(common, common > 0x7fffffffn, common > 0x7fffffffn);
    if (name.startsWith("CONFIG_")) return this.option(name);
    const definition = this.source.define(name, frame.file);
    if (definition?.kind === "function") return { kind: "function", fn: definition, fromMatch: false };
    if (definition?.kind === "variable") return this.#variable(definition);
    const macro = this.source.macro(name, frame.file);
    if (macro !== null && macro.parameters === null) {
      const body = this.source.expression(macro.body, 0);
      if (body === null) return unknown(name);
      if (this.#expanding.has(name)) return unknown(name);
      this.#expanding.add(name);
      const value = this.evaluate(body, { ...frame, at: frame.at ?? 0 });
      this.#expanding.delete(name);
      return value;
    }
    const enumerator = this.#enumerator(name, frame.file, 0);
    if (enumerator !== null) return enumerator;
    // Error numbers are the architecture's; none is 0.
    return /^E[A-Z]+[0-9]*$/.test(name) ? integer(1n) : unknown(name);
  }

  #enumerator(name: string, file: string, depth: number): Value | null {
    const found = this.source.enumerator(name, file);
    if (found === null) return null;
    if (found.value !== null) {
      const value = this.constant(found.value, found.file);
      return value === null ? unknown(name) : integer(value, value > 0x7fffffffn, value > 0x7fffffffn);
    }
    if (found.after === null) return ZERO;
    if (depth > 300) return unknown(name);
    const before = this.#enumerator(found.after, found.file, depth + 1);
    return before?.kind === "integer" ? integer(before.value + 1n) : unknown(name);
  }

  /** Whether an option of the kernel is on. */
  option(name: string): Value {
    const on = configured(name);
    return on === null ? unknown(name) : on ? ONE : ZERO;
  }

  #variable(variable: CVariable): Value {
    this.touched.add(variable);
    const known = this.#variables.get(variable);
    if (known !== undefined) return pointer(known);
    const initialiser = this.source.initialiser(variable);
    if (initialiser.kind === "list") {
      const thing = new Thing(variable.name, null, true, true);
      thing.constant = variable.isConst;
      if (!variable.isArray && /^[a-z]/.test(variable.type)) this.memory.know(thing, variable.type);
      thing.initialiser = { entries: initialiser.entries, file: variable.file };
      this.#variables.set(variable, thing);
      return pointer(thing);
    }
    const isParameter = this.source
      .outline(variable.file)
      ?.invocations.some(({ name, words }) => name.startsWith("module_param") && words.includes(variable.name));
    if (isParameter === true) return unknown(`module parameter ${variable.name}`);
    const value = this.constant(initialiser, variable.file);
    if (value !== null) return variable.isConst ? integer(value, value > 0x7fffffffn) : unknown(variable.name);
    return this.initialValue(initialiser, variable.file);
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
    if (operator === "*") return each(value, (one) => (one.kind === "place" ? this.read(one.thing, one.field) : one));
    return each(value, (one) => {
      if (operator === "!") {
        const truth = this.truth(one);
        const fromMatch = isFromMatch(one);
        if (truth !== null) return { ...(truth ? ZERO : ONE), fromMatch };
        return unknown(expressionText(expression), fromHardware(one));
      }
      const number = this.#integerOf(one);
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
      const truth = this.truth(left);
      const decided = operator === "||";
      if (truth === decided)
        return left.kind === "integer"
          ? { ...(decided ? ONE : ZERO), fromMatch: left.fromMatch }
          : decided
            ? ONE
            : ZERO;
      const base = this.#path.length;
      if (truth === null) {
        const when = this.#condition(expression.left, left, frame, 0);
        this.#path.push(decided ? { ...when, holds: !when.holds } : when);
      }
      const right = this.evaluate(expression.right, frame);
      this.#path.length = base;
      const rightTruth = this.truth(right);
      if (rightTruth !== null && (truth !== null || rightTruth === decided)) {
        const fromMatch = isFromMatch(left) || isFromMatch(right);
        return { ...(rightTruth ? ONE : ZERO), fromMatch };
      }
      return unknown(expressionText(expression), fromHardware(left) || fromHardware(right));
    }
    const left = this.evaluate(expression.left, frame);
    const right = this.evaluate(expression.right, frame);
    return eachPair(left, right, (a, b) => {
      const [x, y] = [this.#integerOf(a), this.#integerOf(b)];
      if (x !== null && y !== null) return arithmetic(operator, x, y) ?? unknown(expressionText(expression));
      if (operator === "==" || operator === "!=") {
        const same = this.#samePointer(a, b);
        if (same !== null) return same === (operator === "==") ? ONE : ZERO;
      }
      // A mask with nothing in it gives nothing, whatever is masked.
      if (operator === "&" && (x?.value === 0n || y?.value === 0n))
        return { ...ZERO, fromMatch: x?.fromMatch === true || y?.fromMatch === true };
      return unknown(expressionText(expression), fromHardware(a) || fromHardware(b));
    });
  }

  #samePointer(a: Value, b: Value): boolean | null {
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

  #ternary(expression: Expression & { kind: "ternary" }, frame: Frame): Value {
    const condition = this.evaluate(expression.condition, frame);
    const truth = this.truth(condition);
    if (truth !== null) {
      const value = this.evaluate(truth ? expression.consequence : expression.otherwise, frame);
      return isFromMatch(condition) ? this.markMatch(value) : value;
    }
    const test = this.#condition(expression.condition, condition, frame, 0);
    const assumed = this.#assumed(test.text);
    if (assumed !== null)
      return this.evaluate(assumed === test.holds ? expression.consequence : expression.otherwise, frame);
    const options = [true, false].map((holds) => {
      const when = holds ? test : { ...test, holds: !test.holds };
      this.#path.push(when);
      const value = this.evaluate(holds ? expression.consequence : expression.otherwise, frame);
      this.#path.pop();
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
        const [x, y] = [this.#integerOf(a) ?? (isUnsetField(a) ? ZERO : null), this.#integerOf(b)];
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
    if (target.kind === "name") value = this.#outcome(target.name, value);
    const held = place.thing.fields.get(place.field);
    if (
      held?.kind === "thing" &&
      held.thing.struct !== null &&
      value.kind === "unknown" &&
      place.thing === frame.locals
    ) {
      value = this.#typed(value, held.thing.struct, place.field);
    }
    this.#store(place.thing, place.field, value, expression.value, frame, expression.at);
    return value;
  }

  /** `*a = *b` copies what is known. */
  #copyInto(target: Value, value: Value): void {
    if (target.kind !== "thing" || value.kind !== "thing") return;
    for (const [field, one] of value.thing.fields) this.memory.write(target.thing, field, one);
    target.thing.initialiser ??= value.thing.initialiser;
  }

  // Calls

  #call(expression: CallExpression, frame: Frame): Value {
    const { callee } = expression;
    if (callee.kind === "name" && !frame.locals.fields.has(callee.name))
      return this.#callName(callee.name, expression, frame);
    const target = this.evaluate(callee, frame);
    const values = expression.arguments.map((argument) => this.evaluate(argument, frame));
    if (target.kind === "choice") {
      const options = target.options.map(({ value, when }) => {
        const base = this.#path.length;
        this.#path.push(...when);
        const result = value.kind === "function" ? this.#enter(value.fn, values) : unknown(expressionText(expression));
        this.#path.length = base;
        return { value: result, when };
      });
      return choose(options);
    }
    if (target.kind === "function") {
      if (target.fromMatch) this.#byMatch += 1;
      const value = this.#enter(target.fn, values);
      if (target.fromMatch) this.#byMatch -= 1;
      return value;
    }
    if (callee.kind !== "member" || this.truth(target) === false) return unknown(expressionText(expression));
    return this.#callField(callee.field, expression, values, frame);
  }

  /** A call through a field that nobody could resolve: the only function that such a field holds, else it is remembered. */
  #callField(field: string, expression: CallExpression, values: readonly Value[], frame: Frame): Value {
    const candidates = this.#reach.inField(field).filter((fn) => this.#relevant.has(fn) && !this.executed.has(fn));
    const [only] = candidates;
    if (candidates.length === 1 && only !== undefined) return this.#enter(only, values);
    if (candidates.length > 1) {
      this.unresolved.push({
        text: expressionText(expression),
        file: frame.file,
        line: this.source.lineAt(frame.file, frame.at ?? expression.at),
      });
    }
    return unknown(expressionText(expression));
  }

  #callName(name: string, expression: CallExpression, frame: Frame): Value {
    if (this.#interest.calls.has(name)) {
      this.events.push({
        kind: "call",
        name,
        arguments: expression.arguments.map((argument) => this.evaluate(argument, frame)),
        texts: expression.texts,
        ...this.#site(frame, expression.at),
      });
    }
    const known = this.#known.get(name);
    if (known !== undefined) {
      const result = known({
        run: this,
        name,
        arguments: expression.arguments,
        texts: expression.texts,
        frame,
        value: (index) => {
          const argument = expression.arguments[index];
          return argument === undefined ? unknown("") : this.evaluate(argument, frame);
        },
        thing: (index) => {
          const argument = expression.arguments[index];
          return argument === undefined ? new Thing("nothing") : this.thingOf(this.evaluate(argument, frame));
        },
      });
      if (result !== undefined) return result;
    }
    if (this.#interest.calls.has(name)) return ZERO;
    const definition = this.source.define(name, frame.file);
    if (definition?.kind === "function") {
      const values = expression.arguments.map((argument) => this.evaluate(argument, frame));
      return this.#enter(definition, values, expression);
    }
    const expanded =
      definition === null ? expandCall(this.source, name, expression.texts, frame.file, expression.at) : null;
    // As in C, a macro's own name in its expansion is no use of it.
    if (expanded !== null && !this.#expanding.has(name)) {
      this.#expanding.add(name);
      const value = this.evaluate(expanded, { ...frame, at: frame.at ?? expression.at });
      this.#expanding.delete(name);
      return value;
    }
    return this.#outside(name, expression, frame);
  }

  /** A function that is not read: what it is handed a pointer to may hold anything afterwards. */
  #outside(name: string, expression: CallExpression, frame: Frame): Value {
    for (const argument of expression.arguments) {
      const value = this.evaluate(argument, frame);
      if (value.kind === "place" && argument.kind === "unary") {
        this.memory.write(value.thing, value.field, unknown(`${name}()`, READS_REGISTER.test(name)));
      }
    }
    return unknown(expressionText(expression), READS_REGISTER.test(name));
  }

  /** Runs a function where that can matter. */
  #enter(fn: CFunction, values: readonly Value[], expression?: CallExpression): Value {
    if (this.#relevant.has(fn)) return this.call(fn, values);
    if (fn.end - fn.body > SMALL || this.#smallDepth >= MAX_SMALL_DEPTH) {
      const hardware = [...fn.calls].some((name) => READS_REGISTER.test(name));
      return unknown(expression === undefined ? `${fn.name}()` : expressionText(expression), hardware);
    }
    this.#smallDepth += 1;
    const value = this.call(fn, values);
    this.#smallDepth -= 1;
    return value;
  }
}

/** Functions that read registers, of the kernel and by the names that drivers give theirs. */
const READS_REGISTER =
  /^(?:__raw_)?(?:read[bwlq](?:_relaxed|_poll\w*)?|ioread\d+\w*|regmap_(?:bulk_)?read\w*|regmap_field_read|in_be32|in_le32)$/;

/** Stands for the outermost level of a file. */
const NOWHERE: CFunction = {
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

/** Whether match data decided a value. */
function isFromMatch(value: Value): boolean {
  return value.kind === "thing" ? value.thing.fromMatch : value.kind === "integer" && value.fromMatch;
}

/** A field of an allocated struct that has not been written yet: zero, before something is added to it. */
function isUnsetField(value: Value): boolean {
  return value.kind === "thing" && value.thing.zeroed && value.thing.fields.size === 0 && value.thing.within !== null;
}

/** Fields that the driver core sets before probe. */
function deviceField(thing: Thing, field: string): Value | null {
  if (thing.device === null) return null;
  if (field === "parent" && thing.device.kind === "self") {
    const parent = new Thing("dev->parent", null, true);
    parent.device = { kind: "parent" };
    return pointer(parent);
  }
  if (field === "of_node") {
    const node = new Thing("dev->of_node", null, true);
    node.node = thing.device;
    return pointer(node);
  }
  if (field === "dma_mask") return { kind: "place", thing, field: "*dma_mask" };
  if (field === "*dma_mask" || field === "coherent_dma_mask") return unknown(field);
  if (field === "platform_data") return ZERO;
  return null;
}
