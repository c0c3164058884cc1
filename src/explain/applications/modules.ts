import { formatExactSize } from "../../units/quantity.js";
import { numberIn } from "../pattern-recogniser.js";
import type { Recogniser } from "../recogniser.js";
import { contiguousEvidence, LOOK_AT_POOL, pictureSentence } from "./contiguous-evidence.js";
import { errnoIn } from "./errno-text.js";
import { wordedLine } from "./worded-line.js";

/** `dma_alloc_coherent(size=4294967296) failed. return(0)` of the u-dma-buf module. */
const uDmaBuf = wordedLine<{ readonly size: number }>({
  id: "u-dma-buf-alloc",
  topic: "memory of the u-dma-buf module",
  wordings: [
    {
      hint: "dma_alloc_coherent(size=",
      pattern: /dma_alloc_coherent\(size=(?<size>\d+)\) failed/,
      source: "u-dma-buf u-dma-buf.c udmabuf_object_setup()",
    },
  ],
  read: ({ size }) => {
    const bytes = numberIn(size);
    return bytes === null || bytes === 0 ? null : { size: bytes };
  },
  explain: ({ size }, context) => ({
    severity: "error",
    cause: `The DMA API gave no piece of ${formatExactSize(size)} to u-dma-buf: its reserved area is no larger than that or has a page in use, or without an area the request is above what the page allocator hands out (4 MiB with 4 KiB pages).${pictureSentence(size)}`,
    proof: "dma_alloc_coherent() returned null for the whole buffer.",
    ...contiguousEvidence(context, "the buffer is one contiguous piece"),
    fix: "How large is the area behind memory-region, and is it reusable? A request as large as its reusable area is defeated by one page in use anywhere: make the area larger than the buffer, or no-map instead of reusable so that nobody else uses it. Without memory-region the default CMA area counts. Give dma-mask = <64> when the area lies above 4 GiB.",
    next: ["dmesg | grep -iE 'cma|reserved mem' | coalloc explain -", "coalloc check MACHINE", ...LOOK_AT_POOL],
    remedies: [],
  }),
});

/** `u-dma-buf udmabuf@0: of_reserved_mem_device_init failed. return=-22`. */
const uDmaBufRegion = wordedLine<{ readonly device: string | null; readonly errno: string | null }>({
  id: "u-dma-buf-region",
  topic: "reserved memory of the u-dma-buf module",
  wordings: [
    {
      hint: "of_reserved_mem_device_init failed",
      pattern: /(?:(?<device>[\w.-]{1,64}@[\w.]{1,32}): )?of_reserved_mem_device_init failed(?<rest>.*)/,
      source: "u-dma-buf u-dma-buf.c udmabuf_platform_device_probe(); older udmabuf.c",
    },
  ],
  read: ({ device, rest = "" }) => ({ device: device ?? null, errno: errnoIn(rest)?.name ?? null }),
  explain: ({ device, errno }) => ({
    severity: "error",
    cause: `The reserved-memory region behind memory-region of ${device ?? "the device"} was not set up at boot: its node was refused, has no driver (compatible = "shared-dma-pool"), or came in an overlay after boot.`,
    proof: `${errno ?? "The error"} is what of_reserved_mem_device_init() gives where the region has no operations.`,
    certainty: "sure",
    why: "the region either was set up while the kernel booted or never; which reason it was stands in the boot log",
    fix: "What does the boot log say of the region? 'incorrect alignment of CMA region': a reusable region has to begin and end at multiples of 4 MiB with 4 KiB pages and order 10 (arm, older arm64), or of the page block. 'unsupported node format': the cell counts. Nothing at all: the node came too late, put it into the base tree.",
    next: ["dmesg | grep -iE 'reserved mem|cma' | coalloc explain -", "coalloc check MACHINE"],
    remedies: [],
    node: device,
    property: "memory-region",
  }),
});

/** Lines of modules out of the kernel's tree that hand memory to programs. */
export const MODULES: readonly Recogniser[] = [...uDmaBuf, ...uDmaBufRegion];
