/** The things of a run and what is written into them; a branch that may not have been taken can be undone. */
import { type Condition, choose, type Thing, unknown, type Value, ZERO } from "./values.js";

/** What a branch has written. */
export type Changes = ReadonlyMap<Thing, ReadonlyMap<string, Value>>;

interface Entry {
  readonly thing: Thing;
  readonly field: string;
  readonly before: Value | undefined;
}

/** Writes with their history, and things by the struct they are. */
export class Memory {
  readonly #history: Entry[] = [];
  readonly #byStruct = new Map<string, Thing[]>();

  /** Writes a field. */
  write(thing: Thing, field: string, value: Value): void {
    this.#history.push({ thing, field, before: thing.fields.get(field) });
    thing.fields.set(field, value);
  }

  /** A point that can be returned to. */
  mark(): number {
    return this.#history.length;
  }

  /** Takes back everything written since a mark. @returns what it was */
  undo(mark: number): Changes {
    const changes = new Map<Thing, Map<string, Value>>();
    while (this.#history.length > mark) {
      const entry = this.#history.pop();
      if (entry === undefined) break;
      const { thing, field, before } = entry;
      const fields = changes.get(thing) ?? new Map<string, Value>();
      changes.set(thing, fields);
      const now = thing.fields.get(field);
      if (!fields.has(field) && now !== undefined) fields.set(field, now);
      if (before === undefined) thing.fields.delete(field);
      else thing.fields.set(field, before);
    }
    return changes;
  }

  /** Writes what one of several branches has written: a choice where they differ. */
  join(branches: readonly { readonly changes: Changes; readonly when: readonly Condition[] }[]): void {
    const written = new Map<Thing, Set<string>>();
    for (const { changes } of branches) {
      for (const [thing, fields] of changes) {
        const names = written.get(thing) ?? new Set();
        written.set(thing, names);
        for (const field of fields.keys()) names.add(field);
      }
    }
    for (const [thing, fields] of written) {
      for (const field of fields) {
        const before = thing.fields.get(field) ?? (thing.zeroed ? ZERO : unknown(`${thing.text}->${field}`));
        const options = branches.map(({ changes, when }) => ({
          value: changes.get(thing)?.get(field) ?? before,
          when,
        }));
        this.write(thing, field, choose(options));
      }
    }
  }

  /** States which struct a thing is; the first statement counts. */
  know(thing: Thing, struct: string): void {
    if (thing.struct !== null) return;
    thing.struct = struct;
    const known = this.#byStruct.get(struct);
    if (known === undefined) this.#byStruct.set(struct, [thing]);
    else known.push(thing);
  }

  /** The one thing of a struct, null where there is none or several. */
  only(struct: string): Thing | null {
    const known = this.#byStruct.get(struct)?.filter(({ definite }) => definite) ?? [];
    return known.length === 1 ? (known[0] ?? null) : null;
  }
}
