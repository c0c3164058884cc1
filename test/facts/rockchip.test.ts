import { describe, expect, it } from "vitest";
import { ROCKCHIP_FACTS } from "../../src/facts/reviewed/rockchip.js";
import { factOf, summarize } from "./summary.js";

// Typed by hand while reading Linux 6.12; the comment above each row names where.
const HANTRO = {
  module: "hantro-vpu",
  appliesTo: "self",
  masks: "default, exact 0xffffffff",
  segment: "4294967295",
  queues: "output contig alloc-single-pages no-kernel-mapping, capture contig alloc-single-pages no-kernel-mapping",
  mmu: "none",
};
const VOP = {
  module: "rockchipdrm",
  appliesTo: "rockchip,display-subsystem",
  masks: "default, default",
  segment: "default",
  queues: "",
  mmu: "manages-iommu-domain",
};
const RGA = {
  module: "rockchip-rga",
  appliesTo: "self",
  masks: "exact 0xffffffff, exact 0xffffffff",
  segment: "default",
  queues: "output sg dma32, capture sg dma32",
  mmu: "device",
};
const ISP = {
  module: "rockchip-isp1",
  appliesTo: "self",
  masks: "variant 0xffffffff, variant 0xffffffff",
  segment: "default",
  queues: "capture contig, params vmalloc, stats vmalloc",
  mmu: "none",
};

const cases = [
  // rockchip_drm_drv.c:432 sets no mask; rockchip_drm_gem.c:123 shmem pages, :156 dma_alloc_attrs, :463 checks one range
  {
    compatible: "rockchip,display-subsystem",
    fact: {
      module: "rockchipdrm",
      appliesTo: "self",
      masks: "default, default",
      segment: "default",
      queues: "gem own iommu scattered>scattered, gem own no-iommu no-kernel-mapping contiguous>contiguous",
      mmu: "manages-iommu-domain",
    },
  },
  // rockchip_vop_reg.c:1254 and :1256, component only
  { compatible: "rockchip,rk3399-vop-big", fact: VOP },
  { compatible: "rockchip,rk3399-vop-lit", fact: VOP },
  // rockchip_vop_reg.c:1260
  { compatible: "rockchip,rk3328-vop", fact: VOP },
  // rockchip_vop2_reg.c:501, :504, :507
  { compatible: "rockchip,rk3566-vop", fact: VOP },
  { compatible: "rockchip,rk3568-vop", fact: VOP },
  { compatible: "rockchip,rk3588-vop", fact: VOP },
  // rga.c:844 both masks 32 bits, :105 and :120 DMA32 pages, rga-buf.c builds the engine's own page table
  { compatible: "rockchip,rk3288-rga", fact: RGA },
  { compatible: "rockchip,rk3399-rga", fact: RGA },
  // rkvdec.c:1038 coherent only, :1044 segment, :742 and :757 attributes
  { compatible: "rockchip,rk3399-vdec", fact: { ...HANTRO, module: "rockchip-vdec" } },
  // hantro_drv.c:1159 coherent only, :1164 segment, :220 and :234 attributes
  // and :239: of its two video devices only the decoder's capture queue has no kernel mapping
  {
    compatible: "rockchip,rk3399-vpu",
    fact: {
      ...HANTRO,
      queues:
        "output contig alloc-single-pages no-kernel-mapping, capture contig alloc-single-pages no-kernel-mapping, " +
        "encoder-output contig alloc-single-pages no-kernel-mapping, encoder-capture contig alloc-single-pages",
    },
  },
  { compatible: "rockchip,rk3328-vpu", fact: HANTRO },
  { compatible: "rockchip,rk3568-vpu", fact: HANTRO },
  { compatible: "rockchip,rk3588-av1-vpu", fact: HANTRO },
  // hantro_drv.c:239: an encoder's capture queue keeps its kernel mapping
  {
    compatible: "rockchip,rk3568-vepu",
    fact: {
      ...HANTRO,
      queues: "output contig alloc-single-pages no-kernel-mapping, capture contig alloc-single-pages",
    },
  },
  // rkisp1-dev.c:603 34 bits only with a feature that neither has (:510, :534)
  { compatible: "rockchip,rk3399-cif-isp", fact: ISP },
  { compatible: "rockchip,px30-cif-isp", fact: ISP },
];

describe("Rockchip facts", () => {
  for (const c of cases) {
    it(`of ${c.compatible}`, () => expect(summarize(factOf(ROCKCHIP_FACTS, c.compatible))).toEqual(c.fact));
  }

  it("take pictures from the queue that carries them", () => {
    const queueOf = (compatible: string) => factOf(ROCKCHIP_FACTS, compatible).pictureQueue;
    expect(queueOf("rockchip,rk3568-vepu")).toBe("output");
    expect(queueOf("rockchip,rk3588-vepu121")).toBe("output");
    expect(queueOf("rockchip,rk3568-vpu")).toBe("capture");
    expect(queueOf("rockchip,rk3399-cif-isp")).toBe("capture");
    expect(queueOf("rockchip,display-subsystem")).toBe("gem");
  });

  it("advertise compression only where a window reads it", () => {
    const modifiers = (compatible: string) =>
      factOf(ROCKCHIP_FACTS, compatible).layouts?.map((layout) => layout.modifier) ?? [];
    expect(modifiers("rockchip,rk3399-vop-lit")).toEqual(["LINEAR"]); // rockchip_vop_reg.c:1064
    expect(modifiers("rockchip,rk3399-vop-big")).toEqual(["LINEAR", "ARM_AFBC(BLOCK_SIZE_16x16 | YTR | SPARSE)"]); // :977
    expect(modifiers("rockchip,rk3588-vop")).toHaveLength(10); // rockchip_vop2_reg.c:97, nine modes and plain
  });
});
