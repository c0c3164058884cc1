import { numberIn } from "../pattern-recogniser.js";
import type { ExplainContext, Explanation, Recogniser } from "../recogniser.js";
import { contiguousEvidence, LOOK_AT_POOL } from "./contiguous-evidence.js";
import { errnoIn } from "./errno-text.js";
import { wordedLine } from "./worded-line.js";

interface Request {
  readonly [name: string]: string | number | null;
  readonly device: string | null;
  readonly count: number | null;
  /** Name of the error, or null where the line gives none. */
  readonly errno: string | null;
}

/** `VIDIOC_REQBUFS error 12`, `Unable to request 1 buffers: Cannot allocate memory`: the driver refused to make buffers. */
const requestBuffers = wordedLine<Request>({
  id: "v4l2-request-buffers",
  topic: "buffers of a video device",
  wordings: [
    {
      hint: "Unable to request",
      pattern: /(?:(?<device>\/dev\/video\d+)\[\d+:\w+\]: *)?Unable to request (?<count>\d+) buffers(?<rest>.*)/,
      source: "libcamera src/libcamera/v4l2_videodevice.cpp V4L2VideoDevice::requestBuffers()",
    },
    {
      hint: "VIDIOC_REQBUFS",
      pattern: /(?:(?<device>\/dev\/video\d+)\b.{0,120})?VIDIOC_REQBUFS(?<rest>.*)/,
      source:
        "v4l-utils contrib/test/capture-example.c init_mmap(); FFmpeg libavcodec/v4l2_context.c ff_v4l2_context_init(), libavdevice/v4l2.c mmap_init()",
    },
    {
      hint: "VIDIOC_CREATE_BUFS",
      pattern: /(?:(?<device>\/dev\/video\d+)\b.{0,120})?VIDIOC_CREATE_BUFS(?<rest>.*)/,
      source: "v4l-utils utils/v4l2-ctl/v4l2-ctl.cpp, which prints the name of any ioctl that failed",
    },
    {
      hint: "Unable to create buffer for type",
      pattern: /Unable to create buffer for type \d+(?<rest>.*)/,
      source: "libva-v4l2-request src/v4l2.c v4l2_create_buffers()",
    },
  ],
  read: ({ device, count, rest = "" }) => {
    const errno = errnoIn(rest);
    if (errno === null && !/fail|error|returned -1/i.test(rest) && count === undefined) return null;
    return { device: device ?? null, count: numberIn(count), errno: errno?.name ?? null };
  },
  explain: explainRequest,
});

function explainRequest({ device, count, errno }: Request, context: ExplainContext): Explanation {
  const node = device ?? "/dev/videoN";
  const what = `${count === null ? "the buffers" : `${count} ${count === 1 ? "buffer" : "buffers"}`} of ${device ?? "the video device"}`;
  const common = {
    severity: "error",
    proof: errno === null ? "The line names no error." : `The driver answered ${errno} to the request for buffers.`,
    remedies: [],
  } as const;
  const lookAtDevice = [`v4l2-ctl -d ${node} --info`, `v4l2-ctl -d ${node} --get-fmt-video`];
  switch (errno) {
    case "ENOMEM":
      return {
        ...common,
        cause: `The driver had no memory for ${what}. Camera receivers, image processors and codecs without an IOMMU take every buffer as one contiguous piece from the CMA pool, which is then full, fragmented, or smaller than a buffer.`,
        ...contiguousEvidence(context, "most drivers of boards use the contiguous allocator (videobuf2-dma-contig)"),
        fix: "Which driver is it? v4l2-ctl --info names it: uvcvideo (USB cameras) takes vmalloc memory, and a larger CMA area does nothing for it. For the others multiply sizeimage by the number of buffers and compare with CmaFree; use fewer buffers, a smaller format, or a larger CMA area.",
        next: [...lookAtDevice, ...LOOK_AT_POOL],
      };
    case "EBUSY":
      return {
        ...common,
        cause: `The queue for ${what} is busy: another process holds it, or its buffers of before are still mapped, exported or streaming.`,
        certainty: "sure",
        why: "vb2 gives EBUSY for nothing else here; memory has no part in it",
        fix: "Find the process that has the device open and end it, or free the old buffers first: stop streaming, unmap them, close exported descriptors.",
        next: [`fuser -v ${node}`, ...lookAtDevice],
      };
    case "ENOBUFS":
    case "ENOSPC":
      return {
        ...common,
        cause: `The queue for ${what} has as many buffers as it may have: 32, unless the driver allows more.`,
        certainty: "likely",
        why: "videobuf2 gives ENOBUFS where VIDIOC_CREATE_BUFS finds the queue at its limit (Linux 6.12 vb2_core_create_bufs()); it is not a shortage of memory",
        fix: "Ask for fewer buffers, and free those of an earlier stream with VIDIOC_REQBUFS of 0 first. Where none were made before, the library and the kernel differ in the interface: use versions that fit.",
        next: [...lookAtDevice, `v4l2-ctl -d ${node} --list-formats-ext`],
      };
    case "EINVAL":
      return {
        ...common,
        cause: `The driver does not do ${what} in this way: no format is set, or the kind of buffer or memory is one it does not offer.`,
        certainty: "likely",
        why: "EINVAL is the answer to the parameters, given before any memory is asked for",
        fix: "Set the format first; use single-planar or multi-planar calls as the driver does, and MMAP where DMABUF or USERPTR is refused.",
        next: lookAtDevice,
      };
    default:
      return {
        ...common,
        cause: `The driver refused to make ${what}.`,
        certainty: "possible",
        why: "which error it was decides, and the line gives none that says more",
        fix: "Which error number? 12 (ENOMEM): memory, go on with dmesg. 16 (EBUSY): another process has the device. 22 (EINVAL): format or kind of buffer. 13 (EACCES): permission, group video.",
        next: [`strace -f -e trace=ioctl PROGRAM 2>&1 | grep REQBUFS`, ...lookAtDevice, ...LOOK_AT_POOL],
      };
  }
}

/** `Insufficient buffer memory`: fewer buffers were granted than the program can work with. */
const insufficient = wordedLine<{ readonly device: string | null }>({
  id: "v4l2-insufficient-buffers",
  topic: "number of buffers of a video device",
  wordings: [
    {
      hint: "nsufficient buffer memory",
      pattern: /[Ii]nsufficient buffer memory(?:,? on)?,? ?(?<device>\/dev\/video\d+)?/,
      source:
        "v4l-utils contrib/test/capture-example.c init_mmap(); https://github.com/v4l2loopback/v4l2loopback/issues/663",
    },
  ],
  read: ({ device }) => ({ device: device ?? null }),
  explain: ({ device }) => ({
    severity: "error",
    cause: "The driver granted fewer buffers than the program needs, and the program gave up.",
    proof: "VIDIOC_REQBUFS succeeded: the line is printed when the count it gave back is below two.",
    certainty: "likely",
    why: "the count asked for is only a wish: drivers reduce it to what their memory or the other side of a loopback allows",
    fix: "On v4l2loopback give max_buffers=N when loading it, and let the producer start first. On hardware look whether the CMA area has room for one buffer only.",
    next: [`v4l2-ctl -d ${device ?? "/dev/videoN"} --info`, ...LOOK_AT_POOL],
    remedies: [],
  }),
});

/** `Failed to queue buffer`, `Can't queue buffer`: the driver refused a buffer somebody else made. */
const queueBuffer = wordedLine<{ readonly errno: string | null; readonly stream: string | null }>({
  id: "v4l2-queue-buffer",
  topic: "a buffer given to a video device",
  wordings: [
    {
      hint: "Failed to queue buffer",
      pattern: /Failed to queue buffer\b(?: for (?<stream>[\w ]{1,40}\w))?(?<rest>.*)/,
      source: "libcamera src/libcamera/pipeline/rpi/common/rpi_stream.cpp Stream::queueToDevice()",
    },
    {
      hint: "Can't queue buffer",
      pattern: /(?<rest>errno=\d+).{0,40}Can't queue buffer/,
      source: "https://github.com/ayufan/camera-streamer/issues/85",
    },
  ],
  read: ({ stream, rest = "" }) => ({ errno: errnoIn(rest)?.name ?? null, stream: stream ?? null }),
  explain: ({ errno, stream }) => ({
    severity: "error",
    cause: `The device refused a buffer${stream === null ? "" : ` for ${stream}`}: it is smaller than the device's own size of the image, or lies where the device cannot reach it.`,
    proof: errno === null ? "The line names no error." : `VIDIOC_QBUF answered ${errno}.`,
    certainty: "likely",
    why: "a queue takes dma-bufs of others only when their length reaches its sizeimage (rows are often padded to 16: 1088 for 1080) and they can be mapped for the device",
    fix: "Let the strictest device's sizeimage decide the size of the buffer. vb2 says both lengths in the kernel's log when its debugging is on (invalid dmabuf length).",
    next: [
      "echo 3 > /sys/module/videobuf2_common/parameters/debug",
      "dmesg | coalloc explain -",
      "coalloc place MACHINE -d PRODUCER -d CONSUMER --image WIDTHxHEIGHT:FORMAT",
    ],
    remedies: [],
  }),
});

/** Lines about V4L2 devices. */
export const V4L2: readonly Recogniser[] = [...requestBuffers, ...insufficient, ...queueBuffer];
