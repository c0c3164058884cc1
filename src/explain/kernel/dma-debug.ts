/** Misuse of the DMA API that CONFIG_DMA_API_DEBUG found: `DMA-API: ehci-pci 0000:00:1d.0: device driver ...`. */
import { NO_TEXTS } from "../../placement/ways-to-apply.js";
import { formatExactSize } from "../../units/quantity.js";
import { boardWord, nodeOfKernelName } from "../named-device.js";
import { numberIn, patternRecogniser } from "../pattern-recogniser.js";
import type { Explanation, Numbers, Recogniser } from "../recogniser.js";

const FILE = "Linux 6.12 kernel/dma/debug.c";
/** `DMA-API: driver device: `. */
const HEAD = "DMA-API: (?:\\S+ (\\S+): )?";

/** `DMA-API: sdhci-esdhc 30b50000.mmc: mapping sg segment longer than device claims to support [len=126976] [max=65536]`. */
export const segmentTooLong: Recogniser = patternRecogniser<{
  readonly device: string | null;
  readonly size: number;
  readonly most: number;
}>({
  id: "dma-segment-too-long",
  topic: "limits of a device",
  hint: "mapping sg segment longer than device claims",
  source: `${FILE} check_sg_segment()`,
  pattern: new RegExp(
    `${HEAD}mapping sg segment longer than device claims to support \\[len=(\\d+)\\] \\[max=(\\d+)\\]`,
  ),
  read: ([, device, len, max]) => {
    const [size, most] = [numberIn(len), numberIn(max)];
    return size === null || most === null ? null : { device: device ?? null, size, most };
  },
  key: ({ device, most }) => `${device} ${most}`,
  explain: ({ device, size, most }, { machine }) => ({
    severity: "warning",
    cause: `A piece of ${formatExactSize(size)} was mapped for ${device ?? "a device"}, whose driver declares at most ${formatExactSize(most)} for one piece.`,
    proof:
      most === 65_536
        ? "64 KiB is what the kernel takes where a driver declares nothing: mostly the hardware does more, and the driver never said so."
        : "The kernel compared the piece with dma_set_max_seg_size() of the device.",
    certainty: most === 65_536 ? "likely" : "sure",
    why:
      most === 65_536
        ? "a driver that really means 64 KiB cannot be told from one that set nothing"
        : "both numbers stand in the line",
    fix: `If the hardware takes longer pieces, its driver has to call dma_set_max_seg_size(); if not, buffers imported from others must come in pieces of ${formatExactSize(most)}, and a V4L2 or DRM device that needs one piece refuses them.`,
    next: [`coalloc facts DRIVER`, `coalloc devices ${boardWord(machine)}`],
    remedies: [],
    node: nodeOfKernelName(machine, device),
  }),
});

/** `DMA-API: ...: mapping sg segment across boundary [start=0x...] [end=0x...] [boundary=0x...]`. */
export const segmentAcrossBoundary: Recogniser = patternRecogniser<{
  readonly device: string | null;
  readonly boundary: string;
}>({
  id: "dma-segment-across-boundary",
  topic: "limits of a device",
  hint: "mapping sg segment across boundary",
  source: `${FILE} check_sg_segment()`,
  pattern: new RegExp(`${HEAD}mapping sg segment across boundary .*\\[boundary=(0x[0-9a-f]{1,16})\\]`),
  read: ([, device, boundary = ""]) => ({ device: device ?? null, boundary }),
  explain: ({ device, boundary }, { machine }) => ({
    severity: "error",
    cause: `A piece was mapped for ${device ?? "a device"} across a multiple of ${boundary} + 1, which its hardware cannot cross.`,
    proof: "The kernel compared first and last address of the piece with dma_set_seg_boundary() of the device.",
    certainty: "sure",
    why: "the line states start, end and boundary",
    fix: "Align the buffer so that it does not cross, or let the driver split it there.",
    next: [`coalloc devices ${boardWord(machine)}`, `coalloc place ${boardWord(machine)} -d DEVICE --size SIZE`],
    remedies: [],
    node: nodeOfKernelName(machine, device),
  }),
});

/** What a driver did, by the words of the line; the first that fits. */
const MISUSES: readonly (readonly [words: RegExp, meaning: Pick<Explanation, "cause" | "fix">])[] = [
  [
    /failed to check map error/,
    {
      cause:
        "The driver maps memory and does not look whether that worked: a full bounce pool or IOMMU gives it an address that is none.",
      fix: "Call dma_mapping_error() after every mapping, and give up the transfer where it says so.",
    },
  ],
  [
    /maps memory from (?:stack|kernel text or rodata|vmalloc area|invalid area)/,
    {
      cause:
        "The driver maps memory that is not meant for devices (stack, vmalloc, or the kernel itself): its physical address is wrong or its pages are not in a row.",
      fix: "Allocate the buffer with kmalloc() or dma_alloc_coherent().",
    },
  ],
  [
    /cacheline tracking EEXIST|overlapping mappings of cacheline/,
    {
      cause:
        "Two mappings share a cache line: on a device that is not coherent, one of them may lose what the other wrote.",
      fix: "Give every buffer cache lines of its own (kmalloc() does), and do not map the same page twice at a time.",
    },
  ],
  [
    /has pending DMA allocations while released/,
    {
      cause: "The driver went away and left memory mapped: the leak ends only with the next boot.",
      fix: "Unmap everything on the way out; the line lists one of the mappings left.",
    },
  ],
  [
    /(?:tries to free|tries to sync).*not allocated|invalid DMA memory address/,
    {
      cause: "The driver unmaps or synchronises an address it never mapped, or unmapped before.",
      fix: "Keep address and length of each mapping as the DMA API gave them, and use them once.",
    },
  ],
  [
    /with (?:different|wrong) |outside allocated range|different entry count|read-only DMA memory|write-only DMA memory/,
    {
      cause:
        "The driver unmaps or synchronises a mapping with other parameters (length, direction, number of pieces, function) than it mapped it with; copies and cache lines are then wrong.",
      fix: "Use the same length, direction, nents (the number given to dma_map_sg(), not the one it returned) and pair of functions.",
    },
  ],
];

interface Misuse extends Numbers {
  readonly device: string | null;
  readonly what: string;
}

/** `DMA-API: wcd938x_codec audio-codec: device driver frees DMA memory with different size [device address=0x...] ...`. */
export const dmaMisuse: Recogniser = patternRecogniser<Misuse>({
  id: "dma-api-misuse",
  topic: "use of the DMA API",
  hint: "DMA-API: ",
  source: `${FILE} check_unmap(), check_sync(), check_for_stack(), add_dma_entry()`,
  pattern: new RegExp(`${HEAD}((?:device driver |cacheline tracking EEXIST|exceeded ).*)`),
  read: ([, device, text = ""]) => {
    const what = text.replace(/ *\[.*/, "").trim();
    return MISUSES.some(([words]) => words.test(text)) ? { device: device ?? null, what } : null;
  },
  explain: ({ device, what }, { machine, count }) => {
    const [, meaning] = MISUSES.find(([words]) => words.test(what)) ?? [];
    if (meaning === undefined) return null;
    return {
      severity: "error",
      ...meaning,
      proof: `The kernel's own check of mappings (CONFIG_DMA_API_DEBUG) found it${device === null ? "" : ` at ${device}`}${count > 1 ? `, ${count} times` : ""}. After the first such line it prints no further ones unless asked to.`,
      certainty: "sure",
      why: "the check follows every mapping from beginning to end",
      next: ["dmesg | grep -A25 'DMA-API:'", "cat /sys/kernel/debug/dma-api/error_count"],
      remedies: [],
      node: nodeOfKernelName(machine, device),
    };
  },
});

/** `DMA-API: debugging out of memory - disabling`, `cacheline tracking ENOMEM, dma-debug disabled`. */
export const dmaDebugOff: Recogniser = patternRecogniser<Numbers>({
  id: "dma-debug-off",
  topic: "use of the DMA API",
  hint: "DMA-API: ",
  source: `${FILE} dma_entry_alloc(), add_dma_entry(), dma_debug_init()`,
  pattern: /DMA-API: (?:debugging out of memory|cacheline tracking ENOMEM|dma_debug_add_bus: out of memory)/,
  read: () => ({}),
  explain: () => ({
    severity: "warning",
    cause: "The check of the DMA API ran out of entries and is off from here on; drivers are not watched any more.",
    proof: "The kernel says so, and gives up the check rather than a driver's mapping.",
    certainty: "sure",
    why: "it is the kernel's own statement",
    fix: "Give it more entries with dma_debug_entries=. If the number only grows, a driver maps and never unmaps: that is the leak to look for.",
    next: [
      "cat /sys/kernel/debug/dma-api/num_free_entries",
      "cat /sys/kernel/debug/dma-api/dump | cut -d' ' -f1-3 | sort | uniq -c",
    ],
    remedies: [
      {
        kind: "command-line",
        text: "give the check room for four times as many mappings",
        ...NO_TEXTS,
        commandLine: "dma_debug_entries=262144",
      },
    ],
  }),
});

/** `xhci_hcd 0000:01:00.0: dma_pool_destroy xHCI input/output contexts busy`, and misuse that a debugging kernel finds. */
export const dmaPoolMisuse: Recogniser = patternRecogniser<{
  readonly device: string | null;
  readonly pool: string;
  readonly what: string;
}>({
  id: "dma-pool-misuse",
  topic: "use of the DMA API",
  hint: "pool_",
  source: "Linux 6.12 mm/dmapool.c dma_pool_destroy(), pool_check_block(), pool_block_err()",
  pattern:
    /(?:(?:^|\s)([\w.,:@+-]*[\w.@+-]): +)?(?:dma_pool_destroy|dma_pool_free|pool_check_block|pool_block_err) (.{1,60}?)(?:, \S.*)? (busy|\(corrupted\)|\(bad dma\)|already free)/,
  read: ([, device, pool = "", what = ""]) => ({
    device: device ?? null,
    pool: pool.replace(/,$/, ""),
    what: what.replaceAll(/[()]/g, ""),
  }),
  key: ({ device, pool, what }) => `${device} ${pool} ${what}`,
  explain: ({ device, pool, what }, { machine }) => ({
    severity: what === "busy" ? "warning" : "error",
    cause:
      what === "busy"
        ? `The driver of ${device ?? "a device"} gave up its pool ${pool} with blocks still in use; their memory is lost until the next boot.`
        : what === "corrupted"
          ? `Somebody wrote into a free block of pool ${pool} of ${device ?? "a device"}: the driver, or the device after its transfer was over.`
          : `The driver of ${device ?? "a device"} freed a block of pool ${pool} ${what === "bad dma" ? "that is not of this pool" : "twice"}.`,
    proof: `The kernel says "${what}" of the block${what === "busy" ? "s" : ""}.`,
    certainty: "sure",
    why: what === "busy" ? "the kernel counts blocks" : "a debugging kernel fills and checks free blocks",
    fix:
      what === "corrupted"
        ? "Stop the device before its blocks are freed; a descriptor it still reads or writes is the usual reason."
        : "Free each block once, with the address the pool gave, before the pool is destroyed.",
    next: ["cat /sys/bus/*/devices/*/pools", "dmesg | grep -A12 -E 'dma_pool|pool_'"],
    remedies: [],
    node: nodeOfKernelName(machine, device),
  }),
});
