/** Qualcomm's video codec Venus. */
import type { DeviceFact } from "../../fact.js";
import {
  at,
  contigQueue,
  driver,
  sameMasks,
  segmentSize,
  untouchedLimits,
  v4l2Fact,
  variantMask,
} from "../shorthand.js";

const VENUS = "drivers/media/platform/qcom/venus/core.c";
const VENUS_DEC = "drivers/media/platform/qcom/venus/vdec.c";
const VENUS_ENC = "drivers/media/platform/qcom/venus/venc.c";
const VENUS_HELPERS = "drivers/media/platform/qcom/venus/helpers.c";

/** Venus codec: the mask is an address limit, no run of ones. */
function venus(name: string, line: number, mask: string, dataLine: number): DeviceFact {
  return v4l2Fact(name, driver("venus-core", VENUS, line), {
    role: "codec",
    ...sameMasks(variantMask(mask, VENUS, 332, at(VENUS, dataLine)), segmentSize(0xffffffff, VENUS, 336)),
    buffers: [
      { queue: "output", kind: "contig", sources: [at(VENUS_DEC, 1645), at(VENUS_ENC, 1396)] },
      { queue: "capture", kind: "contig", sources: [at(VENUS_DEC, 1660), at(VENUS_ENC, 1413)] },
    ],
    pictureQueue: "capture",
    memoryRegionUse: "firmware",
    layouts: [
      {
        fourcc: "NV12",
        modifier: "LINEAR",
        strideAlign: 128,
        heightAlign: 32,
        sources: [at(VENUS_DEC, 231), at(VENUS_ENC, 217), at(VENUS_HELPERS, 951), at(VENUS_HELPERS, 953)],
      },
      { fourcc: "NV12", modifier: "QCOM_COMPRESSED", sources: [at(VENUS_DEC, 39)] },
    ],
    confidence: "B",
    note: "The mask is the top of the codec's address window, not a power of two; a decoder and an encoder node share the device, an encoder's pictures are on its output queue.",
  });
}

/** Child of Venus that carries one of its video nodes. */
function venusNode(
  name: string,
  module: string,
  file: string,
  line: number,
  probeLine: number,
  queues: readonly [number, number],
  pictureQueue: string,
): DeviceFact {
  return v4l2Fact(name, driver(module, file, line), {
    role: "codec",
    appliesTo: "parent",
    ...untouchedLimits(file, probeLine),
    buffers: [contigQueue("output", file, queues[0]), contigQueue("capture", file, queues[1])],
    pictureQueue,
    confidence: "A",
    note: "The queues belong to the parent's device.",
  });
}

/** Facts of codecs. */
export const QCOM_CODEC_FACTS: readonly DeviceFact[] = [
  venus("qcom,msm8916-venus", 937, "0xddbfffff", 558),
  venus("qcom,msm8996-venus", 938, "0xddbfffff", 591),
  venus("qcom,msm8998-venus", 939, "0xddbfffff", 629),
  venus("qcom,sdm660-venus", 940, "0xd8ffffff", 692),
  venus("qcom,sdm845-venus", 941, "0xdfffffff", 737),
  venus("qcom,sdm845-venus-v2", 942, "0xdfffffff", 763),
  venus("qcom,sc7180-venus", 943, "0xdfffffff", 811),
  venus("qcom,sc7280-venus", 944, "0xdfffffff", 928),
  venus("qcom,sm8250-venus", 945, "0xdfffffff", 870),
  venusNode("venus-decoder", "venus-dec", VENUS_DEC, 1876, 1781, [1645, 1660], "capture"),
  venusNode("venus-encoder", "venus-enc", VENUS_ENC, 1638, 1543, [1396, 1413], "output"),
];
