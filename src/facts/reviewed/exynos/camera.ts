/** Cameras of Samsung Exynos 4 and 5. Read by hand in Linux 6.12. */
import type { DeviceFact } from "../../fact.js";
import { aggregateBlocks, at, contigQueue, driver, oneLongSegment, sharesNothing, v4l2Fact } from "../shorthand.js";

const MEDIA = "drivers/media/platform/samsung/exynos4-is/media-dev.c";
const CSIS = "drivers/media/platform/samsung/exynos4-is/mipi-csis.c";
const FIMC = "drivers/media/platform/samsung/exynos4-is/fimc-core.c";
const FIMC_CAPTURE = "drivers/media/platform/samsung/exynos4-is/fimc-capture.c";
const FIMC_M2M = "drivers/media/platform/samsung/exynos4-is/fimc-m2m.c";
const FIMC_LITE = "drivers/media/platform/samsung/exynos4-is/fimc-lite.c";
const FIMC_IS = "drivers/media/platform/samsung/exynos4-is/fimc-is.c";
const FIMC_ISP_VIDEO = "drivers/media/platform/samsung/exynos4-is/fimc-isp-video.c";

/** Camera interface with a scaler. */
function fimc(name: string, line: number): DeviceFact {
  return v4l2Fact(name, driver("s5p-fimc", FIMC, line), {
    role: "camera",
    ...oneLongSegment(FIMC, 922, FIMC, 1006),
    buffers: [
      { queue: "capture", kind: "contig", sources: [at(FIMC_CAPTURE, 1760), at(FIMC_M2M, 572)] },
      contigQueue("output", FIMC_M2M, 558),
    ],
    pictureQueue: "capture",
    confidence: "A",
    note: "The output queue belongs to the memory-to-memory node.",
  });
}

/** Small camera interface. */
function fimcLite(name: string, line: number): DeviceFact {
  return v4l2Fact(name, driver("exynos-fimc-lite", FIMC_LITE, line), {
    role: "camera",
    ...oneLongSegment(FIMC_LITE, 1444, FIMC_LITE, 1511),
    buffers: [contigQueue("capture", FIMC_LITE, 1268)],
    pictureQueue: "capture",
    ...sharesNothing,
    confidence: "A",
    note: "The queue takes MMAP and user pointers, no dma-buf, and exports nothing.",
  });
}

/** Blocks whose video nodes take what the receivers pass on. */
const CAMERAS = [
  "samsung,s5pv210-fimc",
  "samsung,exynos4210-fimc",
  "samsung,exynos4212-fimc",
  "samsung,exynos5250-fimc-lite",
];

/** Facts of cameras. */
export const EXYNOS_CAMERA_FACTS: readonly DeviceFact[] = [
  fimc("samsung,s5pv210-fimc", 1141),
  fimc("samsung,exynos4210-fimc", 1144),
  fimc("samsung,exynos4212-fimc", 1147),
  fimcLite("samsung,exynos4212-fimc-lite", 1643),
  fimcLite("samsung,exynos5250-fimc-lite", 1647),
  v4l2Fact("samsung,exynos4212-fimc-is", driver("exynos-fimc-is", FIMC_IS, 953), {
    role: "camera",
    ...oneLongSegment(FIMC_IS, 791, FIMC_IS, 851),
    buffers: [contigQueue("capture", FIMC_ISP_VIDEO, 598)],
    pictureQueue: "capture",
    ...sharesNothing,
    confidence: "A",
    note: "The firmware's memory is coherent memory of this device; the queue takes MMAP and user pointers, no dma-buf.",
  }),
  ...aggregateBlocks("s5p-fimc", MEDIA, 1432, CAMERAS, [["samsung,fimc", 1562]], {
    role: "camera",
    note: "Stands for the media device of all camera blocks; each of them maps for itself.",
  }),
  ...aggregateBlocks(
    "s5p-csis",
    CSIS,
    764,
    CAMERAS,
    [
      ["samsung,s5pv210-csis", 1014],
      ["samsung,exynos4210-csis", 1017],
      ["samsung,exynos5250-csis", 1020],
    ],
    { role: "camera", note: "Passes a camera's pictures on and reaches no memory." },
  ),
];
