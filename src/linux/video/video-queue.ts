import type { Bytes } from "../../units/quantity.js";
import type { Descriptor } from "../native/descriptor.js";
import { hasBit } from "../native/has-bit.js";
import type { Kernel } from "../native/kernel.js";
import { getField, makeStruct, setFields } from "../native/struct.js";
import {
  V4L2_BUF_TYPE_VIDEO_CAPTURE,
  V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE,
  V4L2_BUF_TYPE_VIDEO_OUTPUT,
  V4L2_BUF_TYPE_VIDEO_OUTPUT_MPLANE,
  V4L2_CAP_VIDEO_CAPTURE,
  V4L2_CAP_VIDEO_CAPTURE_MPLANE,
  V4L2_CAP_VIDEO_M2M,
  V4L2_CAP_VIDEO_M2M_MPLANE,
  V4L2_CAP_VIDEO_OUTPUT,
  V4L2_CAP_VIDEO_OUTPUT_MPLANE,
  VIDIOC_G_FMT,
  VIDIOC_QUERYCAP,
  v4l2Capability,
  v4l2Format,
} from "../uapi/videodev2.js";

/** A queue of an open video device. */
export interface VideoQueue {
  /** `V4L2_BUF_TYPE_...` */
  readonly type: number;
  /** Buffers are described plane by plane. */
  readonly isMultiplanar: boolean;
  /** The device reads from its buffers. */
  readonly isOutput: boolean;
  /** Its format as it is, a `struct v4l2_format`. */
  readonly format: Uint8Array<ArrayBuffer>;
  /** Bytes of a buffer in that format; of its first plane. */
  readonly sizeImage: Bytes;
  /** Pieces of memory that a picture in that format is in. */
  readonly planes: number;
}

/** Names in the facts of queues that a device reads. */
const OUTPUT_QUEUES: readonly string[] = ["output", "bitstream"];

/**
 * The queue of a video device that a participant means.
 *
 * @param queue - name of the queue in the facts; null for the one that carries pictures, which is the one the device fills if it has one
 * @returns null for a device without any video queue
 * @throws SystemCallError
 */
export function videoQueue(kernel: Kernel, node: Descriptor, queue: string | null): VideoQueue | null {
  const about = makeStruct(v4l2Capability, {});
  kernel.ioctl(node, VIDIOC_QUERYCAP, about);
  const capabilities = getField(v4l2Capability, about, "device_caps");
  const has = (bit: number): boolean => hasBit(capabilities, bit);
  const single = {
    capture: has(V4L2_CAP_VIDEO_CAPTURE) || has(V4L2_CAP_VIDEO_M2M),
    output: has(V4L2_CAP_VIDEO_OUTPUT) || has(V4L2_CAP_VIDEO_M2M),
  };
  const multi = {
    capture: has(V4L2_CAP_VIDEO_CAPTURE_MPLANE) || has(V4L2_CAP_VIDEO_M2M_MPLANE),
    output: has(V4L2_CAP_VIDEO_OUTPUT_MPLANE) || has(V4L2_CAP_VIDEO_M2M_MPLANE),
  };
  const captures = single.capture || multi.capture;
  const outputs = single.output || multi.output;
  if (!captures && !outputs) return null;
  const isOutput = outputs && (!captures || (queue !== null && OUTPUT_QUEUES.includes(queue)));
  const isMultiplanar = isOutput ? multi.output : multi.capture;
  const type = isOutput
    ? isMultiplanar
      ? V4L2_BUF_TYPE_VIDEO_OUTPUT_MPLANE
      : V4L2_BUF_TYPE_VIDEO_OUTPUT
    : isMultiplanar
      ? V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE
      : V4L2_BUF_TYPE_VIDEO_CAPTURE;
  const format = makeStruct(v4l2Format, { type });
  kernel.ioctl(node, VIDIOC_G_FMT, format);
  return {
    type,
    isMultiplanar,
    isOutput,
    format,
    sizeImage: getField(v4l2Format, format, isMultiplanar ? "fmt.pix_mp.plane_fmt[0].sizeimage" : "fmt.pix.sizeimage"),
    planes: isMultiplanar ? Math.max(1, getField(v4l2Format, format, "fmt.pix_mp.num_planes")) : 1,
  };
}

/** The queue's format, with buffers of so many bytes. */
export function formatOfSize({ format, isMultiplanar }: VideoQueue, size: Bytes): Uint8Array<ArrayBuffer> {
  const longer = format.slice();
  setFields(v4l2Format, longer, {
    [isMultiplanar ? "fmt.pix_mp.plane_fmt[0].sizeimage" : "fmt.pix.sizeimage"]: size,
  });
  return longer;
}
