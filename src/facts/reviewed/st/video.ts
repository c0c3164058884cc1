/** Camera and 2D engine of STMicroelectronics' STM32. Read by hand in Linux 6.12. */
import type { DeviceFact } from "../../fact.js";
import { contigQueue, driver, untouchedLimits, v4l2Fact } from "../shorthand.js";

const DMA2D = "drivers/media/platform/st/stm32/dma2d/dma2d.c";
const DCMI = "drivers/media/platform/st/stm32/stm32-dcmi.c";

/** Facts of camera and 2D engine. */
export const ST_VIDEO_FACTS: readonly DeviceFact[] = [
  v4l2Fact("st,stm32-dcmi", driver("stm32-dcmi", DCMI, 1420), {
    role: "camera",
    ...untouchedLimits(DCMI, 1889),
    buffers: [contigQueue("capture", DCMI, 2032)],
    pictureQueue: "capture",
    confidence: "A",
    note:
      "A DMA controller writes the pictures, to addresses mapped for this node (stm32-dcmi.c:2036); the stride is always the width in bytes " +
      "(stm32-dcmi.c:1031).",
  }),
  v4l2Fact("st,stm32-dma2d", driver("stm32-dma2d", DMA2D, 712), {
    role: "2d",
    ...untouchedLimits(DMA2D, 603),
    buffers: [contigQueue("output", DMA2D, 203), contigQueue("capture", DMA2D, 217)],
    pictureQueue: "capture",
    confidence: "A",
    note: "RGB only; the stride is always the width in bytes (dma2d.c:417).",
  }),
];
