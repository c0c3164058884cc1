import { DeviceTreeError } from "../devicetree/error.js";
import { readDeviceTree } from "../devicetree/read.js";
import type { DeviceTree } from "../devicetree/tree.js";
import { loadFacts } from "../facts/load.js";
import type { FactBase } from "../facts/lookup.js";
import { sourcesOf } from "../heaps/source.js";
import { MachineError } from "../machine/error.js";
import type { Machine } from "../machine/machine.js";
import type { MemorySpec } from "../machine/memory-spec.js";
import type { KernelProfile } from "../machine/profile.js";
import { readMachine } from "../machine/read.js";
import { type MachineSource, machineFromSource } from "../machine/source.js";
import { CommandFailure } from "./failure.js";
import { readCollection, readFileAt } from "./open.js";

/** What `coalloc survey --json` prints for one tree, or one tarball of a collector: `coalloc/survey/1`. */
export type SurveyLine =
  | {
      readonly schema: "coalloc/survey/1";
      readonly file: string;
      readonly ok: true;
      /** Nodes with a `compatible`, and on a machine that runs devices without a node. */
      readonly devices: number;
      /** DMA-capable devices that are enabled. */
      readonly dmaDevices: number;
      /** Memory sources, `coalloc heaps` lists them. */
      readonly heaps: number;
    }
  | {
      readonly schema: "coalloc/survey/1";
      readonly file: string;
      readonly ok: false;
      readonly error: { readonly code: string; readonly text: string };
    };

/** The last line of a survey. */
export interface SurveySummary {
  readonly schema: "coalloc/survey/1";
  readonly summary: {
    readonly files: number;
    readonly ok: number;
    readonly failed: number;
    /** Trees that stated no memory and got what the command line gives. */
    readonly memoryFilledIn: number;
    readonly devices: number;
    readonly dmaDevices: number;
    readonly heaps: number;
    /** How often each error was seen, by code, sorted. */
    readonly errors: Readonly<Record<string, number>>;
  };
}

/** How the machines of a survey are built. */
export interface SurveyOptions {
  /** The kernel on boards of which only the tree is known. */
  readonly profile: KernelProfile;
  /** The kernel on machines that a collector has looked at; null: the one it saw. */
  readonly stated: KernelProfile | null;
  /** RAM for trees that state none. */
  readonly memory: MemorySpec | null;
}

/** A machine with the number of its devices. */
interface Counted {
  readonly machine: Machine;
  readonly devices: number;
}

/**
 * Reads trees and tarballs one after the other and counts what is in them; none is kept. One that cannot be read is a line, never
 * an end.
 */
export class Survey {
  readonly #options: SurveyOptions;
  readonly #facts: FactBase;
  readonly #errors = new Map<string, number>();
  #files = 0;
  #ok = 0;
  #filledIn = 0;
  #devices = 0;
  #dmaDevices = 0;
  #heaps = 0;

  private constructor(options: SurveyOptions, facts: FactBase) {
    this.#options = options;
    this.#facts = facts;
  }

  /** A survey that has seen nothing yet. */
  static async start(options: SurveyOptions): Promise<Survey> {
    return new Survey(options, await loadFacts());
  }

  /** Reads one tree or tarball. */
  async see(file: string): Promise<SurveyLine> {
    this.#files += 1;
    try {
      const bytes = readFileAt(file);
      const collection = await readCollection(file, bytes);
      const { machine, devices } =
        collection === null ? this.#board(readDeviceTree(bytes)) : await this.#running(collection);
      const dmaDevices = machine.devices.filter((device) => device.enabled).length;
      const heaps = sourcesOf(machine).length;
      this.#ok += 1;
      this.#devices += devices;
      this.#dmaDevices += dmaDevices;
      this.#heaps += heaps;
      return { schema: "coalloc/survey/1", file, ok: true, devices, dmaDevices, heaps };
    } catch (error) {
      const code = errorCode(error);
      if (code === null || !(error instanceof Error)) throw error;
      this.#errors.set(code, (this.#errors.get(code) ?? 0) + 1);
      return { schema: "coalloc/survey/1", file, ok: false, error: { code, text: error.message } };
    }
  }

  /** What was seen so far. */
  get summary(): SurveySummary {
    const errors = Object.fromEntries([...this.#errors].sort(([a], [b]) => (a < b ? -1 : 1)));
    return {
      schema: "coalloc/survey/1",
      summary: {
        files: this.#files,
        ok: this.#ok,
        failed: this.#files - this.#ok,
        memoryFilledIn: this.#filledIn,
        devices: this.#devices,
        dmaDevices: this.#dmaDevices,
        heaps: this.#heaps,
        errors,
      },
    };
  }

  #board(tree: DeviceTree): Counted {
    return { machine: this.#machineOf(tree), devices: countDevices(tree) };
  }

  async #running(source: MachineSource): Promise<Counted> {
    let inTree = 0;
    const { stated } = this.#options;
    const machine = await machineFromSource(source, {
      facts: this.#facts,
      profile: stated,
      overlaid: (tree) => {
        inTree = countDevices(tree);
        return tree;
      },
    });
    return { machine, devices: inTree + machine.devices.filter(({ path }) => !path.startsWith("/")).length };
  }

  #machineOf(tree: DeviceTree): Machine {
    const { profile, memory } = this.#options;
    const facts = this.#facts;
    try {
      return readMachine({ tree, facts, profile });
    } catch (error) {
      if (memory === null || !(error instanceof MachineError) || error.code !== "no-memory") throw error;
    }
    const machine = readMachine({ tree, facts, profile, memory });
    this.#filledIn += 1;
    return machine;
  }
}

function countDevices(tree: DeviceTree): number {
  let devices = 0;
  for (const node of tree.nodes()) if (node !== tree.root && node.has("compatible")) devices += 1;
  return devices;
}

/** The code of an error that belongs to one input; null for faults of the program. */
function errorCode(error: unknown): string | null {
  if (error instanceof DeviceTreeError || error instanceof MachineError) return error.code;
  return error instanceof CommandFailure ? "unreadable" : null;
}
