import { numberIn } from "../pattern-recogniser.js";
import type { Recogniser } from "../recogniser.js";
import { contiguousEvidence, LOOK_AT_POOL } from "./contiguous-evidence.js";
import { HEAP_RULE, HEAPS_IN_KERNEL, LOOK_AT_NODES } from "./heap-access.js";
import { wordedLine } from "./worded-line.js";

/** `dmaHeap allocation failure for rpicam-apps0`: the heap was opened and had nothing. */
const heapExhausted = wordedLine<{ readonly buffer: string }>({
  id: "libcamera-heap-exhausted",
  topic: "camera buffers from a dma-heap",
  wordings: [
    {
      hint: "allocation failure for",
      pattern: /dma-?heap allocation failure for (?<buffer>[\w.-]{1,64})/i,
      source:
        "libcamera src/libcamera/dma_buf_allocator.cpp DmaBufAllocator::allocFromHeap(), rpicam-apps core/dma_heaps.cpp DmaHeap::alloc()",
    },
  ],
  read: ({ buffer = "" }) => ({ buffer }),
  key: () => "",
  explain: ({ buffer }, context) => ({
    severity: "error",
    cause: `The heap had no memory for camera buffer ${buffer}: the CMA area behind it is full, fragmented, or too small for the mode.`,
    proof:
      "libcamera prints this when DMA_HEAP_IOCTL_ALLOC fails on a heap it could open, so it is neither permission nor a missing heap.",
    ...contiguousEvidence(
      context,
      "libcamera takes the first heap it can open, and the first names it tries are those of CMA areas",
    ),
    fix: "Compare CmaFree with what the mode needs (streams x buffers x frame size). Ask for fewer buffers (--buffer-count) or a smaller mode, or make the CMA area larger; if it comes after days or many mode switches, the area is fragmented: keep the buffers between captures.",
    next: [...LOOK_AT_POOL, "coalloc place MACHINE -d CAMERA --image 4056x3040:YU12"],
    remedies: [],
  }),
});

/** `Could not open any dmaHeap device`: there is no heap, or it is closed. */
const noHeap = wordedLine<{ readonly wanted: string }>({
  id: "libcamera-no-heap",
  topic: "camera without a dma-heap",
  wordings: [
    {
      hint: "Could not open any d",
      pattern: /Could not open any (?<wanted>dma-?heap device|dma-buf (?:provider|allocator))/i,
      source:
        "libcamera src/libcamera/dma_buf_allocator.cpp DmaBufAllocator::DmaBufAllocator(), formerly dma_heaps.cpp; rpicam-apps core/dma_heaps.cpp, picamera2 picamera2/dma_heap.py",
    },
  ],
  read: ({ wanted = "" }) => ({ wanted }),
  key: () => "",
  explain: ({ wanted }) => ({
    severity: "error",
    cause: `No ${wanted} could be opened: the kernel has no dma-heap the program knows, or the user has no permission to open it. The -12 of a line behind it is not a shortage of memory.`,
    proof:
      "The program tries /dev/dma_heap/vidbuf_cached, linux,cma, reserved, system and /dev/udmabuf by name, and none opened.",
    certainty: "sure",
    why: "it is printed only where every open() failed; which of the two it is shows in the listing of /dev/dma_heap",
    fix: "Nodes there, but of root alone: add a udev rule and the user to group video. No nodes: the kernel lacks CONFIG_DMABUF_HEAPS, or names its heaps otherwise (default_cma_region from Linux 6.17 on).",
    next: LOOK_AT_NODES,
    remedies: [HEAP_RULE, HEAPS_IN_KERNEL],
  }),
});

/** `OSError: [Errno 12] Cannot allocate memory` of picamera2, with or without its traceback. */
const picamera2 = wordedLine<{ readonly call: string | null; readonly errno: number | null }>({
  id: "picamera2-heap-exhausted",
  topic: "camera buffers of picamera2",
  wordings: [
    {
      hint: "DMA_HEAP_IOCTL_ALLOC",
      pattern: /fcntl\.ioctl\(.{0,120}(?<call>DMA_HEAP_IOCTL_ALLOC)/,
      source: "picamera2 picamera2/dma_heap.py DmaHeap.alloc()",
    },
    {
      hint: "OSError: [Errno 12]",
      pattern: /OSError: \[Errno (?<errno>12)\]/,
      source: "https://github.com/raspberrypi/picamera2/issues/972",
    },
    {
      hint: "Failed to start camera:",
      pattern: /Failed to start camera: Cannot allocate memory/,
      source: "libcamera src/py/libcamera/py_main.cpp; https://github.com/monkeymademe/CamUI/issues/25",
    },
  ],
  read: ({ call, errno }) => ({ call: call ?? null, errno: numberIn(errno) }),
  key: () => "",
  explain: ({ call }, context) => {
    // A line of the layer below has named the reason already: this one only passes it on.
    const told = ["libcamera-no-heap", "libcamera-heap-exhausted", "v4l2-request-buffers"].some((id) =>
      context.lines.of(id).some(({ line }) => line < context.line),
    );
    if (call === null && told) return null;
    const evidence = contiguousEvidence(context, "picamera2 takes its buffers from the CMA heap");
    const unsure = call === null && evidence.certainty !== "sure";
    return {
      severity: "error",
      cause:
        "A Python camera program got ENOMEM for its buffers: the CMA area has no contiguous piece left for the number and size of buffers configured.",
      proof:
        call === null
          ? "Errno 12 is ENOMEM; the call that got it stands in the traceback above the line. DMA_HEAP_IOCTL_ALLOC there means the heap; another call means another memory."
          : "The traceback shows DMA_HEAP_IOCTL_ALLOC: the heap was open and had nothing.",
      certainty: unsure ? "possible" : evidence.certainty,
      why: unsure
        ? "the line alone does not name the call; in reports with this wording it was the CMA heap"
        : evidence.why,
      fix: "Which call failed? Look for DMA_HEAP_IOCTL_ALLOC in the traceback. Then compare CmaFree with buffer_count x frame size: set a smaller buffer_count, a smaller size, or a larger CMA area; check in CmaTotal that a change took effect. Where it comes after many mode switches, keep one configuration instead of switching.",
      next: LOOK_AT_POOL,
      remedies: [],
    };
  },
});

/** Lines of libcamera and of programs on top of it. */
export const LIBCAMERA: readonly Recogniser[] = [...heapExhausted, ...noHeap, ...picamera2];
