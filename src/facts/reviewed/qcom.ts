/**
 * Qualcomm: display, GPU, video codec, cameras, DSP channels and remote cores of SDM845, with the other chips of the same
 * drivers. Read by hand in Linux 6.12.
 */
import type { DeviceFact } from "../fact.js";
import { QCOM_BUS_MASTER_FACTS } from "./qcom/bus-masters.js";
import { QCOM_CAMERA_FACTS } from "./qcom/camera.js";
import { QCOM_CODEC_FACTS } from "./qcom/codec.js";
import { QCOM_DISPLAY_BLOCK_FACTS } from "./qcom/display-blocks.js";
import { QCOM_DSP_FACTS } from "./qcom/dsp.js";
import { QCOM_GRAPHICS_FACTS } from "./qcom/graphics.js";
import { QCOM_PROCESSOR_FACTS } from "./qcom/processors.js";

/** Facts of the Qualcomm family. */
export const QCOM_FACTS: readonly DeviceFact[] = [
  ...QCOM_GRAPHICS_FACTS,
  ...QCOM_DISPLAY_BLOCK_FACTS,
  ...QCOM_CODEC_FACTS,
  ...QCOM_CAMERA_FACTS,
  ...QCOM_DSP_FACTS,
  ...QCOM_PROCESSOR_FACTS,
  ...QCOM_BUS_MASTER_FACTS,
];
