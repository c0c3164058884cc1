import { describe, expect, it } from "vitest";
import { loadFacts } from "../../src/facts/load.js";
import { factOf, summarize } from "./summary.js";

const { facts } = await loadFacts();

// Families of one display. Typed by hand while reading Linux 6.12; the comment above each row names where.
const DISPLAY = {
  appliesTo: "self",
  masks: "default, default",
  segment: "default",
  queues: "gem gem-dma",
  mmu: "none",
};

const cases = [
  // zynqmp_dpsub.c:230 streaming only, 44 bits by zynqmp_disp.h:25; :234; zynqmp_kms.c:404
  {
    compatible: "xlnx,zynqmp-dpsub-1.7",
    fact: { ...DISPLAY, module: "zynqmp-dpsub", masks: "exact 0xfffffffffff, default", segment: "4294967295" },
  },
  // kirin_drm_drv.c:268 sets no mask; kirin_drm_ade.c:927
  { compatible: "hisilicon,hi6220-ade", fact: { ...DISPLAY, module: "kirin-drm" } },
  // armada_drv.c:192 sets no mask; armada_gem.c:550
  {
    compatible: "marvell,dove-lcd",
    fact: {
      ...DISPLAY,
      module: "armada",
      appliesTo: "armada-drm from marvell,dove-lcd",
      queues: "gem own contiguous>contiguous",
    },
  },
  // simpledrm.c:1074 sets no mask; :1060
  { compatible: "simple-framebuffer", fact: { ...DISPLAY, module: "simpledrm", queues: "gem gem-shmem" } },
];

describe("facts of families with one display", () => {
  for (const c of cases) {
    it(`of ${c.compatible}`, () => expect(summarize(factOf(facts, c.compatible))).toEqual(c.fact));
  }

  it("know where one entry must hold a whole picture", () => {
    expect(factOf(facts, "marvell,dove-lcd").buffers[0]?.oneEntry).toBe(true); // armada_gem.c:550
  });

  it("state what a DMA controller wants of a display", () => {
    const [layout] = factOf(facts, "xlnx,zynqmp-dpsub-1.7").layouts ?? [];
    expect([layout?.strideAlign, layout?.offsetAlign]).toEqual([256, 256]); // xilinx_dpdma.c:1774, :772
  });
});
