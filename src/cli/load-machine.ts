import { DeviceTreeError } from "../devicetree/error.js";
import type { DeviceTree } from "../devicetree/tree.js";
import { loadFacts } from "../facts/load.js";
import type { FactBase } from "../facts/lookup.js";
import { MachineError } from "../machine/error.js";
import type { Machine } from "../machine/machine.js";
import type { MemorySpec } from "../machine/memory-spec.js";
import type { KernelProfile } from "../machine/profile.js";
import { applyConfig, withPageSize } from "../machine/profiles.js";
import { readMachine } from "../machine/read.js";
import { type MachineSource, machineFromSource } from "../machine/source.js";
import { closeNames } from "../units/close-names.js";
import { quoted } from "../units/quote.js";
import { describeFieldRefusal } from "../units/yaml-fields.js";
import { badInput, orList, wrongUse } from "./failure.js";
import type { MachineOptions } from "./machine-options.js";
import { applyOverlays, openInput, readFileAt } from "./open.js";
import { printable } from "./render/wrap.js";
import type { Stopwatch } from "./stopwatch.js";
import type { Terminal } from "./terminal.js";

/**
 * Makes the machine a command line names: opens the tree, applies overlays, lays the configuration over the profile and the user's facts over
 * the database. Facts that no device of the board takes are named on standard error: a name may be misspelt.
 *
 * @throws CommandFailure when something cannot be read, or no memory is stated
 */
export async function loadMachine(
  name: string,
  options: MachineOptions,
  watch: Stopwatch,
  terminal: Terminal,
): Promise<Machine> {
  const facts = loadFacts();
  // The facts load while the file is read; should reading fail, nobody waits for them.
  facts.catch(() => {});
  const input = await openInput(name);
  if (input.kind === "machine-json") {
    const [option] = options.building;
    if (option !== undefined) {
      throw wrongUse(
        `${name} is a machine as saved: --${option} counts only where one is built from a tree; leave it out`,
      );
    }
    const machine = await parseSavedMachine(name, input.text);
    watch.lap("machine");
    return machine;
  }
  let machine: Machine;
  let base: FactBase;
  if (input.kind === "running") {
    watch.lap("files");
    base = await withOverrides(await facts, options.factsFile);
    watch.lap("facts");
    machine = await buildRunning(name, input.source, base, options);
  } else {
    const tree = applyOverlays(input.tree, options.overlays);
    watch.lap("tree");
    const profile = kernelProfile(options);
    base = await withOverrides(await facts, options.factsFile);
    watch.lap("facts");
    machine = buildMachine(tree, base, profile, options.memory, options.cmdline);
  }
  watch.lap("machine");
  for (const line of unusedFacts(base, machine)) terminal.err(`coalloc: facts file ${options.factsFile}: ${line}\n`);
  return machine;
}

/** A sentence for each entry of the user's facts that is about no device of the board. */
export function unusedFacts({ overrides }: FactBase, machine: Machine): readonly string[] {
  if (overrides.length === 0) return [];
  const paths = machine.devices.map((device) => device.path);
  const compatibles = machine.devices.flatMap((device) => device.compatible);
  return overrides.flatMap(({ match }) => {
    const [wanted, known] = "node" in match ? [match.node, paths] : [match.compatible, compatibles];
    if (known.includes(wanted)) return [];
    const close = closeNames(wanted, known, 3);
    const near = close.length === 0 ? "" : `; did you mean ${orList(close)}?`;
    return [printable(`no device of this board that does DMA is ${wanted}, so its entry changes nothing${near}`)];
  });
}

/** Builds a machine; that there is no memory becomes a sentence. */
export function buildMachine(
  tree: DeviceTree,
  facts: FactBase,
  profile: KernelProfile,
  memory: MemorySpec | null,
  cmdline: string | null,
): Machine {
  try {
    return readMachine({ tree, facts, profile, memory, cmdline });
  } catch (error) {
    if (error instanceof MachineError) throw badInput(error.message);
    throw error;
  }
}

/** The kernel that options state for a machine that runs; null: the one that does. */
export function statedProfile(options: MachineOptions): KernelProfile | null {
  const stating = ["kernel-profile", "kernel-config", "page-size"];
  return options.building.some((option) => stating.includes(option)) ? kernelProfile(options) : null;
}

/** Builds the machine that runs, or that a collector looked at. */
export async function buildRunning(
  name: string,
  source: MachineSource,
  facts: FactBase,
  options: MachineOptions,
): Promise<Machine> {
  let hasTree = false;
  try {
    const machine = await machineFromSource(source, {
      facts,
      profile: statedProfile(options),
      memory: options.memory,
      cmdline: options.cmdline,
      overlaid: (tree) => {
        hasTree = true;
        return applyOverlays(tree, options.overlays);
      },
    });
    if (options.overlays.length > 0 && !hasTree) {
      throw wrongUse(`${name} has no device tree that --overlay could change; leave the option out`);
    }
    return machine;
  } catch (error) {
    if (error instanceof MachineError || error instanceof DeviceTreeError) throw badInput(`${name}: ${error.message}`);
    throw error;
  }
}

/** The profile with the configuration file over it, and the page size over both. */
export function kernelProfile(options: Pick<MachineOptions, "profile" | "configFile" | "pageSize">): KernelProfile {
  let profile = options.profile;
  if (options.configFile !== null) {
    const text = new TextDecoder().decode(readFileAt(options.configFile));
    if (!/^(# )?CONFIG_\w+/m.test(text)) {
      throw badInput(`${options.configFile} holds no line such as CONFIG_CMA=y; it is no kernel configuration`);
    }
    profile = applyConfig(profile, text);
  }
  return options.pageSize === null ? profile : withPageSize(profile, options.pageSize);
}

/** The database with the user's file over it. */
export async function withOverrides(base: FactBase, file: string | null): Promise<FactBase> {
  if (file === null) return base;
  const text = new TextDecoder().decode(readFileAt(file));
  const { parseOverrides } = await import("../facts/override.js");
  const overrides = parseOverrides(text);
  if (!overrides.ok) {
    const { refusal } = overrides;
    const words = 'a facts file starts with "schema": "coalloc/facts-override/1"';
    const why = describeFieldRefusal(refusal);
    throw badInput(printable(`facts file ${file}, ${refusal.path === "schema" ? `${why}; ${words}` : why}`));
  }
  return base.withOverrides(overrides.value);
}

async function parseSavedMachine(name: string, text: string): Promise<Machine> {
  const { parseMachine } = await import("../machine/json.js");
  const machine = parseMachine(text);
  if (!machine.ok) {
    const other = otherDocument(machine.refusal, text);
    const words = "coalloc machine BOARD --json prints coalloc/machine/1";
    throw badInput(`${name} is no machine: ${other === null ? machine.refusal.text : `${other}; ${words}`}`);
  }
  return machine.value;
}

/** What a JSON text is that has the wrong `schema`; null where something else is wrong with it. */
function otherDocument({ path }: { readonly path: string }, text: string): string | null {
  if (path !== "schema") return null;
  const document: unknown = JSON.parse(text);
  const stated =
    typeof document === "object" && document !== null && "schema" in document ? document.schema : undefined;
  return typeof stated === "string" ? `its schema is ${quoted(stated)}` : "it states no schema";
}
