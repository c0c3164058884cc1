/**
 * NXP i.MX: displays, codecs, cameras and GPUs of i.MX 8M Mini, Nano, Plus and Quad, i.MX 8QuadMax and 8QuadXPlus,
 * with the older parts that share their drivers. Read by hand in Linux 6.12.
 */
import type { AppliesTo, DeviceFact, LayoutFact, MaskFact } from "../fact.js";
import {
  at,
  bothMasks,
  compatible,
  contigQueue,
  defaultMask,
  defaultSegmentSize,
  driver,
  exactMask,
  gemDmaQueue,
  noSegmentBoundary,
  runtimeMask,
  segmentSize,
  sharesDumb,
  sharesV4l2,
  untouchedLimits,
  variantMask,
} from "./shorthand.js";

const LCDIF = "drivers/gpu/drm/mxsfb/lcdif_drv.c";
const MXSFB = "drivers/gpu/drm/mxsfb/mxsfb_drv.c";
const DCSS = "drivers/gpu/drm/imx/dcss/dcss-drv.c";
const DCSS_PLANE = "drivers/gpu/drm/imx/dcss/dcss-plane.c";
const HANTRO = "drivers/media/platform/verisilicon/hantro_drv.c";
const IMX8M_VPU = "drivers/media/platform/verisilicon/imx8m_vpu_hw.c";
const ETNAVIV = "drivers/gpu/drm/etnaviv/etnaviv_drv.c";
const ETNAVIV_GEM = "drivers/gpu/drm/etnaviv/etnaviv_gem.c";
const IMX7_CSI = "drivers/media/platform/nxp/imx7-media-csi.c";
const ISI = "drivers/media/platform/nxp/imx8-isi/imx8-isi-core.c";
const ISI_VIDEO = "drivers/media/platform/nxp/imx8-isi/imx8-isi-video.c";
const ISI_M2M = "drivers/media/platform/nxp/imx8-isi/imx8-isi-m2m.c";
const RKISP1 = "drivers/media/platform/rockchip/rkisp1/rkisp1-dev.c";
const RKISP1_CAPTURE = "drivers/media/platform/rockchip/rkisp1/rkisp1-capture.c";
const RKISP1_PARAMS = "drivers/media/platform/rockchip/rkisp1/rkisp1-params.c";
const RKISP1_STATS = "drivers/media/platform/rockchip/rkisp1/rkisp1-stats.c";
const DW100 = "drivers/media/platform/nxp/dw100/dw100.c";
const PXP = "drivers/media/platform/nxp/imx-pxp.c";
const JPEG = "drivers/media/platform/nxp/imx-jpeg/mxc-jpeg.c";
const AMPHION = "drivers/media/platform/amphion/vpu_drv.c";
const AMPHION_CORE = "drivers/media/platform/amphion/vpu_core.c";
const AMPHION_V4L2 = "drivers/media/platform/amphion/vpu_v4l2.c";
const AMPHION_HELPERS = "drivers/media/platform/amphion/vpu_helpers.c";
const CODA = "drivers/media/platform/chips-media/coda/coda-common.c";
const RPROC = "drivers/remoteproc/imx_rproc.c";
const DSP_RPROC = "drivers/remoteproc/imx_dsp_rproc.c";

/** LCDIF of i.MX 8M Plus and i.MX 93: one DRM device a node. */
function lcdif(name: string, line: number): DeviceFact {
  return {
    match: compatible(name),
    driver: driver("imx-lcdif", LCDIF, line),
    role: "display",
    appliesTo: "self",
    ...bothMasks("0xfffffffff", LCDIF, 165),
    buffers: [gemDmaQueue(LCDIF, 245)],
    pictureQueue: "gem",
    ...sharesDumb,
    mmu: "none",
    slaveDma: false,
    layouts: [{ fourcc: "*", modifier: "LINEAR", sources: [at("drivers/gpu/drm/mxsfb/lcdif_kms.c", 747)] }],
    confidence: "A",
    reviewed: true,
  };
}

/** eLCDIF of i.MX 23 up to i.MX 8M Quad. */
function mxsfb(name: string, line: number): DeviceFact {
  return {
    match: compatible(name),
    driver: driver("mxsfb", MXSFB, line),
    role: "display",
    appliesTo: "self",
    ...bothMasks("0xffffffff", MXSFB, 245),
    buffers: [gemDmaQueue(MXSFB, 333)],
    pictureQueue: "gem",
    ...sharesDumb,
    mmu: "none",
    slaveDma: false,
    layouts: [{ fourcc: "*", modifier: "LINEAR", sources: [at("drivers/gpu/drm/mxsfb/mxsfb_kms.c", 666)] }],
    confidence: "A",
    reviewed: true,
    note: "A frame buffer is refused unless its pitch is exactly width times bytes per pixel (mxsfb_drv.c:100).",
  };
}

/** Hantro G1 and G2 decoders: coherent mask set, streaming mask left alone. */
function hantroDecoder(name: string, line: number, layouts: readonly LayoutFact[], note?: string): DeviceFact {
  return {
    match: compatible(name),
    driver: driver("hantro-vpu", HANTRO, line),
    role: "codec",
    appliesTo: "self",
    dmaMask: defaultMask(HANTRO, 1077),
    coherentDmaMask: exactMask("0xffffffff", HANTRO, 1159),
    maxSegmentSize: segmentSize(0xffffffff, HANTRO, 1164),
    segmentBoundaryMask: noSegmentBoundary,
    buffers: [
      contigQueue("output", HANTRO, 213, { attrs: ["alloc-single-pages", "no-kernel-mapping"] }),
      contigQueue("capture", HANTRO, 233, { attrs: ["alloc-single-pages", "no-kernel-mapping"] }),
    ],
    pictureQueue: "capture",
    ...sharesV4l2,
    mmu: "none",
    slaveDma: false,
    layouts,
    confidence: "A",
    reviewed: true,
    ...(note === undefined ? {} : { note }),
  };
}

/** G1 pictures: whole macroblocks, no stride of the user's own. */
const G1_NV12: LayoutFact = {
  fourcc: "NV12",
  modifier: "LINEAR",
  strideAlign: 16,
  heightAlign: 16,
  sources: [at(IMX8M_VPU, 104), at(IMX8M_VPU, 107)],
};

/** G1 pictures after the post-processor. */
const G1_YUYV: LayoutFact = {
  fourcc: "YUYV",
  modifier: "LINEAR",
  strideAlign: 32,
  heightAlign: 16,
  sources: [at(IMX8M_VPU, 89), at(IMX8M_VPU, 92)],
};

/** G2 pictures after the post-processor, which untiles them. */
const G2_LAYOUTS: readonly LayoutFact[] = [
  {
    fourcc: "NV12",
    modifier: "LINEAR",
    strideAlign: 16,
    heightAlign: 16,
    sources: [at(IMX8M_VPU, 160), at(IMX8M_VPU, 163)],
  },
  {
    fourcc: "P010",
    modifier: "LINEAR",
    strideAlign: 32,
    heightAlign: 16,
    sources: [at(IMX8M_VPU, 174), at(IMX8M_VPU, 177)],
  },
];

const G2_NOTE =
  "Without the post-processor pictures are NV12 or P010 in 4x4 tiles (V4L2 NV12_4L4, P010_4L4), for which DRM has no modifier.";

/** CSI bridge of i.MX 6UL, 7, 8M Mini and 8M Quad. */
function csiBridge(name: string, line: number): DeviceFact {
  return {
    match: compatible(name),
    driver: driver("imx7-media-csi", IMX7_CSI, line),
    role: "camera",
    appliesTo: "self",
    ...untouchedLimits(IMX7_CSI, 2206),
    buffers: [contigQueue("capture", IMX7_CSI, 1691)],
    pictureQueue: "capture",
    ...sharesV4l2,
    mmu: "none",
    slaveDma: false,
    layouts: [{ fourcc: "*", modifier: "LINEAR", strideAlign: 8, sources: [at(IMX7_CSI, 1158), at(IMX7_CSI, 1163)] }],
    confidence: "D",
    reviewed: true,
    note: "The stride is always the width in bytes; the width is rounded up to 8 bytes.",
  };
}

/** Image Sensing Interface: capture pipes, and a scaler between memory and memory where it is built in. */
function isi(name: string, line: number, mask: string, dataLine: number): DeviceFact {
  return {
    match: compatible(name),
    driver: driver("imx8-isi", ISI, line),
    role: "camera",
    appliesTo: "self",
    dmaMask: variantMask(mask, ISI, 469, at(ISI, dataLine)),
    coherentDmaMask: variantMask(mask, ISI, 469, at(ISI, dataLine)),
    maxSegmentSize: defaultSegmentSize,
    segmentBoundaryMask: noSegmentBoundary,
    buffers: [
      { queue: "capture", kind: "contig", sources: [at(ISI_VIDEO, 1416), at(ISI_M2M, 394)] },
      contigQueue("output", ISI_M2M, 380),
    ],
    pictureQueue: "capture",
    ...sharesV4l2,
    mmu: "none",
    slaveDma: false,
    confidence: "B",
    reviewed: true,
    note: "Any stride from the width in bytes up to 65535, the same for all planes; the output queue belongs to the memory-to-memory node.",
  };
}

/** Pixel pipeline: scaler and converter of i.MX 6ULL and i.MX 7. */
function pxp(name: string, line: number): DeviceFact {
  return {
    match: compatible(name),
    driver: driver("imx-pxp", PXP, line),
    role: "scaler",
    appliesTo: "self",
    ...untouchedLimits(PXP, 1781),
    buffers: [contigQueue("output", PXP, 1624), contigQueue("capture", PXP, 1638)],
    pictureQueue: "capture",
    ...sharesV4l2,
    mmu: "none",
    slaveDma: false,
    layouts: [
      {
        fourcc: "*",
        modifier: "LINEAR",
        strideAlign: 8,
        heightAlign: 8,
        sources: [at(PXP, 1240), at(PXP, 1241)],
      },
    ],
    confidence: "D",
    reviewed: true,
  };
}

/** JPEG decoder or encoder of i.MX 8QuadMax and 8QuadXPlus. */
function mxcJpeg(name: string, line: number, pictureQueue: string): DeviceFact {
  return {
    match: compatible(name),
    driver: driver("mxc-jpeg-encdec", JPEG, line),
    role: "codec",
    appliesTo: "self",
    ...bothMasks("0xffffffff", JPEG, 2794),
    buffers: [contigQueue("output", JPEG, 2016), contigQueue("capture", JPEG, 2030)],
    pictureQueue,
    ...sharesV4l2,
    mmu: "none",
    slaveDma: false,
    layouts: [
      { fourcc: "NV12", modifier: "LINEAR", strideAlign: 16, heightAlign: 16, sources: [at(JPEG, 140), at(JPEG, 141)] },
      { fourcc: "YUYV", modifier: "LINEAR", strideAlign: 32, heightAlign: 8, sources: [at(JPEG, 192), at(JPEG, 193)] },
    ],
    confidence: "A",
    reviewed: true,
    note: "Compressed buffers are a multiple of 1 KiB long (mxc-jpeg.c:1829).",
  };
}

/** Amphion Windsor and Malone: the device with the video nodes; its cores are children. */
function amphion(name: string, line: number): DeviceFact {
  return {
    match: compatible(name),
    driver: driver("amphion-vpu", AMPHION, line),
    role: "codec",
    appliesTo: "self",
    ...untouchedLimits(AMPHION, 86),
    buffers: [
      contigQueue("capture", AMPHION_V4L2, 672),
      contigQueue("output", AMPHION_V4L2, 656),
      { queue: "bitstream", kind: "vmalloc", sources: [at(AMPHION_V4L2, 658), at(AMPHION_V4L2, 674)] },
    ],
    pictureQueue: "capture",
    ...sharesV4l2,
    mmu: "none",
    slaveDma: false,
    layouts: [
      {
        fourcc: "NV12",
        modifier: "LINEAR",
        strideAlign: 16,
        heightAlign: 2,
        sources: [at(AMPHION_CORE, 834), at(AMPHION_HELPERS, 160), at(AMPHION_HELPERS, 161)],
      },
    ],
    confidence: "D",
    reviewed: true,
    note:
      "A decoder node and an encoder node share this device: the decoder's capture queue has pictures in tiles of 8 bytes by 128 rows " +
      "(V4L2 NV12_8L128, stride a multiple of 256, no DRM modifier), the encoder's output queue linear ones; the compressed side of " +
      "each is copied by the CPU through a stream buffer.",
  };
}

/** A decoder or encoder core below the Amphion VPU: firmware and messages, no user buffers. */
function amphionCore(name: string, line: number): DeviceFact {
  return {
    match: compatible(name),
    driver: driver("amphion-vpu", AMPHION_CORE, line),
    role: "codec",
    appliesTo: "parent",
    ...untouchedLimits(AMPHION_CORE, 614),
    buffers: [],
    memoryRegionUse: "firmware",
    mmu: "none",
    slaveDma: false,
    confidence: "D",
    reviewed: true,
    note: "Two memory regions hold firmware and messages (vpu_core.c:549); working memory is coherent memory of the core's own device.",
  };
}

/** Chips&Media CODA of i.MX 27 up to i.MX 6. */
function coda(name: string, line: number): DeviceFact {
  return {
    match: compatible(name),
    driver: driver("coda-vpu", CODA, line),
    role: "codec",
    appliesTo: "self",
    ...untouchedLimits(CODA, 3147),
    buffers: [
      contigQueue("capture", CODA, 2591, { attrs: ["no-kernel-mapping"] }),
      contigQueue("output", CODA, 2562),
      { queue: "bitstream", kind: "vmalloc", sources: [at(CODA, 2582)] },
    ],
    pictureQueue: "capture",
    ...sharesV4l2,
    mmu: "none",
    slaveDma: false,
    layouts: [{ fourcc: "NV12", modifier: "LINEAR", strideAlign: 16, sources: [at(CODA, 617)] }],
    confidence: "D",
    reviewed: true,
    note: "The output queue is contiguous for encoders and copied by the CPU for decoders; an encoder's capture queue has a kernel mapping.",
  };
}

/** A microcontroller started by Linux: its regions hold code, tables and rings, never pictures. */
function remoteCore(name: string, file: string, line: number, probeLine: number): DeviceFact {
  return {
    match: compatible(name),
    driver: driver(file === RPROC ? "imx_rproc" : "imx_dsp_rproc", file, line),
    role: file === RPROC ? "other" : "dsp",
    appliesTo: "self",
    ...untouchedLimits(file, probeLine),
    buffers: [],
    memoryRegionUse: "firmware",
    mmu: "none",
    slaveDma: false,
    confidence: "D",
    reviewed: true,
    note: "A region called vdev0buffer is left to the virtio child device, which takes its message buffers from it.",
  };
}

/** An audio DSP run by Sound Open Firmware: the region is mapped for the firmware. */
function sofDsp(name: string, module: string, file: string, line: number, probeLine: number): DeviceFact {
  return {
    match: compatible(name),
    driver: driver(module, file, line),
    role: "dsp",
    appliesTo: "self",
    ...untouchedLimits(file, probeLine),
    buffers: [],
    memoryRegionUse: "firmware",
    mmu: "none",
    slaveDma: false,
    confidence: "D",
    reviewed: true,
  };
}

/** A bus master nobody shares pictures with. */
function master(
  name: string,
  module: string,
  file: string,
  line: number,
  limits: Pick<DeviceFact, "dmaMask" | "coherentDmaMask" | "maxSegmentSize" | "segmentBoundaryMask">,
): DeviceFact {
  return {
    match: compatible(name),
    driver: driver(module, file, line),
    role: "other",
    appliesTo: "self",
    ...limits,
    buffers: [],
    mmu: "none",
    slaveDma: false,
    confidence: "A",
    reviewed: true,
  };
}

const FEC = "drivers/net/ethernet/freescale/fec_main.c";
const SDMA = "drivers/dma/imx-sdma.c";
const SDMA_LIMITS = {
  ...bothMasks("0xffffffff", SDMA, 2248),
  maxSegmentSize: segmentSize(0xffff, SDMA, 2363),
};
const EQOS = "drivers/net/ethernet/stmicro/stmmac/dwmac-imx.c";
const STMMAC = "drivers/net/ethernet/stmicro/stmmac/stmmac_main.c";

const IMX_DRM = "drivers/gpu/drm/imx/ipuv3/imx-drm-core.c";
const IPU = "drivers/gpu/ipu-v3/ipu-common.c";

/** The display of i.MX 5 and i.MX 6: `appliesTo` is the node that becomes the DRM device. */
function ipuDisplay(name: string, module: string, file: string, line: number, appliesTo: AppliesTo): DeviceFact {
  return {
    match: compatible(name),
    driver: driver(module, file, line),
    role: "display",
    appliesTo,
    dmaMask: defaultMask(IMX_DRM, 287),
    coherentDmaMask: exactMask("0xffffffff", IMX_DRM, 292),
    maxSegmentSize: defaultSegmentSize,
    segmentBoundaryMask: noSegmentBoundary,
    buffers: [gemDmaQueue(IMX_DRM, 165)],
    pictureQueue: "gem",
    ...sharesDumb,
    mmu: "none",
    slaveDma: false,
    layouts: [
      { fourcc: "XRGB8888", modifier: "LINEAR", strideAlign: 32, sources: [at(IMX_DRM, 153)] },
      { fourcc: "RGB565", modifier: "LINEAR", strideAlign: 16, sources: [at(IMX_DRM, 153)] },
    ],
    confidence: "A",
    reviewed: true,
    note: "The DRM device is the subsystem's node, never an IPU; dumb buffers are a multiple of 8 pixels wide.",
  };
}

/** The node that becomes the DRM device of i.MX 5 and i.MX 6. */
const IMX_DISPLAY = { aggregate: "fsl,imx-display-subsystem" } as const;

const ESDHC = "drivers/mmc/host/sdhci-esdhc-imx.c";
const SDHCI = "drivers/mmc/host/sdhci.c";
const SDHCI_MASK: MaskFact = runtimeMask(
  ["0xffffffff", "0xffffffffffffffff"],
  ["no 64-bit capability in the host's registers", "64-bit capability"],
  at(SDHCI, 4066),
  at(SDHCI, 4076),
);

/** Facts of the i.MX family. */
export const IMX_FACTS: readonly DeviceFact[] = [
  lcdif("fsl,imx8mp-lcdif", 255),
  lcdif("fsl,imx93-lcdif", 256),
  mxsfb("fsl,imx23-lcdif", 343),
  mxsfb("fsl,imx28-lcdif", 344),
  mxsfb("fsl,imx6sx-lcdif", 345),
  {
    match: compatible("nxp,imx8mq-dcss"),
    driver: driver("imx-dcss", DCSS, 107),
    role: "display",
    appliesTo: "self",
    ...untouchedLimits(DCSS, 35),
    buffers: [gemDmaQueue("drivers/gpu/drm/imx/dcss/dcss-kms.c", 30)],
    pictureQueue: "gem",
    ...sharesDumb,
    mmu: "none",
    slaveDma: false,
    layouts: [
      { fourcc: "*", modifier: "LINEAR", sources: [at(DCSS_PLANE, 38)] },
      ...["ARGB8888", "XRGB8888", "ARGB2101010"].flatMap((fourcc) => [
        { fourcc, modifier: "VIVANTE_TILED", sources: [at(DCSS_PLANE, 81)] },
        { fourcc, modifier: "VIVANTE_SUPER_TILED", sources: [at(DCSS_PLANE, 82)] },
      ]),
    ],
    confidence: "D",
    reviewed: true,
    note: "Tiled pictures only on the primary plane.",
  },

  ipuDisplay("fsl,imx-display-subsystem", "imxdrm", IMX_DRM, 326, "self"),
  ipuDisplay("fsl,imx51-ipu", "imx-ipu-v3", IPU, 874, IMX_DISPLAY),
  ipuDisplay("fsl,imx53-ipu", "imx-ipu-v3", IPU, 875, IMX_DISPLAY),
  ipuDisplay("fsl,imx6q-ipu", "imx-ipu-v3", IPU, 876, IMX_DISPLAY),
  ipuDisplay("fsl,imx6qp-ipu", "imx-ipu-v3", IPU, 877, IMX_DISPLAY),

  hantroDecoder("nxp,imx8mm-vpu-g1", 730, [G1_NV12], "No post-processor: NV12 only."),
  hantroDecoder("nxp,imx8mq-vpu", 731, [G1_NV12, G1_YUYV], "Old binding for both cores; only the G1 core is driven."),
  hantroDecoder("nxp,imx8mq-vpu-g1", 732, [G1_NV12, G1_YUYV]),
  hantroDecoder("nxp,imx8mq-vpu-g2", 733, G2_LAYOUTS, G2_NOTE),

  {
    match: compatible("vivante,gc"),
    driver: driver("etnaviv", "drivers/gpu/drm/etnaviv/etnaviv_gpu.c", 1849),
    role: "gpu",
    appliesTo: { virtual: "etnaviv", configuredFrom: "vivante,gc" },
    dmaMask: {
      kind: "set",
      candidates: ["0xffffffff", "0xffffffffff"],
      when: [
        "no dma-ranges apply to the first enabled core, or they end below 4 GiB: the second of_dma_configure() cuts the mask to the coherent one",
        "dma-ranges of the first enabled core end above 4 GiB",
      ],
      sources: [at(ETNAVIV, 644), at(ETNAVIV, 657), at("drivers/of/device.c", 135), at("drivers/of/device.c", 145)],
    },
    coherentDmaMask: exactMask("0xffffffff", ETNAVIV, 645),
    maxSegmentSize: segmentSize(0x80000000, ETNAVIV, 532),
    segmentBoundaryMask: noSegmentBoundary,
    buffers: [
      {
        queue: "gem",
        kind: "own",
        gfp: "dma32",
        allocates: "scattered",
        accepts: "scattered",
        sources: [at(ETNAVIV, 547), at(ETNAVIV_GEM, 623), at("drivers/gpu/drm/etnaviv/etnaviv_gem_prime.c", 112)],
      },
    ],
    pictureQueue: "gem",
    import: { prime: true },
    export: { gem: true },
    mmu: "device",
    slaveDma: false,
    confidence: "C",
    reviewed: true,
    note:
      "2D, 3D, vector and NPU cores all share one virtual DRM device; pages below 4 GiB are asked for only when some RAM lies beyond that " +
      "device's reach (etnaviv_drv.c:546); second generation MMUs write 40 address bits, the first one 32 without a check.",
  },

  csiBridge("fsl,imx8mq-csi", 2275),
  csiBridge("fsl,imx7-csi", 2276),
  csiBridge("fsl,imx6ul-csi", 2277),
  isi("fsl,imx8mn-isi", 529, "0xffffffff", 293),
  isi("fsl,imx8mp-isi", 530, "0xfffffffff", 307),
  isi("fsl,imx93-isi", 531, "0xffffffff", 321),
  {
    match: compatible("fsl,imx8mp-isp"),
    driver: driver("rockchip-isp1", RKISP1, 575),
    role: "camera",
    appliesTo: "self",
    dmaMask: variantMask("0x3ffffffff", RKISP1, 606, at(RKISP1, 559)),
    coherentDmaMask: variantMask("0x3ffffffff", RKISP1, 606, at(RKISP1, 559)),
    maxSegmentSize: defaultSegmentSize,
    segmentBoundaryMask: noSegmentBoundary,
    buffers: [
      contigQueue("capture", RKISP1_CAPTURE, 1564),
      { queue: "params", kind: "vmalloc", sources: [at(RKISP1_PARAMS, 2727)] },
      { queue: "stats", kind: "vmalloc", sources: [at(RKISP1_STATS, 169)] },
    ],
    pictureQueue: "capture",
    ...sharesV4l2,
    mmu: "none",
    slaveDma: false,
    confidence: "B",
    reviewed: true,
    note: "The main path takes any stride from the picture width to 65536 pixels.",
  },
  {
    match: compatible("nxp,imx8mp-dw100"),
    driver: driver("dw100", DW100, 1684),
    role: "2d",
    appliesTo: "self",
    ...untouchedLimits(DW100, 1531),
    buffers: [contigQueue("output", DW100, 576), contigQueue("capture", DW100, 590)],
    pictureQueue: "capture",
    ...sharesV4l2,
    mmu: "none",
    slaveDma: false,
    layouts: [
      {
        fourcc: "*",
        modifier: "LINEAR",
        strideAlign: 8,
        heightAlign: 8,
        offsetAlign: 16,
        sources: [at(DW100, 111), at(DW100, 112), at("drivers/media/platform/nxp/dw100/dw100_regs.h", 42)],
      },
    ],
    confidence: "D",
    reviewed: true,
    note: "Dewarper; plane addresses are written without their low 4 bits.",
  },
  pxp("fsl,imx6ull-pxp", 1938),
  pxp("fsl,imx7d-pxp", 1939),
  mxcJpeg("nxp,imx8qxp-jpgdec", 271, "capture"),
  mxcJpeg("nxp,imx8qxp-jpgenc", 275, "output"),
  amphion("nxp,imx8qxp-vpu", 222),
  amphion("nxp,imx8qm-vpu", 223),
  amphionCore("nxp,imx8q-vpu-encoder", 861),
  amphionCore("nxp,imx8q-vpu-decoder", 862),
  coda("fsl,imx27-vpu", 3138),
  coda("fsl,imx51-vpu", 3139),
  coda("fsl,imx53-vpu", 3140),
  coda("fsl,imx6q-vpu", 3141),
  coda("fsl,imx6dl-vpu", 3142),

  ...(
    [
      ["fsl,imx7d-cm4", 1187],
      ["fsl,imx6sx-cm4", 1188],
      ["fsl,imx8mq-cm4", 1189],
      ["fsl,imx8mm-cm4", 1190],
      ["fsl,imx8mn-cm7", 1191],
      ["fsl,imx8mp-cm7", 1192],
      ["fsl,imx8mn-cm7-mmio", 1193],
      ["fsl,imx8mp-cm7-mmio", 1194],
      ["fsl,imx8qxp-cm4", 1195],
      ["fsl,imx8qm-cm4", 1196],
      ["fsl,imx93-cm33", 1198],
    ] as const
  ).map(([name, line]) => remoteCore(name, RPROC, line, 1075)),
  ...(
    [
      ["fsl,imx8qxp-hifi4", 1260],
      ["fsl,imx8qm-hifi4", 1261],
      ["fsl,imx8mp-hifi4", 1262],
    ] as const
  ).map(([name, line]) => remoteCore(name, DSP_RPROC, line, 1023)),
  sofDsp("fsl,imx8qxp-dsp", "snd-sof-imx8", "sound/soc/sof/imx/imx8.c", 652, 176),
  sofDsp("fsl,imx8qm-dsp", "snd-sof-imx8", "sound/soc/sof/imx/imx8.c", 653, 176),
  sofDsp("fsl,imx8mp-dsp", "snd-sof-imx8m", "sound/soc/sof/imx/imx8m.c", 500, 145),

  ...(
    [
      ["fsl,imx6q-fec", 197],
      ["fsl,imx6sx-fec", 199],
      ["fsl,imx6ul-fec", 200],
      ["fsl,imx8mq-fec", 201],
      ["fsl,imx8qm-fec", 202],
    ] as const
  ).map(([name, line]) => master(name, "fec", FEC, line, bothMasks("0xffffffff", FEC, 4095))),
  ...(
    [
      ["fsl,imx6q-sdma", 675],
      ["fsl,imx53-sdma", 676],
      ["fsl,imx51-sdma", 677],
      ["fsl,imx7d-sdma", 681],
      ["fsl,imx6ul-sdma", 682],
      ["fsl,imx8mq-sdma", 683],
    ] as const
  ).map(([name, line]) => master(name, "imx-sdma", SDMA, line, SDMA_LIMITS)),
  ...(
    [
      ["nxp,imx8mp-dwmac-eqos", 416, "0x3ffffffff", 395],
      ["nxp,imx8dxl-dwmac-eqos", 417, "0xffffffff", 402],
      ["nxp,imx93-dwmac-eqos", 418, "0xffffffff", 408],
    ] as const
  ).map(
    ([name, line, mask, dataLine]): DeviceFact => ({
      ...master(name, "dwmac-imx", EQOS, line, {
        dmaMask: variantMask(mask, STMMAC, 7746, at(EQOS, dataLine)),
        coherentDmaMask: variantMask(mask, STMMAC, 7746, at(EQOS, dataLine)),
        maxSegmentSize: defaultSegmentSize,
        segmentBoundaryMask: noSegmentBoundary,
      }),
      confidence: "B",
    }),
  ),
  ...(
    [
      ["fsl,imx6sx-usdhc", 374],
      ["fsl,imx6sl-usdhc", 375],
      ["fsl,imx6q-usdhc", 377],
      ["fsl,imx7d-usdhc", 379],
      ["fsl,imx8qxp-usdhc", 381],
      ["fsl,imx8mm-usdhc", 382],
    ] as const
  ).map(
    ([name, line]): DeviceFact => ({
      ...master(name, "sdhci-esdhc-imx", ESDHC, line, {
        dmaMask: SDHCI_MASK,
        coherentDmaMask: SDHCI_MASK,
        maxSegmentSize: { kind: "runtime", setBy: "mmc-core" },
        segmentBoundaryMask: noSegmentBoundary,
      }),
      confidence: "E",
    }),
  ),
];
