/** Display of HiSilicon's Kirin 620. */
import type { DeviceFact } from "../fact.js";
import { aggregateBlocks, at, driver, gemDmaQueue, reviewedFact, sharesDumb, untouchedLimits } from "./shorthand.js";

const KIRIN = "drivers/gpu/drm/hisilicon/kirin/kirin_drm_drv.c";
const ADE = "drivers/gpu/drm/hisilicon/kirin/kirin_drm_ade.c";

/** Facts of the Kirin family. */
export const HISILICON_FACTS: readonly DeviceFact[] = [
  reviewedFact("hisilicon,hi6220-ade", driver("kirin-drm", KIRIN, 296), {
    role: "display",
    ...untouchedLimits(KIRIN, 268),
    buffers: [gemDmaQueue(ADE, 927)],
    pictureQueue: "gem",
    ...sharesDumb,
    layouts: [{ fourcc: "*", modifier: "LINEAR", sources: [at(ADE, 553)] }],
    confidence: "A",
    note: "Addresses are written as 32 bits (kirin_drm_ade.c:554).",
  }),
  ...aggregateBlocks("dw_drm_dsi", "drivers/gpu/drm/hisilicon/kirin/dw_drm_dsi.c", 846, "hisilicon,hi6220-ade", [
    ["hisilicon,hi6220-dsi", 885],
  ]),
];
