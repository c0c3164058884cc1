import type { Descriptor } from "../../../src/linux/native/descriptor.js";
import type { Ioctl } from "../../../src/linux/native/ioctl.js";
import { iowr } from "../../../src/linux/native/ioctl.js";
import type { Kernel } from "../../../src/linux/native/kernel.js";
import { getField, makeStruct } from "../../../src/linux/native/struct.js";
import { V4L2_MEMORY_MMAP, VIDIOC_CREATE_BUFS, v4l2CreateBuffers } from "../../../src/linux/uapi/videodev2.js";

/** `struct v4l2_create_buffers` with what it has for the format of metadata. Linux 6.12 `include/uapi/linux/videodev2.h`. */
const createBuffers = {
  ...v4l2CreateBuffers,
  fields: {
    ...v4l2CreateBuffers.fields,
    "format.type": ["u32", 16],
    "format.fmt.meta.dataformat": ["u32", 24],
    "format.fmt.meta.buffersize": ["u32", 28],
  },
} as const;

/** `struct v4l2_remove_buffers`, there since Linux 6.10. */
const removeBuffers = {
  name: "struct v4l2_remove_buffers",
  size: 64,
  fields: { index: ["u32", 0], count: ["u32", 4], type: ["u32", 8] },
} as const;
const VIDIOC_REMOVE_BUFS: Ioctl = iowr("VIDIOC_REMOVE_BUFS", "V", 104, removeBuffers.size);

const V4L2_BUF_TYPE_META_CAPTURE = 13;
/** What vivid's metadata node has: `VIVD`. */
const V4L2_META_FMT_VIVID = 0x44564956;

/** Makes a buffer of any size on a metadata node. @returns its index on that node. @throws SystemCallError */
export function createMetadataBuffer(kernel: Kernel, node: Descriptor, size: number): number {
  const argument = makeStruct(createBuffers, {
    count: 1,
    memory: V4L2_MEMORY_MMAP,
    "format.type": V4L2_BUF_TYPE_META_CAPTURE,
    "format.fmt.meta.dataformat": V4L2_META_FMT_VIVID,
    "format.fmt.meta.buffersize": size,
  });
  kernel.ioctl(node, VIDIOC_CREATE_BUFS, argument);
  return getField(createBuffers, argument, "index");
}

/** Frees one buffer of a metadata node. @throws SystemCallError */
export function removeMetadataBuffer(kernel: Kernel, node: Descriptor, index: number): void {
  kernel.ioctl(
    node,
    VIDIOC_REMOVE_BUFS,
    makeStruct(removeBuffers, { index, count: 1, type: V4L2_BUF_TYPE_META_CAPTURE }),
  );
}
