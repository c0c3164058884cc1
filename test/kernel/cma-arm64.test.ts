/**
 * The simulated CMA against the kernel's, allocation by allocation. Where the area lies, what boot has taken of it and who gets which pages come from the model; of the guest it
 * knows the device tree, the command line and the configuration.
 */
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { bestFitExtents } from "../../src/algorithms/extent-best-fit.js";
import { buildDeviceTree, cells64 } from "../../src/devicetree/build.js";
import { applyOverlay } from "../../src/devicetree/overlay.js";
import { readDeviceTree } from "../../src/devicetree/read.js";
import { writeDeviceTree } from "../../src/devicetree/write.js";
import { FactBase } from "../../src/facts/lookup.js";
import { KERNEL_PROFILES } from "../../src/machine/profiles.js";
import { machineFromSource } from "../../src/machine/source.js";
import type { ContiguousArea } from "../../src/simulate/heaps/contiguous.js";
import { type HeapAlgorithms, heapsOfMachine } from "../../src/simulate/heaps/heaps-of-machine.js";
import { makeWorld } from "../../src/simulate/world.js";
import { MIB } from "../../src/units/quantity.js";
import { debianKernel } from "../../tools/kernel/kernels.js";
import { machineTree } from "../../tools/kernel/machine-tree.js";
import { describeGuest } from "./checks.js";
import { answerLines, replay } from "./cma-replay.js";
import { readCmaTrace } from "./cma-trace.js";
import type { Operation } from "./guest/operation.js";

/** A default area from a node that leaves the place to the kernel, beside two regions at places of their own. */
const RESERVED_MEMORY = buildDeviceTree({
  "fragment@0": {
    "target-path": "/",
    __overlay__: {
      "reserved-memory": {
        "#address-cells": 2,
        "#size-cells": 2,
        ranges: true,
        "linux,cma": {
          compatible: "shared-dma-pool",
          reusable: true,
          size: cells64(40 * MIB),
          alignment: cells64(8 * MIB),
          "alloc-ranges": cells64(0x4000_0000, 0x3000_0000),
          "linux,cma-default": true,
        },
        "camera@60000000": {
          compatible: "shared-dma-pool",
          reusable: true,
          reg: cells64(0x6000_0000, 32 * MIB),
        },
        "vpu@6e000000": {
          compatible: "shared-dma-pool",
          "no-map": true,
          reg: cells64(0x6e00_0000, 16 * MIB),
        },
      },
    },
  },
});

/** Guests with different areas and sizes of memory, and different sequences. */
const GUESTS = [
  { area: "64 MiB from the kernel's configuration", memory: "2G", cmdline: [], tree: null, seed: 1, count: 700 },
  { area: "28 MiB from the command line", memory: "1G", cmdline: ["cma=28M"], tree: null, seed: 2, count: 400 },
  { area: "40 MiB from the tree", memory: "1G", cmdline: [], tree: RESERVED_MEMORY, seed: 3, count: 400 },
];

const kernel = debianKernel("arm64");
const treeFile = join(tmpdir(), `coalloc-cma-${process.pid}.dtb`);

for (const { area, memory, cmdline, tree, seed, count } of GUESTS) {
  if (tree !== null) {
    writeFileSync(treeFile, writeDeviceTree(applyOverlay(readDeviceTree(machineTree(memory)), tree)));
  }
  const run = await describeGuest(`Linux 6.12 on arm64 with ${memory} and a default CMA area of ${area}`, {
    kernel,
    memory,
    cmdline,
    qemu: tree === null ? [] : ["-dtb", treeFile],
    modules: ["vivid"],
    program: "test/kernel/guest/cma-operations.ts",
    arguments: [String(seed), String(count)],
    seconds: 180,
  });
  rmSync(treeFile, { force: true });
  if (run === null) continue;

  const file = (name: string): Uint8Array => {
    const bytes = run.files.get(name);
    if (bytes === undefined) throw new Error(`the guest left no ${name}`);
    return bytes;
  };
  const text = (name: string): string => Buffer.from(file(name)).toString("utf8");
  const areaOfGuest = async (algorithms: HeapAlgorithms = {}): Promise<ContiguousArea> => {
    const source = new Map([
      ["tree.dtb", file("tree.dtb")],
      ["config", readFileSync(kernel.config)],
    ]);
    const profile = KERNEL_PROFILES.get("debian-arm64-6.12")!;
    const machine = await machineFromSource(source, {
      facts: new FactBase([]),
      profile,
      cmdline: text("cmdline"),
    });
    return heapsOfMachine(makeWorld(machine, { bytes: false }), algorithms).area("cma:default")!;
  };

  describe(`the simulated CMA area of ${area}`, () => {
    it(`does all ${count} operations of seed ${seed} as the kernel did, page for page, failures included`, async () => {
      const operations = JSON.parse(text("operations.json")) as Operation[];
      const told = readCmaTrace(text("trace"));
      const foretold = replay(await areaOfGuest(), operations);
      const allocations = told.filter(({ allocated }) => allocated !== null);
      const failures = told.filter(({ allocated }) => allocated === "none");
      console.log(`${area}: ${allocations.length} allocations, ${failures.length} of them failed`);

      expect(answerLines(operations, foretold)).toEqual(answerLines(operations, told));
      expect(told).toHaveLength(count);
      expect(allocations.length).toBeGreaterThan(count / 2);
      expect(failures.length).toBeGreaterThan(count / 50);
    });

    it("would not, had it another rule", async () => {
      const operations = JSON.parse(text("operations.json")) as Operation[];
      const told = answerLines(operations, readCmaTrace(text("trace")));
      const other = answerLines(operations, replay(await areaOfGuest({ "cma:default": bestFitExtents }), operations));
      expect(other.filter((line, index) => line !== told[index]).length).toBeGreaterThan(count / 10);
    });
  });
}
