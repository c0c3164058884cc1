import { describe, expect, it } from "vitest";
import { ST_FACTS } from "../../src/facts/reviewed/st.js";
import { factOf, summarize } from "./summary.js";

// Typed by hand while reading Linux 6.12; the comment above each row names where.
const cases = [
  // stm/drv.c:183 streaming untouched, :195 coherent only, :68 GEM DMA
  {
    compatible: "st,stm32-ltdc",
    fact: {
      module: "stm-drm",
      appliesTo: "self",
      masks: "default, exact 0xffffffff",
      segment: "default",
      queues: "gem gem-dma",
      mmu: "none",
    },
  },
  // dw_mipi_dsi-stm.c:604
  {
    compatible: "st,stm32-dsi",
    fact: {
      module: "dw_mipi_dsi-stm",
      appliesTo: "st,stm32-ltdc",
      masks: "default, default",
      segment: "default",
      queues: "",
      mmu: "none",
    },
  },
];

describe("STM32 facts", () => {
  for (const c of cases) {
    it(`of ${c.compatible}`, () => expect(summarize(factOf(ST_FACTS, c.compatible))).toEqual(c.fact));
  }

  it("state what dumb buffers get", () => {
    const [layout] = factOf(ST_FACTS, "st,stm32-ltdc").layouts ?? [];
    expect([layout?.strideAlign, layout?.heightAlign]).toEqual([128, 4]); // stm/drv.c:51, :52
  });
});
