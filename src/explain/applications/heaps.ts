import { formatExactSize } from "../../units/quantity.js";
import { numberIn } from "../pattern-recogniser.js";
import type { Explanation, Recogniser } from "../recogniser.js";
import { contiguousEvidence, LOOK_AT_POOL, pictureSentence, requestOption } from "./contiguous-evidence.js";
import { errnoIn } from "./errno-text.js";
import { HEAP_RULE, HEAPS_IN_KERNEL, LOOK_AT_NODES, UDMABUF_GROUP, UDMABUF_IN_KERNEL } from "./heap-access.js";
import { wordedLine } from "./worded-line.js";

/** Any program that could not open a heap: `unable to open /dev/dma_heap/system:  Permission denied`. */
const heapOpen = wordedLine<{ readonly heap: string | null; readonly errno: string | null }>({
  id: "dma-heap-open",
  topic: "opening a dma-heap",
  wordings: [
    {
      hint: "/dev/dma_heap/",
      pattern: /open\b.{0,40}?\/dev\/dma_heap\/(?<heap>[\w.,-]{0,63}[\w-])(?<rest>.*)/i,
      source:
        "Kodi xbmc/utils/DMAHeapBufferObject.cpp; librga samples/utils/allocator/dma_alloc.cpp; picamera2 dma_heap.py",
    },
    {
      hint: "could not create dma-heap allocator",
      pattern: /could not create dma-heap allocator(?<rest>.*)/,
      source: "gstreamer-imx gst-libs/gst/imx/common/gstimxdmaheapallocator.c gst_imx_dma_heap_allocator_activate()",
    },
  ],
  read: ({ heap, rest = "" }) => {
    const errno = errnoIn(rest)?.name ?? null;
    if (
      heap !== undefined &&
      errno === null &&
      !/fail|unable|could not|cannot/i.test(`${rest}`) &&
      rest.trim() !== ""
    ) {
      return null;
    }
    return { heap: heap ?? null, errno };
  },
  explain: explainOpen,
});

function explainOpen({ heap, errno }: { readonly heap: string | null; readonly errno: string | null }): Explanation {
  const name = heap === null ? "the dma-heap" : `/dev/dma_heap/${heap}`;
  const closed = errno === "EACCES" || errno === "EPERM";
  const absent = errno === "ENOENT" || errno === "ENODEV";
  return {
    severity: "error",
    cause: closed
      ? `The user may not open ${name}: the nodes belong to root unless a udev rule gives them to a group.`
      : absent
        ? `This kernel has no heap ${heap ?? "of the name the program wants"}.`
        : `${name} could not be opened: this kernel has no heap of that name, or it is closed to the user.`,
    proof: errno === null ? "The line names the node and no error number." : `open() answered ${errno}.`,
    certainty: errno === null ? "likely" : "sure",
    why: errno === null ? "open() of a heap fails for no other reason in practice" : "the error number says it",
    fix: closed
      ? "Add a udev rule for the subsystem dma_heap and the user to its group."
      : "Does ls -l /dev/dma_heap list it? If it does, the user lacks permission: a udev rule. If not: names differ between kernels (linux,cma, reserved, default_cma_region; -uncached, -dma32 and vidbuf_cached in vendors' kernels only): tell the program another heap, or enable heaps in the kernel (4.19 and older have none, they came with Linux 5.6).",
    next: LOOK_AT_NODES,
    remedies: closed ? [HEAP_RULE] : absent ? [HEAPS_IN_KERNEL] : [HEAP_RULE, HEAPS_IN_KERNEL],
  };
}

interface HeapRequest {
  readonly [name: string]: string | number | null;
  readonly size: number | null;
  readonly errno: string | null;
}

/** `Failed to alloc N from dma-heap(fd=F): 12`, `ioctl DMA_HEAP_IOCTL_ALLOC failed, errno=...`. */
const heapAlloc = wordedLine<HeapRequest>({
  id: "dma-heap-alloc",
  topic: "a request to a dma-heap",
  wordings: [
    {
      hint: "from dma-heap(fd=",
      pattern: /alloc (?<size>\d+) from dma-heap\(fd=-?\d+\)(?<rest>.*)/i,
      source: "rpi-ffmpeg (jc-kynesim) libavcodec/v4l2_req_dmabufs.c, and drmu",
    },
    {
      hint: "DMA_HEAP_IOCTL_ALLOC failed",
      pattern: /DMA_HEAP_IOCTL_ALLOC failed(?<rest>.*)/,
      source: "Kodi xbmc/utils/DMAHeapBufferObject.cpp CDMAHeapBufferObject::CreateBufferObject()",
    },
    {
      hint: "DMA_HEAP_ALLOC_BUFFER failed",
      pattern: /RK_DMA_HEAP_ALLOC_BUFFER failed(?<rest>.*)/,
      source: "librga samples/utils/allocator/dma_alloc.cpp dma_buf_alloc()",
    },
  ],
  read: ({ size, rest = "" }) => ({ size: numberIn(size), errno: errnoIn(rest)?.name ?? null }),
  explain: ({ size, errno }, context) => {
    const asked = size === null ? "a buffer" : formatExactSize(size);
    const likely = size === null ? "" : pictureSentence(size);
    if (errno !== null && errno !== "ENOMEM") {
      return {
        severity: "error",
        cause: `The heap refused ${asked} with ${errno}: the request was wrong, not the memory short.${likely}`,
        proof: `DMA_HEAP_IOCTL_ALLOC answered ${errno}.`,
        certainty: "sure",
        why: "a heap answers ENOMEM where it has nothing; EINVAL is for flags and size 0, ENOTTY for a node that is no heap, EMFILE for too many descriptors",
        fix: "Look at the flags given (O_CLOEXEC and O_RDWR are those that are taken) and at the number of open descriptors.",
        next: ["ls /proc/PID/fd | wc -l", "coalloc doctor"],
        remedies: [],
      };
    }
    return {
      severity: "error",
      cause: `The heap had nothing for ${asked}: the CMA area behind it is full or fragmented, or, for a system heap, memory is.${likely}`,
      proof: `${errno === null ? "The line names no error number" : "12 is ENOMEM"}: the heap is there and open.`,
      ...contiguousEvidence(context, "heaps of CMA areas are small, and system heaps rarely say no"),
      fix: "Which heap is it? linux,cma, reserved and default_cma_region are CMA areas: look in dmesg for the holes that were left. If every device of the buffer has an IOMMU or is the CPU, take the system heap: it needs no contiguous memory. -dma32 heaps have the lowest 4 GiB only.",
      next: [
        ...LOOK_AT_POOL,
        `coalloc place MACHINE -d DEVICE ${size === null ? "--size BYTES" : requestOption(size)}`,
      ],
      remedies: [],
    };
  },
});

/** `unable to open /dev/udmabuf: Permission denied`. */
const udmabufOpen = wordedLine<{ readonly errno: string | null }>({
  id: "udmabuf-open",
  topic: "opening udmabuf",
  wordings: [
    {
      hint: "/dev/udmabuf",
      // `/dev/udmabuf0` is a buffer of the out-of-tree module u-dma-buf, another thing.
      pattern: /(?:open|access)\b.{0,30}?\/dev\/udmabuf(?!\d)(?<rest>.*)/i,
      source: "Kodi xbmc/utils/UDMABufferObject.cpp CUDMABufferObject::Register()",
    },
  ],
  read: ({ rest = "" }) => ({ errno: errnoIn(rest)?.name ?? null }),
  explain: ({ errno }) => {
    const absent = errno === "ENOENT" || errno === "ENODEV";
    return {
      severity: "error",
      cause: absent
        ? "This kernel has no udmabuf."
        : "The user may not open /dev/udmabuf: distributions give it to group kvm (systemd's rule), and the user is not in it.",
      proof: errno === null ? "The line names no error number." : `open() answered ${errno}.`,
      certainty: errno === null ? "likely" : "sure",
      why: errno === null ? "in reports it is the group" : "the error number says it",
      fix: absent
        ? "Enable CONFIG_UDMABUF, or use a dma-heap."
        : "Add the user to the group, or give the node to group video by a udev rule. A buffer of it has at most 64 MiB unless size_limit_mb is raised.",
      next: ["ls -l /dev/udmabuf", "id", "coalloc doctor"],
      remedies: absent ? [UDMABUF_IN_KERNEL] : [UDMABUF_GROUP],
    };
  },
});

/** Lines about dma-heaps and udmabuf, whatever program prints them. */
export const HEAPS: readonly Recogniser[] = [...heapAlloc, ...udmabufOpen, ...heapOpen];
