/** Renesas R-Car Gen3, RZ/G2 and RZ/G2L: cameras, the video signal processor and the de-interlacer. Read by hand in Linux 6.12. */
import type { DeviceFact } from "../../fact.js";
import {
  aggregateBlocks,
  at,
  contigQueue,
  defaultMask,
  driver,
  type MatchRows,
  reviewedFact,
  sameMasks,
  segmentSize,
  untouchedLimits,
  v4l2Fact,
} from "../shorthand.js";

const VIN = "drivers/media/platform/renesas/rcar-vin/rcar-core.c";
const VIN_DMA = "drivers/media/platform/renesas/rcar-vin/rcar-dma.c";
const VIN_V4L2 = "drivers/media/platform/renesas/rcar-vin/rcar-v4l2.c";
const CSI2 = "drivers/media/platform/renesas/rcar-csi2.c";
const CRU = "drivers/media/platform/renesas/rzg2l-cru/rzg2l-core.c";
const CRU_VIDEO = "drivers/media/platform/renesas/rzg2l-cru/rzg2l-video.c";
const CRU_CSI2 = "drivers/media/platform/renesas/rzg2l-cru/rzg2l-csi2.c";
const FCP = "drivers/media/platform/renesas/rcar-fcp.c";
const FDP1 = "drivers/media/platform/renesas/rcar_fdp1.c";
const VSP = "drivers/media/platform/renesas/vsp1/vsp1_drv.c";
const VSP_VIDEO = "drivers/media/platform/renesas/vsp1/vsp1_video.c";
const VSP_HISTOGRAM = "drivers/media/platform/renesas/vsp1/vsp1_histo.c";

/** Video input. */
function vin(name: string, line: number): DeviceFact {
  return v4l2Fact(name, driver("rcar-vin", VIN, line), {
    role: "camera",
    ...untouchedLimits(VIN, 1365),
    buffers: [contigQueue("capture", VIN_DMA, 1570)],
    pictureQueue: "capture",
    layouts: [
      ...["NV12", "NV16"].map((fourcc) => ({
        fourcc,
        modifier: "LINEAR",
        strideAlign: 32,
        sources: [at(VIN_V4L2, 134), at(VIN_V4L2, 144)],
      })),
      { fourcc: "*", modifier: "LINEAR", strideAlign: 16, sources: [at(VIN_V4L2, 137), at(VIN_V4L2, 144)] },
    ],
    confidence: "A",
    note:
      "The driver computes the stride: the width rounded to 16 pixels, 32 for NV12 and NV16, 128 for sequential fields; the address of a picture is a " +
      "multiple of 128 (rcar-dma.c:993).",
  });
}

const VIN_ROWS: MatchRows = [
  ["renesas,vin-r8a774a1", 1288],
  ["renesas,vin-r8a774b1", 1292],
  ["renesas,vin-r8a774c0", 1296],
  ["renesas,vin-r8a774e1", 1300],
  ["renesas,vin-r8a7795", 1316],
  ["renesas,vin-r8a7796", 1320],
  ["renesas,vin-r8a77961", 1324],
  ["renesas,vin-r8a77965", 1328],
  ["renesas,vin-r8a77970", 1332],
  ["renesas,vin-r8a77980", 1336],
  ["renesas,vin-r8a77990", 1340],
  ["renesas,vin-r8a77995", 1344],
];

const LINK_NOTE = "Passes a camera's pictures on and reaches no memory.";

/** Video signal processor: what it maps is mapped for its frame compression processor, if it has one. */
function vsp(name: string, line: number, note: string): DeviceFact {
  return v4l2Fact(name, driver("vsp1", VSP, line), {
    role: "scaler",
    appliesTo: { phandle: "renesas,fcp" },
    ...untouchedLimits(VSP, 886),
    buffers: [
      contigQueue("capture", VSP_VIDEO, 1255),
      contigQueue("output", VSP_VIDEO, 1255),
      { queue: "histogram", kind: "vmalloc", sources: [at(VSP_HISTOGRAM, 541)] },
    ],
    pictureQueue: "capture",
    layouts: [{ fourcc: "*", modifier: "LINEAR", strideAlign: 128, sources: [at(VSP_VIDEO, 155), at(VSP_VIDEO, 162)] }],
    confidence: "A",
    note,
  });
}

/** Frame compression processor: the bus master of the block that names it. */
function fcp(name: string, line: number): DeviceFact {
  return reviewedFact(name, driver("rcar-fcp", FCP, line), {
    role: "other",
    ...sameMasks(defaultMask(FCP, 124), segmentSize(0xffffffff, FCP, 134)),
    buffers: [],
    confidence: "A",
    note: "Does every memory access of the video signal processor that names it: buffers are mapped for this node (vsp1_drv.c:933).",
  });
}

/** Facts of cameras and video processing. */
export const RENESAS_VIDEO_FACTS: readonly DeviceFact[] = [
  ...VIN_ROWS.map(([name, line]) => vin(name, line)),
  ...aggregateBlocks(
    "rcar-csi2",
    CSI2,
    1876,
    VIN_ROWS.map(([name]) => name),
    [
      ["renesas,r8a774a1-csi2", 1813],
      ["renesas,r8a774b1-csi2", 1817],
      ["renesas,r8a774c0-csi2", 1821],
      ["renesas,r8a774e1-csi2", 1825],
      ["renesas,r8a7795-csi2", 1829],
      ["renesas,r8a7796-csi2", 1833],
      ["renesas,r8a77961-csi2", 1837],
      ["renesas,r8a77965-csi2", 1841],
      ["renesas,r8a77970-csi2", 1845],
      ["renesas,r8a77980-csi2", 1849],
      ["renesas,r8a77990-csi2", 1853],
    ],
    { role: "camera", note: LINK_NOTE },
  ),
  v4l2Fact("renesas,rzg2l-cru", driver("rzg2l-cru", CRU, 317), {
    role: "camera",
    ...untouchedLimits(CRU, 242),
    buffers: [contigQueue("capture", CRU_VIDEO, 755)],
    pictureQueue: "capture",
    confidence: "A",
    note: "The stride is always the width in bytes, the width even (rzg2l-video.c:806); addresses are multiples of 512 bytes (:234).",
  }),
  ...aggregateBlocks("rzg2l-csi2", CRU_CSI2, 739, "renesas,rzg2l-cru", [["renesas,rzg2l-csi2", 865]], {
    role: "camera",
    note: LINK_NOTE,
  }),
  fcp("renesas,fcpf", 159),
  fcp("renesas,fcpv", 160),
  v4l2Fact("renesas,fdp1", driver("rcar_fdp1", FDP1, 2440), {
    role: "2d",
    ...untouchedLimits(FDP1, 2254),
    buffers: [contigQueue("output", FDP1, 2050), contigQueue("capture", FDP1, 2064)],
    pictureQueue: "capture",
    layouts: [{ fourcc: "*", modifier: "LINEAR", strideAlign: 128, sources: [at(FDP1, 1431), at(FDP1, 1438)] }],
    confidence: "A",
    note: "Maps for its own node, though a frame compression processor stands before it (rcar_fdp1.c:2053).",
  }),
  vsp(
    "renesas,vsp2",
    1000,
    "Video nodes only where the chip's version has them (vsp1_drv.c:469); an instance that serves the display maps planes for it (vsp1_drm.c:939).",
  ),
  vsp(
    "renesas,r9a07g044-vsp2",
    1001,
    "Serves the display, for which it maps planes (vsp1_drm.c:939), and registers no video node.",
  ),
];
