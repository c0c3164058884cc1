/** Which options of its configuration a kernel must have for the file of a driver to be built. */
import { posix } from "node:path";
import { type BuildOptions, isOfKernel } from "../../../src/facts/driver-options.js";
import type { DeviceFact } from "../../../src/facts/fact.js";
import { type MakefileTree, modulesOfFolder, optionsOfFolder } from "./modules.js";

/**
 * What must be on for a C file to be built: what its module asks for with the file's own part of it, and where that is nothing, what the folders above ask for.
 * What the options themselves depend on is left to Kconfig.
 *
 * @param file - relative to the kernel's source root
 * @param modules - modules the file is known in, without `.ko`; where none of them has it, every module that does counts
 * @returns sorted, none that another one is a part of; empty where nothing is asked for; null where no Makefile names the file
 */
export function optionsOfFile(file: string, modules: readonly string[], tree: MakefileTree): BuildOptions | null {
  const names = new Set(modules.map(moduleName));
  for (let folder = posix.dirname(file); folder !== "."; folder = posix.dirname(folder)) {
    const holding = modulesOfFolder(folder, tree).filter(({ files }) => files.includes(file));
    if (holding.length === 0) continue;
    const named = holding.filter(({ name }) => names.has(moduleName(name)));
    const options = (named.length > 0 ? named : holding).flatMap((module) => module.options.get(file) ?? []);
    return simplest(options.every(({ length }) => length > 0) ? options : optionsOfFolder(folder, tree));
  }
  return null;
}

/** A module's name as the kernel spells it once it is loaded. */
function moduleName(name: string): string {
  return name.replaceAll("-", "_");
}

/** The choices without those that hold all of another one. */
function simplest(choices: BuildOptions): BuildOptions {
  const distinct = [...new Map(choices.map((choice) => [choice.join(" "), choice])).entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, choice]) => choice);
  return distinct.filter(
    (choice) => !distinct.some((other) => other !== choice && other.every((option) => choice.includes(option))),
  );
}

/** What the drivers of facts are built by. */
export interface DriverOptions {
  /** By file; those that ask for nothing are left out. */
  readonly options: ReadonlyMap<string, BuildOptions>;
  /** How many files were looked for. */
  readonly files: number;
  /** Those that no Makefile names, sorted. */
  readonly unread: readonly string[];
}

/** Looks up the file of every driver of Linux 6.12 that a fact names. */
export function driverOptions(facts: readonly Pick<DeviceFact, "driver">[], tree: MakefileTree): DriverOptions {
  const modules = new Map<string, Set<string>>();
  for (const { driver } of facts) {
    if (!isOfKernel(driver)) continue;
    const known = modules.get(driver.file);
    if (known === undefined) modules.set(driver.file, new Set([driver.module]));
    else known.add(driver.module);
  }
  const options = new Map<string, BuildOptions>();
  const unread: string[] = [];
  for (const [file, names] of [...modules].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const found = optionsOfFile(file, [...names], tree);
    if (found === null) unread.push(file);
    else if (found.length > 0) options.set(file, found);
  }
  return { options, files: modules.size, unread };
}
