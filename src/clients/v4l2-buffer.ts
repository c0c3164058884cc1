import type { DmaView } from "../simulate/buffers/dma-buffer.js";
import type { Bytes } from "../units/quantity.js";
import type { QueuedPayload } from "./v4l2-payload.js";
import type { QueueMemory, QueueState } from "./v4l2-refusal.js";

/** A queue of a device, in the manner of V4L2. */
export interface QueueShape {
  /** Any name of the device, `#QUEUE` behind it where its queues differ. */
  readonly device: string;
  /** `capture`: the device writes buffers. `output`: it reads them. */
  readonly type: "capture" | "output";
  /** Bytes of each plane: `sizeimage` of the format. */
  readonly planes: readonly Bytes[];
  /** Buffers that have to be queued before the driver gets the first one, 0 to 31: `min_queued_buffers`. Default 0. */
  readonly minQueued?: number;
}

/** A plane as user space brings it along. */
export interface DmabufPlane {
  readonly fd: number;
  /** Bytes that may be used. At most those of the buffer in whole pages. Default, and for 0: all of the buffer. */
  readonly length?: Bytes;
}

/** What `VIDIOC_QUERYBUF` tells. */
export interface QueueBuffer {
  readonly index: number;
  readonly state: QueueState;
  readonly memory: QueueMemory;
  readonly planes: readonly { readonly length: Bytes; readonly bytesused: Bytes }[];
}

/** A buffer that the driver works on. */
export interface ActiveBuffer {
  readonly index: number;
  /** What the device sees of each plane. */
  readonly planes: readonly DmaView[];
  /** What the program put into each plane of an `output` queue; of a `capture` one, nothing yet. */
  readonly payloads: readonly QueuedPayload[];
}
