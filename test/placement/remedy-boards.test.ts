/** Remedies on real boards: the change is made to the tree or the command line, the board is read anew, and has to place the buffer as promised. */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { applyOverlay } from "../../src/devicetree/overlay.js";
import { readDeviceTree } from "../../src/devicetree/read.js";
import type { DeviceTree } from "../../src/devicetree/tree.js";
import { loadFacts } from "../../src/facts/load.js";
import { MachineError } from "../../src/machine/error.js";
import type { Device, Machine } from "../../src/machine/machine.js";
import { parseMemorySpec } from "../../src/machine/memory-spec.js";
import { EMBEDDED_6_12 } from "../../src/machine/profiles.js";
import { readMachine } from "../../src/machine/read.js";
import { type Placement, placeBuffer } from "../../src/placement/place.js";
import { type Remedy, remediesFor } from "../../src/placement/remedy.js";
import { CACHE, requiredParts } from "../../tools/project.js";

const MIB = 2 ** 20;
const EVERY = 25;
const hasCompiler = spawnSync("dtc", ["--version"]).status === 0;
const facts = await loadFacts();

const boards = join(CACHE, "boards");
const files = existsSync(boards)
  ? readdirSync(boards, { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".dtb"))
      .sort()
      .filter((_, i) => i % EVERY === 0)
  : [];
const absent = files.length === 0 && !requiredParts().has("boards");

/** Reads a board with the memory its tree states, or with 2 GiB on both sides of 4 GiB where it states none. */
function read(tree: DeviceTree, cmdline: string | null): Machine {
  const about = { tree, facts, profile: EMBEDDED_6_12, ...(cmdline === null ? {} : { cmdline }) };
  try {
    return readMachine(about);
  } catch (error) {
    if (!(error instanceof MachineError) || error.code !== "no-memory") throw error;
    const given = parseMemorySpec("0x80000000+1G,0x100000000+1G");
    if (!given.ok) throw error;
    return readMachine({ ...about, memory: given.value });
  }
}

function ask(machine: Machine, devices: readonly Device[], size: number): Placement {
  const participants = devices.map(({ path }) => ({
    device: machine.devices.find((d) => d.path === path)!,
    queue: null,
    access: "read-write" as const,
  }));
  return placeBuffer(machine, { participants, size, image: null, count: 2, cpu: "rare" });
}

/** The board after the change; null for a change of another kind, or one that needs a compiler that is not there. */
function changedBoard(tree: DeviceTree, machine: Machine, { commandLine, overlay }: Remedy): Machine | null {
  if (commandLine !== null) return read(tree, `${machine.commandLine} ${commandLine}`.trim());
  if (overlay === null || !hasCompiler) return null;
  const { stdout } = spawnSync("dtc", ["-@", "-q", "-I", "dts", "-O", "dtb", "-"], { input: overlay });
  return read(applyOverlay(tree, readDeviceTree(stdout)), null);
}

describe.skipIf(absent)("remedies on real boards (skipped without board trees: npm run boards)", () => {
  it("bring the buffer where they say, on the board read anew", () => {
    const broken: string[] = [];
    let tried = 0;
    for (const file of files) {
      const tree = readDeviceTree(new Uint8Array(readFileSync(join(boards, file))));
      const machine = read(tree, null);
      const devices = machine.devices.filter((d) => d.queues.length > 0).slice(0, 6);
      const groups = [...devices.map((d) => [d]), ...devices.slice(1).map((d, i) => [devices[i]!, d])];
      for (const group of groups) {
        for (const size of [24 * MIB, 150 * MIB]) {
          const refusal = ask(machine, group, size);
          if (refusal.chosen !== null) continue;
          for (const remedy of remediesFor(machine, refusal)) {
            const changed = changedBoard(tree, machine, remedy);
            if (changed === null) continue;
            tried++;
            const heap = ask(changed, group, size).chosen?.source.id;
            if (heap !== remedy.heap) {
              broken.push(`${file}, ${group.map((d) => d.path)}, ${size}: ${remedy.text}: ${heap}, not ${remedy.heap}`);
            }
          }
        }
      }
    }
    expect(broken).toEqual([]);
    expect(tried).toBeGreaterThan(100);
  }, 120_000);
});
