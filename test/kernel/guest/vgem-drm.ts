import { type Ioctl, iow, iowr } from "../../../src/linux/native/ioctl.js";

/** Fences that a program makes by hand on buffers of vgem. Linux 6.12 `include/uapi/drm/vgem_drm.h`. */

/** A handle, and the fence that its buffer is given. */
export const drmVgemFenceAttach = {
  name: "struct drm_vgem_fence_attach",
  size: 16,
  fields: { handle: ["u32", 0], flags: ["u32", 4], out_fence: ["u32", 8] },
} as const;
/** A fence that is over. */
export const drmVgemFenceSignal = {
  name: "struct drm_vgem_fence_signal",
  size: 8,
  fields: { fence: ["u32", 0], flags: ["u32", 4] },
} as const;
/** The fence stands for somebody who writes; without it, for one who reads. */
export const VGEM_FENCE_WRITE = 0x1;

/** Attaches a fence; EBUSY where one is in the way. */
export const DRM_IOCTL_VGEM_FENCE_ATTACH: Ioctl = iowr(
  "DRM_IOCTL_VGEM_FENCE_ATTACH",
  "d",
  0x41,
  drmVgemFenceAttach.size,
);
/** Signals it; after 10 s the driver has done so itself, and the answer is ETIMEDOUT. */
export const DRM_IOCTL_VGEM_FENCE_SIGNAL: Ioctl = iow(
  "DRM_IOCTL_VGEM_FENCE_SIGNAL",
  "d",
  0x42,
  drmVgemFenceSignal.size,
);
