/**
 * Follows a driver through probe for one compatible.
 *
 * Code runs once, in order, on what is known: match data, static tables, what was stored before. A test that is known takes one side. One that is not takes
 * both, each under its condition; what differs afterwards is a choice. Calls succeed: a branch that gives up is not taken. A loop runs once.
 *
 * The parts of a run know each other through it: {@link Statements} run blocks, {@link Expressions} evaluate, {@link Calls} enter functions, {@link Names}
 * look up, {@link Fields} read structs, {@link Truth} tests.
 */
import type { Expression } from "../c/ir.js";
import type { CFunction, CVariable } from "../c/outline.js";
import { expressionText } from "../c/text.js";
import type { Definition, KernelSource } from "../program/kernel-source.js";
import type { Interest, Reach } from "../program/reach.js";
import { Calls } from "./calls.js";
import { Expressions } from "./expressions.js";
import { Fields } from "./fields.js";
import type { Frame } from "./frame.js";
import { Memory } from "./memory.js";
import { Names } from "./names.js";
import { Statements } from "./statements.js";
import type { CallEvent, StoreEvent } from "./trace.js";
import { Truth } from "./truth.js";
import { type Condition, fromHardware, Thing, type Value } from "./values.js";

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

/** Expressions and statements per compatible; far more than any probe needs. */
const FUEL = 120_000;

/** One run. What it saw is in `events`. */
export class Run {
  readonly source: KernelSource;
  readonly reach: Reach;
  readonly interest: Interest;
  readonly relevant: ReadonlySet<Definition>;
  /** Functions that are not read but known. */
  readonly known: ReadonlyMap<string, KnownFunction>;
  readonly memory: Memory = new Memory();
  readonly truth: Truth = new Truth(this);
  readonly fields: Fields = new Fields(this);
  readonly names: Names = new Names(this);
  readonly expressions: Expressions = new Expressions(this);
  readonly calls: Calls = new Calls(this);
  readonly statements: Statements = new Statements(this);

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

  /** Static variables that were written, `FILE NAME`. */
  readonly statics: Thing = new Thing("static", null, true, false);
  /** Functions being run, outermost first. */
  readonly stack: CFunction[] = [];
  /** Macros being expanded. */
  readonly expanding: Set<string> = new Set();
  /** Conditions that hold where the run stands, outermost first. */
  path: Condition[] = [];
  /** Tests decided by match data that the run stands in. */
  byMatch = 0;
  /** Loops the run stands in. */
  loops = 0;
  #fuel = FUEL;

  constructor(
    source: KernelSource,
    reach: Reach,
    interest: Interest,
    relevant: ReadonlySet<Definition>,
    known: ReadonlyMap<string, KnownFunction>,
  ) {
    this.source = source;
    this.reach = reach;
    this.interest = interest;
    this.relevant = relevant;
    this.known = known;
  }

  /** Counts a step. @returns whether the run may go on */
  step(): boolean {
    this.#fuel -= 1;
    if (this.#fuel < 0) this.exhausted = true;
    return this.#fuel >= 0;
  }

  /** What stands for a test that is not decided: the test that chose between known values where there was one. */
  condition(tested: Expression, value: Value, frame: Frame, at: number): Condition {
    if (value.kind === "choice") {
      const yes = value.options.filter((option) => this.truth.truth(option.value) === true);
      const no = value.options.filter((option) => this.truth.truth(option.value) === false);
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
    return this.test(text, frame, at, fromHardware(value));
  }

  test(text: string, frame: Frame, at: number, hardware: boolean): Condition {
    return { text, holds: true, file: frame.file, line: this.source.lineAt(frame.file, frame.at ?? at), hardware };
  }

  site(frame: Frame, at: number): Omit<CallEvent, "kind" | "name" | "arguments" | "texts"> {
    return {
      file: frame.file,
      line: this.source.lineAt(frame.file, frame.at ?? at),
      function: frame.fn.name,
      when: [...this.path],
      byMatch: this.byMatch > 0,
      later: this.later,
      looped: this.loops > 0,
    };
  }
}
