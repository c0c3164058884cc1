/** Video and JPEG codecs of i.MX: Hantro of i.MX 8M, Amphion and JPEG of i.MX 8QuadMax and 8QuadXPlus, CODA of older parts. */
import type { DeviceFact, LayoutFact } from "../../fact.js";
import { hantroFact } from "../hantro.js";
import {
  at,
  bothMasks,
  contigQueue,
  defaultMask,
  defaultSegmentSize,
  driver,
  exactMask,
  noSegmentBoundary,
  reviewedFact,
  untouchedLimits,
  v4l2Fact,
} from "../shorthand.js";

const IMX8M_VPU = "drivers/media/platform/verisilicon/imx8m_vpu_hw.c";
const JPEG = "drivers/media/platform/nxp/imx-jpeg/mxc-jpeg.c";
const AMPHION = "drivers/media/platform/amphion/vpu_drv.c";
const AMPHION_CORE = "drivers/media/platform/amphion/vpu_core.c";
const AMPHION_V4L2 = "drivers/media/platform/amphion/vpu_v4l2.c";
const AMPHION_HELPERS = "drivers/media/platform/amphion/vpu_helpers.c";
const VDOA = "drivers/media/platform/chips-media/coda/imx-vdoa.c";
const CODA = "drivers/media/platform/chips-media/coda/coda-common.c";

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

/** JPEG decoder or encoder of i.MX 8QuadMax and 8QuadXPlus. */
function mxcJpeg(name: string, line: number, pictureQueue: string): DeviceFact {
  return v4l2Fact(name, driver("mxc-jpeg-encdec", JPEG, line), {
    role: "codec",
    ...bothMasks("0xffffffff", JPEG, 2794),
    buffers: [contigQueue("output", JPEG, 2016), contigQueue("capture", JPEG, 2030)],
    pictureQueue,
    layouts: [
      { fourcc: "NV12", modifier: "LINEAR", strideAlign: 16, heightAlign: 16, sources: [at(JPEG, 140), at(JPEG, 141)] },
      { fourcc: "YUYV", modifier: "LINEAR", strideAlign: 32, heightAlign: 8, sources: [at(JPEG, 192), at(JPEG, 193)] },
    ],
    confidence: "A",
    note: "Compressed buffers are a multiple of 1 KiB long (mxc-jpeg.c:1829).",
  });
}

/** Amphion Windsor and Malone: the device with the video nodes; its cores are children. */
function amphion(name: string, line: number): DeviceFact {
  return v4l2Fact(name, driver("amphion-vpu", AMPHION, line), {
    role: "codec",
    ...untouchedLimits(AMPHION, 86),
    buffers: [
      contigQueue("capture", AMPHION_V4L2, 672),
      contigQueue("output", AMPHION_V4L2, 656),
      { queue: "bitstream", kind: "vmalloc", sources: [at(AMPHION_V4L2, 658), at(AMPHION_V4L2, 674)] },
    ],
    pictureQueue: "capture",
    layouts: [
      {
        fourcc: "NV12",
        modifier: "LINEAR",
        strideAlign: 16,
        heightAlign: 2,
        sources: [at(AMPHION_CORE, 834), at(AMPHION_HELPERS, 160), at(AMPHION_HELPERS, 161)],
      },
    ],
    confidence: "A",
    note:
      "A decoder node and an encoder node share this device: the decoder's capture queue has pictures in tiles of 8 bytes by 128 rows " +
      "(V4L2 NV12_8L128, stride a multiple of 256, no DRM modifier), the encoder's output queue linear ones; the compressed side of " +
      "each is copied by the CPU through a stream buffer.",
  });
}

/** A decoder or encoder core below the Amphion VPU: firmware and messages, no user buffers. */
function amphionCore(name: string, line: number): DeviceFact {
  return reviewedFact(name, driver("amphion-vpu", AMPHION_CORE, line), {
    role: "codec",
    appliesTo: "parent",
    ...untouchedLimits(AMPHION_CORE, 614),
    buffers: [],
    memoryRegionUse: "firmware",
    confidence: "A",
    note: "Two memory regions hold firmware and messages (vpu_core.c:549); working memory is coherent memory of the core's own device.",
  });
}

/** Chips&Media CODA of i.MX 27 up to i.MX 6. */
function coda(name: string, line: number): DeviceFact {
  return v4l2Fact(name, driver("coda-vpu", CODA, line), {
    role: "codec",
    ...untouchedLimits(CODA, 3147),
    buffers: [
      contigQueue("capture", CODA, 2591, { attrs: ["no-kernel-mapping"] }),
      contigQueue("output", CODA, 2562),
      { queue: "bitstream", kind: "vmalloc", sources: [at(CODA, 2582)] },
    ],
    pictureQueue: "capture",
    layouts: [{ fourcc: "NV12", modifier: "LINEAR", strideAlign: 16, sources: [at(CODA, 617)] }],
    confidence: "A",
    note: "The output queue is contiguous for encoders and copied by the CPU for decoders; an encoder's capture queue has a kernel mapping.",
  });
}

/** Facts of codecs. */
export const IMX_CODEC_FACTS: readonly DeviceFact[] = [
  hantroFact("nxp,imx8mm-vpu-g1", 730, "decodes", [G1_NV12], "No post-processor: NV12 only."),
  hantroFact(
    "nxp,imx8mq-vpu",
    731,
    "decodes",
    [G1_NV12, G1_YUYV],
    "Old binding for both cores; only the G1 core is driven.",
  ),
  hantroFact("nxp,imx8mq-vpu-g1", 732, "decodes", [G1_NV12, G1_YUYV]),
  hantroFact("nxp,imx8mq-vpu-g2", 733, "decodes", G2_LAYOUTS, G2_NOTE),
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
  reviewedFact("fsl,imx6q-vdoa", driver("imx-vdoa", VDOA, 328), {
    role: "codec",
    appliesTo: { aggregate: ["fsl,imx6q-vpu", "fsl,imx6dl-vpu"] },
    dmaMask: defaultMask(VDOA, 284),
    coherentDmaMask: exactMask("0xffffffff", VDOA, 289),
    maxSegmentSize: defaultSegmentSize,
    segmentBoundaryMask: noSegmentBoundary,
    buffers: [],
    confidence: "B",
    note: "Untiles decoded pictures into buffers that the CODA codec has mapped for its own node.",
  }),
];
