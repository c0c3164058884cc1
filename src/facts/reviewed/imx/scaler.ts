/** Engines of i.MX that turn one picture in memory into another: dewarper and pixel pipeline. */
import type { DeviceFact } from "../../fact.js";
import { at, contigQueue, driver, untouchedLimits, v4l2Fact } from "../shorthand.js";

const DW100 = "drivers/media/platform/nxp/dw100/dw100.c";
const PXP = "drivers/media/platform/nxp/imx-pxp.c";

/** Pixel pipeline: scaler and converter of i.MX 6ULL and i.MX 7. */
function pxp(name: string, line: number): DeviceFact {
  return v4l2Fact(name, driver("imx-pxp", PXP, line), {
    role: "scaler",
    ...untouchedLimits(PXP, 1781),
    buffers: [contigQueue("output", PXP, 1624), contigQueue("capture", PXP, 1638)],
    pictureQueue: "capture",
    layouts: [
      {
        fourcc: "*",
        modifier: "LINEAR",
        strideAlign: 8,
        heightAlign: 8,
        sources: [at(PXP, 1240), at(PXP, 1241)],
      },
    ],
    confidence: "A",
  });
}

/** Facts of engines between memory and memory. */
export const IMX_SCALER_FACTS: readonly DeviceFact[] = [
  v4l2Fact("nxp,imx8mp-dw100", driver("dw100", DW100, 1684), {
    role: "2d",
    ...untouchedLimits(DW100, 1531),
    buffers: [contigQueue("output", DW100, 576), contigQueue("capture", DW100, 590)],
    pictureQueue: "capture",
    layouts: [
      {
        fourcc: "*",
        modifier: "LINEAR",
        strideAlign: 8,
        heightAlign: 8,
        offsetAlign: 16,
        sources: [at(DW100, 111), at(DW100, 112), at("drivers/media/platform/nxp/dw100/dw100_regs.h", 42)],
      },
    ],
    confidence: "A",
    note: "Dewarper; plane addresses are written without their low 4 bits.",
  }),
  pxp("fsl,imx6ull-pxp", 1938),
  pxp("fsl,imx7d-pxp", 1939),
];
