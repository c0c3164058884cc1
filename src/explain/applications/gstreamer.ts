import { formatExactSize } from "../../units/quantity.js";
import { numberIn } from "../pattern-recogniser.js";
import type { Recogniser } from "../recogniser.js";
import { contiguousEvidence, LOOK_AT_POOL, pictureSentence, requestOption } from "./contiguous-evidence.js";
import { wordedLine } from "./worded-line.js";

/** Name of an element at the end of a GStreamer path: `/GstPipeline:pipeline0/GstV4l2Src:v4l2src0` is `v4l2src0`. */
function elementOf(path: string | undefined): string | null {
  const name = path?.split(":").at(-1) ?? "";
  return name === "" ? null : name;
}

/** `Failed to allocate required memory.`: an element could not set up its buffers. */
const pool = wordedLine<{ readonly element: string | null }>({
  id: "gst-v4l2-pool",
  topic: "buffers of a GStreamer element",
  wordings: [
    {
      hint: "Failed to allocate required memory",
      pattern: /(?:from element (?<path>\S{1,300}): )?Failed to allocate required memory/,
      source: "GStreamer sys/v4l2/gstv4l2src.c, gstv4l2videodec.c: gst_buffer_pool_set_active() failed",
    },
    {
      hint: "Failed to allocate a buffer",
      pattern:
        /(?:from element (?<path>\S{1,300}): )?Failed to allocate a buffer(?:.{0,120}\(\): (?<late>\/\S{1,300}))?/,
      source: "GStreamer sys/v4l2/gstv4l2src.c gst_v4l2src_create()",
    },
    {
      hint: "Buffer pool activation failed",
      pattern: /Buffer pool activation failed/,
      source: "GStreamer sys/v4l2/gstv4l2src.c gst_v4l2src_decide_allocation()",
    },
  ],
  read: ({ path, late }) => ({ element: elementOf(late ?? path) }),
  explain: ({ element }, context) => {
    const named = context.lines.of("gst-v4l2-pool").some(({ numbers }) => numbers["element"] !== null);
    if (element === null && named) return null;
    const evidence = contiguousEvidence(context, "");
    const seen = context.lines.of("v4l2-request-buffers").length > 0;
    return {
      severity: "error",
      cause: `${element ?? "A GStreamer element"} could not set up its buffers: the driver refused the format or had no memory for them.`,
      proof:
        "The message is printed when the element's buffer pool does not start; the error number of VIDIOC_REQBUFS is in the debug log, not here.",
      certainty: evidence.certainty === "sure" ? "sure" : "possible",
      why:
        evidence.certainty === "sure"
          ? evidence.why
          : `the same words stand for a format the device announces and does not deliver, a device in use, and ENOMEM${seen ? "; the line about VIDIOC_REQBUFS in this log decides" : ""}`,
      fix: "Which error number did VIDIOC_REQBUFS give? Run the pipeline again with GST_DEBUG=v4l2*:6: Cannot allocate memory means the CMA area, Device or resource busy another process, Invalid argument the format.",
      next: [
        `GST_DEBUG=v4l2*:6 gst-launch-1.0 PIPELINE 2>&1 | grep -iE 'reqbufs|allocat|fail' | coalloc explain -`,
        ...LOOK_AT_POOL,
      ],
      remedies: [],
    };
  },
});

/** `allocated 1 mmap buffers out of 2 requested`. */
const shortPool = wordedLine<{ readonly element: string | null; readonly granted: number; readonly asked: number }>({
  id: "gst-v4l2-short-pool",
  topic: "number of buffers of a GStreamer element",
  wordings: [
    {
      hint: "buffers out of",
      pattern:
        /(?:<(?<element>[\w-]{1,64})[^>]{0,128}> )?allocated (?<granted>\d+) \w+ buffers out of (?<asked>\d+) requested/,
      source: "GStreamer sys/v4l2/gstv4l2allocator.c gst_v4l2_allocator_start()",
    },
  ],
  read: ({ element, granted, asked }) => {
    const counts = { granted: numberIn(granted), asked: numberIn(asked) };
    if (counts.granted === null || counts.asked === null) return null;
    return { element: element ?? null, granted: counts.granted, asked: counts.asked };
  },
  explain: ({ element, granted, asked }, context) => {
    if (granted >= asked) return null;
    return {
      severity: granted === 0 ? "error" : "warning",
      cause: `The driver granted ${element ?? "a GStreamer element"} ${granted} of ${asked} buffers.`,
      proof: "VIDIOC_REQBUFS succeeded with a smaller count than was asked for.",
      ...contiguousEvidence(context, "drivers reduce the count to what fits their memory, or to a number of their own"),
      fix: "Look whether the CMA area has room for that many buffers of sizeimage; if it has, the driver limits the count itself, and a decoder may stall after a change of resolution.",
      next: [...LOOK_AT_POOL, "v4l2-ctl -d /dev/videoN --get-fmt-video"],
      remedies: [],
    };
  },
});

/** `g2d_alloc: alloc memory fail with size 3686400!`, `could not allocate 622080 bytes of physical memory`. */
const imxPhysical = wordedLine<{ readonly size: number }>({
  id: "imx-physical-memory",
  topic: "physical memory of i.MX multimedia",
  wordings: [
    {
      hint: "g2d_alloc: alloc memory fail",
      pattern: /g2d_alloc: alloc memory fail with size (?<size>\d+)/,
      source: "https://github.com/Freescale/gstreamer-imx/issues/29",
    },
    {
      hint: "bytes of physical memory",
      pattern: /could not allocate (?<size>\d+) bytes of physical memory/,
      source:
        "gstreamer-imx 0.13 src/ipu/allocator.c gst_imx_ipu_alloc_phys_mem(), src/g2d/allocator.c, src/pxp/allocator.c",
    },
    {
      hint: "could not allocate memory block with",
      pattern: /could not allocate memory block with (?<size>\d+) bytes/,
      source: "gstreamer-imx 0.13 src/common/phys_mem_allocator.c gst_imx_phys_mem_allocator_alloc()",
    },
  ],
  read: ({ size }) => {
    const bytes = numberIn(size);
    return bytes === null ? null : { size: bytes };
  },
  explain: ({ size }, context) => ({
    severity: "error",
    cause: `There was no contiguous piece of ${formatExactSize(size)} for an i.MX multimedia element.${pictureSentence(size)}`,
    proof: "The element asks the graphics, IPU or VPU driver for physical memory; none of them has an IOMMU on i.MX 6.",
    ...contiguousEvidence(
      context,
      "these drivers take the memory from the CMA area, and the Vivante one (g2d) from a reserve of its own",
    ),
    fix: "Which allocator was it? For g2d the reserve is galcore.contiguousSize, and it does not grow with cma=. For ipu and vpu it is the CMA area: multiply size and buffers by the number of pipelines and set cma= to that. coherent_pool= is another pool: a larger one only takes memory from this.",
    next: [
      ...LOOK_AT_POOL,
      "cat /sys/module/galcore/parameters/contiguousSize",
      `coalloc place MACHINE -d ipu -d vpu ${requestOption(size)}`,
    ],
    remedies: [],
  }),
});

/** Lines of GStreamer and its i.MX plugins. */
export const GSTREAMER: readonly Recogniser[] = [...shortPool, ...pool, ...imxPhysical];
