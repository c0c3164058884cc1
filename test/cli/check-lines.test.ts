/** What `coalloc check` shows people, byte for byte. Findings are fixed here, so that a new rule changes nothing. */
import { describe, expect, it } from "vitest";
import { renderCheck } from "../../src/cli/render/check.js";
import { paintFor } from "../../src/cli/render/paint.js";
import { buildDeviceTree, cells, cells64, type TreeSpec } from "../../src/devicetree/build.js";
import { readDeviceTree } from "../../src/devicetree/read.js";
import type { DeviceTree } from "../../src/devicetree/tree.js";
import { loadFacts } from "../../src/facts/load.js";
import { readBoard } from "../../src/lint/board.js";
import { checkDocument } from "../../src/lint/document.js";
import type { Finding } from "../../src/lint/finding.js";
import { EMBEDDED_6_12 } from "../../src/machine/profiles.js";
import { captures } from "../boot/captures.js";

const FINDINGS: readonly Finding[] = [
  {
    id: "region-not-placed",
    severity: "error",
    text: "big asks for 512 MiB; the largest hole has 256 MiB.",
    where: { node: "/reserved-memory/big", property: "size" },
    numbers: {},
    remedies: [
      {
        kind: "device-tree",
        text: "make it 256 MiB",
        dts: "&{/reserved-memory/big} {\n\tsize = <0x0 0x10000000>;\n};\n",
        overlay: null,
        commandLine: null,
        config: null,
      },
    ],
  },
  {
    id: "iommu-disabled",
    severity: "note",
    text: "The display names an IOMMU that is disabled.",
    where: { node: "/soc/display@fd000000", property: null },
    numbers: {},
    remedies: [],
  },
];

const facts = await loadFacts();

describe("renderCheck", () => {
  for (const id of ["rng-all-fail", "st-cma-missize", "multi-order-bac", "multi-exhaust"]) {
    for (const columns of [60, 80, 120]) {
      it(`shows places, complaints and findings of ${id} at ${columns} columns`, async () => {
        const tree = readDeviceTree(
          new Uint8Array(Buffer.from(captures.find((each) => each.id === id)!.dtb, "base64")),
        );
        const document = checkDocument(readBoard({ tree, facts, profile: EMBEDDED_6_12 }), FINDINGS);
        const lines = renderCheck(document, { width: columns, paint: paintFor(false) });
        expect(lines.filter((line) => line.length > columns)).toEqual([]);
        await expect(`${lines.join("\n")}\n`).toMatchFileSnapshot(`golden/check-${id}-${columns}.txt`);
      });
    }
  }

  for (const columns of [80, 110]) {
    it(`lets regions that follow each other share a line where there are many, at ${columns} columns`, async () => {
      const board = readBoard({ tree: crowdedTree(), facts, profile: EMBEDDED_6_12 });
      const lines = renderCheck(checkDocument(board, []), { width: columns, paint: paintFor(false) });
      expect(lines.filter((line) => line.length > columns)).toEqual([]);
      await expect(`${lines.join("\n")}\n`).toMatchFileSnapshot(`golden/check-crowded-${columns}.txt`);
    });
  }
});

/** Two banks, 46 regions for firmware in three runs and apart, one of them outside RAM, two that overlap, and a `/memreserve/` entry. */
function crowdedTree(): DeviceTree {
  const regions: Record<string, TreeSpec> = {};
  const add = (name: string, base: number, size: number, more: TreeSpec = {}): void => {
    regions[`${name}@${base.toString(16)}`] = { reg: cells(0, base, 0, size), "no-map": true, ...more };
  };
  for (let i = 0; i < 20; i++) add(`firmware-${i}`, 0x8600_0000 + i * 0x10_0000, 0x10_0000);
  for (let i = 0; i < 12; i++) add(`vm-${i}`, 0xa000_0000 + i * 0x4000, 0x4000);
  for (let i = 0; i < 12; i++) add(`log-${i}`, 0xb000_0000 + i * 0x20_0000, 0x8000);
  add("sram", 0x0c00_0000, 0x1000);
  add("overlay", 0xb160_4000, 0x8000);
  return buildDeviceTree(
    {
      "#address-cells": 2,
      "#size-cells": 2,
      model: "crowded board",
      compatible: "vendor,crowded",
      cpus: {
        "#address-cells": 1,
        "#size-cells": 0,
        "cpu@0": { device_type: "cpu", compatible: "arm,cortex-a53", reg: 0 },
      },
      "memory@80000000": { device_type: "memory", reg: cells64(0x8000_0000, 0x8000_0000, 0x8_8000_0000, 0x8000_0000) },
      "reserved-memory": { "#address-cells": 2, "#size-cells": 2, ranges: true, ...regions },
    },
    [{ address: 0x9000_0000, size: 0x1_0000 }],
  );
}
