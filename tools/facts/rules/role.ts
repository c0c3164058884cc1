/** What a device is for, by what its driver registers and by the folder it stands in. */
import type { QueueFact, Role } from "../../../src/facts/fact.js";
import type { Definition } from "../program/kernel-source.js";
import type { Gem } from "./gem.js";

/** Formats of coded pictures, include/uapi/linux/videodev2.h. */
const CODED =
  /^V4L2_PIX_FMT_(?:JPEG|MJPEG|H264\w*|HEVC\w*|VP[89]\w*|AV1\w*|MPEG\w*|XVID|H263|VC1\w*|FWHT\w*|RV[34]0|HEVC_SLICE)$/;
const DRAWS = /^V4L2_CID_(?:ROTATE|COLORFX|BG_COLOR|ALPHA_COMPONENT|DEINTERLACING_MODE)$/;

/** Whether a memory-to-memory device decodes, encodes, both, or neither. */
export interface Coding {
  readonly encodes: boolean;
  readonly decodes: boolean;
}

/** What names in the driver's own code tell of coding: the function a media entity has, commands of encoders and decoders. */
export function codingOf(code: readonly Definition[]): Coding {
  const mentions = (pattern: RegExp): boolean =>
    code.some(
      ({ names, fieldValues }) =>
        [...names].some((name) => pattern.test(name)) || [...fieldValues.keys()].some((name) => pattern.test(name)),
    );
  return {
    encodes: mentions(/^MEDIA_ENT_F_PROC_VIDEO_ENCODER$|^vidioc_(?:try_)?encoder_cmd$/),
    decodes: mentions(/^MEDIA_ENT_F_PROC_VIDEO_DECODER$|^vidioc_(?:try_)?decoder_cmd$/),
  };
}

/**
 * @param file - of the probe
 * @param code - the driver's own
 */
export function roleOf(
  file: string,
  code: readonly Definition[],
  buffers: readonly QueueFact[],
  gem: Gem | null,
): Role {
  const mentions = (pattern: RegExp): boolean =>
    code.some(({ names }) => [...names].some((name) => pattern.test(name)));
  if (file.startsWith("drivers/accel/")) return "npu";
  if (file.startsWith("drivers/remoteproc/")) return "dsp";
  if (gem !== null && (gem.modeset || gem.render)) return gem.modeset ? "display" : "gpu";
  if (file.startsWith("drivers/gpu/drm/")) return "display";
  if (!/^drivers\/(?:staging\/)?media\//.test(file)) return "other";
  const { encodes, decodes } = codingOf(code);
  const takes = buffers.some(({ queue }) => queue === "output");
  const gives = buffers.some(({ queue }) => queue === "capture");
  if (mentions(/^V4L2_CAP_VIDEO_CAPTURE(?:_MPLANE)?$|^v4l2_async_nf_register$/) && !encodes && !decodes)
    return "camera";
  if (mentions(/^v4l2_m2m_init$/) || (takes && gives)) {
    if (encodes || decodes || mentions(CODED)) return "codec";
    return mentions(DRAWS) ? "2d" : "scaler";
  }
  if (encodes || decodes) return "codec";
  return mentions(
    /^(?:video_register_device|__video_register_device|v4l2_async_register_subdev\w*|v4l2_async_nf_\w+|v4l2_device_register)$/,
  )
    ? "camera"
    : "other";
}
