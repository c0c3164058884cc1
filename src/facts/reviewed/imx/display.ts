/** Displays of i.MX: LCDIF, eLCDIF and DCSS of i.MX 8M and older parts, IPU of i.MX 5 and 6. */
import type { AppliesTo, DeviceFact } from "../../fact.js";
import {
  at,
  bothMasks,
  defaultMask,
  defaultSegmentSize,
  driver,
  exactMask,
  gemDmaQueue,
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
    layouts: [{ fourcc: "*", modifier: "LINEAR", sources: [at("drivers/gpu/drm/mxsfb/mxsfb_kms.c", 666)] }],
    confidence: "A",
    note: "A frame buffer is refused unless its pitch is exactly width times bytes per pixel (mxsfb_drv.c:100).",
  });
}

/** The display of i.MX 5 and i.MX 6: `appliesTo` is the node that becomes the DRM device. */
function ipuDisplay(name: string, module: string, file: string, line: number, appliesTo: AppliesTo): DeviceFact {
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
    ],
    confidence: "A",
    note: "The DRM device is the subsystem's node, never an IPU; dumb buffers are a multiple of 8 pixels wide.",
  });
}

/** The node that becomes the DRM device of i.MX 5 and i.MX 6. */
const IMX_DISPLAY = { aggregate: "fsl,imx-display-subsystem" } as const;

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
    confidence: "D",
    note: "Tiled pictures only on the primary plane.",
  }),

  ipuDisplay("fsl,imx-display-subsystem", "imxdrm", IMX_DRM, 326, "self"),
  ipuDisplay("fsl,imx51-ipu", "imx-ipu-v3", IPU, 874, IMX_DISPLAY),
  ipuDisplay("fsl,imx53-ipu", "imx-ipu-v3", IPU, 875, IMX_DISPLAY),
  ipuDisplay("fsl,imx6q-ipu", "imx-ipu-v3", IPU, 876, IMX_DISPLAY),
  ipuDisplay("fsl,imx6qp-ipu", "imx-ipu-v3", IPU, 877, IMX_DISPLAY),
];
