/** Qualcomm's camera subsystem. */
import type { DeviceFact } from "../../fact.js";
import { at, bothMasks, driver, v4l2Fact } from "../shorthand.js";

const CAMSS = "drivers/media/platform/qcom/camss/camss.c";
const CAMSS_VIDEO = "drivers/media/platform/qcom/camss/camss-video.c";
const CAMSS_VFE = "drivers/media/platform/qcom/camss/camss-vfe.c";

/** Camera subsystem. */
function camss(name: string, line: number, strideAlign: number, strideLine: number): DeviceFact {
  return v4l2Fact(name, driver("qcom-camss", CAMSS, line), {
    role: "camera",
    ...bothMasks("0xffffffff", CAMSS, 2264),
    buffers: [
      {
        queue: "capture",
        kind: "sg",
        allocates: "scattered",
        accepts: "contiguous",
        sources: [at(CAMSS_VIDEO, 719), at(CAMSS_VIDEO, 162)],
      },
    ],
    pictureQueue: "capture",
    layouts: [
      { fourcc: "*", modifier: "LINEAR", strideAlign, sources: [at(CAMSS_VFE, strideLine), at(CAMSS_VIDEO, 57)] },
    ],
    confidence: "A",
    note: "Of the scatter list only the first entry's address is used and nothing is checked: without an IOMMU scattered pages would be overrun; the pixel line of the VFE aligns strides to 16.",
  });
}

/** Facts of cameras. */
export const QCOM_CAMERA_FACTS: readonly DeviceFact[] = [
  camss("qcom,msm8916-camss", 2447, 8, 1692),
  camss("qcom,msm8996-camss", 2448, 8, 1692),
  camss("qcom,sdm660-camss", 2449, 8, 1692),
  camss("qcom,sdm845-camss", 2450, 16, 1698),
  camss("qcom,sm8250-camss", 2451, 16, 1698),
  camss("qcom,sc8280xp-camss", 2452, 16, 1698),
];
