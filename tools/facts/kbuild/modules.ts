/**
 * Which C files make up which module, as Makefile and Kbuild files say it:
 *
 *     obj-$(CONFIG_VIDEO_HANTRO) += hantro-vpu.o         a module, of hantro-vpu.c or of the lists below
 *     hantro-vpu-y += hantro_drv.o hantro_v4l2.o         its parts
 *     hantro-vpu-$(CONFIG_X) += x.o                      also those of a configuration
 *     hantro-vpu-objs := $(common-y) sub/y.o             lists of lists, files of subfolders
 *
 * Every branch of a condition counts: a driver is read for all configurations at once.
 */
import { posix } from "node:path";
import type { SourceTree } from "../source/source-tree.js";

/** A module, or an object of the kernel itself that could be one. */
export interface KernelModule {
  /** Without `.o`, as the Makefile writes it. */
  readonly name: string;
  readonly folder: string;
  /** C files, relative to the kernel's source root, sorted. */
  readonly files: readonly string[];
}

type Lists = Map<string, string[]>;

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
  const lists: Lists = new Map();
  for (const name of ["Kbuild", "Makefile"]) {
    const text = tree.read(posix.join(folder, name));
    if (text !== null) readLists(text, folder, folder, tree, lists, 0);
  }
  const modules = new Map<string, KernelModule>();
  for (const [list, words] of lists) {
    if (list !== "obj" && list !== "lib") continue;
    for (const object of expand(words, lists, 0)) {
      if (!object.endsWith(".o")) continue;
      const name = object.slice(0, -2);
      const files = filesOf(name, folder, lists, tree, 0);
      if (files.size > 0) modules.set(name, { name: posix.basename(name), folder, files: [...files].sort() });
    }
  }
  return [...modules.values()];
}

/** Puts the lists of a Makefile into `lists`: `foo-y`, `foo-objs` and `foo-$(X)` under `foo`, other variables under `=NAME`. */
function readLists(text: string, file: string, folder: string, tree: MakefileTree, lists: Lists, depth: number): void {
  for (const line of text.replaceAll(/\\\r?\n/g, " ").split("\n")) {
    const words = line.replace(/#.*$/, "");
    const include = /^\s*-?include\s+(\S+)/.exec(words);
    if (include !== null && depth < MAX_DEPTH) {
      const path = (include[1] ?? "")
        .replaceAll(/\$[({]srctree[)}]\//g, "")
        .replaceAll(/\$[({](?:src|obj)[)}]/g, folder);
      const inner = path.includes("$") ? null : tree.read(posix.normalize(path));
      if (inner !== null) readLists(inner, path, folder, tree, lists, depth + 1);
      continue;
    }
    const assignment = /^\s*([\w$(){}./-]+?)\s*(?::|\+|\?)?=\s*(.*)$/.exec(words);
    if (assignment === null) continue;
    const [name, value] = [assignment[1] ?? "", assignment[2] ?? ""];
    const part = /^(.+?)-(?:y|m|objs|[yn]?\$[({].*[)}]|objs-\$[({].*[)}]|y-\$[({].*[)}])$/.exec(name);
    add(lists, `=${name}`, splitWords(value));
    if (part !== null) add(lists, part[1] ?? "", splitWords(value));
  }
}

function add(lists: Lists, name: string, words: readonly string[]): void {
  const known = lists.get(name);
  if (known === undefined) lists.set(name, [...words]);
  else known.push(...words);
}

/** Words of a list; one with a `$(function arguments)` in it stays whole. */
function splitWords(value: string): string[] {
  return value.match(/(?:\$\([^()]*(?:\([^()]*\)[^()]*)*\)|[^\s$]|\$)+/g) ?? [];
}

function expand(words: readonly string[], lists: Lists, depth: number): string[] {
  if (depth > MAX_DEPTH) return [];
  return words.flatMap((word) => {
    const prefix = /^\$\(addprefix\s+([^,]*),\s*(.*)\)$/.exec(word);
    if (prefix !== null) {
      return expand(splitWords(prefix[2] ?? ""), lists, depth + 1).map((one) => `${prefix[1]?.trim()}${one}`);
    }
    const variable = /^\$[({]([\w.-]+)[)}]$/.exec(word);
    if (variable !== null) {
      const name = variable[1] ?? "";
      // `$(foo-y)` is what all `foo-$(CONFIG_X)` gave.
      const list = /-(?:y|m|objs)$/.test(name) ? lists.get(name.replace(/-(?:y|m|objs)$/, "")) : undefined;
      return expand(list ?? lists.get(`=${name}`) ?? [], lists, depth + 1);
    }
    return word.includes("$") ? [] : [word];
  });
}

function filesOf(name: string, folder: string, lists: Lists, tree: MakefileTree, depth: number): Set<string> {
  const files = new Set<string>();
  const parts = lists.get(name);
  const source = posix.normalize(posix.join(folder, `${name}.c`));
  if (parts === undefined || depth > MAX_DEPTH) {
    if (tree.exists(source)) files.add(source);
    return files;
  }
  for (const object of expand(parts, lists, 0)) {
    if (!object.endsWith(".o")) continue;
    const part = object.slice(0, -2);
    const inner = part === name ? new Set([source]) : filesOf(part, folder, lists, tree, depth + 1);
    for (const file of inner) if (tree.exists(file)) files.add(file);
  }
  return files;
}
