/**
 * What a probe can come to: functions it calls, hands on or puts into ops structures, callbacks of components, and the same again from there, into exported
 * functions of other modules of the subsystem too. More than really runs: no condition is looked at. `evaluate/` says what does run for one compatible.
 */
import type { CFunction } from "../c/outline.js";
import type { Definition, KernelSource } from "./kernel-source.js";
import { isCore } from "./subsystem.js";

/** What a rule wants to see of a run. */
export interface Interest {
  /** Functions whose calls matter. They are not entered. */
  readonly calls: ReadonlySet<string>;
  /** Fields whose stores matter: `mem_ops`, `coherent_dma_mask`. */
  readonly stores: ReadonlySet<string>;
}

const neighbours = new WeakMap<Definition, readonly Definition[]>();

/** Definitions that a definition mentions, in the order it does. */
function neighboursOf(source: KernelSource, node: Definition): readonly Definition[] {
  const known = neighbours.get(node);
  if (known !== undefined) return known;
  const found: Definition[] = [];
  for (const name of node.names) {
    const definition = source.define(name, node.file);
    if (definition !== null && definition !== node && !found.includes(definition)) found.push(definition);
  }
  neighbours.set(node, found);
  return found;
}

/** Everything reachable from a probe. */
export class Reach {
  readonly #source: KernelSource;
  /** Nearest first. */
  readonly nodes: ReadonlySet<Definition>;
  readonly #storedFields = new Set<string>();
  readonly #called = new Set<string>();

  /** @param more - what match data of one compatible hands to the probe */
  constructor(source: KernelSource, root: CFunction, more: readonly Definition[] = []) {
    this.#source = source;
    const nodes = new Set<Definition>([root, ...more]);
    // A set also visits what is added while it is walked.
    const own = new Set(source.filesWith(root.file));
    for (const node of nodes) {
      // The core of a subsystem calls back what the driver has handed on, which is in reach already.
      if (isCore(node.file) && !own.has(node.file)) continue;
      for (const next of neighboursOf(source, node)) nodes.add(next);
    }
    this.nodes = nodes;
    for (const node of nodes) {
      if (node.kind !== "function") continue;
      for (const field of node.fieldStores) this.#storedFields.add(field);
      for (const name of node.calls) this.#called.add(name);
    }
  }

  /** Whether some function in reach assigns to a field of this name, in whatever struct. */
  stores(field: string): boolean {
    return this.#storedFields.has(field);
  }

  /** Whether some function in reach calls a function or macro of this name. */
  calls(name: string): boolean {
    return this.#called.has(name);
  }

  /** Functions in reach that call one of these names, nearest first. */
  callers(names: ReadonlySet<string>): CFunction[] {
    return [...this.nodes].filter(
      (node): node is CFunction => node.kind === "function" && [...node.calls].some((name) => names.has(name)),
    );
  }

  /** Functions that initialisers and assignments in reach put into a field of this name. */
  inField(field: string): CFunction[] {
    const found = new Set<CFunction>();
    for (const node of this.nodes) {
      for (const name of node.fieldValues.get(field) ?? []) {
        const definition = this.#source.define(name, node.file);
        if (definition?.kind === "function") found.add(definition);
      }
    }
    return [...found];
  }

  /** Functions and variables from which something of interest can be reached, by calls, through variables, or through fields that are called. */
  relevant(interest: Interest): ReadonlySet<Definition> {
    const isOfInterest = (node: Definition): boolean =>
      node.kind === "function" && (some(interest.calls, node.calls) || some(interest.stores, node.fieldStores));
    if (![...this.nodes].some(isOfInterest)) return new Set();
    const users = new Map<Definition, Definition[]>();
    const callersOfField = new Map<string, CFunction[]>();
    const work: Definition[] = [];
    for (const node of this.nodes) {
      for (const next of neighboursOf(this.#source, node)) if (this.nodes.has(next)) listIn(users, next).push(node);
      if (node.kind !== "function") continue;
      for (const field of node.fieldCalls) listIn(callersOfField, field).push(node);
      if (isOfInterest(node)) work.push(node);
    }
    for (const node of this.nodes) {
      for (const [field, names] of node.fieldValues) {
        const callers = callersOfField.get(field);
        if (callers === undefined) continue;
        for (const name of names) {
          const definition = this.#source.define(name, node.file);
          if (definition?.kind === "function") listIn(users, definition).push(...callers);
        }
      }
    }
    const relevant = new Set(work);
    for (const node of relevant) for (const user of users.get(node) ?? []) relevant.add(user);
    return relevant;
  }
}

function listIn<K, V>(lists: Map<K, V[]>, key: K): V[] {
  const known = lists.get(key);
  if (known !== undefined) return known;
  const list: V[] = [];
  lists.set(key, list);
  return list;
}

function some(wanted: ReadonlySet<string>, words: ReadonlySet<string>): boolean {
  for (const word of words) if (wanted.has(word)) return true;
  return false;
}
