import { describe, expect, it } from "vitest";
import { RENESAS_FACTS } from "../../src/facts/reviewed/renesas.js";
import { factOf, summarize } from "./summary.js";

// Typed by hand while reading Linux 6.12; the comment above each row names where.
const DISPLAY = { appliesTo: "self", segment: "default", queues: "gem gem-dma", mmu: "none" };
const RZG2L = { ...DISPLAY, module: "rzg2l-du-drm", masks: "exact 0xffffffff, exact 0xffffffff" };

const cases = [
  // rzg2l_du_drv.c:136, :81
  { compatible: "renesas,r9a07g044-du", fact: RZG2L },
  { compatible: "renesas,r9a07g043u-du", fact: RZG2L },
  // rcar_du_drv.c:692 by :114; vsp1_drm.c:939 maps again for a device without a mask of its own
  {
    compatible: "renesas,du-r8a774a1",
    fact: { ...DISPLAY, module: "rcar-du-drm", masks: "set 0xffffffff|0xffffffffff, variant 0xffffffffff" },
  },
];

describe("Renesas display facts", () => {
  for (const c of cases) {
    it(`of ${c.compatible}`, () => expect(summarize(factOf(RENESAS_FACTS, c.compatible))).toEqual(c.fact));
  }

  it("state that RZ/G2L's driver shows what it made itself, and nothing else", () => {
    expect(factOf(RENESAS_FACTS, "renesas,r9a07g044-du").import).toEqual({ prime: false }); // rzg2l_du_drv.c:79
    expect(factOf(RENESAS_FACTS, "renesas,du-r8a774a1").import).toEqual({ prime: true });
  });

  it("state that dumb buffers are multiples of 16 pixels wide", () => {
    const strides = (compatible: string) =>
      factOf(RENESAS_FACTS, compatible).layouts?.map((l) => [l.fourcc, l.strideAlign]);
    expect(strides("renesas,r9a07g044-du")).toEqual([
      ["XR24", 64], // rzg2l_du_kms.c:79
      ["AR24", 64],
      ["RG24", 48],
      ["*", undefined],
    ]);
    expect(strides("renesas,du-r8a774a1")).toContainEqual(["RG16", 32]); // rcar_du_kms.c:420
  });
});
