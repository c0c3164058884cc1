/**
 * Statements. A test that is known takes one side; one that is not takes both, each under its condition, and what differs afterwards is a choice.
 */
import type { Statement } from "../c/ir.js";
import { expressionText } from "../c/text.js";
import { endsInError, givesUp } from "./ending.js";
import { type Frame, NEXT, RETURN, type Signal } from "./frame.js";
import type { Run } from "./run.js";
import { type Condition, fromHardware, isFromMatch, pointer, Thing, unknown, ZERO } from "./values.js";

/** Runs statements. */
export class Statements {
  readonly #run: Run;

  constructor(run: Run) {
    this.#run = run;
  }

  /** Runs statements; a `goto` goes on behind its label where the label is in this block. */
  block(statements: readonly Statement[], frame: Frame): Signal {
    let index = 0;
    let jumps = 0;
    while (index < statements.length) {
      const statement = statements[index];
      if (statement === undefined) break;
      const signal = this.statement(statement, frame);
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

  statement(statement: Statement, frame: Frame): Signal {
    if (!this.#run.step()) return RETURN;
    switch (statement.kind) {
      case "expression":
        this.#run.expressions.evaluate(statement.value, frame);
        return NEXT;
      case "local": {
        const { name, struct, value } = statement;
        if (value === null) {
          if (struct !== null && !statement.pointer) {
            const thing = new Thing(name, null, true, statement.isStatic);
            this.#run.memory.know(thing, struct);
            this.#run.memory.write(frame.locals, name, pointer(thing));
          } else this.#run.memory.write(frame.locals, name, unknown(name));
          return NEXT;
        }
        let result = this.#run.expressions.initial(value, frame, name, struct);
        if (struct !== null) result = this.#run.expressions.typed(result, struct, name);
        this.#run.memory.write(frame.locals, name, this.#run.expressions.outcome(name, result));
        return NEXT;
      }
      case "if":
        return this.#if(statement, frame);
      case "switch":
        return this.#switch(statement, frame);
      case "loop": {
        if (
          statement.condition !== null &&
          this.#run.truth.truth(this.#run.expressions.evaluate(statement.condition, frame)) === false
        )
          return NEXT;
        this.#run.loops += 1;
        const signal = this.block(statement.body, frame);
        this.#run.loops -= 1;
        return signal.kind === "break" || signal.kind === "continue" ? NEXT : signal;
      }
      case "return": {
        const value = statement.value === null ? ZERO : this.#run.expressions.evaluate(statement.value, frame);
        frame.returns.push({ value, when: this.#run.path.slice(frame.pathBase) });
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

  #if(statement: Statement & { kind: "if" }, frame: Frame): Signal {
    const { condition, consequence, otherwise } = statement;
    const value = this.#run.expressions.evaluate(condition, frame);
    const up = givesUp(condition, consequence);
    if (up && otherwise.length === 0) return NEXT;
    // Probe succeeds: what is thought to be zero may have been set where nobody looked.
    const givenUp = otherwise.length > 0 && endsInError(otherwise);
    if (up && !givenUp) return this.block(otherwise, frame);
    if (givenUp && !up) return this.block(consequence, frame);
    const truth = this.#run.truth.truth(value);
    if (truth !== null) {
      const byMatch = isFromMatch(value);
      if (byMatch) this.#run.byMatch += 1;
      const signal = this.block(truth ? consequence : otherwise, frame);
      if (byMatch) this.#run.byMatch -= 1;
      return signal;
    }
    const when = this.#run.condition(condition, value, frame, statement.at);
    return this.#fork(
      [
        { when, statements: consequence },
        { when: { ...when, holds: !when.holds }, statements: otherwise },
      ],
      frame,
    );
  }

  assumed(text: string): boolean | null {
    return this.#run.path.findLast((one) => one.text === text)?.holds ?? null;
  }

  /** Runs each of several branches as if it were taken, then goes on with what all that come to their end may have left. */
  #fork(
    branches: readonly { readonly when: Condition; readonly statements: readonly Statement[] }[],
    frame: Frame,
  ): Signal {
    const [first] = branches;
    const assumed = branches.length === 2 && first !== undefined ? this.assumed(first.when.text) : null;
    if (assumed !== null) {
      const taken = branches.find(({ when }) => when.holds === assumed);
      return this.block(taken?.statements ?? [], frame);
    }
    const mark = this.#run.memory.mark();
    const ends = branches.map(({ when, statements }) => {
      const base = this.#run.path.length;
      this.#run.path.push(when);
      const signal = this.block(statements, frame);
      this.#run.path.length = base;
      return { when, signal, changes: this.#run.memory.undo(mark) };
    });
    const going = ends.filter(({ signal }) => signal.kind !== "return" && signal.kind !== "goto");
    if (going.length === 0) {
      this.#run.memory.join(ends.map(({ when, changes }) => ({ when: [when], changes })));
      return ends.find(({ signal }) => signal.kind === "goto")?.signal ?? RETURN;
    }
    this.#run.memory.join(going.map(({ when, changes }) => ({ when: going.length === 1 ? [] : [when], changes })));
    const [only] = going;
    if (going.length === 1 && only !== undefined) this.#run.path.push(only.when);
    return NEXT;
  }

  #switch(statement: Statement & { kind: "switch" }, frame: Frame): Signal {
    const subject = this.#run.expressions.evaluate(statement.subject, frame);
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
      const values = cases.map(({ value }) =>
        value === null ? null : this.#run.truth.integerOf(this.#run.expressions.evaluate(value, frame)),
      );
      let index = values.findIndex((value) => value?.value === subject.value);
      if (index < 0) index = cases.findIndex(({ value }) => value === null);
      if (index < 0) return NEXT;
      if (subject.fromMatch) this.#run.byMatch += 1;
      const signal = ended(this.block(from(index), frame));
      if (subject.fromMatch) this.#run.byMatch -= 1;
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
      branches.push({ when: this.#run.test(test, frame, statement.at, hardware), statements: ending });
    });
    if (!cases.some(({ value }) => value === null)) {
      branches.push({
        when: this.#run.test(`${text} is none of the above`, frame, statement.at, hardware),
        statements: [],
      });
    }
    const [only] = branches;
    if (branches.length === 0) return NEXT;
    if (branches.length === 1 && only !== undefined) return ended(this.block(only.statements, frame));
    return ended(this.#fork(branches, frame));
  }
}
