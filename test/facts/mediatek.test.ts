import { describe, expect, it } from "vitest";
import { MEDIATEK_FACTS } from "../../src/facts/reviewed/mediatek.js";
import { factOf, summarize } from "./summary.js";

// Typed by hand while reading Linux 6.12; the comment above each row names where.
const DISPLAY = {
  module: "mediatek-drm",
  appliesTo: "mediatek,mt8183-disp-ovl",
  masks: "default, default",
  segment: "4294967295",
  queues:
    "gem own no-iommu no-kernel-mapping contiguous>contiguous, gem own iommu no-kernel-mapping scattered>contiguous",
  mmu: "none",
};
const CODEC = {
  module: "mtk-vcodec-dec",
  appliesTo: "self",
  masks: "default, default",
  segment: "4294967295",
  queues: "output contig, capture contig",
  mmu: "none",
};
const SCALER = { ...CODEC, module: "mtk-mdp3" };

const cases = [
  // mtk_disp_ovl.c:610 sets no mask; mtk_drm_drv.c:573 segment, :610 imports for the first component of mt8183_mtk_ddp_main (:144)
  { compatible: "mediatek,mt8183-disp-ovl", fact: { ...DISPLAY, appliesTo: "self" } },
  { compatible: "mediatek,mt8183-disp-ovl-2l", fact: DISPLAY },
  { compatible: "mediatek,mt8183-disp-rdma", fact: DISPLAY },
  { compatible: "mediatek,mt8183-mmsys", fact: DISPLAY },
  // :162 and :196: MT8186's overlay engine also names MT8192's
  { compatible: "mediatek,mt8186-disp-rdma", fact: { ...DISPLAY, appliesTo: "mediatek,mt8192-disp-ovl" } },
  { compatible: "mediatek,mt8192-disp-rdma", fact: { ...DISPLAY, appliesTo: "mediatek,mt8192-disp-ovl" } },
  // :215: the second mmsys has no engine of its own
  { compatible: "mediatek,mt8195-vdosys1", fact: { ...DISPLAY, appliesTo: "mediatek,mt8195-disp-ovl" } },
  // mtk_vcodec_dec_drv.c:355 sets no mask, :387 segment; mtk_vcodec_dec.c:1019, :1035
  { compatible: "mediatek,mt8183-vcodec-dec", fact: CODEC },
  { compatible: "mediatek,mt8192-vcodec-dec", fact: CODEC },
  // mtk_vcodec_dec_hw.c:120: a core below the decoder
  {
    compatible: "mediatek,mtk-vcodec-core",
    fact: { ...CODEC, module: "mtk-vcodec-dec-hw", appliesTo: "parent", segment: "default", queues: "" },
  },
  // mtk_vcodec_enc_drv.c:245 sets no mask, :270 segment; mtk_vcodec_enc.c:1399, :1413
  { compatible: "mediatek,mt8183-vcodec-enc", fact: { ...CODEC, module: "mtk-vcodec-enc" } },
  // mtk-mdp3-core.c:235 sets no mask, :339 segment; mtk-mdp3-m2m.c:490, :504
  { compatible: "mediatek,mt8183-mdp3-rdma", fact: SCALER },
  { compatible: "mediatek,mt8183-mdp3-wdma", fact: { ...SCALER, appliesTo: "mediatek,mt8183-mdp3-rdma" } },
  { compatible: "mediatek,mt8195-mdp3-wrot", fact: { ...SCALER, appliesTo: "mediatek,mt8195-mdp3-rdma" } },
  // mtk_jpeg_core.c:1303 sets no mask; :1085, :1098
  { compatible: "mediatek,mtk-jpgenc", fact: { ...CODEC, module: "mtk_jpeg", segment: "default" } },
];

describe("MediaTek facts", () => {
  for (const c of cases) {
    it(`of ${c.compatible}`, () => expect(summarize(factOf(MEDIATEK_FACTS, c.compatible))).toEqual(c.fact));
  }

  it("name aggregates that are facts themselves", () => {
    const aggregates = MEDIATEK_FACTS.flatMap(({ appliesTo }) =>
      typeof appliesTo === "object" && "aggregate" in appliesTo ? [appliesTo.aggregate].flat() : [],
    );
    for (const aggregate of aggregates) expect(factOf(MEDIATEK_FACTS, aggregate).appliesTo).toBe("self");
  });

  it("put an encoder's pictures on its output queue", () => {
    const picture = (compatible: string) => factOf(MEDIATEK_FACTS, compatible).pictureQueue;
    expect(picture("mediatek,mt8183-vcodec-enc")).toBe("output"); // mtk_vcodec_enc_drv.c:25
    expect(picture("mediatek,mtk-jpgenc")).toBe("output"); // mtk_jpeg_core.c:37
    expect(picture("mediatek,mt8183-vcodec-dec")).toBe("capture");
  });

  it("set the streaming mask of SD hosts alone", () => {
    const masks = (compatible: string) => summarize(factOf(MEDIATEK_FACTS, compatible)).masks;
    expect(masks("mediatek,mt8173-mmc")).toBe("variant 0xffffffff, default"); // mtk-sd.c:2882 by :599
    expect(masks("mediatek,mt8183-mmc")).toBe("variant 0xfffffffff, default"); // mtk-sd.c:2880 by :612
  });

  it("keep the controller's region away from buffers", () => {
    expect(factOf(MEDIATEK_FACTS, "mediatek,mt8183-scp").memoryRegionUse).toBe("firmware"); // mtk_scp.c:1036, :1051
  });
});
