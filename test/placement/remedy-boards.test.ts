/** Remedies on real boards: the change is made to the tree or the command line, the board is read anew, and has to place the buffer as promised. */
import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { applyOverlay } from "../../src/devicetree/overlay.js";
import { readDeviceTree } from "../../src/devicetree/read.js";
import type { DeviceTree } from "../../src/devicetree/tree.js";
import { loadFacts } from "../../src/facts/load.js";
import type { Device, Machine } from "../../src/machine/machine.js";
import { EMBEDDED_6_12 } from "../../src/machine/profiles.js";
import { readMachine } from "../../src/machine/read.js";
import { type Placement, placeBuffer } from "../../src/placement/place.js";
import { type Remedy, remediesFor } from "../../src/placement/remedy.js";
import { requiredParts } from "../../tools/project.js";
import { someBoards, withRam } from "./real-boards.js";

const MIB = 2 ** 20;
const EVERY = 25;
const hasCompiler = spawnSync("dtc", ["--version"]).status === 0;
const facts = await loadFacts();

const boards = someBoards(EVERY);
const absent = boards.length === 0 && !requiredParts().has("boards");

function read(tree: DeviceTree, cmdline: string | null): Machine {
  return readMachine(withRam({ tree, facts, profile: EMBEDDED_6_12, cmdline }));
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
    for (const { file, tree } of boards) {
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
