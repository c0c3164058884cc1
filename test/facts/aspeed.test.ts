import { describe, expect, it } from "vitest";
import { ASPEED_FACTS } from "../../src/facts/reviewed/aspeed.js";
import { factOf, summarize } from "./summary.js";

// Typed by hand while reading Linux 6.12; the comment above each row names where.
const GFX = {
  module: "aspeed_gfx",
  appliesTo: "self",
  masks: "exact 0xffffffff, exact 0xffffffff",
  segment: "default",
  queues: "gem gem-dma",
  mmu: "none",
};
const VIDEO = { ...GFX, module: "aspeed-video", queues: "capture contig" };

const cases = [
  // aspeed_gfx_drv.c:180 both masks, :248 GEM DMA
  { compatible: "aspeed,ast2400-gfx", fact: GFX },
  { compatible: "aspeed,ast2500-gfx", fact: GFX },
  { compatible: "aspeed,ast2600-gfx", fact: GFX },
  // aspeed-video.c:2116 both masks, :2033 contiguous
  { compatible: "aspeed,ast2400-video-engine", fact: VIDEO },
  { compatible: "aspeed,ast2500-video-engine", fact: VIDEO },
  { compatible: "aspeed,ast2600-video-engine", fact: VIDEO },
];

describe("facts of ASPEED's display and capture", () => {
  it.each(cases)("$compatible", ({ compatible, fact }) => {
    expect(summarize(factOf(ASPEED_FACTS, compatible))).toEqual(fact);
  });

  it("has a row for every fact", () => expect(ASPEED_FACTS.length).toBe(cases.length));

  it("takes buffers from the node's memory-region", () => {
    expect(ASPEED_FACTS.map((fact) => fact.memoryRegionUse)).toEqual(Array(6).fill("buffers"));
  });
});
