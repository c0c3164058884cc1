import { describe, expect, it } from "vitest";
import { IMX_FACTS } from "../../src/facts/reviewed/imx.js";
import { factOf, summarize } from "./summary.js";

// Typed by hand while reading Linux 6.12; the comment above each row names where.
const EXACT32 = "exact 0xffffffff, exact 0xffffffff";
const DEFAULT = "default, default";
const HANTRO = {
  module: "hantro-vpu",
  appliesTo: "self",
  masks: "default, exact 0xffffffff",
  segment: "4294967295",
  queues: "output contig alloc-single-pages no-kernel-mapping, capture contig alloc-single-pages no-kernel-mapping",
  mmu: "none",
};
const CSI = {
  module: "imx7-media-csi",
  appliesTo: "self",
  masks: DEFAULT,
  segment: "default",
  queues: "capture contig",
  mmu: "none",
};
const ISI = { ...CSI, module: "imx8-isi", queues: "capture contig, output contig" };
const M2M = { ...CSI, queues: "output contig, capture contig" };

const cases = [
  // lcdif_drv.c:165 36 bits, :245 GEM DMA
  {
    compatible: "fsl,imx8mp-lcdif",
    fact: {
      module: "imx-lcdif",
      appliesTo: "self",
      masks: "exact 0xfffffffff, exact 0xfffffffff",
      segment: "default",
      queues: "gem gem-dma",
      mmu: "none",
    },
  },
  // mxsfb_drv.c:245 32 bits, :333 GEM DMA
  {
    compatible: "fsl,imx6sx-lcdif",
    fact: {
      module: "mxsfb",
      appliesTo: "self",
      masks: EXACT32,
      segment: "default",
      queues: "gem gem-dma",
      mmu: "none",
    },
  },
  // dcss-drv.c:35 and dcss-kms.c:116 set no mask; dcss-kms.c:30 GEM DMA
  {
    compatible: "nxp,imx8mq-dcss",
    fact: {
      module: "imx-dcss",
      appliesTo: "self",
      masks: DEFAULT,
      segment: "default",
      queues: "gem gem-dma",
      mmu: "none",
    },
  },
  // hantro_drv.c:1159 coherent only, :1164 segment, :213 :220 :233 :234 :240 queues
  { compatible: "nxp,imx8mm-vpu-g1", fact: HANTRO },
  { compatible: "nxp,imx8mq-vpu-g1", fact: HANTRO },
  { compatible: "nxp,imx8mq-vpu-g2", fact: HANTRO },
  // etnaviv_drv.c:644 40 bits, :645 coherent 32, :657 configures again, :532 segment, :547 pages below 4 GiB
  {
    compatible: "vivante,gc",
    fact: {
      module: "etnaviv",
      appliesTo: "etnaviv from vivante,gc",
      masks: "set 0xffffffff|0xffffffffff, exact 0xffffffff",
      segment: "2147483648",
      queues: "gem own dma32 scattered>scattered",
      mmu: "device",
    },
  },
  // imx7-media-csi.c:2206 sets no mask, :1691 queue
  { compatible: "fsl,imx7-csi", fact: CSI },
  { compatible: "fsl,imx8mq-csi", fact: CSI },
  // imx8-isi-core.c:468 by :307 and :293; imx8-isi-video.c:1416, imx8-isi-m2m.c:380
  { compatible: "fsl,imx8mp-isi", fact: { ...ISI, masks: "variant 0xfffffffff, variant 0xfffffffff" } },
  { compatible: "fsl,imx8mn-isi", fact: { ...ISI, masks: "variant 0xffffffff, variant 0xffffffff" } },
  // rkisp1-dev.c:603 by :559; rkisp1-capture.c:1564, rkisp1-params.c:2727, rkisp1-stats.c:169
  {
    compatible: "fsl,imx8mp-isp",
    fact: {
      module: "rockchip-isp1",
      appliesTo: "self",
      masks: "variant 0x3ffffffff, variant 0x3ffffffff",
      segment: "default",
      queues: "capture contig, params vmalloc, stats vmalloc",
      mmu: "none",
    },
  },
  // dw100.c:1531 sets no mask; :576, :590
  { compatible: "nxp,imx8mp-dw100", fact: { ...M2M, module: "dw100" } },
  // mxc-jpeg.c:2794; :2016, :2030
  { compatible: "nxp,imx8qxp-jpgdec", fact: { ...M2M, module: "mxc-jpeg-encdec", masks: EXACT32 } },
  // vpu_drv.c:86 sets no mask; vpu_v4l2.c:656, :658, :672, :674
  {
    compatible: "nxp,imx8qxp-vpu",
    fact: { ...M2M, module: "amphion-vpu", queues: "capture contig, output contig, bitstream vmalloc" },
  },
  // vpu_core.c:614: cores below the device with the video nodes
  {
    compatible: "nxp,imx8q-vpu-decoder",
    fact: { ...M2M, module: "amphion-vpu", appliesTo: "parent", queues: "" },
  },
  // coda-common.c:3147 sets no mask; :2562, :2582, :2590, :2591
  {
    compatible: "fsl,imx6q-vpu",
    fact: {
      ...M2M,
      module: "coda-vpu",
      queues: "capture contig no-kernel-mapping, output contig, bitstream vmalloc",
    },
  },
];

describe("i.MX facts", () => {
  for (const c of cases) {
    it(`of ${c.compatible}`, () => expect(summarize(factOf(IMX_FACTS, c.compatible))).toEqual(c.fact));
  }

  it("say which queue carries pictures", () => {
    const picture = (compatible: string) => factOf(IMX_FACTS, compatible).pictureQueue;
    expect(picture("nxp,imx8qxp-jpgdec")).toBe("capture"); // mxc-jpeg.c:271
    expect(picture("nxp,imx8qxp-jpgenc")).toBe("output"); // mxc-jpeg.c:275
    expect(picture("nxp,imx8q-vpu-decoder")).toBeUndefined(); // vpu_core.c has no queue
  });

  it("state strides and heights", () => {
    const layouts = (compatible: string) =>
      factOf(IMX_FACTS, compatible).layouts?.map((l) => [l.fourcc, l.modifier, l.strideAlign, l.heightAlign]);
    expect(layouts("nxp,imx8mq-vpu-g1")).toEqual([
      ["NV12", "LINEAR", 16, 16], // imx8m_vpu_hw.c:104, :107
      ["YUYV", "LINEAR", 32, 16], // imx8m_vpu_hw.c:89, :92
    ]);
    expect(layouts("fsl,imx7-csi")).toEqual([["*", "LINEAR", 8, undefined]]); // imx7-media-csi.c:1158
    expect(layouts("nxp,imx8mp-dw100")).toEqual([["*", "LINEAR", 8, 8]]); // dw100.c:111, :112
  });

  it("keep firmware regions away from buffers", () => {
    const use = (compatible: string) => factOf(IMX_FACTS, compatible).memoryRegionUse;
    expect(use("nxp,imx8q-vpu-encoder")).toBe("firmware"); // vpu_core.c:549
    expect(use("fsl,imx8mp-cm7")).toBe("firmware"); // imx_rproc.c:558
    expect(use("fsl,imx8mp-dsp")).toBe("firmware"); // sound/soc/sof/imx/imx8m.c:210
  });

  it("resolve the GPU's tiles in the display of i.MX 6QP only", () => {
    const modifiers = (compatible: string) =>
      new Set(factOf(IMX_FACTS, compatible).layouts?.map((layout) => layout.modifier));
    expect(modifiers("fsl,imx6qp-ipu")).toContain("VIVANTE_SUPER_TILED"); // ipuv3-plane.c:114, :910
    expect(modifiers("fsl,imx6q-ipu")).toEqual(new Set(["LINEAR"])); // ipuv3-plane.c:107
  });
});
