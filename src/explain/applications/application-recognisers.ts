import type { Recogniser } from "../recogniser.js";
import { DRM } from "./drm.js";
import { EGL } from "./egl.js";
import { GSTREAMER } from "./gstreamer.js";
import { HEAPS } from "./heaps.js";
import { LIBCAMERA } from "./libcamera.js";
import { MODULES } from "./modules.js";
import { ROCKCHIP_CODEC } from "./rockchip.js";
import { ROCKCHIP_RGA } from "./rockchip-rga.js";
import { V4L2 } from "./v4l2.js";
import { VFIO } from "./vfio.js";

/** Lines that programs, libraries and modules out of the kernel's tree print. Those of one program come before those any program may print. */
export const APPLICATION_RECOGNISERS: readonly Recogniser[] = [
  ...LIBCAMERA,
  ...ROCKCHIP_CODEC,
  ...ROCKCHIP_RGA,
  ...GSTREAMER,
  ...MODULES,
  ...VFIO,
  ...HEAPS,
  ...V4L2,
  ...DRM,
  ...EGL,
];
