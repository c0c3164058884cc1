import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { reachOf, translationFor } from "../../../src/addressing/reach.js";
import { readDeviceTree } from "../../../src/devicetree/read.js";
import { loadFacts } from "../../../src/facts/load.js";
import { MachineError } from "../../../src/machine/error.js";
import type { Machine } from "../../../src/machine/machine.js";
import { parseMemorySpec } from "../../../src/machine/memory-spec.js";
import { EMBEDDED_6_12 } from "../../../src/machine/profiles.js";
import { readMachine } from "../../../src/machine/read.js";
import { makeMappingSystem } from "../../../src/simulate/mapping/mapping-system.js";
import { DmaSegments, scatterList } from "../../../src/simulate/scatter-list.js";
import { containsRange, endOf } from "../../../src/units/ranges.js";
import { CACHE, requiredParts } from "../../../tools/project.js";
import { questions } from "../../random-board.js";

/**
 * Maps pages at the ends and in the middle of every bank for every device, and compares with what placement takes for its reach: a page within it
 * is met where it is, one outside is refused, or bounces.
 *
 * @returns pages that were compared
 */
function compare(machine: Machine, name: string): number {
  const system = makeMappingSystem(machine, { bytes: false });
  const { api, table } = system;
  let compared = 0;
  for (const device of machine.devices) {
    const mapped = table.deviceFor(device);
    if (translationFor(device, { asIfEnabled: true }) === "cpu" || mapped.bouncePool?.force === true) continue;
    const reach = reachOf(machine, device, "streaming", { asIfEnabled: true });
    for (const bank of machine.banks) {
      const middle = bank.base + Math.floor(bank.size / 8192) * 4096;
      for (const page of new Set([
        Math.ceil(bank.base / 4096) * 4096,
        middle,
        Math.floor(endOf(bank) / 4096 - 1) * 4096,
      ])) {
        const inReach = containsRange(reach, { base: page, size: 4096 });
        // A page that is cut in two by the edge of a window is neither.
        if (!inReach && reach.some((range) => range.base < page + 4096 && endOf(range) > page)) continue;
        const memory = scatterList([{ base: page, size: 4096 }]);
        const out = new DmaSegments();
        const result = api.mapSg(mapped, memory, "bidirectional", {}, out);
        const met = result < 0 ? null : (api.translate(mapped, out.address[0]!, "read")?.physAddr ?? null);
        const what = `${name} ${device.path} at 0x${page.toString(16)}`;
        if (inReach) expect(met, what).toBe(page);
        // Where the driver maps for itself, the engine meets the original while a copy is kept for the DMA API.
        else if (device.translation !== "driver-domain" && device.translationIfEnabled !== "driver-domain") {
          expect(met, what).not.toBe(page);
        }
        if (result >= 0) api.unmapSg(mapped, memory, out, "bidirectional");
        compared += 1;
      }
    }
  }
  table.audit();
  expect(api.checks?.findings).toEqual([]);
  expect(system.bouncePool?.stats().used ?? 0).toBe(0);
  return compared;
}

describe("mappings", () => {
  it("reach what placement says a device reaches, on random boards", () => {
    fc.assert(
      fc.property(questions, ({ machine }) => {
        compare(machine, "random board");
      }),
      { numRuns: 60 },
    );
  });
});

const folder = join(CACHE, "boards", "arm64");
const files = existsSync(folder)
  ? readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".dtb"))
      .sort()
  : [];
const absent = files.length === 0 && !requiredParts().has("boards");
const title = "mappings of boards";

describe.skipIf(absent)(
  absent ? `${title} (skipped: no trees in the cache, npm run boards fetches them)` : title,
  () => {
    it("reach what placement says, on every 10th arm64 board", async () => {
      const facts = await loadFacts();
      expect(files.length).toBeGreaterThan(500);
      let compared = 0;
      for (let i = 0; i < files.length; i += 10) {
        const tree = readDeviceTree(new Uint8Array(readFileSync(join(folder, files[i]!))));
        compared += compare(machineOf(tree, facts), files[i]!);
      }
      expect(compared).toBeGreaterThan(5000);
    });
  },
);

/** The machine of a tree; where it does not say how much RAM there is, with RAM on both sides of 4 GiB. */
function machineOf(
  tree: Parameters<typeof readMachine>[0]["tree"],
  facts: Parameters<typeof readMachine>[0]["facts"],
): Machine {
  try {
    return readMachine({ tree, facts, profile: EMBEDDED_6_12, memory: null });
  } catch (error) {
    if (!(error instanceof MachineError) || error.code !== "no-memory") throw error;
    const memory = parseMemorySpec("0x40000000+2G,0x200000000+2G");
    if (!memory.ok) throw new Error(memory.refusal.code, { cause: error });
    return readMachine({ tree, facts, profile: EMBEDDED_6_12, memory: memory.value });
  }
}
