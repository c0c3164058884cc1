/**
 * The kernel's source as a program: who defines a name that a file mentions, and what it is. Files are read when they are asked for and can be forgotten,
 * subsystem by subsystem, so that the whole kernel never lies in memory.
 */
import { posix } from "node:path";
import type { Macro } from "../c/clean.js";
import type { Grammar } from "../c/grammar.js";
import type { Expression, FunctionBody } from "../c/ir.js";
import { type CFunction, type CVariable, type Outline, outlineOf } from "../c/outline.js";
import { parseFunction, parseInitialiser, parseText } from "../c/parse.js";
import type { StructField } from "../c/struct-fields.js";
import { type KernelModule, modulesOfFolder } from "../kbuild/modules.js";
import type { SourceTree } from "../source/source-tree.js";
import { foldersOf, subsystemOf } from "./subsystem.js";

/** What a name stands for. */
export type Definition = CFunction | CVariable;

/** A constant's expression and the file whose names it uses. `after` counts up from another enumerator. */
export interface Constant {
  readonly file: string;
  readonly value: Expression | null;
  readonly after: string | null;
}

/** Headers included by headers included ...: most constants are near. */
const MAX_INCLUDES = 600;

/** Headers whose inline functions are the kernel's own: what they do is known to the evaluation, not read. */
const COMMON_HEADERS = /^(?:include\/(?:linux|uapi|asm-generic|net)|arch)\//;

/** Definitions, constants, bodies. One for a whole run. */
export class KernelSource {
  readonly tree: SourceTree;
  readonly #grammar: Grammar;
  readonly #outlines = new Map<string, Outline | null>();
  readonly #modulesOfFolder = new Map<string, readonly KernelModule[]>();
  readonly #moduleOfFile = new Map<string, KernelModule | null>();
  readonly #exports = new Map<string, ReadonlyMap<string, string>>();
  readonly #defined = new Map<string, Map<string, Definition | null>>();
  readonly #linkedOf = new Map<KernelModule | string, ReadonlyMap<string, Definition>>();
  readonly #closures = new Map<string, readonly string[]>();
  readonly #bodies = new WeakMap<CFunction, FunctionBody>();
  readonly #initialisers = new WeakMap<CVariable, Expression>();
  readonly #expansions = new Map<string, Expression | null>();
  /** One line for each place that could not be read, by file. */
  readonly faults: Map<string, string[]> = new Map();

  constructor(tree: SourceTree, grammar: Grammar) {
    this.tree = tree;
    this.#grammar = grammar;
  }

  /** A file's outline, null where there is no such file. */
  outline(file: string): Outline | null {
    const known = this.#outlines.get(file);
    if (known !== undefined) return known;
    const text = this.tree.read(file);
    const outline = text === null ? null : outlineOf(file, text);
    this.#outlines.set(file, outline);
    for (const fault of outline?.faults ?? []) this.#fault(file, fault);
    return outline;
  }

  /** Forgets all outlines below `drivers/` and `sound/`: call it when a subsystem is done. */
  forget(): void {
    for (const file of this.#outlines.keys()) if (!file.startsWith("include/")) this.#outlines.delete(file);
    this.#closures.clear();
    this.#defined.clear();
    this.#linkedOf.clear();
    this.#exports.clear();
    this.#expansions.clear();
  }

  #fault(file: string, text: string): void {
    const known = this.faults.get(file);
    if (known === undefined) this.faults.set(file, [text]);
    else known.push(text);
  }

  /** Modules of the folder and those above that could have taken the file. */
  moduleOf(file: string): KernelModule | null {
    const known = this.#moduleOfFile.get(file);
    if (known !== undefined) return known;
    let found: KernelModule | null = null;
    for (let folder = posix.dirname(file); folder.includes("/") || folder === "sound"; folder = posix.dirname(folder)) {
      const modules = this.#modules(folder).filter(({ files }) => files.includes(file));
      // The module with the fewest files: some files are also linked into a larger one.
      found = modules.sort((a, b) => a.files.length - b.files.length)[0] ?? null;
      if (found !== null) break;
    }
    this.#moduleOfFile.set(file, found);
    return found;
  }

  #modules(folder: string): readonly KernelModule[] {
    const known = this.#modulesOfFolder.get(folder);
    if (known !== undefined) return known;
    const modules = modulesOfFolder(folder, this.tree);
    this.#modulesOfFolder.set(folder, modules);
    return modules;
  }

  /** The files linked together with a file, the file itself where no Makefile names it. */
  filesWith(file: string): readonly string[] {
    return this.moduleOf(file)?.files ?? [file];
  }

  /** What a name means in a file: its own static one, the module's, what the subsystem exports, an inline function of a header. */
  define(name: string, file: string): Definition | null {
    let known = this.#defined.get(file);
    if (known === undefined) {
      known = new Map();
      this.#defined.set(file, known);
    }
    const before = known.get(name);
    if (before !== undefined) return before;
    const found = this.#define(name, file);
    known.set(name, found);
    return found;
  }

  #define(name: string, file: string): Definition | null {
    const own = this.outline(file);
    const here = own?.functions.get(name) ?? own?.variables.get(name);
    if (here !== undefined) return here;
    const linked = this.#linked(file).get(name);
    if (linked !== undefined) return linked;
    const subsystem = subsystemOf(file);
    const exporter = subsystem === null ? undefined : this.#exportsOf(subsystem).get(name);
    const outline = exporter === undefined ? null : this.outline(exporter);
    const exported = outline?.functions.get(name) ?? outline?.variables.get(name);
    if (exported !== undefined) return exported;
    for (const header of this.#includesOf(file)) {
      if (COMMON_HEADERS.test(header)) continue;
      const found = this.outline(header)?.functions.get(name);
      if (found !== undefined) return found;
    }
    return null;
  }

  /** What the files linked with a file define for each other. */
  #linked(file: string): ReadonlyMap<string, Definition> {
    const key = this.moduleOf(file) ?? file;
    const known = this.#linkedOf.get(key);
    if (known !== undefined) return known;
    const definitions = new Map<string, Definition>();
    for (const other of this.filesWith(file)) {
      const outline = this.outline(other);
      for (const one of [...(outline?.functions.values() ?? []), ...(outline?.variables.values() ?? [])]) {
        if (!one.isStatic && !definitions.has(one.name)) definitions.set(one.name, one);
      }
    }
    this.#linkedOf.set(key, definitions);
    return definitions;
  }

  #exportsOf(subsystem: string): ReadonlyMap<string, string> {
    const known = this.#exports.get(subsystem);
    if (known !== undefined) return known;
    const exports = new Map<string, string>();
    for (const folder of foldersOf(subsystem)) {
      for (const file of this.tree.filesBelow(folder)) {
        if (!file.endsWith(".c") || subsystemOf(file) !== subsystem) continue;
        const text = this.tree.read(file);
        if (text === null || !text.includes("EXPORT_SYMBOL")) continue;
        for (const { name, words } of this.outline(file)?.invocations ?? []) {
          if (name.startsWith("EXPORT_SYMBOL") && words[0] !== undefined) exports.set(words[0], file);
        }
      }
    }
    this.#exports.set(subsystem, exports);
    return exports;
  }

  /** Headers a file includes, directly or through others, nearest first. */
  #includesOf(file: string): readonly string[] {
    const known = this.#closures.get(file);
    if (known !== undefined) return known;
    const order: string[] = [];
    const seen = new Set([file]);
    let level = [file];
    while (level.length > 0 && order.length < MAX_INCLUDES) {
      const next: string[] = [];
      for (const one of level) {
        for (const { path, local } of this.outline(one)?.includes ?? []) {
          const found = this.#header(path, local ? posix.dirname(one) : null, posix.dirname(file));
          if (found === null || seen.has(found)) continue;
          seen.add(found);
          order.push(found);
          next.push(found);
        }
      }
      level = next;
    }
    this.#closures.set(file, order);
    return order;
  }

  #header(path: string, beside: string | null, folder: string): string | null {
    const places = [
      ...(beside === null ? [] : [beside]),
      "include",
      "include/uapi",
      ...(beside === null ? [] : [folder, posix.dirname(folder), "drivers/gpu/drm", `${folder}/include`]),
      ...(path.includes("/") ? [folder, posix.dirname(folder), `${posix.dirname(folder)}/include`] : []),
      "arch/arm64/include",
      "arch/arm64/include/uapi",
    ];
    for (const place of places) {
      const full = posix.normalize(posix.join(place, path));
      if (this.tree.exists(full)) return full;
    }
    return null;
  }

  /** A macro as a file sees it: its own, else the nearest included one. */
  macro(name: string, file: string): (Macro & { readonly file: string }) | null {
    for (const one of [file, ...this.#includesOf(file)]) {
      const macro = this.outline(one)?.macros.get(name);
      if (macro !== undefined) return { ...macro, file: one };
    }
    return null;
  }

  /** A member of an enum as a file sees it. */
  enumerator(name: string, file: string): Constant | null {
    for (const one of [file, ...this.#includesOf(file)]) {
      const found = this.outline(one)?.enumerators.get(name);
      if (found !== undefined) {
        const value = found.value === null ? null : this.expression(found.value, 0);
        return { file: one, value, after: found.after };
      }
    }
    return null;
  }

  /** Fields of a struct in order, as a file sees it; null where its definition is not found. */
  struct(tag: string, file: string): readonly StructField[] | null {
    for (const one of [file, ...this.#includesOf(file)]) {
      const fields = this.outline(one)?.structs.get(tag);
      if (fields !== undefined) return fields;
    }
    return null;
  }

  /** A function's statements, parsed once. */
  body(fn: CFunction): FunctionBody {
    const known = this.#bodies.get(fn);
    if (known !== undefined) return known;
    const outline = this.outline(fn.file);
    const body =
      outline === null ? { parameters: [], statements: [], faults: 1 } : parseFunction(this.#grammar, outline, fn);
    if (body.faults > 0) this.#fault(fn.file, `${fn.name}(): ${body.faults} places are no C that the grammar takes`);
    this.#bodies.set(fn, body);
    return body;
  }

  /** A variable's initialiser, parsed once. */
  initialiser(variable: CVariable): Expression {
    const known = this.#initialisers.get(variable);
    if (known !== undefined) return known;
    const outline = this.outline(variable.file);
    const value: Expression =
      variable.start === variable.end
        ? { kind: "list", type: null, entries: [], at: variable.start }
        : outline === null
          ? { kind: "other", text: "" }
          : parseInitialiser(this.#grammar, outline, variable);
    this.#initialisers.set(variable, value);
    return value;
  }

  /** An expression from text, parsed once. */
  expression(text: string, at: number): Expression | null {
    const key = `${at} ${text}`;
    const known = this.#expansions.get(key);
    if (known !== undefined) return known;
    const value = text.trim() === "" ? null : parseText(this.#grammar, text, at);
    this.#expansions.set(key, value);
    return value;
  }

  /** The line of a place in a file's cleaned text. */
  lineAt(file: string, at: number): number {
    return this.outline(file)?.lineAt(at) ?? 0;
  }
}
