import { type AttachRefusal, describeBufferRefusal, type MapRefusal } from "../simulate/buffers/buffer-refusal.js";
import type { Bytes } from "../units/quantity.js";

/** Where the memory of a queue's buffers comes from. Linux 6.12 `include/uapi/linux/videodev2.h` `enum v4l2_memory`. */
export type QueueMemory = "mmap" | "dmabuf";

/** What a buffer of a queue is doing. Linux 6.12 `include/media/videobuf2-core.h` `enum vb2_buffer_state`. */
export type QueueState = "dequeued" | "queued" | "active" | "done" | "error";

/** Why what is in the planes of a buffer cannot be so. Codes are public and never change meaning; `plane` counts from 0. */
export type PayloadRefusal =
  | { readonly code: "plane-count"; readonly errno: "EINVAL"; readonly planes: number; readonly given: number }
  | {
      readonly code: "bad-bytesused";
      readonly errno: "EINVAL";
      readonly plane: number;
      readonly bytesused: Bytes;
      readonly length: Bytes;
    }
  | {
      readonly code: "bad-data-offset";
      readonly errno: "EINVAL";
      readonly plane: number;
      readonly dataOffset: Bytes;
      readonly bytesused: Bytes;
    };

/** Why a queue refuses. Codes are public and never change meaning; `plane` counts from 0. */
export type QueueRefusal =
  | { readonly code: "streaming"; readonly errno: "EBUSY" }
  | { readonly code: "not-streaming"; readonly errno: "EINVAL" }
  | { readonly code: "no-buffers"; readonly errno: "EINVAL" }
  | { readonly code: "too-few-buffers"; readonly errno: "EINVAL"; readonly count: number; readonly least: number }
  | { readonly code: "no-such-buffer"; readonly errno: "EINVAL"; readonly index: number; readonly count: number }
  | { readonly code: "wrong-state"; readonly errno: "EINVAL"; readonly index: number; readonly state: QueueState }
  | {
      readonly code: "wrong-memory";
      readonly errno: "EINVAL";
      readonly memory: QueueMemory;
      readonly asked: QueueMemory;
    }
  | { readonly code: "too-many-buffers"; readonly errno: "ENOBUFS"; readonly count: number; readonly most: number }
  | {
      readonly code: "invalid-length";
      readonly errno: "EINVAL";
      readonly plane: number;
      readonly length: Bytes;
      readonly least: Bytes;
    }
  | {
      readonly code: "length-beyond-buffer";
      readonly errno: "EFAULT";
      readonly plane: number;
      readonly length: Bytes;
      /** In whole pages. */
      readonly size: Bytes;
    }
  /** Nothing is done, and the caller does not wait. */
  | { readonly code: "nothing-done"; readonly errno: "EAGAIN" }
  | PayloadRefusal
  | AttachRefusal
  | MapRefusal;

/** One sentence for people. */
export function describeQueueRefusal(refusal: QueueRefusal): string {
  switch (refusal.code) {
    case "streaming":
      return "the queue is streaming";
    case "not-streaming":
      return "the queue is not streaming";
    case "no-buffers":
      return "the queue has no buffers";
    case "too-few-buffers":
      return `the driver begins with ${refusal.least} queued buffers, and the queue has ${refusal.count}`;
    case "no-such-buffer":
      return `there is no buffer ${refusal.index}; the queue has ${refusal.count}`;
    case "wrong-state":
      return `buffer ${refusal.index} is ${refusal.state}`;
    case "wrong-memory":
      return `the queue has buffers of ${refusal.memory} memory, not of ${refusal.asked}`;
    case "too-many-buffers":
      return `${refusal.count} buffers: a queue has at most ${refusal.most}`;
    case "plane-count":
      return `a buffer has ${refusal.planes} planes, and ${refusal.given} were given`;
    case "invalid-length":
      return `invalid dmabuf length ${refusal.length} for plane ${refusal.plane}, minimum length ${refusal.least}`;
    case "length-beyond-buffer":
      return `plane ${refusal.plane} has a length of ${refusal.length} bytes, and its dma-buf has ${refusal.size}`;
    case "bad-bytesused":
      return `plane ${refusal.plane} has ${refusal.length} bytes, and ${refusal.bytesused} of them are said to be used`;
    case "bad-data-offset":
      return `the data of plane ${refusal.plane} begins at ${refusal.dataOffset}, and ${refusal.bytesused} bytes are used`;
    case "nothing-done":
      return "no buffer is done yet";
    default:
      return describeBufferRefusal(refusal);
  }
}
