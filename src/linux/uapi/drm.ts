import { type Ioctl, iowr } from "../native/ioctl.js";

/** Graphics devices. Linux 6.12 `include/uapi/drm/drm.h`, `include/uapi/drm/drm_mode.h`. */

/** A buffer for pictures that the CPU draws: `width`, `height` and `bpp` (bits of a pixel) go in, the rest comes out. */
export const drmModeCreateDumb = {
  name: "struct drm_mode_create_dumb",
  size: 32,
  fields: {
    height: ["u32", 0],
    width: ["u32", 4],
    bpp: ["u32", 8],
    flags: ["u32", 12],
    handle: ["u32", 16],
    pitch: ["u32", 20],
    size: ["u64", 24],
  },
} as const;

/** A handle and the dma-buf that stands for the same buffer. */
export const drmPrimeHandle = {
  name: "struct drm_prime_handle",
  size: 12,
  fields: { handle: ["u32", 0], flags: ["u32", 4], fd: ["i32", 8] },
} as const;

/** Makes a dumb buffer. */
export const DRM_IOCTL_MODE_CREATE_DUMB: Ioctl = iowr("DRM_IOCTL_MODE_CREATE_DUMB", "d", 0xb2, drmModeCreateDumb.size);
/** Exports a buffer as dma-buf; `flags` are those of the descriptor. */
export const DRM_IOCTL_PRIME_HANDLE_TO_FD: Ioctl = iowr("DRM_IOCTL_PRIME_HANDLE_TO_FD", "d", 0x2d, drmPrimeHandle.size);
/** Imports a dma-buf: the device attaches and maps. */
export const DRM_IOCTL_PRIME_FD_TO_HANDLE: Ioctl = iowr("DRM_IOCTL_PRIME_FD_TO_HANDLE", "d", 0x2e, drmPrimeHandle.size);
