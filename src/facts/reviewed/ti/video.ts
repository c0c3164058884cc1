/** Cameras and the video processing engine of Texas Instruments' OMAP3, DRA7, AM57x and AM65x, and the CSI-2 receiver of K3. Read by hand in Linux 6.12. */
import type { DeviceFact } from "../../fact.js";
import {
  at,
  bothMasks,
  contigQueue,
  driver,
  oneLongSegment,
  reviewedFact,
  sharesNothing,
  untouchedLimits,
  v4l2Fact,
} from "../shorthand.js";

const CAL = "drivers/media/platform/ti/cal/cal.c";
const CAL_VIDEO = "drivers/media/platform/ti/cal/cal-video.c";
const ISP = "drivers/media/platform/ti/omap3isp/isp.c";
const ISP_VIDEO = "drivers/media/platform/ti/omap3isp/ispvideo.c";
const ISP_CCDC = "drivers/media/platform/ti/omap3isp/ispccdc.c";
const VPE = "drivers/media/platform/ti/vpe/vpe.c";
const VPDMA = "drivers/media/platform/ti/vpe/vpdma.h";
const CSI2RX = "drivers/media/platform/cadence/cdns-csi2rx.c";

/** Camera adaptation layer. */
function cal(name: string, line: number): DeviceFact {
  return v4l2Fact(name, driver("ti-cal", CAL, line), {
    role: "camera",
    ...oneLongSegment(CAL, 1147, CAL, 984),
    buffers: [contigQueue("capture", CAL_VIDEO, 1010)],
    pictureQueue: "capture",
    layouts: [{ fourcc: "*", modifier: "LINEAR", strideAlign: 16, sources: [at(CAL_VIDEO, 178), at(CAL_VIDEO, 501)] }],
    confidence: "A",
    note: "A wider stride than the width is taken through the media controller only (cal-video.c:501).",
  });
}

/** Facts of cameras and video processing. */
export const TI_VIDEO_FACTS: readonly DeviceFact[] = [
  cal("ti,dra72-cal", 1040),
  cal("ti,dra72-pre-es2-cal", 1044),
  cal("ti,dra76-cal", 1048),
  cal("ti,am654-cal", 1052),
  v4l2Fact("ti,omap3-isp", driver("omap3-isp", ISP, 2475), {
    role: "camera",
    ...bothMasks("0xffffffff", ISP, 2302),
    buffers: [contigQueue("capture", ISP_VIDEO, 1320), contigQueue("output", ISP_VIDEO, 1320)],
    pictureQueue: "capture",
    ...sharesNothing,
    layouts: [
      {
        fourcc: "*",
        modifier: "LINEAR",
        strideAlign: 32,
        offsetAlign: 32,
        sources: [at(ISP_CCDC, 2694), at(ISP_VIDEO, 357)],
      },
    ],
    confidence: "A",
    note:
      "The queues take MMAP and user pointers, no dma-buf (ispvideo.c:1317), and export nothing. Behind its IOMMU the driver makes a mapping of its own for the addresses from 1 " +
      "to 3 GiB (isp.c:1975). What the preview engine reads has a stride of 64 bytes' steps (isppreview.c:2306).",
  }),
  v4l2Fact("ti,dra7-vpe", driver("ti-vpe", VPE, 2644), {
    role: "scaler",
    ...bothMasks("0xffffffff", VPE, 2524),
    buffers: [contigQueue("output", VPE, 2232), contigQueue("capture", VPE, 2247)],
    pictureQueue: "capture",
    layouts: [{ fourcc: "*", modifier: "LINEAR", strideAlign: 16, sources: [at(VPDMA, 56), at(VPE, 1698)] }],
    confidence: "A",
  }),
  ...(
    [
      ["starfive,jh7110-csi2rx", 746],
      ["cdns,csi2rx", 747],
    ] as const
  ).map(([name, line]) =>
    reviewedFact(name, driver("cdns-csi2rx", CSI2RX, line), {
      role: "camera",
      ...untouchedLimits(CSI2RX, 664),
      buffers: [],
      confidence: "A",
      note: "Passes a camera's pictures on and reaches no memory: name the capturing node above it.",
    }),
  ),
];
