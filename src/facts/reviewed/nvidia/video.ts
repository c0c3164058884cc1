/** Camera of NVIDIA's Tegra210. Read by hand in Linux 6.12. */
import type { DeviceFact } from "../../fact.js";
import { aggregateBlocks, at, contigQueue, driver, untouchedLimits, v4l2Fact } from "../shorthand.js";

const VI = "drivers/staging/media/tegra-video/vi.c";
const CSI = "drivers/staging/media/tegra-video/csi.c";
const TEGRA210 = "drivers/staging/media/tegra-video/tegra210.c";

/** Facts of the camera. */
export const NVIDIA_VIDEO_FACTS: readonly DeviceFact[] = [
  v4l2Fact("nvidia,tegra210-vi", driver("tegra-video", VI, 1969), {
    role: "camera",
    ...untouchedLimits(VI, 1882),
    buffers: [contigQueue("capture", VI, 1178)],
    pictureQueue: "capture",
    layouts: [{ fourcc: "*", modifier: "LINEAR", strideAlign: 64, sources: [at(TEGRA210, 25), at(TEGRA210, 252)] }],
    confidence: "A",
    note: "Buffers are mapped for the platform device (vi.c:1181), not for the host1x device above, whose masks and segment size others share.",
  }),
  ...aggregateBlocks("tegra-video", CSI, 769, "nvidia,tegra210-vi", [["nvidia,tegra210-csi", 844]], {
    role: "camera",
    note: "Passes a camera's pictures on and reaches no memory.",
  }),
];
