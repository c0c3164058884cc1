/** Display of AMD Xilinx' ZynqMP. */
import type { DeviceFact } from "../fact.js";
import {
  at,
  defaultMask,
  driver,
  exactMask,
  gemDmaQueue,
  noSegmentBoundary,
  reviewedFact,
  segmentSize,
  sharesDumb,
} from "./shorthand.js";

const DPSUB = "drivers/gpu/drm/xlnx/zynqmp_dpsub.c";
const KMS = "drivers/gpu/drm/xlnx/zynqmp_kms.c";
const DPDMA = "drivers/dma/xilinx/xilinx_dpdma.c";

/** Facts of the ZynqMP family. */
export const XILINX_FACTS: readonly DeviceFact[] = [
  reviewedFact("xlnx,zynqmp-dpsub-1.7", driver("zynqmp-dpsub", DPSUB, 318), {
    role: "display",
    dmaMask: exactMask("0xfffffffffff", DPSUB, 230),
    coherentDmaMask: defaultMask(DPSUB, 217),
    maxSegmentSize: segmentSize(0xffffffff, DPSUB, 234),
    segmentBoundaryMask: noSegmentBoundary,
    buffers: [gemDmaQueue(KMS, 404)],
    pictureQueue: "gem",
    ...sharesDumb,
    memoryRegionUse: "buffers",
    layouts: [
      {
        fourcc: "*",
        modifier: "LINEAR",
        strideAlign: 256,
        offsetAlign: 256,
        sources: [at(KMS, 383), at(DPDMA, 1774), at(DPDMA, 772)],
      },
    ],
    confidence: "A",
    note:
      "A DMA controller of its own (dmas) fetches the pictures, at the addresses made for this node; a pitch that is no multiple of 256 is read as the next one " +
      "(zynqmp_kms.c:383). Without dumb buffers or imports where a live input is wired (zynqmp_dpsub.c:192).",
  }),
];
