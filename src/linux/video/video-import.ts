import type { Bytes } from "../../units/quantity.js";
import { accepted, type Result, refused } from "../../units/result.js";
import type { DeviceImport } from "../memory/linux-memory.js";
import type { Descriptor } from "../native/descriptor.js";
import type { Kernel } from "../native/kernel.js";
import { makeStruct, setFields } from "../native/struct.js";
import {
  V4L2_MEMORY_DMABUF,
  VIDIOC_QBUF,
  VIDIOC_REQBUFS,
  v4l2Buffer,
  v4l2Plane,
  v4l2Requestbuffers,
} from "../uapi/videodev2.js";
import { type VideoQueue, videoQueue } from "./video-queue.js";

/** The queue is set up for longer buffers: a refusal would say nothing of the memory. */
export interface TooShort {
  readonly code: "too-short";
  /** Bytes a buffer of its format has. */
  readonly needed: Bytes;
}

/** The device has no queue, or one whose pictures are in several buffers, that could take this one. */
export interface NoQueue {
  readonly code: "no-queue";
}

/**
 * Queues a dma-buf on a video device without starting it: videobuf2 attaches and maps it there and then.
 *
 * Nobody else can have the queue until the import is closed; its format stays as it is.
 *
 * @param queue - name of the queue in the facts; null for the one that carries pictures
 * @param size - bytes of the buffer
 * @throws SystemCallError when the driver refuses, EBUSY while another process has the queue
 * @see Linux 6.12 `drivers/media/common/videobuf2/videobuf2-core.c` `__prepare_dmabuf()`
 */
export function importIntoVideo(
  kernel: Kernel,
  path: string,
  queue: string | null,
  dmabuf: Descriptor,
  size: Bytes,
): Result<DeviceImport, TooShort | NoQueue> {
  const node = kernel.open(path);
  try {
    const found = videoQueue(kernel, node, queue);
    if (found === null || found.planes > 1) return refuse(node, { code: "no-queue" });
    if (found.sizeImage > size) return refuse(node, { code: "too-short", needed: found.sizeImage });
    const request = { count: 1, type: found.type, memory: V4L2_MEMORY_DMABUF };
    kernel.ioctl(node, VIDIOC_REQBUFS, makeStruct(v4l2Requestbuffers, request));
    queueBuffer(kernel, node, found, dmabuf, size);
  } catch (error) {
    node.close();
    throw error;
  }
  // Closing the node empties its queue, and the driver lets go.
  const close = (): void => node.close();
  return accepted({ via: "v4l2", path, handle: null, close, [Symbol.dispose]: close });
}

function refuse<R>(node: Descriptor, refusal: R): { readonly ok: false; readonly refusal: R } {
  node.close();
  return refused(refusal);
}

function queueBuffer(kernel: Kernel, node: Descriptor, queue: VideoQueue, dmabuf: Descriptor, size: Bytes): void {
  const { type, isMultiplanar, isOutput, sizeImage } = queue;
  const bytesused = isOutput ? sizeImage : 0;
  const buffer = makeStruct(v4l2Buffer, { index: 0, type, memory: V4L2_MEMORY_DMABUF });
  if (isMultiplanar) {
    const plane = makeStruct(v4l2Plane, { "m.fd": dmabuf.number, length: size, bytesused });
    setFields(v4l2Buffer, buffer, { "m.planes": kernel.addressOf(plane), length: 1 });
    kernel.ioctl(node, VIDIOC_QBUF, buffer);
    // The structure points at the plane, which nothing else keeps.
    void plane.length;
    return;
  }
  setFields(v4l2Buffer, buffer, { "m.fd": dmabuf.number, length: size, bytesused });
  kernel.ioctl(node, VIDIOC_QBUF, buffer);
}
