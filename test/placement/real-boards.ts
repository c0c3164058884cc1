import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { readDeviceTree } from "../../src/devicetree/read.js";
import type { DeviceTree } from "../../src/devicetree/tree.js";
import { MachineError } from "../../src/machine/error.js";
import { parseMemorySpec } from "../../src/machine/memory-spec.js";
import { type MachineOptions, readMachine } from "../../src/machine/read.js";
import { CACHE } from "../../tools/project.js";

/** Each so manieth of the real boards' trees, in the order of their names; none where they were not fetched. */
export function someBoards(every: number): readonly { readonly file: string; readonly tree: DeviceTree }[] {
  const folder = join(CACHE, "boards");
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".dtb"))
    .sort()
    .filter((_, i) => i % every === 0)
    .map((file) => ({ file, tree: readDeviceTree(new Uint8Array(readFileSync(join(folder, file)))) }));
}

/** The options, with 2 GiB on both sides of 4 GiB where the tree states no memory. */
export function withRam(options: MachineOptions): MachineOptions {
  try {
    readMachine(options);
    return options;
  } catch (error) {
    if (!(error instanceof MachineError) || error.code !== "no-memory") throw error;
    const given = parseMemorySpec("0x80000000+1G,0x100000000+1G");
    if (!given.ok) throw error;
    return { ...options, memory: given.value };
  }
}
