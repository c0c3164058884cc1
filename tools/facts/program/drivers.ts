/** Drivers that bind device tree nodes: which table, which probe, which compatibles with which data. */
import type { Expression, ListEntry } from "../c/ir.js";
import type { CFunction, CVariable } from "../c/outline.js";
import { expandMacro } from "./expand.js";
import type { Definition, KernelSource } from "./kernel-source.js";

/** One line of a match table. `data` is null where the entry has none. */
export interface MatchEntry {
  readonly compatible: string;
  readonly data: Expression | null;
  /** Of the entry in the table. */
  readonly line: number;
}

/** A driver and what it matches. */
export interface Driver {
  /** The variable with `.probe`; its type names the bus: `platform_driver`. */
  readonly variable: CVariable;
  readonly table: CVariable;
  readonly probe: CFunction;
  readonly entries: readonly MatchEntry[];
}

/** What is wrong with a table: named, never silent. */
export type DriverFault = { readonly file: string; readonly line: number; readonly text: string };

/** Types of variables that hold a probe and a match table. I2C, SPI, MDIO and the like have no way to memory of their own. */
const BUSES = new Set([
  "platform_driver",
  "amba_driver",
  "host1x_driver",
  "of_platform_driver",
  "ssb_driver",
  "rproc_driver",
  "pci_driver",
]);

/** What a device on PCI is called in a tree, by the PCI bus binding to IEEE 1275. */
const PCI_NAME = /^pci[0-9a-f]{1,4},[0-9a-f]{1,4}/;

/** Drivers whose match table or probe stands in a file. */
export function driversOf(source: KernelSource, file: string): { drivers: Driver[]; faults: DriverFault[] } {
  const drivers: Driver[] = [];
  const faults: DriverFault[] = [];
  const outline = source.outline(file);
  for (const variable of outline?.variables.values() ?? []) {
    if (!BUSES.has(variable.type) || variable.isArray) continue;
    const initialiser = source.initialiser(variable);
    if (initialiser.kind !== "list") continue;
    const fields = flatten(source, initialiser.entries, file);
    const isPci = variable.type === "pci_driver";
    const tableName = isPci ? pciNames(source, file) : nameIn(fields.get("driver.of_match_table"));
    if (tableName === null) continue;
    const say = (text: string): void => void faults.push({ file, line: variable.line, text });
    const table = source.define(tableName, file);
    if (table?.kind !== "variable") {
      say(`${variable.name}: the match table ${tableName} is not found`);
      continue;
    }
    const probeName = nameIn(fields.get("probe")) ?? probeElsewhere(source, variable);
    const probe = probeName === null ? null : source.define(probeName, file);
    if (probe?.kind !== "function") {
      say(`${variable.name}: ${probeName === null ? "no probe" : `the probe ${probeName} is not found`}`);
      continue;
    }
    const { entries, unread } = matchEntries(source, table);
    if (unread > 0) say(`${tableName}: ${unread} entries are no compatible that could be read`);
    drivers.push({ variable, table, probe, entries });
  }
  return { drivers, faults };
}

/** The table with which a driver of PCI devices looks their nodes up: it binds by id, and the nodes are named by vendor and device. */
function pciNames(source: KernelSource, file: string): string | null {
  for (const table of source.outline(file)?.variables.values() ?? []) {
    if (table.type !== "of_device_id") continue;
    const { entries } = matchEntries(source, table);
    if (entries.length > 0 && entries.every(({ compatible }) => PCI_NAME.test(compatible))) return table.name;
  }
  return null;
}

/** Fields of an initialiser by their path with dots, those of lists inside too, and of macros that expand to designators. */
export function flatten(
  source: KernelSource,
  entries: readonly ListEntry[],
  file: string,
  before = "",
  fields: Map<string, Expression> = new Map(),
): Map<string, Expression> {
  for (const { path, value } of entries) {
    if (path.length === 0 && value.kind === "call" && value.callee.kind === "name") {
      const expanded = expandCall(source, value.callee.name, value.texts, file, value.at);
      if (expanded?.kind === "list") flatten(source, expanded.entries, file, before, fields);
      continue;
    }
    const name = [...(before === "" ? [] : [before]), ...path.filter((part) => typeof part === "string")].join(".");
    fields.set(name, value);
    if (value.kind === "list") flatten(source, value.entries, file, name, fields);
  }
  return fields;
}

/** What the use of a function-like macro becomes; null where the name is no macro. */
export function expandCall(
  source: KernelSource,
  name: string,
  texts: readonly string[],
  file: string,
  at: number,
): Expression | null {
  const macro = source.macro(name, file);
  if (macro === null || macro.parameters === null) return null;
  return source.expression(expandMacro(macro, texts), at);
}

/** The definition that match data points to; null where it is a number or nothing. */
export function matchDefinition(source: KernelSource, table: CVariable, { data }: MatchEntry): Definition | null {
  const name = nameIn(data ?? undefined);
  return name === null ? null : source.define(name, table.file);
}

/** The one name in `foo`, `&foo`, `foo[0]`, `of_match_ptr(foo)`. */
export function nameIn(value: Expression | undefined): string | null {
  switch (value?.kind) {
    case "name":
      return value.name;
    case "unary":
      return nameIn(value.operand);
    case "cast":
      return nameIn(value.value);
    case "index":
      return nameIn(value.object);
    case "call":
      return value.arguments.length === 1 ? nameIn(value.arguments[0]) : null;
    default:
      return null;
  }
}

/** `module_platform_driver_probe(driver, probe)`, or a function of the file that hands both over. */
function probeElsewhere(source: KernelSource, variable: CVariable): string | null {
  const outline = source.outline(variable.file);
  for (const { name, words } of outline?.invocations ?? []) {
    if (/^(module|builtin)_platform_driver_probe$/.test(name) && words[0] === variable.name) return words[2] ?? null;
  }
  for (const fn of outline?.functions.values() ?? []) {
    if (!fn.names.has("platform_driver_probe") || !fn.names.has(variable.name)) continue;
    const names = [...fn.names].filter((name) => name.includes("probe") && name !== "platform_driver_probe");
    if (names.length === 1) return names[0] ?? null;
  }
  return null;
}

/** The entries of a table; the empty one at its end is none. */
export function matchEntries(source: KernelSource, table: CVariable): { entries: MatchEntry[]; unread: number } {
  const entries: MatchEntry[] = [];
  let unread = 0;
  const value = source.initialiser(table);
  const read = (list: readonly ListEntry[]): void => {
    for (const entry of list) {
      let { value: item } = entry;
      if (item.kind === "call" && item.callee.kind === "name") {
        item = expandCall(source, item.callee.name, item.texts, table.file, item.at) ?? item;
      } else if (item.kind === "name" && source.macro(item.name, table.file)?.body.startsWith("{") === true) {
        item = source.expression(source.macro(item.name, table.file)?.body ?? "", item.at) ?? item;
      }
      if (item.kind === "name" || (item.kind === "list" && item.entries.length === 0)) continue;
      if (item.kind !== "list") {
        unread += 1;
        continue;
      }
      // A macro with several entries in it comes out as a list of lists.
      if (item.entries.every((inner) => inner.value.kind === "list" && inner.path.length === 0)) {
        read(item.entries);
        continue;
      }
      const fields = flatten(source, item.entries, table.file);
      const name = textOf(source, fields.get("compatible"), table.file);
      const named = item.entries.find(({ path }) => path[0] === "compatible");
      const line = source.lineAt(table.file, named === undefined || entry.value !== item ? entry.at : named.at);
      if (name !== null) entries.push({ compatible: name, data: fields.get("data") ?? null, line });
      else if (fields.size > 0 && !fields.has("type") && !fields.has("name")) {
        const only = [...fields.values()][0];
        if (fields.size > 1 || only === undefined || only.kind !== "number") unread += 1;
      }
    }
  };
  if (value.kind === "list") read(value.entries);
  else unread += 1;
  return { entries, unread };
}

/** A string, as it stands, behind macros, or in a constant of the driver; null where it is none or only partly known. */
export function textOf(source: KernelSource, value: Expression | undefined, file: string): string | null {
  let text = value ?? null;
  // A macro may lead to another, and to itself.
  for (let step = 0; step < 4 && text?.kind === "name"; step += 1) {
    const body = source.macro(text.name, file)?.body;
    const constant = body === undefined ? source.define(text.name, file) : null;
    text =
      body !== undefined
        ? source.expression(body, 0)
        : constant?.kind === "variable"
          ? source.initialiser(constant)
          : null;
  }
  return text?.kind !== "string" || text.text.includes("${") ? null : text.text;
}
