/**
 * NXP i.MX: displays, codecs, cameras and GPUs of i.MX 8M Mini, Nano, Plus and Quad, i.MX 8QuadMax and 8QuadXPlus,
 * with the older parts that share their drivers. Read by hand in Linux 6.12.
 */
import type { DeviceFact } from "../fact.js";
import { IMX_BUS_MASTER_FACTS } from "./imx/bus-masters.js";
import { IMX_CAMERA_FACTS } from "./imx/camera.js";
import { IMX_CODEC_FACTS } from "./imx/codec.js";
import { IMX_DISPLAY_FACTS } from "./imx/display.js";
import { IMX_GPU_FACTS } from "./imx/gpu.js";
import { IMX_PROCESSOR_FACTS } from "./imx/processors.js";
import { IMX_SCALER_FACTS } from "./imx/scaler.js";

/** Facts of the i.MX family. */
export const IMX_FACTS: readonly DeviceFact[] = [
  ...IMX_DISPLAY_FACTS,
  ...IMX_CODEC_FACTS,
  ...IMX_GPU_FACTS,
  ...IMX_CAMERA_FACTS,
  ...IMX_SCALER_FACTS,
  ...IMX_PROCESSOR_FACTS,
  ...IMX_BUS_MASTER_FACTS,
];
