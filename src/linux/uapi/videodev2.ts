import { type Ioctl, ior, iow, iowr } from "../native/ioctl.js";

/** Video devices. Linux 6.12 `include/uapi/linux/videodev2.h`; 64-bit kernels. */

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

/** A queue's picture format: `fmt.pix` of queues with one plane, `fmt.pix_mp` of those with several. */
export const v4l2Format = {
  name: "struct v4l2_format",
  size: 208,
  fields: {
    type: ["u32", 0],
    "fmt.pix.width": ["u32", 8],
    "fmt.pix.height": ["u32", 12],
    "fmt.pix.pixelformat": ["u32", 16],
    "fmt.pix.field": ["u32", 20],
    "fmt.pix.bytesperline": ["u32", 24],
    "fmt.pix.sizeimage": ["u32", 28],
    "fmt.pix_mp.plane_fmt[0].sizeimage": ["u32", 28],
    "fmt.pix_mp.plane_fmt[0].bytesperline": ["u32", 32],
    "fmt.pix_mp.num_planes": ["u8", 188],
  },
} as const;

/** Buffers in place of those a queue has. */
export const v4l2Requestbuffers = {
  name: "struct v4l2_requestbuffers",
  size: 20,
  fields: { count: ["u32", 0], type: ["u32", 4], memory: ["u32", 8], capabilities: ["u32", 12], flags: ["u8", 16] },
} as const;

/** Further buffers for a queue, as long as `format` says. */
export const v4l2CreateBuffers = {
  name: "struct v4l2_create_buffers",
  size: 256,
  fields: {
    index: ["u32", 0],
    count: ["u32", 4],
    memory: ["u32", 8],
    format: ["text", 16, 208],
    capabilities: ["u32", 224],
    flags: ["u32", 228],
  },
} as const;

/** A buffer of a queue. `m.fd` is a dma-buf where the queue's memory is; with several planes, `m.planes` points at them. */
export const v4l2Buffer = {
  name: "struct v4l2_buffer",
  size: 88,
  fields: {
    index: ["u32", 0],
    type: ["u32", 4],
    bytesused: ["u32", 8],
    flags: ["u32", 12],
    field: ["u32", 16],
    sequence: ["u32", 56],
    memory: ["u32", 60],
    "m.offset": ["u32", 64],
    "m.fd": ["i32", 64],
    "m.planes": ["mask64", 64],
    length: ["u32", 72],
  },
} as const;

/** A plane of a buffer. */
export const v4l2Plane = {
  name: "struct v4l2_plane",
  size: 64,
  fields: {
    bytesused: ["u32", 0],
    length: ["u32", 4],
    "m.mem_offset": ["u32", 8],
    "m.fd": ["i32", 8],
    data_offset: ["u32", 16],
  },
} as const;

/** A buffer of a queue as a dma-buf. */
export const v4l2Exportbuffer = {
  name: "struct v4l2_exportbuffer",
  size: 64,
  fields: { type: ["u32", 0], index: ["u32", 4], plane: ["u32", 8], flags: ["u32", 12], fd: ["i32", 16] },
} as const;

/** Queue that a device fills. */
export const V4L2_BUF_TYPE_VIDEO_CAPTURE = 1;
/** Queue that a device reads. */
export const V4L2_BUF_TYPE_VIDEO_OUTPUT = 2;
/** Queue that a device fills, with several planes. */
export const V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE = 9;
/** Queue that a device reads, with several planes. */
export const V4L2_BUF_TYPE_VIDEO_OUTPUT_MPLANE = 10;

/** The driver allocates. */
export const V4L2_MEMORY_MMAP = 1;
/** Buffers come as dma-bufs. */
export const V4L2_MEMORY_DMABUF = 4;

/** It fills pictures. */
export const V4L2_CAP_VIDEO_CAPTURE = 0x1;
/** It shows pictures. */
export const V4L2_CAP_VIDEO_OUTPUT = 0x2;
/** It fills pictures of several planes. */
export const V4L2_CAP_VIDEO_CAPTURE_MPLANE = 0x1000;
/** It shows pictures of several planes. */
export const V4L2_CAP_VIDEO_OUTPUT_MPLANE = 0x2000;
/** It makes pictures of pictures, of several planes. */
export const V4L2_CAP_VIDEO_M2M_MPLANE = 0x4000;
/** It makes pictures of pictures. */
export const V4L2_CAP_VIDEO_M2M = 0x8000;

/** Asks who serves a device, and what it can do. */
export const VIDIOC_QUERYCAP: Ioctl = ior("VIDIOC_QUERYCAP", "V", 0, v4l2Capability.size);
/** Asks for a queue's format. */
export const VIDIOC_G_FMT: Ioctl = iowr("VIDIOC_G_FMT", "V", 4, v4l2Format.size);
/** Sets a queue's format; the driver makes it one that it can do. */
export const VIDIOC_S_FMT: Ioctl = iowr("VIDIOC_S_FMT", "V", 5, v4l2Format.size);
/** Gives a queue its buffers; 0 takes them away. */
export const VIDIOC_REQBUFS: Ioctl = iowr("VIDIOC_REQBUFS", "V", 8, v4l2Requestbuffers.size);
/** Asks for a buffer. */
export const VIDIOC_QUERYBUF: Ioctl = iowr("VIDIOC_QUERYBUF", "V", 9, v4l2Buffer.size);
/** Queues a buffer: the driver maps a dma-buf here. */
export const VIDIOC_QBUF: Ioctl = iowr("VIDIOC_QBUF", "V", 15, v4l2Buffer.size);
/** Exports a buffer as dma-buf. */
export const VIDIOC_EXPBUF: Ioctl = iowr("VIDIOC_EXPBUF", "V", 16, v4l2Exportbuffer.size);
/** Takes a finished buffer back. */
export const VIDIOC_DQBUF: Ioctl = iowr("VIDIOC_DQBUF", "V", 17, v4l2Buffer.size);
/** Starts a queue, whose type is the argument. */
export const VIDIOC_STREAMON: Ioctl = iow("VIDIOC_STREAMON", "V", 18, 4);
/** Stops a queue, whose type is the argument. */
export const VIDIOC_STREAMOFF: Ioctl = iow("VIDIOC_STREAMOFF", "V", 19, 4);
/** Gives a queue further buffers. */
export const VIDIOC_CREATE_BUFS: Ioctl = iowr("VIDIOC_CREATE_BUFS", "V", 92, v4l2CreateBuffers.size);
