import { describe, expect, it } from "vitest";
import { loadFacts } from "../../src/facts/load.js";
import { factOf, summarize } from "./summary.js";

const { facts } = await loadFacts();

// Typed by hand while reading Linux 6.12; the comment above each row names where.
const DEFAULT = "default, default";
const PLAIN = { appliesTo: "self", masks: DEFAULT, segment: "default", mmu: "none" };
const LINK = { ...PLAIN, queues: "" };

const cases = [
  // rcar-core.c:1288, :1365 sets nothing; rcar-dma.c:1570
  { compatible: "renesas,vin-r8a774a1", fact: { ...PLAIN, module: "rcar-vin", queues: "capture contig" } },
  // rcar-csi2.c:1813, a subdevice
  {
    compatible: "renesas,r8a774a1-csi2",
    fact: { ...LINK, module: "rcar-csi2", appliesTo: expect.stringMatching(/^renesas,vin-r8a774a1 or /) },
  },
  // rzg2l-core.c:317, rzg2l-video.c:755
  { compatible: "renesas,rzg2l-cru", fact: { ...PLAIN, module: "rzg2l-cru", queues: "capture contig" } },
  {
    compatible: "renesas,rzg2l-csi2",
    fact: { ...LINK, module: "rzg2l-csi2", appliesTo: "renesas,rzg2l-cru" },
  },
  // rcar-fcp.c:134 UINT_MAX, no mask
  { compatible: "renesas,fcpv", fact: { ...LINK, module: "rcar-fcp", segment: "4294967295" } },
  // vsp1_drv.c:933 maps for the FCP; vsp1_video.c:1255 and vsp1_histo.c:541
  {
    compatible: "renesas,vsp2",
    fact: {
      ...PLAIN,
      module: "vsp1",
      appliesTo: "phandle renesas,fcp",
      queues: "capture contig, output contig, histogram vmalloc",
    },
  },
  // rcar_fdp1.c:2053 maps for its own node
  {
    compatible: "renesas,fdp1",
    fact: { ...PLAIN, module: "rcar_fdp1", queues: "output contig, capture contig" },
  },
  // stm32-dcmi.c:2036 maps for its own node, dma2d.c:203 and :217
  { compatible: "st,stm32-dcmi", fact: { ...PLAIN, module: "stm32-dcmi", queues: "capture contig" } },
  {
    compatible: "st,stm32-dma2d",
    fact: { ...PLAIN, module: "stm32-dma2d", queues: "output contig, capture contig" },
  },
  // mmp-driver.c:222 B_DMA_sg, mcam-core.c:1308
  { compatible: "marvell,mmp2-ccic", fact: { ...PLAIN, module: "mmp_camera", queues: "capture sg" } },
  // vi.c:1181 maps for its own node
  { compatible: "nvidia,tegra210-vi", fact: { ...PLAIN, module: "tegra-video", queues: "capture contig" } },
  {
    compatible: "nvidia,tegra210-csi",
    fact: { ...LINK, module: "tegra-video", appliesTo: "nvidia,tegra210-vi" },
  },
  // cal.c:984 segment, cal-video.c:1010
  {
    compatible: "ti,am654-cal",
    fact: { ...PLAIN, module: "ti-cal", segment: "4294967295", queues: "capture contig" },
  },
  // isp.c:2302 both masks, ispvideo.c:1317 no DMABUF
  {
    compatible: "ti,omap3-isp",
    fact: {
      ...PLAIN,
      module: "omap3-isp",
      masks: "exact 0xffffffff, exact 0xffffffff",
      queues: "capture contig, output contig",
    },
  },
  // vpe.c:2524 both masks
  {
    compatible: "ti,dra7-vpe",
    fact: {
      ...PLAIN,
      module: "ti-vpe",
      masks: "exact 0xffffffff, exact 0xffffffff",
      queues: "output contig, capture contig",
    },
  },
  { compatible: "cdns,csi2rx", fact: { ...LINK, module: "cdns-csi2rx" } },
  // imx-media-csi.c:1990 coherent only, imx-media-capture.c:1024
  {
    compatible: "fsl,imx-capture-subsystem",
    fact: { ...PLAIN, module: "imx6-media", masks: "default, exact 0xffffffff", queues: "capture contig" },
  },
  {
    compatible: "video-mux",
    fact: { ...LINK, module: "video-mux", appliesTo: "fsl,imx-capture-subsystem or fsl,imx7-csi" },
  },
  {
    compatible: "fsl,imx8mq-mipi-csi2",
    fact: { ...LINK, module: "imx8mq-mipi-csi2", appliesTo: "fsl,imx8mq-csi" },
  },
  // imx-vdoa.c:289 coherent only; writes into the codec's buffers
  {
    compatible: "fsl,imx6q-vdoa",
    fact: {
      ...LINK,
      module: "imx-vdoa",
      masks: "default, exact 0xffffffff",
      appliesTo: "fsl,imx6q-vpu or fsl,imx6dl-vpu",
    },
  },
  // mipi-csis.c:1017, media-dev.c:1562
  {
    compatible: "samsung,exynos4210-csis",
    fact: { ...LINK, module: "s5p-csis", appliesTo: expect.stringContaining("samsung,exynos4210-fimc") },
  },
  // mtk-mdp3-comp.c:1550, mtk-mmsys.c:477
  {
    compatible: "mediatek,mt8183-mdp3-rsz",
    fact: {
      ...LINK,
      module: "mtk-mdp3",
      appliesTo: "mediatek,mt8183-mdp3-rdma or mediatek,mt8195-mdp3-rdma or mediatek,mt8188-mdp3-rdma",
    },
  },
  {
    compatible: "mediatek,mt8195-vppsys0",
    fact: { ...LINK, module: "mtk-mmsys", appliesTo: expect.stringContaining("mediatek,mt8195-mdp3-rdma") },
  },
];

describe("facts of cameras and scalers of several families", () => {
  it.each(cases)("of $compatible", ({ compatible, fact }) => {
    expect(summarize(factOf(facts, compatible))).toEqual(fact);
  });

  it("say which queues take and give no dma-buf", () => {
    const sharing = (compatible: string) => {
      const { import: imports, export: exports } = factOf(facts, compatible);
      return [imports?.v4l2Dmabuf, exports?.v4l2Mmap];
    };
    expect(sharing("ti,omap3-isp")).toEqual([false, false]); // ispvideo.c:1317, no vidioc_expbuf
    expect(sharing("st,stm32-dcmi")).toEqual([true, true]); // stm32-dcmi.c:2027, :1502
  });

  it("say the stride that a driver states", () => {
    const strides = (compatible: string) =>
      factOf(facts, compatible).layouts?.map(({ fourcc, strideAlign }) => `${fourcc} ${strideAlign}`);
    expect(strides("renesas,vsp2")).toEqual(["* 128"]); // vsp1_video.c:155
    expect(strides("renesas,vin-r8a774a1")).toEqual(["NV12 32", "NV16 32", "* 16"]); // rcar-v4l2.c:134, :137
    expect(strides("nvidia,tegra210-vi")).toEqual(["* 64"]); // tegra210.c:25
    expect(strides("ti,omap3-isp")).toEqual(["* 32"]); // ispccdc.c:2694
    expect(strides("fsl,imx-capture-subsystem")).toContain("NV12 16"); // imx-media-utils.c:552
    expect(strides("fsl,imx-capture-subsystem")).toContain("* 8"); // imx-media-utils.c:554
  });
});
