/**
 * Drivers of the platform devices that a driver makes by name: a glue driver leaves the work to them, and nothing in the program leads there but the name
 * (Linux 6.12 drivers/base/platform.c platform_match()).
 */
import { callsIn } from "../c/calls-in.js";
import type { CFunction } from "../c/outline.js";
import { flatten, nameIn, textOf } from "./drivers.js";
import type { Definition, KernelSource } from "./kernel-source.js";
import { foldersOf, subsystemOf } from "./subsystem.js";

/** A driver that binds by the name of its device. */
export interface NamedDriver {
  readonly name: string;
  readonly probe: CFunction;
}

/** Which argument is the name. */
const CREATES: ReadonlyMap<string, number> = new Map([
  ["platform_device_alloc", 0],
  ["platform_device_register_simple", 0],
  ["platform_device_register_data", 1],
  ["platform_device_register_resndata", 1],
]);

/** Those of devices that code makes; of its own subsystem only, as calls are followed. */
export function createdDrivers(source: KernelSource, code: readonly Definition[]): NamedDriver[] {
  const found = new Map<string, NamedDriver>();
  for (const node of code) {
    if (node.kind !== "function" || ![...CREATES.keys()].some((name) => node.calls.has(name))) continue;
    const subsystem = subsystemOf(node.file);
    if (subsystem === null) continue;
    for (const { callee, arguments: values } of callsIn(source.body(node).statements, CREATES)) {
      const name = textOf(source, values[CREATES.get(nameIn(callee) ?? "") ?? -1], node.file);
      if (name === null || found.has(name)) continue;
      const driver = driverNamed(source, subsystem, name);
      if (driver !== null) found.set(name, driver);
    }
  }
  return [...found.values()];
}

function driverNamed(source: KernelSource, subsystem: string, name: string): NamedDriver | null {
  for (const file of foldersOf(subsystem).flatMap((folder) => source.tree.filesBelow(folder))) {
    if (!file.endsWith(".c") || source.tree.read(file)?.includes(`"${name}"`) !== true) continue;
    for (const variable of source.outline(file)?.variables.values() ?? []) {
      if (variable.type !== "platform_driver" || variable.isArray) continue;
      const initialiser = source.initialiser(variable);
      if (initialiser.kind !== "list") continue;
      const fields = flatten(source, initialiser.entries, file);
      if (textOf(source, fields.get("driver.name"), file) !== name) continue;
      const probe = source.define(nameIn(fields.get("probe")) ?? "", file);
      if (probe?.kind === "function") return { name, probe };
    }
  }
  return null;
}
