/** The scenarios in examples/ end as the reports they cite. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readDeviceTree } from "../../../src/devicetree/read.js";
import { loadFacts } from "../../../src/facts/load.js";
import type { Machine } from "../../../src/machine/machine.js";
import { parseMemorySpec } from "../../../src/machine/memory-spec.js";
import { EMBEDDED_6_12 } from "../../../src/machine/profiles.js";
import { readMachine } from "../../../src/machine/read.js";
import type { SystemEvent } from "../../../src/simulate/events.js";
import { checkAgainst } from "../../../src/simulate/scenario/check-against.js";
import { readScenario } from "../../../src/simulate/scenario/read-scenario.js";
import { type RunDocument, runDocument } from "../../../src/simulate/scenario/run-document.js";
import { runScenario } from "../../../src/simulate/scenario/run-scenario.js";
import { orThrow } from "../../../src/units/result.js";
import { CACHE, ROOT } from "../../../tools/project.js";
import { exampleMachine } from "../example-machine.js";

const PI5 = join(CACHE, "boards", "arm64", "broadcom", "bcm2712-rpi-5-b.dtb");

function run(machine: Machine, name: string, told: SystemEvent[] = []): RunDocument {
  const text = readFileSync(join(ROOT, "examples", "scenarios", `${name}.yaml`), "utf8");
  const file = orThrow(readScenario(text));
  expect(checkAgainst(machine, file)).toBeNull();
  const ended = runScenario(machine, file.scenario, { onEvent: (event) => told.push(event) });
  ended.system.audit();
  return runDocument(file.scenario, ended);
}

describe("frames of 151 pages in a pool of 4096", () => {
  const isThere = existsSync(PI5);
  it.skipIf(!isThere)(
    `fit 14 times behind the atomic pools${isThere ? "" : " (skipped: npm run boards)"}`,
    async () => {
      const tree = readDeviceTree(new Uint8Array(readFileSync(PI5)));
      const machine = readMachine({
        tree,
        facts: await loadFacts(),
        profile: EMBEDDED_6_12,
        memory: orThrow(parseMemorySpec("0+4G")),
        cmdline: "cma=16M",
      });
      const told: SystemEvent[] = [];
      const { failures, heaps } = run(machine, "alignment-leaves-holes", told);
      const starts = told.flatMap((event) => (event.type === "allocate" ? [event.address ?? -1] : []));
      expect(starts).toHaveLength(14);
      // Each at a multiple of 256 pages, so that 105 pages lie between the end of one and the next.
      expect(starts.map((address) => address % 0x100000)).toEqual(starts.map(() => 0));
      expect(failures).toMatchObject([
        { operation: "allocate", buffers: "frames", code: "no-memory", errno: "ENOMEM", count: 13 },
      ]);
      // 4096 pages, less 14 of 151 and three pools of 128.
      const free = (4096 - 14 * 151 - 3 * 128) * 4096;
      expect(failures[0]?.numbers).toMatchObject({ requested: 618_496, free });
      expect(failures[0]?.numbers["largest"]).toBeLessThan(618_496);
      expect(heaps.find(({ id }) => id === "cma:default")).toMatchObject({ size: 0x1000000, free, failures: 13 });
    },
  );
});

describe("a driver that never unmaps", () => {
  it("fails once all 32768 slots are in use, two for each packet of 4000 bytes", () => {
    const { failures, bouncePool, streams, findings } = run(exampleMachine(), "bounce-pool-leak");
    expect(bouncePool).toMatchObject({ slots: 32_768, used: 32_768, highWater: 32_768 });
    expect(streams).toMatchObject([{ completed: 16_384, failed: 1617 }]);
    expect(failures).toMatchObject([
      {
        operation: "map",
        device: "card",
        code: "bounce-full",
        errno: "EIO",
        count: 1617,
        firstTime: 16_384_000_000,
        numbers: { slots: 32_768, used: 32_768, largest: 0 },
      },
    ]);
    expect(findings).toMatchObject([{ code: "leak" }]);
    expect(findings[0]?.text).toContain("16384 mappings");
  });
});

describe("a scaler of 32 address bits that joins late", () => {
  it("is refused, since the frames lie above 4 GiB and the decoder has them mapped", () => {
    const { failures } = run(exampleMachine(), "late-scaler");
    expect(failures).toMatchObject([
      {
        operation: "attach",
        buffers: "frames",
        device: "scaler",
        code: "held",
        errno: "EBUSY",
        count: 4,
        firstTime: 1_000_000_000,
        numbers: { heap: "system", reason: "would-bounce", outside: 12_582_912, firstOutside: 0x100000000 },
      },
    ]);
  });
});
