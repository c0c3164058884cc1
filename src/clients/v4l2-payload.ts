import type { Bytes } from "../units/quantity.js";
import { accepted, type Result, refused } from "../units/result.js";
import type { PayloadRefusal } from "./v4l2-refusal.js";

/** What a program has put into a plane that it queues. */
export interface PlanePayload {
  /** Bytes in use, from the plane's first one on, `dataOffset` among them; whole, at least 0. Default, and for 0: all of the plane. */
  readonly bytesused?: Bytes;
  /** Bytes before the picture begins; whole, at least 0. Default 0. */
  readonly dataOffset?: Bytes;
}

/** A {@link PlanePayload} with nothing left out. */
export type QueuedPayload = Required<PlanePayload>;

/**
 * What is in each plane, filled up.
 *
 * @param lengths - bytes of each plane
 * @param payloads - one for each plane, or none at all: all planes are full
 * @see Linux 6.12 `drivers/media/common/videobuf2/videobuf2-v4l2.c` `__verify_length()`, `vb2_fill_vb2_v4l2_buffer()`
 */
export function checkPayloads(
  lengths: readonly Bytes[],
  payloads: readonly PlanePayload[],
): Result<readonly QueuedPayload[], PayloadRefusal> {
  if (payloads.length > 0 && payloads.length !== lengths.length) {
    return refused({ code: "plane-count", errno: "EINVAL", planes: lengths.length, given: payloads.length });
  }
  const filled: QueuedPayload[] = [];
  for (const [plane, length] of lengths.entries()) {
    const { bytesused: asked = 0, dataOffset = 0 } = payloads[plane] ?? {};
    const bytesused = asked === 0 ? length : asked;
    if (!(Number.isInteger(bytesused) && bytesused >= 0 && bytesused <= length)) {
      return refused({ code: "bad-bytesused", errno: "EINVAL", plane, bytesused, length });
    }
    if (!(Number.isInteger(dataOffset) && dataOffset >= 0 && dataOffset < bytesused)) {
      return refused({ code: "bad-data-offset", errno: "EINVAL", plane, dataOffset, bytesused });
    }
    filled.push({ bytesused, dataOffset });
  }
  return accepted(filled);
}
