import { describe, expect, it } from "vitest";
import { RASPBERRYPI_FACTS } from "../../src/facts/reviewed/raspberrypi.js";
import { factOf, summarize } from "./summary.js";

// Typed by hand while reading Linux 6.12; the comment above each row names where.
const CARD = {
  module: "vc4",
  appliesTo: "self",
  masks: "default, exact 0xffffffff",
  segment: "default",
  queues: "gem gem-dma",
  mmu: "none",
};
const BLOCK = {
  module: "vc4",
  appliesTo: "brcm,bcm2835-vc4",
  masks: "default, default",
  segment: "default",
  queues: "",
  mmu: "none",
};
const V3D = {
  module: "v3d",
  appliesTo: "self",
  masks: "runtime 0xffffffff|0xfffffffff|0xffffffffff, runtime 0xffffffff|0xfffffffff|0xffffffffff",
  segment: "4294967295",
  queues: "gem gem-shmem",
  mmu: "device",
};
const VCHIQ = {
  module: "vchiq",
  appliesTo: "self",
  masks: "exact 0xffffffff, exact 0xffffffff",
  segment: "default",
  queues: "",
  mmu: "none",
};

const cases = [
  // vc4_drv.c:297 assigns the coherent mask alone
  { compatible: "brcm,bcm2835-vc4", fact: CARD },
  { compatible: "brcm,bcm2711-vc5", fact: CARD },
  // vc4_hvs.c:1093 and :1094, components
  { compatible: "brcm,bcm2835-hvs", fact: BLOCK },
  { compatible: "brcm,bcm2711-hvs", fact: { ...BLOCK, appliesTo: "brcm,bcm2711-vc5" } },
  // vc4_crtc.c:1261 and :1268
  { compatible: "brcm,bcm2835-pixelvalve0", fact: BLOCK },
  { compatible: "brcm,bcm2711-pixelvalve4", fact: { ...BLOCK, appliesTo: "brcm,bcm2711-vc5" } },
  // vc4_txp.c:582: one compatible on both chips, under the card of each
  { compatible: "brcm,bcm2835-txp", fact: { ...BLOCK, appliesTo: "brcm,bcm2711-vc5 or brcm,bcm2835-vc4" } },
  // vc4_v3d.c:534: a component of the card, no MMU
  { compatible: "brcm,bcm2835-v3d", fact: BLOCK },
  // v3d_drv.c:308 width from a register, :313 segment
  // its boot logs print the mask: the field reads 5
  { compatible: "brcm,2711-v3d", fact: { ...V3D, masks: "runtime 0x7ffffffff, runtime 0x7ffffffff" } },
  { compatible: "brcm,2712-v3d", fact: V3D },
  // bcm2835-unicam.c:2617 sets no mask, :2235 both nodes
  {
    compatible: "brcm,bcm2835-unicam",
    fact: {
      module: "bcm2835-unicam",
      appliesTo: "self",
      masks: "default, default",
      segment: "default",
      queues: "capture contig, meta contig",
      mmu: "none",
    },
  },
  // vchiq_arm.c:508
  { compatible: "brcm,bcm2835-vchiq", fact: VCHIQ },
  { compatible: "brcm,bcm2836-vchiq", fact: VCHIQ },
  // bcm2835-dma.c:892, :902
  { compatible: "brcm,bcm2835-dma", fact: { ...VCHIQ, module: "bcm2835-dma", segment: "1073741823" } },
];

describe("Raspberry Pi facts", () => {
  for (const c of cases) {
    it(`of ${c.compatible}`, () => expect(summarize(factOf(RASPBERRYPI_FACTS, c.compatible))).toEqual(c.fact));
  }

  it("know the firmware's camera as a device without a node", () => {
    const camera = RASPBERRYPI_FACTS.find((fact) => "platformDriver" in fact.match);
    expect(camera && summarize(camera)).toEqual({
      module: "bcm2835-v4l2",
      appliesTo: "bcm2835-camera from brcm,bcm2835-vchiq",
      masks: "exact 0xffffffff, exact 0xffffffff", // bcm2835-camera.c:1851
      segment: "default",
      queues: "capture vmalloc", // bcm2835-camera.c:1932
      mmu: "none",
    });
    expect(camera?.import).toEqual({ v4l2Dmabuf: false }); // bcm2835-camera.c:1928
    expect(camera?.export).toEqual({ v4l2Mmap: false });
  });

  it("state the strides the drivers insist on", () => {
    const stride = (compatible: string) => factOf(RASPBERRYPI_FACTS, compatible).layouts?.[0]?.strideAlign;
    expect(stride("brcm,bcm2835-unicam")).toBe(32); // bcm2835-unicam.c:80
    expect(stride("brcm,bcm2835-txp")).toBe(16); // vc4_txp.c:274
  });
});
