import { describe, expect, it } from "vitest";
import { ALLWINNER_FACTS } from "../../src/facts/reviewed/allwinner.js";
import { factOf, summarize } from "./summary.js";

// Typed by hand while reading Linux 6.12; the comment above each row names where.
const ENGINE = {
  module: "sun4i-drm",
  appliesTo: "self",
  masks: "exact 0xffffffff, exact 0xffffffff",
  segment: "4294967295",
  queues: "gem gem-dma",
  mmu: "none",
};
const MIXER = {
  module: "sun8i-mixer",
  appliesTo: "allwinner,sun50i-a64-display-engine",
  masks: "exact 0xffffffff, default",
  segment: "default",
  queues: "",
  mmu: "none",
};
const CEDRUS = {
  module: "sunxi-cedrus",
  appliesTo: "self",
  masks: "default, default",
  segment: "default",
  queues: "output contig, capture contig",
  mmu: "none",
};
const CSI = { ...CEDRUS, module: "sun6i-csi", queues: "capture contig" };

const cases = [
  // sun4i_drv.c:378 both masks, :379 segment, :57 GEM DMA
  { compatible: "allwinner,sun50i-a64-display-engine", fact: ENGINE },
  { compatible: "allwinner,sun50i-h6-display-engine", fact: ENGINE },
  { compatible: "allwinner,sun8i-h3-display-engine", fact: ENGINE },
  // sun8i_mixer.c:447 streaming only
  { compatible: "allwinner,sun50i-a64-de2-mixer-0", fact: MIXER },
  { compatible: "allwinner,sun50i-a64-de2-mixer-1", fact: MIXER },
  {
    compatible: "allwinner,sun50i-h6-de3-mixer-0",
    fact: { ...MIXER, appliesTo: "allwinner,sun50i-h6-display-engine" },
  },
  { compatible: "allwinner,sun8i-h3-de2-mixer-0", fact: { ...MIXER, appliesTo: "allwinner,sun8i-h3-display-engine" } },
  { compatible: "allwinner,sun7i-a20-display-engine", fact: ENGINE },
  { compatible: "allwinner,sun9i-a80-display-engine", fact: ENGINE },
  // cedrus.c:455 and cedrus_hw.c:229 set no mask; cedrus_video.c:588 and :604
  { compatible: "allwinner,sun50i-a64-video-engine", fact: CEDRUS },
  { compatible: "allwinner,sun50i-h5-video-engine", fact: CEDRUS },
  { compatible: "allwinner,sun50i-h6-video-engine", fact: CEDRUS },
  // hantro_drv.c:739, :1159 coherent only, :1164 segment
  {
    compatible: "allwinner,sun50i-h6-vpu-g2",
    fact: {
      module: "hantro-vpu",
      appliesTo: "self",
      masks: "default, exact 0xffffffff",
      segment: "4294967295",
      queues: "output contig alloc-single-pages no-kernel-mapping, capture contig alloc-single-pages no-kernel-mapping",
      mmu: "none",
    },
  },
  // sun6i_csi.c:319 sets no mask; sun6i_csi_capture.c:1012
  { compatible: "allwinner,sun50i-a64-csi", fact: CSI },
  { compatible: "allwinner,sun8i-h3-csi", fact: CSI },
  // sun4i_csi.c:162 sets no mask; sun4i_dma.c:423
  { compatible: "allwinner,sun7i-a20-csi0", fact: { ...CSI, module: "sun4i-csi" } },
  // sun8i-di.c:802, :678, :693
  { compatible: "allwinner,sun8i-h3-deinterlace", fact: { ...CEDRUS, module: "sun8i-di" } },
  // sun8i_rotate.c:736, :541, :556
  { compatible: "allwinner,sun8i-a83t-de2-rotate", fact: { ...CEDRUS, module: "sun8i-rotate" } },
];

describe("Allwinner facts", () => {
  for (const c of cases) {
    it(`of ${c.compatible}`, () => expect(summarize(factOf(ALLWINNER_FACTS, c.compatible))).toEqual(c.fact));
  }

  it("take buffers from the node's memory-region where the driver asks for it", () => {
    const use = (compatible: string) => factOf(ALLWINNER_FACTS, compatible).memoryRegionUse;
    expect(use("allwinner,sun50i-a64-display-engine")).toBe("buffers"); // sun4i_drv.c:81
    expect(use("allwinner,sun50i-a64-video-engine")).toBe("buffers"); // cedrus_hw.c:252
    expect(use("allwinner,sun50i-a64-csi")).toBeUndefined();
  });

  it("let only newer decoders write plain pictures", () => {
    const modifiers = (compatible: string) =>
      factOf(ALLWINNER_FACTS, compatible).layouts?.map((layout) => `${layout.modifier} ${layout.strideAlign}`);
    expect(modifiers("allwinner,sun7i-a20-video-engine")).toEqual(["ALLWINNER_TILED 32"]); // cedrus.c:584
    expect(modifiers("allwinner,sun50i-a64-video-engine")).toEqual(["LINEAR 16", "ALLWINNER_TILED 32"]); // cedrus.c:631
  });

  it("mean the display engine of the tree by any of its blocks", () => {
    const blocks = [
      ["allwinner,sun7i-a20-display-backend", "sun4i-backend"], // sun4i_backend.c:969
      ["allwinner,sun7i-a20-display-frontend", "sun4i-frontend"], // sun4i_frontend.c:632
      ["allwinner,sun8i-a83t-tcon-tv", "sun4i-tcon"], // sun4i_tcon.c:1317
      ["allwinner,sun50i-a64-hdmi-phy", "sun8i-drm-hdmi"], // sun8i_hdmi_phy.c:674
      ["allwinner,sun6i-a31-drc", "sun6i_drc"], // sun6i_drc.c:93
    ] as const;
    for (const [name, module] of blocks) {
      const fact = summarize(factOf(ALLWINNER_FACTS, name));
      expect(fact).toMatchObject({ module, masks: "default, default", segment: "default", queues: "", mmu: "none" });
      expect(fact.appliesTo.split(" or ")).toContain("allwinner,sun7i-a20-display-engine");
      expect(fact.appliesTo.split(" or ")).toContain("allwinner,sun50i-a64-display-engine");
    }
  });

  it("configure an old display engine from a backend on the memory bus", () => {
    const from = factOf(ALLWINNER_FACTS, "allwinner,sun5i-a13-display-engine").configuredFrom; // sun4i_backend.c:799, :808
    expect(from?.property).toBe("interconnects");
    expect(from?.compatibles).toContain("allwinner,sun5i-a13-display-backend");
  });

  it("know that frontends read the codec's tiles", () => {
    const modifiers = (compatible: string) =>
      factOf(ALLWINNER_FACTS, compatible).layouts?.map(({ fourcc, modifier }) => `${fourcc} ${modifier}`);
    expect(modifiers("allwinner,sun7i-a20-display-engine")).toContain("NV12 ALLWINNER_TILED"); // sun4i_frontend.c:139
    expect(modifiers("allwinner,sun5i-a13-display-engine")).toEqual(["* LINEAR"]); // its frontend has no driver, :696
    expect(modifiers("allwinner,sun7i-a20-display-backend")).toEqual(["* LINEAR"]); // sun4i_backend.c:161
  });
});
