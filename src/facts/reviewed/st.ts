/** Displays of STMicroelectronics' STM32 microprocessors. */
import type { DeviceFact } from "../fact.js";
import {
  aggregateBlocks,
  at,
  defaultMask,
  defaultSegmentSize,
  driver,
  exactMask,
  gemDmaQueue,
  noSegmentBoundary,
  reviewedFact,
  sharesDumb,
} from "./shorthand.js";
import { ST_VIDEO_FACTS } from "./st/video.js";

const LTDC = "drivers/gpu/drm/stm/drv.c";

/** Facts of the STM32 family. */
export const ST_FACTS: readonly DeviceFact[] = [
  reviewedFact("st,stm32-ltdc", driver("stm-drm", LTDC, 238), {
    role: "display",
    dmaMask: defaultMask(LTDC, 183),
    coherentDmaMask: exactMask("0xffffffff", LTDC, 195),
    maxSegmentSize: defaultSegmentSize,
    segmentBoundaryMask: noSegmentBoundary,
    buffers: [gemDmaQueue(LTDC, 68)],
    pictureQueue: "gem",
    ...sharesDumb,
    layouts: [
      { fourcc: "*", modifier: "LINEAR", strideAlign: 128, heightAlign: 4, sources: [at(LTDC, 51), at(LTDC, 52)] },
    ],
    confidence: "A",
    note: "Lines of 128 bytes and four rows are what dumb buffers get, for speed; the scanout takes any pitch below 64 KiB (ltdc.c:1366).",
  }),
  ...aggregateBlocks("dw_mipi_dsi-stm", "drivers/gpu/drm/stm/dw_mipi_dsi-stm.c", 604, "st,stm32-ltdc", [
    ["st,stm32-dsi", 599],
  ]),
  ...ST_VIDEO_FACTS,
];
