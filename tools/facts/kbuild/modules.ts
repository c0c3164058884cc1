/**
 * Which C files make up which module, as Makefile and Kbuild files say it:
 *
 *     obj-$(CONFIG_VIDEO_HANTRO) += hantro-vpu.o         a module, of hantro-vpu.c or of the lists below
 *     hantro-vpu-y += hantro_drv.o hantro_v4l2.o         its parts
 *     hantro-vpu-$(CONFIG_X) += x.o                      also those of a configuration
 *     hantro-vpu-objs := $(common-y) sub/y.o             lists of lists, files of subfolders
 *
 * Every branch of a condition counts: a driver is read for all configurations at once. Which options must be on for a file is kept beside it.
 */
import { posix } from "node:path";
import type { BuildOptions } from "../../../src/facts/driver-options.js";
import type { SourceTree } from "../source/source-tree.js";

/** A module, or an object of the kernel itself that could be one. */
export interface KernelModule {
  /** Without `.o`, as the Makefile writes it. */
  readonly name: string;
  readonly folder: string;
  /** C files, relative to the kernel's source root, sorted. */
  readonly files: readonly string[];
  /** What the module's Makefile asks for to build each of them, the module's own option included. */
  readonly options: ReadonlyMap<string, BuildOptions>;
}

/** A word of a list, and the options that must all be on for it to count. */
interface Word {
  readonly text: string;
  readonly options: readonly string[];
}

type Lists = Map<string, Word[]>;

/** What is asked of a source tree here. */
export type MakefileTree = Pick<SourceTree, "read" | "exists">;

/** Depth of lists in lists; a list that holds itself ends here. */
const MAX_DEPTH = 8;

/**
 * Reads the modules of one folder.
 *
 * @param folder - relative to the kernel's source root
 */
export function modulesOfFolder(folder: string, tree: MakefileTree): KernelModule[] {
  const lists = listsOfFolder(folder, tree);
  const modules = new Map<string, Map<string, BuildOptions>>();
  for (const object of objectsOf(lists)) {
    if (!object.text.endsWith(".o")) continue;
    const name = object.text.slice(0, -2);
    const files = modules.get(name) ?? new Map<string, BuildOptions>();
    for (const { text, options } of filesOf({ text: name, options: object.options }, folder, lists, tree, 0)) {
      files.set(text, [...(files.get(text) ?? []), [...new Set(options)].sort()]);
    }
    if (files.size > 0) modules.set(name, files);
  }
  return [...modules].map(([name, options]) => ({
    name: posix.basename(name),
    folder,
    files: [...options.keys()].sort(),
    options,
  }));
}

/**
 * What the Makefiles above ask for to go into a folder, the nearest one that asks for anything; empty when none does.
 *
 * @param folder - relative to the kernel's source root
 */
export function optionsOfFolder(folder: string, tree: MakefileTree): BuildOptions {
  for (let above = posix.dirname(folder); above !== "."; above = posix.dirname(above)) {
    const entries = objectsOf(listsOfFolder(above, tree))
      .filter(({ text }) => text.endsWith("/") && posix.join(above, text) === `${folder}/`)
      .map(({ options }) => options);
    if (entries.length === 0) continue;
    if (entries.every(({ length }) => length > 0)) return entries;
    return optionsOfFolder(above, tree);
  }
  return [];
}

function listsOfFolder(folder: string, tree: MakefileTree): Lists {
  const lists: Lists = new Map();
  for (const name of ["Kbuild", "Makefile"]) {
    const text = tree.read(posix.join(folder, name));
    if (text !== null) readLists(text, folder, tree, lists, [], 0);
  }
  return lists;
}

/** What a folder's Makefile builds: objects and folders. */
function objectsOf(lists: Lists): readonly Word[] {
  return [...lists].flatMap(([list, words]) => (list === "obj" || list === "lib" ? expand(words, lists, 0) : []));
}

/**
 * Puts the lists of a Makefile into `lists`: `foo-y`, `foo-objs` and `foo-$(X)` under `foo`, other variables under `=NAME`.
 *
 * @param outer - options that must be on for the text to be read at all
 */
function readLists(
  text: string,
  folder: string,
  tree: MakefileTree,
  lists: Lists,
  outer: readonly string[],
  depth: number,
): void {
  /** What each open branch asks for; null where that is no single option. */
  const branches: (string | null)[] = [];
  for (const line of text.replaceAll(/\\\r?\n/g, " ").split("\n")) {
    const words = line.replace(/#.*$/, "");
    if (readBranch(words, branches)) continue;
    const options = [...outer, ...branches.filter((option) => option !== null)];
    const include = /^\s*-?include\s+(\S+)/.exec(words);
    if (include !== null && depth < MAX_DEPTH) {
      const path = (include[1] ?? "")
        .replaceAll(/\$[({]srctree[)}]\//g, "")
        .replaceAll(/\$[({](?:src|obj)[)}]/g, folder);
      const inner = path.includes("$") ? null : tree.read(posix.normalize(path));
      if (inner !== null) readLists(inner, folder, tree, lists, options, depth + 1);
      continue;
    }
    const assignment = /^\s*([\w$(){}./-]+?)\s*(?::|\+|\?)?=\s*(.*)$/.exec(words);
    if (assignment === null) continue;
    const [name, value] = [assignment[1] ?? "", assignment[2] ?? ""];
    const part = /^(.+?)-(?:y|m|objs|([yn]?\$[({].*[)}]|objs-\$[({].*[)}]|y-\$[({].*[)}]))$/.exec(name);
    add(lists, `=${name}`, splitWords(value, options));
    if (part === null) continue;
    const option = optionOf(part[2] ?? "");
    add(lists, part[1] ?? "", splitWords(value, option === null ? options : [...options, option]));
  }
}

/** The option in the name of a list, `foo-$(CONFIG_X)`; null where its name holds none, or several. */
function optionOf(suffix: string): string | null {
  return /^(?:objs-|y-)?\$[({](CONFIG_\w+)[)}]$/.exec(suffix)?.[1] ?? null;
}

/** Follows `ifdef CONFIG_X`, `else` and their like; false for a line that is none. What cannot be told asks for nothing. */
function readBranch(line: string, branches: (string | null)[]): boolean {
  const directive = /^\s*(ifn?def|ifn?eq|else|endif)\b\s*(.*?)\s*$/.exec(line);
  if (directive === null) return false;
  const [, word, rest = ""] = directive;
  if (word === "endif") branches.pop();
  else if (word === "else") branches[branches.length - 1] = null;
  else if (word === "ifdef") branches.push(/^CONFIG_\w+$/.test(rest) ? rest : null);
  else if (word === "ifeq") branches.push(/^\(\$[({](CONFIG_\w+)[)}],\s*[ym]\s*\)$/.exec(rest)?.[1] ?? null);
  else if (word === "ifneq") branches.push(/^\(\$[({](CONFIG_\w+)[)}],\s*\)$/.exec(rest)?.[1] ?? null);
  else branches.push(null);
  return true;
}

function add(lists: Lists, name: string, words: readonly Word[]): void {
  const known = lists.get(name);
  if (known === undefined) lists.set(name, [...words]);
  else known.push(...words);
}

/** Words of a list; one with a `$(function arguments)` in it stays whole. */
function splitWords(value: string, options: readonly string[]): Word[] {
  const words = value.match(/(?:\$\([^()]*(?:\([^()]*\)[^()]*)*\)|[^\s$]|\$)+/g) ?? [];
  return words.map((text) => ({ text, options }));
}

function expand(words: readonly Word[], lists: Lists, depth: number): Word[] {
  if (depth > MAX_DEPTH) return [];
  return words.flatMap((word) => {
    const { text, options } = word;
    const prefix = /^\$\(addprefix\s+([^,]*),\s*(.*)\)$/.exec(text);
    if (prefix !== null) {
      const named = expand(splitWords(prefix[2] ?? "", options), lists, depth + 1);
      return named.map((one) => ({ ...one, text: `${prefix[1]?.trim()}${one.text}` }));
    }
    const variable = /^\$[({]([\w.-]+)[)}]$/.exec(text);
    if (variable !== null) {
      const name = variable[1] ?? "";
      // `$(foo-y)` is what all `foo-$(CONFIG_X)` gave.
      const list = /-(?:y|m|objs)$/.test(name) ? lists.get(name.replace(/-(?:y|m|objs)$/, "")) : undefined;
      const inner = expand(list ?? lists.get(`=${name}`) ?? [], lists, depth + 1);
      return inner.map((one) => ({ text: one.text, options: [...options, ...one.options] }));
    }
    return text.includes("$") ? [] : [word];
  });
}

/** C files of an object, which is named without `.o`; one stands several times where several lists name it. */
function filesOf(
  { text: name, options }: Word,
  folder: string,
  lists: Lists,
  tree: MakefileTree,
  depth: number,
): Word[] {
  const parts = lists.get(name);
  const source = { text: posix.normalize(posix.join(folder, `${name}.c`)), options };
  if (parts === undefined || depth > MAX_DEPTH) return tree.exists(source.text) ? [source] : [];
  return expand(parts, lists, 0).flatMap((object) => {
    if (!object.text.endsWith(".o")) return [];
    const part = { text: object.text.slice(0, -2), options: [...options, ...object.options] };
    if (part.text !== name) return filesOf(part, folder, lists, tree, depth + 1);
    return tree.exists(source.text) ? [{ ...source, options: part.options }] : [];
  });
}
