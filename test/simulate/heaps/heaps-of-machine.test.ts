import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bitmapFirstFit } from "../../../src/algorithms/bitmap-first-fit.js";
import { readDeviceTree } from "../../../src/devicetree/read.js";
import { loadFacts } from "../../../src/facts/load.js";
import { capacityOf, occupancyAfterBoot } from "../../../src/heaps/occupancy.js";
import { sourcesOf } from "../../../src/heaps/source.js";
import { MachineError } from "../../../src/machine/error.js";
import type { Machine } from "../../../src/machine/machine.js";
import { parseMemorySpec } from "../../../src/machine/memory-spec.js";
import { EMBEDDED_6_12 } from "../../../src/machine/profiles.js";
import { readMachine } from "../../../src/machine/read.js";
import type { Backing } from "../../../src/simulate/heaps/heap.js";
import { heapsOfMachine } from "../../../src/simulate/heaps/heaps-of-machine.js";
import { makeWorld } from "../../../src/simulate/world.js";
import { CACHE, requiredParts } from "../../../tools/project.js";
import { questions } from "../../random-board.js";
import { areaOf, stand, withRegion } from "./stand.js";

/** What of a heap's size one buffer is in a comparison: from a page to more than all of it. */
const PARTS = [1e-9, 0.011, 0.13, 0.26, 0.4, 0.51, 0.99, 1, 1.01];
/** Buffers tried at most. */
const MOST = 12;

/** Fills every heap of a machine with equal buffers, and compares with what placement counts. */
function compare(machine: Machine, name: string, parts: readonly number[] = PARTS): void {
  const world = makeWorld(machine, { bytes: false });
  const heaps = heapsOfMachine(world);
  const sources = sourcesOf(machine);
  expect([...heaps.keys()]).toEqual(sources.map((source) => source.id));
  for (const source of sources) {
    // High memory of arm knows no border at 4 GiB: with memory above, these pages come from low memory alone.
    if (source.id === "dma32-pages" && machine.arch === "arm" && machine.pages.some((r) => r.base + r.size > 2 ** 32))
      continue;
    const heap = heaps.get(source.id)!;
    const occupancy = occupancyAfterBoot(machine, source);
    const { largest } = capacityOf(machine, source, occupancy, 1, 1);
    for (const part of parts) {
      const size = Math.max(1, Math.floor(largest * part));
      const { fits } = capacityOf(machine, source, occupancy, size, MOST);
      const live: Backing[] = [];
      while (live.length < MOST) {
        const answer = heap.allocate({ size, alignment: 1, owner: "test" });
        if (!answer.ok) break;
        live.push(answer.value);
      }
      expect(live.length, `${name}: ${source.id}, buffers of ${size} bytes`).toBe(fits);
      for (const backing of live) heap.release(backing);
    }
  }
  heaps.audit();
}

describe("the heaps of a machine", () => {
  it("hold as many buffers as placement counts, on any board", () => {
    fc.assert(
      fc.property(questions, ({ machine }) => compare(machine, machine.model, [0.13, 0.51, 1, 1.01])),
      { numRuns: 60 },
    );
  });

  it("serve by an algorithm named for one of them, or for its kind", () => {
    const spec = { ...withRegion("cma", "0x50000000+16M"), cma: "0x60000000+16M" };
    const named = stand(spec, { "cma:vpu": bitmapFirstFit });
    expect([areaOf(named, "cma:vpu").algorithm, areaOf(named, "cma:default").algorithm]).toEqual([
      "bitmap-first-fit",
      "cma-first-fit",
    ]);
    const kind = stand(spec, { cma: bitmapFirstFit });
    expect([areaOf(kind, "cma:vpu").algorithm, areaOf(kind, "cma:default").algorithm]).toEqual([
      "bitmap-first-fit",
      "bitmap-first-fit",
    ]);
  });

  it("tell areas from heaps made of pages", () => {
    const { heaps } = stand({ ram: "0x40000000+1G" });
    expect(heaps.area("system")).toBe(null);
    expect(heaps.area("no such heap")).toBe(null);
  });
});

const folder = join(CACHE, "boards", "arm64");
const files = existsSync(folder)
  ? readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".dtb"))
      .sort()
  : [];
const absent = files.length === 0 && !requiredParts().has("boards");
const title = "the heaps of boards";

describe.skipIf(absent)(
  absent ? `${title} (skipped: no trees in the cache, npm run boards fetches them)` : title,
  () => {
    it("hold as many buffers as placement counts, on every 30th arm64 board", async () => {
      const facts = await loadFacts();
      expect(files.length).toBeGreaterThan(500);
      let compared = 0;
      for (let i = 0; i < files.length; i += 30) {
        const name = files[i]!;
        const tree = readDeviceTree(new Uint8Array(readFileSync(join(folder, name))));
        let machine: Machine;
        try {
          machine = readMachine({ tree, facts, profile: EMBEDDED_6_12, memory: null });
        } catch (error) {
          if (!(error instanceof MachineError) || error.code !== "no-memory") throw error;
          const memory = parseMemorySpec("0x40000000+2G,0x200000000+2G");
          if (!memory.ok) throw new Error(memory.refusal.code, { cause: error });
          machine = readMachine({ tree, facts, profile: EMBEDDED_6_12, memory: memory.value });
        }
        compare(machine, name);
        compared += 1;
      }
      expect(compared).toBeGreaterThan(30);
    });
  },
);
