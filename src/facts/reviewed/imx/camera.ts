/** Cameras of i.MX: CSI bridge, Image Sensing Interface, and the image signal processor of i.MX 8M Plus. */
import type { DeviceFact } from "../../fact.js";
import {
  aggregateBlocks,
  at,
  contigQueue,
  defaultMask,
  defaultSegmentSize,
  driver,
  exactMask,
  noSegmentBoundary,
  sameMasks,
  untouchedLimits,
  v4l2Fact,
  variantMask,
} from "../shorthand.js";

const IMX7_CSI = "drivers/media/platform/nxp/imx7-media-csi.c";
const ISI = "drivers/media/platform/nxp/imx8-isi/imx8-isi-core.c";
const ISI_VIDEO = "drivers/media/platform/nxp/imx8-isi/imx8-isi-video.c";
const ISI_M2M = "drivers/media/platform/nxp/imx8-isi/imx8-isi-m2m.c";
const CSIS = "drivers/media/platform/nxp/imx-mipi-csis.c";
const IMX8MQ_CSI2 = "drivers/media/platform/nxp/imx8mq-mipi-csi2.c";
const VIDEO_MUX = "drivers/media/platform/video-mux.c";
const IPU_MEDIA = "drivers/staging/media/imx/imx-media-dev.c";
const IPU_CSI = "drivers/staging/media/imx/imx-media-csi.c";
const IPU_CAPTURE = "drivers/staging/media/imx/imx-media-capture.c";
const IPU_UTILS = "drivers/staging/media/imx/imx-media-utils.c";
const IMX6_CSI2 = "drivers/staging/media/imx/imx6-mipi-csi2.c";
const RKISP1 = "drivers/media/platform/rockchip/rkisp1/rkisp1-dev.c";
const RKISP1_CAPTURE = "drivers/media/platform/rockchip/rkisp1/rkisp1-capture.c";
const RKISP1_PARAMS = "drivers/media/platform/rockchip/rkisp1/rkisp1-params.c";
const RKISP1_STATS = "drivers/media/platform/rockchip/rkisp1/rkisp1-stats.c";

/** CSI bridge of i.MX 6UL, 7, 8M Mini and 8M Quad. */
function csiBridge(name: string, line: number): DeviceFact {
  return v4l2Fact(name, driver("imx7-media-csi", IMX7_CSI, line), {
    role: "camera",
    ...untouchedLimits(IMX7_CSI, 2206),
    buffers: [contigQueue("capture", IMX7_CSI, 1691)],
    pictureQueue: "capture",
    layouts: [{ fourcc: "*", modifier: "LINEAR", strideAlign: 8, sources: [at(IMX7_CSI, 1158), at(IMX7_CSI, 1163)] }],
    confidence: "A",
    note: "The stride is always the width in bytes; the width is rounded up to 8 bytes.",
  });
}

/** Image Sensing Interface: capture pipes, and a scaler between memory and memory where it is built in. */
function isi(name: string, line: number, mask: string, dataLine: number): DeviceFact {
  return v4l2Fact(name, driver("imx8-isi", ISI, line), {
    role: "camera",
    ...sameMasks(variantMask(mask, ISI, 469, at(ISI, dataLine))),
    buffers: [
      { queue: "capture", kind: "contig", sources: [at(ISI_VIDEO, 1416), at(ISI_M2M, 394)] },
      contigQueue("output", ISI_M2M, 380),
    ],
    pictureQueue: "capture",
    confidence: "B",
    note: "Any stride from the width in bytes up to 65535, the same for all planes; the output queue belongs to the memory-to-memory node.",
  });
}

const LINK = { role: "camera", note: "Passes a camera's pictures on and reaches no memory." } as const;

/** The media device of i.MX 5 and 6: its own node maps nothing, but the devices that do have no node. */
const captureSubsystem: DeviceFact = v4l2Fact("fsl,imx-capture-subsystem", driver("imx6-media", IPU_MEDIA, 125), {
  role: "camera",
  dmaMask: defaultMask(IPU_CSI, 1976),
  coherentDmaMask: exactMask("0xffffffff", IPU_CSI, 1990),
  maxSegmentSize: defaultSegmentSize,
  segmentBoundaryMask: noSegmentBoundary,
  buffers: [contigQueue("capture", IPU_CAPTURE, 1024)],
  pictureQueue: "capture",
  layouts: [
    ...["NV12", "NV16", "YU12", "YV12", "YU16"].map((fourcc) => ({
      fourcc,
      modifier: "LINEAR",
      strideAlign: 16,
      sources: [at(IPU_UTILS, 552)],
    })),
    { fourcc: "*", modifier: "LINEAR", strideAlign: 8, sources: [at(IPU_UTILS, 554)] },
  ],
  confidence: "B",
  note:
    "Pictures are mapped for a child device of an IPU without a node, one a camera port, which like this node has no bus windows; the converters' video " +
    "nodes map for the IPU itself. " +
    "The driver computes the stride: the width rounded to 8 pixels, and to 16 bytes for planes.",
});

/** Facts of cameras. */
export const IMX_CAMERA_FACTS: readonly DeviceFact[] = [
  csiBridge("fsl,imx8mq-csi", 2275),
  csiBridge("fsl,imx7-csi", 2276),
  csiBridge("fsl,imx6ul-csi", 2277),
  isi("fsl,imx8mn-isi", 529, "0xffffffff", 293),
  isi("fsl,imx8mp-isi", 530, "0xfffffffff", 307),
  isi("fsl,imx93-isi", 531, "0xffffffff", 321),
  v4l2Fact("fsl,imx8mp-isp", driver("rockchip-isp1", RKISP1, 575), {
    role: "camera",
    ...sameMasks(variantMask("0x3ffffffff", RKISP1, 606, at(RKISP1, 559))),
    buffers: [
      contigQueue("capture", RKISP1_CAPTURE, 1564),
      { queue: "params", kind: "vmalloc", sources: [at(RKISP1_PARAMS, 2727)] },
      { queue: "stats", kind: "vmalloc", sources: [at(RKISP1_STATS, 169)] },
    ],
    pictureQueue: "capture",
    confidence: "B",
    note: "The main path takes any stride from the picture width to 65536 pixels.",
  }),
  captureSubsystem,
  ...aggregateBlocks(
    "imx6-mipi-csi2",
    IMX6_CSI2,
    719,
    "fsl,imx-capture-subsystem",
    [["fsl,imx6-mipi-csi2", 828]],
    LINK,
  ),
  ...aggregateBlocks(
    "video-mux",
    VIDEO_MUX,
    389,
    ["fsl,imx-capture-subsystem", "fsl,imx7-csi"],
    [["video-mux", 482]],
    LINK,
  ),
  ...aggregateBlocks(
    "imx-mipi-csis",
    CSIS,
    1440,
    ["fsl,imx7-csi", "fsl,imx8mn-isi", "fsl,imx8mp-isi", "fsl,imx8mp-isp"],
    [
      ["fsl,imx7-mipi-csi2", 1555],
      ["fsl,imx8mm-mipi-csi2", 1561],
    ],
    LINK,
  ),
  ...aggregateBlocks("imx8mq-mipi-csi2", IMX8MQ_CSI2, 860, "fsl,imx8mq-csi", [["fsl,imx8mq-mipi-csi2", 949]], LINK),
];
