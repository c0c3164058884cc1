import { type Ioctl, ior } from "../native/ioctl.js";

/** Video devices. Linux 6.12 `include/uapi/linux/videodev2.h`. */

/** Who serves a video device, and what it can do. */
export const v4l2Capability = {
  name: "struct v4l2_capability",
  size: 104,
  fields: {
    driver: ["text", 0, 16],
    card: ["text", 16, 32],
    bus_info: ["text", 48, 32],
    capabilities: ["u32", 84],
    device_caps: ["u32", 88],
  },
} as const;

/** Asks for that. */
export const VIDIOC_QUERYCAP: Ioctl = ior("VIDIOC_QUERYCAP", "V", 0, v4l2Capability.size);
