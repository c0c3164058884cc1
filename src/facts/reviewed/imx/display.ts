/** Displays of i.MX: LCDIF, eLCDIF and DCSS of i.MX 8M and older parts, IPU of i.MX 5 and 6. */
import type { AppliesTo, DeviceFact, LayoutFact } from "../../fact.js";
import {
  aggregateBlocks,
  at,
  bothMasks,
  defaultMask,
  defaultSegmentSize,
  driver,
  exactMask,
  gemDmaQueue,
  type MatchRows,
  noSegmentBoundary,
  reviewedFact,
  sharesDumb,
  untouchedLimits,
} from "../shorthand.js";

const LCDIF = "drivers/gpu/drm/mxsfb/lcdif_drv.c";
const MXSFB = "drivers/gpu/drm/mxsfb/mxsfb_drv.c";
const DCSS = "drivers/gpu/drm/imx/dcss/dcss-drv.c";
const DCSS_PLANE = "drivers/gpu/drm/imx/dcss/dcss-plane.c";
const IMX_DRM = "drivers/gpu/drm/imx/ipuv3/imx-drm-core.c";
const IPU = "drivers/gpu/ipu-v3/ipu-common.c";
const IPU_PLANE = "drivers/gpu/drm/imx/ipuv3/ipuv3-plane.c";

/** LCDIF of i.MX 8M Plus and i.MX 93: one DRM device a node. */
function lcdif(name: string, line: number): DeviceFact {
  return reviewedFact(name, driver("imx-lcdif", LCDIF, line), {
    role: "display",
    ...bothMasks("0xfffffffff", LCDIF, 165),
    buffers: [gemDmaQueue(LCDIF, 245)],
    pictureQueue: "gem",
    ...sharesDumb,
    layouts: [{ fourcc: "*", modifier: "LINEAR", sources: [at("drivers/gpu/drm/mxsfb/lcdif_kms.c", 747)] }],
    confidence: "A",
  });
}

/** eLCDIF of i.MX 23 up to i.MX 8M Quad. */
function mxsfb(name: string, line: number): DeviceFact {
  return reviewedFact(name, driver("mxsfb", MXSFB, line), {
    role: "display",
    ...bothMasks("0xffffffff", MXSFB, 245),
    buffers: [gemDmaQueue(MXSFB, 333)],
    pictureQueue: "gem",
    ...sharesDumb,
    layouts: [
      {
        fourcc: "*",
        modifier: "LINEAR",
        strideAlign: 1,
        heightAlign: 1,
        sources: [at("drivers/gpu/drm/mxsfb/mxsfb_kms.c", 666), at(MXSFB, 100)],
      },
    ],
    confidence: "A",
    note: "A frame buffer is refused unless its pitch is exactly width times bytes per pixel (mxsfb_drv.c:100).",
  });
}

/** The display of i.MX 5 and i.MX 6: `appliesTo` is the node that becomes the DRM device. */
function ipuDisplay(
  name: string,
  module: string,
  file: string,
  line: number,
  appliesTo: AppliesTo,
  tiled: readonly LayoutFact[] = [],
): DeviceFact {
  return reviewedFact(name, driver(module, file, line), {
    role: "display",
    appliesTo,
    dmaMask: defaultMask(IMX_DRM, 287),
    coherentDmaMask: exactMask("0xffffffff", IMX_DRM, 292),
    maxSegmentSize: defaultSegmentSize,
    segmentBoundaryMask: noSegmentBoundary,
    buffers: [gemDmaQueue(IMX_DRM, 165)],
    pictureQueue: "gem",
    ...sharesDumb,
    layouts: [
      { fourcc: "XR24", modifier: "LINEAR", strideAlign: 32, sources: [at(IMX_DRM, 153)] },
      { fourcc: "RG16", modifier: "LINEAR", strideAlign: 16, sources: [at(IMX_DRM, 153)] },
      ...tiled,
    ],
    confidence: "A",
    note: "The DRM device is the subsystem's node, never an IPU; dumb buffers are a multiple of 8 pixels wide.",
  });
}

/** The node that becomes the DRM device of i.MX 5 and i.MX 6. */
const IMX_DISPLAY = { aggregate: "fsl,imx-display-subsystem" } as const;

/** GPU tiles that the prefetch engines of i.MX 6QP resolve. */
const PREFETCHED: readonly LayoutFact[] = ["AR24", "XR24", "AB24", "XB24", "RG16"].flatMap((fourcc) => [
  { fourcc, modifier: "VIVANTE_TILED", sources: [at(IPU_PLANE, 113)] },
  { fourcc, modifier: "VIVANTE_SUPER_TILED", sources: [at(IPU_PLANE, 114)] },
]);

/** Encoders beside an IPU. */
function ipuEncoders(module: string, file: string, probeLine: number, rows: MatchRows): readonly DeviceFact[] {
  return aggregateBlocks(module, `drivers/gpu/drm/imx/ipuv3/${file}`, probeLine, IMX_DISPLAY.aggregate, rows);
}

/** Encoders of i.MX 8M, each fed by one display controller of its chip. */
function bridges(
  module: string,
  file: string,
  probeLine: number,
  controllers: readonly string[],
  rows: MatchRows,
): readonly DeviceFact[] {
  return aggregateBlocks(module, `drivers/gpu/drm/bridge/${file}`, probeLine, controllers, rows, {
    note: "Fetches no picture itself. Of several controllers the first enabled one is meant, whichever feeds it; their limits are the same.",
  });
}

/** Facts of displays. */
export const IMX_DISPLAY_FACTS: readonly DeviceFact[] = [
  lcdif("fsl,imx8mp-lcdif", 255),
  lcdif("fsl,imx93-lcdif", 256),
  mxsfb("fsl,imx23-lcdif", 343),
  mxsfb("fsl,imx28-lcdif", 344),
  mxsfb("fsl,imx6sx-lcdif", 345),
  reviewedFact("nxp,imx8mq-dcss", driver("imx-dcss", DCSS, 107), {
    role: "display",
    ...untouchedLimits(DCSS, 35),
    buffers: [gemDmaQueue("drivers/gpu/drm/imx/dcss/dcss-kms.c", 30)],
    pictureQueue: "gem",
    ...sharesDumb,
    layouts: [
      { fourcc: "*", modifier: "LINEAR", sources: [at(DCSS_PLANE, 38)] },
      ...["AR24", "XR24", "AR30"].flatMap((fourcc) => [
        { fourcc, modifier: "VIVANTE_TILED", sources: [at(DCSS_PLANE, 81)] },
        { fourcc, modifier: "VIVANTE_SUPER_TILED", sources: [at(DCSS_PLANE, 82)] },
      ]),
    ],
    confidence: "A",
    note: "Tiled pictures only on the primary plane.",
  }),

  ipuDisplay("fsl,imx-display-subsystem", "imxdrm", IMX_DRM, 326, "self"),
  ipuDisplay("fsl,imx51-ipu", "imx-ipu-v3", IPU, 874, IMX_DISPLAY),
  ipuDisplay("fsl,imx53-ipu", "imx-ipu-v3", IPU, 875, IMX_DISPLAY),
  ipuDisplay("fsl,imx6q-ipu", "imx-ipu-v3", IPU, 876, IMX_DISPLAY),
  ipuDisplay("fsl,imx6qp-ipu", "imx-ipu-v3", IPU, 877, IMX_DISPLAY, PREFETCHED),
  ...aggregateBlocks(
    "imx-ipu-v3",
    "drivers/gpu/ipu-v3/ipu-pre.c",
    310,
    IMX_DISPLAY.aggregate,
    [["fsl,imx6qp-pre", 371]],
    {
      layouts: PREFETCHED,
      note: "Reads a plane in the IPU's place and resolves its tiles into on-chip memory (ipu-pre.c:336); only plain and tiled pictures of one plane.",
    },
  ),
  ...aggregateBlocks("imx-ipu-v3", "drivers/gpu/ipu-v3/ipu-prg.c", 358, IMX_DISPLAY.aggregate, [
    ["fsl,imx6qp-prg", 466],
  ]),
  ...ipuEncoders("dw_hdmi-imx", "dw_hdmi-imx.c", 220, [
    ["fsl,imx6q-hdmi", 181],
    ["fsl,imx6dl-hdmi", 184],
  ]),
  ...ipuEncoders("imx-ldb", "imx-ldb.c", 618, [
    ["fsl,imx6q-ldb", 546],
    ["fsl,imx53-ldb", 547],
  ]),
  ...ipuEncoders("imx-tve", "imx-tve.c", 529, [["fsl,imx53-tve", 665]]),
  ...ipuEncoders("parallel-display", "parallel-display.c", 311, [["fsl,imx-parallel-display", 366]]),

  ...bridges("nwl-dsi", "nwl-dsi.c", 1146, ["fsl,imx6sx-lcdif"], [["fsl,imx8mq-nwl-dsi", 1135]]),
  ...bridges("samsung-dsim", "samsung-dsim.c", 1939, ["fsl,imx6sx-lcdif"], [["fsl,imx8mm-mipi-dsim", 2136]]),
  ...bridges("samsung-dsim", "samsung-dsim.c", 1939, ["fsl,imx8mp-lcdif"], [["fsl,imx8mp-mipi-dsim", 2140]]),
  ...bridges(
    "fsl-ldb",
    "fsl-ldb.c",
    292,
    ["fsl,imx8mp-lcdif", "fsl,imx93-lcdif", "fsl,imx6sx-lcdif"],
    [
      ["fsl,imx6sx-ldb", 384],
      ["fsl,imx8mp-ldb", 386],
      ["fsl,imx93-ldb", 388],
    ],
  ),
  ...bridges("imx8mp-hdmi-pvi", "imx/imx8mp-hdmi-pvi.c", 136, ["fsl,imx8mp-lcdif"], [["fsl,imx8mp-hdmi-pvi", 187]]),
  ...bridges("imx8mp-hdmi-tx", "imx/imx8mp-hdmi-tx.c", 75, ["fsl,imx8mp-lcdif"], [["fsl,imx8mp-hdmi-tx", 134]]),
];
