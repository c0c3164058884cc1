import { formatExactSize } from "../../units/quantity.js";
import { numberIn } from "../pattern-recogniser.js";
import type { ExplainContext, Explanation, Recogniser } from "../recogniser.js";
import { pictureSentence } from "./contiguous-evidence.js";
import { errnoIn } from "./errno-text.js";
import { HEAP_RULE, HEAPS_IN_KERNEL, LOOK_AT_NODES } from "./heap-access.js";
import { wordedLine } from "./worded-line.js";

/**
 * Heaps by the number mpp prints where it does not print their name: osal/allocator/allocator_dma_heap.c `heap_names` from October 2022 to November 2023.
 * Later versions number them otherwise, and print the name.
 */
const HEAP_OF_TYPE: readonly string[] = [
  "system-uncached",
  "cma-uncached",
  "system",
  "cma",
  "system-uncached-dma32",
  "cma-uncached",
  "system-dma32",
  "cma",
];

/** `os_allocator_dma_heap_open open dma heap type 0 system-uncached failed!` */
const heapOpen = wordedLine<{ readonly heap: string | null; readonly errno: string | null }>({
  id: "mpp-heap-open",
  topic: "heap of the Rockchip codec library",
  wordings: [
    {
      hint: "dma-heap open /dev/dma_heap/",
      pattern: /dma-heap open \/dev\/dma_heap\/(?<heap>[\w.,-]{1,64})(?<rest>.*)/,
      source: "mpp osal/allocator/allocator_dma_heap.c heap_fd_open(), 2023",
    },
    {
      hint: "open dma heap type",
      pattern: /open dma heap type (?<type>\d+)(?: (?<heap>[\w.,-]{1,64}))? failed/,
      source: "mpp osal/allocator/allocator_dma_heap.c os_allocator_dma_heap_open()",
    },
  ],
  read: ({ heap, type, rest = "" }) => ({
    heap: heap ?? HEAP_OF_TYPE[Number(type)] ?? null,
    errno: errnoIn(rest)?.name ?? null,
  }),
  key: ({ heap }) => heap ?? "",
  explain: ({ heap, errno }) => ({
    severity: "error",
    cause: `mpp could not open /dev/dma_heap/${heap ?? "..."}: ${
      errno === "ENOENT"
        ? "this kernel has no heap of that name"
        : "either this kernel has no heap of that name, or it is open to root alone"
    }.`,
    proof:
      errno === null
        ? "The library chose the dma-heap allocator because /dev/dma_heap exists, and the open() of this node failed."
        : `open() answered ${errno}.`,
    certainty: errno === null ? "likely" : "sure",
    why:
      errno === null
        ? "the two reported causes; the listing of /dev/dma_heap tells which"
        : "the error number stands in the line",
    fix: "Does ls -l /dev/dma_heap list the heap? Listed as root's: add a udev rule. Not listed: the -uncached and -dma32 heaps come from the vendor's kernel only; use that kernel, or an mpp that falls back to the DRM allocator, and the user in groups video and render.",
    next: LOOK_AT_NODES,
    remedies: errno === "ENOENT" ? [HEAPS_IN_KERNEL] : [HEAP_RULE, HEAPS_IN_KERNEL],
  }),
});

/** `MppBufferService get_group failed to get allocater with mode 0 type 3`: a line behind the real one. */
const noAllocator = wordedLine<{ readonly mode: number | null; readonly type: number | null }>({
  id: "mpp-no-allocator",
  topic: "allocator of the Rockchip codec library",
  wordings: [
    {
      hint: "failed to get allocater",
      pattern: /get_group failed to get allocat[eo]r with mode (?<mode>\d+) type (?<hex>[0-9a-f]+)/,
      source: "mpp mpp/base/mpp_buffer_impl.cpp MppBufferService::get_group()",
    },
    {
      hint: "failed at get_group",
      pattern: /Assertion p->alloc\w+ failed at get_group/,
      source: "mpp mpp/base/mpp_buffer_impl.cpp MppBufferService::get_group(), until 2023",
    },
    {
      hint: "mpp_allocator_get type",
      pattern: /mpp_allocator_get type (?<type>\d+) failed/,
      source: "mpp osal/mpp_allocator.cpp mpp_allocator_get(), until 2023",
    },
  ],
  read: ({ mode, type, hex }) => ({ mode: numberIn(mode), type: numberIn(hex === undefined ? type : `0x${hex}`) }),
  key: () => "",
  explain: (_, { lines }) => {
    const [opened] = lines.of("mpp-heap-open");
    return {
      severity: opened === undefined ? "error" : "note",
      cause: `mpp has no allocator for its buffers: none of dma-heap, DRM and ION could be opened${opened === undefined ? "" : `, as line ${opened.line} of this log says of the heap`}.`,
      proof: "The group is made after the allocator was opened; it names mode and type of the group, not the reason.",
      certainty: "sure",
      why: "the library prints it where opening the allocator failed and nowhere else",
      fix: "Which node failed to open? The mpp_dma_heap or mpp_drm line before this one names it. Look whether /dev/dma_heap/* and /dev/dri/* exist and who may open them; /dev/mpp_service has to be there too.",
      next: ["ls -l /dev/dma_heap /dev/dri /dev/mpp_service", "id", "journalctl -t mpp -n 50 | coalloc explain -"],
      remedies: [HEAP_RULE],
    };
  },
});

interface BufferFailure {
  readonly [name: string]: string | number | null;
  readonly step: "alloc" | "export" | "create";
  readonly allocator: string | null;
  readonly size: number | null;
  readonly errno: string | null;
}

/** `os_allocator_drm_alloc drm_alloc failed ret -1`, `mpp_buffer_create failed to create buffer with size 2626560`. */
const buffer = wordedLine<BufferFailure>({
  id: "mpp-buffer",
  topic: "buffers of the Rockchip codec library",
  wordings: [
    {
      hint: "handle_to_fd failed",
      pattern: /os_allocator_(?<allocator>\w+)_alloc (?<step>handle_to_fd) failed/,
      source: "mpp osal/allocator/allocator_drm.c os_allocator_drm_alloc()",
    },
    {
      hint: "_alloc failed ret",
      pattern: /(?:os_)?allocator_(?<allocator>drm|dma_heap|ion)_alloc (?:drm|dma_heap|ion)_alloc failed ret/,
      source: "mpp osal/allocator/allocator_drm.c, allocator_dma_heap.c, allocator_ion.c",
    },
    {
      hint: "ioctl alloc failed for",
      pattern: /mpp_(?<allocator>dma_heap|drm): ioctl alloc failed for(?<rest>.*)/,
      source: "mpp osal/allocator/allocator_dma_heap.c dma_heap_alloc()",
    },
    {
      hint: "failed to create buffer with size",
      pattern: /mpp_buffer_create failed to create buffer with size (?<size>\d+)/,
      source: "mpp mpp/base/mpp_buffer_impl.cpp mpp_buffer_create()",
    },
  ],
  read: ({ allocator, step, size, rest = "" }) => ({
    step: step === undefined ? (size === undefined ? "alloc" : "create") : "export",
    allocator: allocator ?? null,
    size: numberIn(size),
    errno: errnoIn(rest)?.name ?? null,
  }),
  explain: explainBuffer,
});

function explainBuffer(
  { step, allocator, size, errno }: BufferFailure,
  { lines, line }: ExplainContext,
): Explanation | null {
  // The line about the size follows the one about the reason.
  if (step === "create" && lines.of("mpp-buffer").some((seen) => seen.line < line)) return null;
  const from = allocator === "drm" ? "DRM" : allocator === "dma_heap" ? "the dma-heap" : "its allocator";
  const what = size === null ? "a buffer" : `a buffer of ${formatExactSize(size)}`;
  const descriptors = step === "export" || errno === "EBADF" || errno === "EMFILE";
  const following = lines.of("mpp-buffer").find((seen) => typeof seen.numbers["size"] === "number");
  const bytes = size ?? following?.numbers["size"];
  return {
    severity: "error",
    cause: descriptors
      ? `mpp got no file descriptor for ${what} from ${from}: the process has too many open descriptors, or the one of the allocator was closed.`
      : `mpp got no memory for ${what} from ${from}.`,
    proof: `${
      descriptors
        ? "The buffer was asked for and the step that turns it into a descriptor failed."
        : "The allocation itself failed; ret -1 is no error number, and the library does not print errno here."
    }${typeof bytes === "number" ? ` The buffer has ${formatExactSize(bytes)}.${pictureSentence(bytes)}` : ""}`,
    certainty: descriptors ? "likely" : "possible",
    why: descriptors
      ? "this step needs no memory of its own"
      : "no memory, no permission for the node, and a library built for another allocator all end here",
    fix: descriptors
      ? "Count the descriptors of the process and compare with its limit; a program that does not put frames back grows until here. Raise the limit only when the count stands still."
      : "Which errno did the ioctl give? strace shows it: 12 is memory (look into dmesg), 13 permission of /dev/dri or /dev/dma_heap, 22 or 25 a kernel without the vendor's interface: build mpp for the allocator the kernel has.",
    next: descriptors
      ? ["ls /proc/PID/fd | wc -l; grep 'open files' /proc/PID/limits", "cat /sys/kernel/debug/dma_buf/bufinfo"]
      : [
          "strace -f -e trace=ioctl,openat PROGRAM 2>&1 | grep -E 'dri|dma_heap|DUMB|ALLOC'",
          "dmesg | coalloc explain -",
          "ls -l /dev/dri /dev/dma_heap",
        ],
    remedies: [],
  };
}

/** `[h264_rkmpp @ 0x...] Failed to init MPP context: -1` of FFmpeg. */
const rkmppInit = wordedLine<{ readonly codec: string | null }>({
  id: "ffmpeg-rkmpp-init",
  topic: "FFmpeg with the Rockchip codec library",
  wordings: [
    {
      hint: "MPP context",
      pattern: /(?:\[(?<codec>\w{1,40}) @ 0x[0-9a-f]+\] )?Failed to init(?:ialize)? MPP context/,
      source:
        "ffmpeg-rockchip (nyanmisaka) libavcodec/rkmppdec.c rkmpp_decode_init(), rkmppenc.c rkmpp_encode_init(); FFmpeg libavcodec/rkmppdec.c",
    },
  ],
  read: ({ codec }) => ({ codec: codec ?? null }),
  explain: ({ codec }) => ({
    severity: "error",
    cause: `mpp_init() failed${codec === null ? "" : ` for ${codec}`}: /dev/mpp_service is missing or closed, or mpp found no allocator it may open.`,
    proof: "The -1 is mpp's own MPP_NOK, no error number; mpp writes the reason to syslog.",
    certainty: "possible",
    why: "the line names no reason; permission of the nodes comes first in the reports",
    fix: "What did mpp write to the system's log at that moment? Give that here. Look whether the user may open /dev/mpp_service, /dev/dri and /dev/dma_heap (groups video and render).",
    next: [
      "ls -l /dev/mpp_service /dev/rga /dev/dri /dev/dma_heap",
      "journalctl -n 200 | grep mpp | coalloc explain -",
    ],
    remedies: [HEAP_RULE],
  }),
});

/** Lines of Rockchip's codec library and of FFmpeg on top of it. */
export const ROCKCHIP_CODEC: readonly Recogniser[] = [...heapOpen, ...noAllocator, ...buffer, ...rkmppInit];
