import { describe, expect, it } from "vitest";
import { EXYNOS_FACTS } from "../../src/facts/reviewed/exynos.js";
import { factOf, summarize } from "./summary.js";

// Typed by hand while reading Linux 6.12; the comment above each row names where.
const DRM = {
  module: "exynosdrm",
  appliesTo: "self",
  masks: "default, default",
  segment: "4294967295",
  queues:
    "gem own no-iommu force-contiguous no-kernel-mapping contiguous>contiguous, gem own iommu no-kernel-mapping scattered>contiguous",
  mmu: "none",
};
const M2M = { ...DRM, module: "exynos-gsc", queues: "output contig, capture contig" };
const MFC = {
  ...DRM,
  module: "s5p-mfc",
  queues:
    "capture contig alloc-single-pages, output contig alloc-single-pages, encoder-capture contig alloc-single-pages, encoder-output contig alloc-single-pages",
};

const cases = [
  // exynos5433_drm_decon.c:789 sets no mask; exynos_drm_dma.c:54 segment, :101 the first to bind; exynos_drm_gem.c:343, :345, :436
  { compatible: "samsung,exynos5433-decon", fact: DRM },
  { compatible: "samsung,exynos5433-decon-tv", fact: { ...DRM, appliesTo: "samsung,exynos5433-decon" } },
  { compatible: "samsung,exynos5433-scaler", fact: { ...DRM, appliesTo: "samsung,exynos5433-decon" } },
  { compatible: "samsung,exynos7-decon", fact: DRM },
  { compatible: "samsung,exynos5420-fimd", fact: DRM },
  { compatible: "samsung,exynos5420-mixer", fact: DRM },
  // s5p_mfc.c:1285 sets no mask, :1245 segment; :880, :881, :915, :916
  { compatible: "samsung,exynos5433-mfc", fact: MFC },
  { compatible: "samsung,mfc-v5", fact: MFC },
  // gsc-core.c:1104 sets no mask, :1186 segment; gsc-m2m.c:582, :597
  { compatible: "samsung,exynos5433-gsc", fact: M2M },
  // jpeg-core.c:2853 sets no mask, :2914 segment; :2615, :2629
  { compatible: "samsung,exynos5433-jpeg", fact: { ...M2M, module: "s5p-jpeg" } },
  // g2d.c:622 sets no mask, :679 segment; :150, :164
  { compatible: "samsung,exynos4212-g2d", fact: { ...M2M, module: "s5p-g2d" } },
  // fimc-core.c:922 sets no mask, :1006 segment; fimc-capture.c:1760, fimc-m2m.c:558
  {
    compatible: "samsung,exynos4212-fimc",
    fact: { ...M2M, module: "s5p-fimc", queues: "capture contig, output contig" },
  },
  // fimc-lite.c:1444 sets no mask, :1511 segment; :1268
  {
    compatible: "samsung,exynos4212-fimc-lite",
    fact: { ...M2M, module: "exynos-fimc-lite", queues: "capture contig" },
  },
];

describe("Exynos facts", () => {
  for (const c of cases) {
    it(`of ${c.compatible}`, () => expect(summarize(factOf(EXYNOS_FACTS, c.compatible))).toEqual(c.fact));
  }

  it("know which drivers take a dma-buf", () => {
    const takes = (compatible: string) => factOf(EXYNOS_FACTS, compatible).import;
    expect(takes("samsung,exynos5433-gsc")).toEqual({ v4l2Dmabuf: true }); // gsc-m2m.c:579
    expect(takes("samsung,exynos5433-jpeg")).toEqual({ v4l2Dmabuf: false }); // jpeg-core.c:2611
    expect(takes("samsung,exynos5433-mfc")).toEqual({ v4l2Dmabuf: false }); // s5p_mfc.c:867, the decoder
    expect(takes("samsung,exynos5433-decon")).toEqual({ prime: true }); // exynos_drm_drv.c:112
  });

  it("know that the codec's encoder takes what its decoder does not", () => {
    const queues = factOf(EXYNOS_FACTS, "samsung,exynos5433-mfc").buffers;
    expect(queues.map(({ queue, takesDmabuf }) => [queue, takesDmabuf])).toEqual([
      ["capture", undefined],
      ["output", undefined],
      ["encoder-capture", true], // s5p_mfc.c:870
      ["encoder-output", true], // s5p_mfc.c:897
    ]);
  });

  it("know which drivers export", () => {
    const gives = (compatible: string) => factOf(EXYNOS_FACTS, compatible).export?.v4l2Mmap;
    expect(gives("samsung,exynos5433-mfc")).toBe(true); // s5p_mfc_dec.c:926
    expect(gives("samsung,exynos5433-jpeg")).toBe(false); // no vidioc_expbuf in jpeg-core.c
  });

  it("use memory regions with two-port codecs only", () => {
    const use = (compatible: string) => factOf(EXYNOS_FACTS, compatible).memoryRegionUse;
    expect(use("samsung,mfc-v5")).toBe("buffers"); // s5p_mfc.c:1124, :1539
    expect(use("samsung,mfc-v6")).toBe("none"); // s5p_mfc.c:1267, :1564
  });
});
