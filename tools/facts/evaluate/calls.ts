/**
 * Calls: into functions of the driver and its cores, of those the run knows, of macros; all others happen outside.
 */
import type { CallExpression } from "../c/ir.js";
import type { CFunction } from "../c/outline.js";
import { expressionText } from "../c/text.js";
import { expandCall } from "../program/drivers.js";
import { type Frame } from "./frame.js";
import type { Run } from "./run.js";
import { choose, Thing, unknown, type Value, ZERO } from "./values.js";

const MAX_DEPTH = 28;
/** Characters of a function that is entered although nothing of interest is in it: it may set or give values. */
const SMALL = 6000;
const MAX_SMALL_DEPTH = 4;

/** Functions that read registers, of the kernel and by the names that drivers give theirs. */
const READS_REGISTER =
  /^(?:__raw_)?(?:read[bwlq](?:_relaxed|_poll\w*)?|ioread\d+\w*|regmap_(?:bulk_)?read\w*|regmap_field_read|in_be32|in_le32)$/;

/** Makes calls. */
export class Calls {
  readonly #run: Run;
  #smallDepth = 0;

  constructor(run: Run) {
    this.#run = run;
  }

  /** Runs a function. @returns what it returns, a choice where that depends on something */
  call(fn: CFunction, values: readonly Value[]): Value {
    if (this.#run.stack.length >= MAX_DEPTH || this.#run.stack.includes(fn)) return unknown(`${fn.name}()`);
    const { parameters, statements } = this.#run.source.body(fn);
    const locals = new Thing(fn.name, null, true, false);
    parameters.forEach((parameter, index) => {
      let value = values[index] ?? unknown(parameter.name);
      if (parameter.struct !== null) value = this.#run.expressions.typed(value, parameter.struct, parameter.name);
      locals.fields.set(parameter.name, value);
    });
    const frame: Frame = { fn, file: fn.file, locals, pathBase: this.#run.path.length, returns: [], at: null };
    this.#run.executed.add(fn);
    this.#run.stack.push(fn);
    this.#run.statements.block(statements, frame);
    this.#run.stack.pop();
    this.#run.path.length = frame.pathBase;
    return frame.returns.length === 0 ? ZERO : choose(frame.returns);
  }

  evaluate(expression: CallExpression, frame: Frame): Value {
    const { callee } = expression;
    if (callee.kind === "name" && !frame.locals.fields.has(callee.name))
      return this.#callName(callee.name, expression, frame);
    const target = this.#run.expressions.evaluate(callee, frame);
    const values = expression.arguments.map((argument) => this.#run.expressions.evaluate(argument, frame));
    if (target.kind === "choice") {
      const options = target.options.map(({ value, when }) => {
        const base = this.#run.path.length;
        this.#run.path.push(...when);
        const result = value.kind === "function" ? this.#enter(value.fn, values) : unknown(expressionText(expression));
        this.#run.path.length = base;
        return { value: result, when };
      });
      return choose(options);
    }
    if (target.kind === "function") {
      if (target.fromMatch) this.#run.byMatch += 1;
      const value = this.#enter(target.fn, values);
      if (target.fromMatch) this.#run.byMatch -= 1;
      return value;
    }
    if (callee.kind !== "member" || this.#run.truth.truth(target) === false) return unknown(expressionText(expression));
    return this.#callField(callee.field, expression, values, frame);
  }

  /** A call through a field that nobody could resolve: the only function that such a field holds, else it is remembered. */
  #callField(field: string, expression: CallExpression, values: readonly Value[], frame: Frame): Value {
    const candidates = this.#run.reach
      .inField(field)
      .filter((fn) => this.#run.relevant.has(fn) && !this.#run.executed.has(fn));
    const [only] = candidates;
    if (candidates.length === 1 && only !== undefined) return this.#enter(only, values);
    if (candidates.length > 1) {
      this.#run.unresolved.push({
        text: expressionText(expression),
        file: frame.file,
        line: this.#run.source.lineAt(frame.file, frame.at ?? expression.at),
      });
    }
    return unknown(expressionText(expression));
  }

  #callName(name: string, expression: CallExpression, frame: Frame): Value {
    if (this.#run.interest.calls.has(name)) {
      this.#run.events.push({
        kind: "call",
        name,
        arguments: expression.arguments.map((argument) => this.#run.expressions.evaluate(argument, frame)),
        texts: expression.texts,
        ...this.#run.site(frame, expression.at),
      });
    }
    const known = this.#run.known.get(name);
    if (known !== undefined) {
      const result = known({
        run: this.#run,
        name,
        arguments: expression.arguments,
        texts: expression.texts,
        frame,
        value: (index) => {
          const argument = expression.arguments[index];
          return argument === undefined ? unknown("") : this.#run.expressions.evaluate(argument, frame);
        },
        thing: (index) => {
          const argument = expression.arguments[index];
          return argument === undefined
            ? new Thing("nothing")
            : this.#run.expressions.thingOf(this.#run.expressions.evaluate(argument, frame));
        },
      });
      if (result !== undefined) return result;
    }
    if (this.#run.interest.calls.has(name)) return ZERO;
    const definition = this.#run.source.define(name, frame.file);
    if (definition?.kind === "function") {
      const values = expression.arguments.map((argument) => this.#run.expressions.evaluate(argument, frame));
      return this.#enter(definition, values, expression);
    }
    const expanded =
      definition === null ? expandCall(this.#run.source, name, expression.texts, frame.file, expression.at) : null;
    // As in C, a macro's own name in its expansion is no use of it.
    if (expanded !== null && !this.#run.expanding.has(name)) {
      this.#run.expanding.add(name);
      const value = this.#run.expressions.evaluate(expanded, { ...frame, at: frame.at ?? expression.at });
      this.#run.expanding.delete(name);
      return value;
    }
    return this.#outside(name, expression, frame);
  }

  /** A function that is not read: what it is handed a pointer to may hold anything afterwards. */
  #outside(name: string, expression: CallExpression, frame: Frame): Value {
    for (const argument of expression.arguments) {
      const value = this.#run.expressions.evaluate(argument, frame);
      if (value.kind === "place" && argument.kind === "unary") {
        this.#run.memory.write(value.thing, value.field, unknown(`${name}()`, READS_REGISTER.test(name)));
      }
    }
    return unknown(expressionText(expression), READS_REGISTER.test(name));
  }

  /** Runs a function where that can matter. */
  #enter(fn: CFunction, values: readonly Value[], expression?: CallExpression): Value {
    if (this.#run.relevant.has(fn)) return this.call(fn, values);
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
