/** Displays of Arm's own designs: HDLCD, Mali-DP and the PL111 of the Versatile boards. The Mali GPUs stand in `mali.ts`. */
import type { DeviceFact } from "../fact.js";
import { at, bothMasks, driver, gemDmaQueue, reviewedFact, sharesDumb, untouchedLimits } from "./shorthand.js";

const HDLCD = "drivers/gpu/drm/arm/hdlcd_drv.c";
const MALIDP = "drivers/gpu/drm/arm/malidp_drv.c";
const MALIDP_HW = "drivers/gpu/drm/arm/malidp_hw.c";
const MALIDP_PLANES = "drivers/gpu/drm/arm/malidp_planes.c";
const PL111 = "drivers/gpu/drm/pl111/pl111_drv.c";

/** Mali display processor: `pitchLine` states what its bus wants of a line. */
function malidp(name: string, line: number, strideAlign: number, pitchLine: number): DeviceFact {
  return reviewedFact(name, driver("mali-dp", MALIDP, line), {
    role: "display",
    ...untouchedLimits(MALIDP, 929),
    buffers: [gemDmaQueue(MALIDP, 564)],
    pictureQueue: "gem",
    ...sharesDumb,
    memoryRegionUse: "buffers",
    layouts: [
      {
        fourcc: "*",
        modifier: "LINEAR",
        strideAlign,
        sources: [at(MALIDP_HW, pitchLine), at(MALIDP_PLANES, 521)],
      },
    ],
    confidence: "A",
    note: "Also reads Arm's compression, RGB with YTR and YUV without (malidp_planes.c:212).",
  });
}

/** Facts of Arm's displays. */
export const ARM_FACTS: readonly DeviceFact[] = [
  reviewedFact("arm,hdlcd", driver("hdlcd", HDLCD, 381), {
    role: "display",
    ...bothMasks("0xffffffff", HDLCD, 139),
    buffers: [gemDmaQueue(HDLCD, 230)],
    pictureQueue: "gem",
    ...sharesDumb,
    memoryRegionUse: "buffers",
    layouts: [{ fourcc: "*", modifier: "LINEAR", sources: [at("drivers/gpu/drm/arm/hdlcd_crtc.c", 279)] }],
    confidence: "A",
  }),
  malidp("arm,mali-dp500", 578, 8, 971),
  malidp("arm,mali-dp550", 582, 8, 1020),
  malidp("arm,mali-dp650", 586, 16, 1074),
  reviewedFact("arm,pl111", driver("pl111_drm", PL111, 414), {
    role: "display",
    ...untouchedLimits(PL111, 234),
    buffers: [gemDmaQueue(PL111, 226)],
    pictureQueue: "gem",
    import: { prime: false },
    export: { dumb: true, gem: true },
    memoryRegionUse: "buffers",
    layouts: [
      {
        fourcc: "*",
        modifier: "LINEAR",
        strideAlign: 1,
        heightAlign: 1,
        sources: [at("drivers/gpu/drm/pl111/pl111_display.c", 106)],
      },
    ],
    confidence: "A",
    note:
      "Bound by its peripheral identity. With a memory region, which every board of this version's trees gives it, an import is refused " +
      "(pl111_drv.c:207); without one contiguous memory is taken. No pitch but the mode's width is shown (pl111_display.c:106).",
  }),
];
