import type { Bytes } from "../../units/quantity.js";
import { type LinuxHeap, type LinuxMemory, memoryOf } from "../memory/linux-memory.js";
import { Descriptor } from "../native/descriptor.js";
import type { Kernel } from "../native/kernel.js";
import { getField, makeStruct } from "../native/struct.js";
import { SystemCallError } from "../native/system-call-error.js";
import { O_CLOEXEC, O_RDWR } from "../uapi/fcntl.js";
import {
  V4L2_MEMORY_MMAP,
  VIDIOC_CREATE_BUFS,
  VIDIOC_EXPBUF,
  v4l2CreateBuffers,
  v4l2Exportbuffer,
} from "../uapi/videodev2.js";
import { formatOfSize, videoQueue } from "./video-queue.js";

/** Where the format stands in `struct v4l2_create_buffers`. */
const FORMAT_AT: number = v4l2CreateBuffers.fields.format[1];

/**
 * Memory that a video device allocates for itself: a buffer of its queue, exported as dma-buf.
 *
 * The queue's format stays as it is, and a buffer is never shorter than it says. Closing the node gives the queue back: the dma-buf keeps the memory. While another
 * process has the queue, EBUSY.
 *
 * @see Linux 6.12 `drivers/media/common/videobuf2/videobuf2-v4l2.c` `vb2_create_bufs()`, `vb2_expbuf()`
 */
export class VideoExport implements LinuxHeap {
  readonly #kernel: Kernel;
  readonly #path: string;
  readonly #queue: string | null;

  /** @param queue - name of the queue in the facts */
  constructor(kernel: Kernel, path: string, queue: string | null) {
    this.#kernel = kernel;
    this.#path = path;
    this.#queue = queue;
  }

  allocate(size: Bytes): LinuxMemory {
    const kernel = this.#kernel;
    using node = kernel.open(this.#path);
    const queue = videoQueue(kernel, node, this.#queue);
    if (queue === null) throw new SystemCallError("ioctl VIDIOC_QUERYCAP (no video queue)", this.#path, "EINVAL");
    // Of pictures in several pieces of memory, only the first would be as long as asked.
    if (queue.planes > 1) throw new SystemCallError("ioctl VIDIOC_G_FMT (several planes)", this.#path, "EINVAL");
    const { type } = queue;
    const request = makeStruct(v4l2CreateBuffers, { count: 1, memory: V4L2_MEMORY_MMAP });
    request.set(formatOfSize(queue, Math.max(size, queue.sizeImage)), FORMAT_AT);
    kernel.ioctl(node, VIDIOC_CREATE_BUFS, request);
    const index = getField(v4l2CreateBuffers, request, "index");
    const made = makeStruct(v4l2Exportbuffer, { type, index, flags: O_RDWR + O_CLOEXEC });
    kernel.ioctl(node, VIDIOC_EXPBUF, made);
    const dmabuf = new Descriptor(getField(v4l2Exportbuffer, made, "fd"), `dmabuf from ${this.#path}`);
    return memoryOf(dmabuf, kernel.sizeOf(dmabuf));
  }
}
