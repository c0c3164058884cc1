/** What `coalloc check` shows people, byte for byte. Findings are fixed here, so that a new rule changes nothing. */
import { describe, expect, it } from "vitest";
import { renderCheck } from "../../src/cli/render/check.js";
import { paintFor } from "../../src/cli/render/paint.js";
import { readDeviceTree } from "../../src/devicetree/read.js";
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
  for (const id of ["rng-all-fail", "st-cma-missize", "multi-order-bac"]) {
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
});
