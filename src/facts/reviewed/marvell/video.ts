/** Camera of Marvell's MMP2 and MMP3. Read by hand in Linux 6.12. */
import type { DeviceFact } from "../../fact.js";
import { at, driver, untouchedLimits, v4l2Fact } from "../shorthand.js";

const CAMERA = "drivers/media/platform/marvell/mmp-driver.c";
const CORE = "drivers/media/platform/marvell/mcam-core.c";

/** Facts of the camera. */
export const MARVELL_VIDEO_FACTS: readonly DeviceFact[] = [
  v4l2Fact("marvell,mmp2-ccic", driver("mmp_camera", CAMERA, 369), {
    role: "camera",
    ...untouchedLimits(CAMERA, 178),
    buffers: [{ queue: "capture", kind: "sg", sources: [at(CORE, 1308), at(CAMERA, 222)] }],
    pictureQueue: "capture",
    confidence: "A",
    note: "The module parameter buffer_mode of mcam-core has it copy (0) or take contiguous memory (1) instead (mcam-core.c:1857).",
  }),
];
