/**
 * What a name stands for where it is used: locals, static variables, functions, macros, enumerators, options of the configuration.
 */
import type { CVariable } from "../c/outline.js";
import { type Frame } from "./frame.js";
import type { Run } from "./run.js";
import { integer, ONE, pointer, Thing, unknown, type Value, ZERO } from "./values.js";
import { CONSTANTS, configured } from "./world.js";

/** Looks names up. */
export class Names {
  readonly #run: Run;
  readonly #variables = new Map<CVariable, Thing>();

  constructor(run: Run) {
    this.#run = run;
  }

  name(name: string, frame: Frame): Value {
    const local = frame.locals.fields.get(name);
    if (local !== undefined) return local;
    const written = this.#run.statics.fields.get(`${frame.file} ${name}`);
    if (written !== undefined) return written;
    const common = CONSTANTS.get(name);
    if (common !== undefined) return integer(common, common > 0x7fffffffn, common > 0x7fffffffn);
    if (name.startsWith("CONFIG_")) return this.option(name);
    const definition = this.#run.source.define(name, frame.file);
    if (definition?.kind === "function") return { kind: "function", fn: definition, fromMatch: false };
    if (definition?.kind === "variable") return this.#variable(definition);
    const macro = this.#run.source.macro(name, frame.file);
    if (macro !== null && macro.parameters === null) {
      const body = this.#run.source.expression(macro.body, 0);
      if (body === null) return unknown(name);
      if (this.#run.expanding.has(name)) return unknown(name);
      this.#run.expanding.add(name);
      const value = this.#run.expressions.evaluate(body, { ...frame, at: frame.at ?? 0 });
      this.#run.expanding.delete(name);
      return value;
    }
    const enumerator = this.#enumerator(name, frame.file, 0);
    if (enumerator !== null) return enumerator;
    // Error numbers are the architecture's; none is 0.
    return /^E[A-Z]+[0-9]*$/.test(name) ? integer(1n) : unknown(name);
  }

  #enumerator(name: string, file: string, depth: number): Value | null {
    const found = this.#run.source.enumerator(name, file);
    if (found === null) return null;
    if (found.value !== null) {
      const value = this.#run.expressions.constant(found.value, found.file);
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
    this.#run.touched.add(variable);
    const known = this.#variables.get(variable);
    if (known !== undefined) return pointer(known);
    const initialiser = this.#run.source.initialiser(variable);
    if (initialiser.kind === "list") {
      // What a variable without initialiser holds, somebody has stored: not always where probe leads.
      const bare = variable.start === variable.end && !variable.isConst;
      const thing = new Thing(variable.name, null, true, !bare);
      thing.constant = variable.isConst;
      if (!variable.isArray && /^[a-z]/.test(variable.type)) this.#run.memory.know(thing, variable.type);
      if (!bare) thing.initialiser = { entries: initialiser.entries, file: variable.file };
      this.#variables.set(variable, thing);
      return pointer(thing);
    }
    const isParameter = this.#run.source
      .outline(variable.file)
      ?.invocations.some(({ name, words }) => name.startsWith("module_param") && words.includes(variable.name));
    if (isParameter === true) return unknown(`module parameter ${variable.name}`);
    const value = this.#run.expressions.constant(initialiser, variable.file);
    if (value !== null) return variable.isConst ? integer(value, value > 0x7fffffffn) : unknown(variable.name);
    return this.#run.expressions.initialValue(initialiser, variable.file);
  }
}
