import { describe, expect, it } from "vitest";
import { AMLOGIC_FACTS } from "../../src/facts/reviewed/amlogic.js";
import { factOf, summarize } from "./summary.js";

// Typed by hand while reading Linux 6.12; the comment above each row names where.
const DISPLAY = {
  module: "meson-drm",
  appliesTo: "self",
  masks: "default, default",
  segment: "default",
  queues: "gem gem-dma",
  mmu: "none",
};
const DECODER = { ...DISPLAY, module: "meson-vdec", queues: "output contig, capture contig" };

const cases = [
  // meson_drv.c:476 and :180 set no mask; :100 GEM DMA
  { compatible: "amlogic,meson-gxbb-vpu", fact: DISPLAY },
  { compatible: "amlogic,meson-gxl-vpu", fact: DISPLAY },
  { compatible: "amlogic,meson-gxm-vpu", fact: DISPLAY },
  { compatible: "amlogic,meson-g12a-vpu", fact: DISPLAY },
  // vdec.c:997 sets no mask; :825 and :839
  { compatible: "amlogic,gxbb-vdec", fact: DECODER },
  { compatible: "amlogic,gxm-vdec", fact: DECODER },
  { compatible: "amlogic,gxl-vdec", fact: DECODER },
  { compatible: "amlogic,gxlx-vdec", fact: DECODER },
  { compatible: "amlogic,g12a-vdec", fact: DECODER },
  { compatible: "amlogic,sm1-vdec", fact: DECODER },
  // ge2d.c:920 sets no mask; :408 and :422
  { compatible: "amlogic,axg-ge2d", fact: { ...DECODER, module: "ge2d" } },
];

describe("Amlogic facts", () => {
  for (const c of cases) {
    it(`of ${c.compatible}`, () => expect(summarize(factOf(AMLOGIC_FACTS, c.compatible))).toEqual(c.fact));
  }

  it("state strides and heights", () => {
    const first = (compatible: string) => {
      const layout = factOf(AMLOGIC_FACTS, compatible).layouts?.[0];
      return [layout?.fourcc, layout?.strideAlign, layout?.heightAlign, layout?.offsetAlign];
    };
    expect(first("amlogic,meson-g12a-vpu")).toEqual(["*", 64, undefined, undefined]); // meson_drv.c:88
    expect(first("amlogic,g12a-vdec")).toEqual(["NV12", 32, 32, undefined]); // vdec.c:37, :537
    expect(first("amlogic,axg-ge2d")).toEqual(["*", 8, undefined, 8]); // ge2d.c:660, :185
  });

  it("read Arm's compression on GXM and G12A only", () => {
    const arm = (compatible: string) =>
      factOf(AMLOGIC_FACTS, compatible)
        .layouts?.map((layout) => layout.modifier)
        .filter((modifier) => modifier.startsWith("ARM_"));
    expect(arm("amlogic,meson-gxl-vpu")).toEqual([]); // meson_plane.c:441
    expect(arm("amlogic,meson-gxm-vpu")).toEqual([
      "ARM_AFBC(BLOCK_SIZE_16x16 | YTR | SPARSE)", // :484
      "ARM_AFBC(BLOCK_SIZE_16x16 | YTR | SPLIT | SPARSE)", // :488
    ]);
    expect(arm("amlogic,meson-g12a-vpu")).toHaveLength(6); // :504
  });
});
