/**
 * Fields of structs: what was written, what the initialiser says, what the driver core has set; else something that is not known.
 */
import type { Expression, ListEntry } from "../c/ir.js";
import { expandCall } from "../program/drivers.js";
import type { Run } from "./run.js";
import { pointer, Thing, unknown, type Value, ZERO } from "./values.js";

/** Arrays of arrays whose first element is looked into; a list that holds its own address ends here. */
const MAX_DECAYS = 3;

/** Reads fields. */
export class Fields {
  readonly #run: Run;
  #decays = 0;

  constructor(run: Run) {
    this.#run = run;
  }

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
    const value = this.#run.expressions.initialValue(last.value, file);
    return thing.fromMatch ? this.#run.expressions.markMatch(value) : value;
  }

  /** Entries with their first key: a field's name or an index in brackets. */
  #entries(
    thing: Thing,
    entries: readonly ListEntry[],
    file: string,
  ): { key: string; rest: ListEntry["path"]; value: Expression; at: number }[] {
    const keyed: { key: string; rest: ListEntry["path"]; value: Expression; at: number }[] = [];
    const fields = thing.struct === null ? null : this.#run.source.struct(thing.struct, file);
    let position = 0;
    for (const { path, value, at } of entries) {
      const [first, ...rest] = path;
      if (first === undefined) {
        const expanded =
          value.kind === "call" && value.callee.kind === "name"
            ? expandCall(this.#run.source, value.callee.name, value.texts, file, value.at)
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
        const index = this.#run.expressions.constant(first, file);
        keyed.push({ key: `[${index ?? "?"}]`, rest, value, at });
        if (index !== null) position = Number(index) + 1;
      }
    }
    return keyed;
  }
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
