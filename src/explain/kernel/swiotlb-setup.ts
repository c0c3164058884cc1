/** What the kernel says while it sets the bounce pool up, and when there is none. */

import type { FindingRemedy } from "../../lint/finding.js";
import type { Machine } from "../../machine/machine.js";
import { NO_TEXTS } from "../../placement/ways-to-apply.js";
import { formatSize, MIB } from "../../units/quantity.js";
import { boardWord, DEVICE_PREFIX, deviceWord, nodeOfKernelName, reachWords } from "../named-device.js";
import { numberIn, patternRecogniser } from "../pattern-recogniser.js";
import type { Explanation, Numbers, Recogniser } from "../recogniser.js";

const FILE = "Linux 6.12 kernel/dma/swiotlb.c";

/** `software IO TLB: No low mem`: no pool where every device would reach it. */
export const swiotlbNoLowMemory: Recogniser = patternRecogniser<Numbers>({
  id: "swiotlb-no-low-memory",
  topic: "bounce buffers",
  hint: "software IO TLB: No low mem",
  source: `${FILE} swiotlb_print_info()`,
  pattern: /software IO TLB: No low mem/,
  read: () => ({}),
  explain: (_read, { machine }) => ({
    severity: "warning",
    cause:
      "There is no bounce pool: it was not wanted, or no memory was free below the address that all devices reach. A device that needs it will fail.",
    proof: "The kernel prints this where the pool has no slots.",
    certainty: "likely",
    why: "a reason of its own stands before the line where the memory was missing (Failed to allocate ... bytes)",
    fix: "If a device fails later (swiotlb buffer is full, total 0): take swiotlb=noforce from the command line, or free memory in the low zone.",
    next: ["dmesg | grep -i 'software IO TLB' | coalloc explain -", `coalloc reach ${boardWord(machine)}`],
    remedies: [],
  }),
});

/** `software IO TLB: swiotlb_memblock_alloc: Failed to allocate 67108864 bytes tlb structure`. */
export const swiotlbNotAllocated: Recogniser = patternRecogniser<{
  readonly size: number | null;
  readonly what: string;
}>({
  id: "swiotlb-not-allocated",
  topic: "bounce buffers",
  hint: "software IO TLB: ",
  source: `${FILE} swiotlb_memblock_alloc(), swiotlb_init_remap()`,
  pattern: /software IO TLB: \w+: Failed to (allocate|remap) (?:(\d+) bytes|mem->areas)/,
  read: ([, what = "", bytes]) => ({ size: numberIn(bytes), what }),
  explain: ({ size, what }, { machine, lines, line }) => {
    const smaller = lines.following("swiotlb-resized", line, 16);
    const wanted = size === null ? "its bookkeeping" : formatSize(size);
    return {
      severity: smaller === null ? "error" : "warning",
      cause: `The bounce pool did not get ${wanted} at boot${smaller === null ? "" : "; the kernel halved it until it fitted"}.`,
      proof:
        what === "remap"
          ? "The memory was there and could not be shared with the hypervisor."
          : "The kernel asks for one piece of memory below the address that all devices reach (4 GiB on most boards), and none was that long.",
      certainty: "sure",
      why: "the kernel gives the line for nothing else",
      fix: "Ask for less with swiotlb=, or find what fills the low zone: reserved regions and CMA areas there take from it.",
      next: [`coalloc check ${boardWord(machine)}`, "dmesg | grep -E 'DMA|Normal|Reserved memory'"],
      remedies: [],
    };
  },
});

/** `software IO TLB: SWIOTLB bounce buffer size adjusted to 64MB`, `32768 -> 16384 slabs`, `only able to allocate 32 MB`. */
export const swiotlbResized: Recogniser = patternRecogniser<{ readonly size: number; readonly shrunk: boolean }>({
  id: "swiotlb-resized",
  topic: "bounce buffers",
  hint: "software IO TLB: ",
  source: `${FILE} swiotlb_adjust_size(), swiotlb_init_remap(), swiotlb_init_late()`,
  pattern:
    /software IO TLB: (?:SWIOTLB bounce buffer size (?:adjusted to|roundup to) (\d+)MB|SWIOTLB bounce buffer size adjusted (\d+) -> (\d+) slabs|only able to allocate (\d+) MB)/,
  read: ([, adjusted, before, slabs, only]) => {
    const [megabytes, slots] = [numberIn(adjusted ?? only), numberIn(slabs)];
    const size = megabytes !== null ? megabytes * MIB : slots === null ? null : slots * 2048;
    return size === null
      ? null
      : { size, shrunk: only !== undefined || (slots !== null && slots < (numberIn(before) ?? 0)) };
  },
  explain: ({ size, shrunk }, { machine }) => ({
    severity: shrunk ? "warning" : "note",
    cause: shrunk
      ? `The bounce pool has only ${formatSize(size)}: no larger piece of low memory was free.`
      : `The kernel made the bounce pool ${formatSize(size)}.`,
    proof: "It is the kernel's own statement, made when the pool was set up.",
    certainty: "sure",
    why: "the kernel states the size it took",
    fix: shrunk
      ? "Free low memory (reserved regions, CMA areas), if devices report swiotlb buffer is full later."
      : "Nothing is wrong; swiotlb= on the command line takes another size.",
    next: [`coalloc reach ${boardWord(machine)}`],
    remedies: [],
  }),
});

/** `Can not allocate SWIOTLB buffer earlier and can't now provide you with the DMA bounce buffer`. */
export const swiotlbMissing: Recogniser = patternRecogniser<{ readonly device: string | null }>({
  id: "swiotlb-missing",
  topic: "bounce buffers",
  hint: "allocate SWIOTLB buffer earlier",
  source: `${FILE} swiotlb_tbl_map_single()`,
  pattern: new RegExp(`${DEVICE_PREFIX}Can ?not allocate SWIOTLB buffer earlier`),
  read: ([, device]) => ({ device: device ?? null }),
  explain: ({ device }, { machine }) => noPool(device, machine),
});

/** `DMA bounce buffers are inactive, unable to map unaligned transaction.`, of a device behind an IOMMU that is not trusted. */
export const swiotlbInactive: Recogniser = patternRecogniser<{ readonly device: string | null }>({
  id: "swiotlb-inactive",
  topic: "bounce buffers",
  hint: "DMA bounce buffers are inactive",
  source: "Linux 6.12 drivers/iommu/dma-iommu.c iommu_dma_map_page()",
  pattern: new RegExp(`${DEVICE_PREFIX}DMA bounce buffers are inactive`),
  read: ([, device]) => ({ device: device ?? null }),
  explain: ({ device }, { machine }) => noPool(device, machine),
});

function noPool(device: string | null, machine: Machine | null): Explanation {
  const reach = reachWords(machine, device);
  return {
    severity: "error",
    cause: `${device ?? "A device"} needed a bounce buffer, and this kernel has no bounce pool at all.`,
    proof: "The pool was never made: switched off, or there was no memory for it at boot.",
    certainty: "sure",
    why: "the kernel gives the line only where the pool has no slots",
    fix: `Take swiotlb=noforce from the command line, or look in the boot log for 'software IO TLB' to see why it failed. Better still, give the device memory it reaches by itself${reach === null ? "" : ` (${reach})`}.`,
    next: [
      "dmesg | grep -i 'software IO TLB' | coalloc explain -",
      `coalloc place ${boardWord(machine)} -d ${deviceWord(machine, device)} --size SIZE`,
    ],
    remedies: [],
    node: nodeOfKernelName(machine, device),
  };
}

/** `Failed to allocate new pool` of a kernel with CONFIG_SWIOTLB_DYNAMIC. */
export const swiotlbNotGrown: Recogniser = patternRecogniser<Numbers>({
  id: "swiotlb-not-grown",
  topic: "bounce buffers",
  hint: "Failed to allocate new pool",
  source: `${FILE} swiotlb_dyn_alloc()`,
  pattern: /Failed to allocate new pool/,
  read: () => ({}),
  explain: (_read, { machine }) => ({
    severity: "error",
    cause: "The bounce pool was used up and could not grow: there was no free run of low memory for another piece.",
    proof: "Kernels with CONFIG_SWIOTLB_DYNAMIC add pieces while they run; this attempt found no memory.",
    certainty: "sure",
    why: "the kernel gives the line for nothing else",
    fix: "Give the pool its size at boot, when memory is not fragmented yet (swiotlb=), or let the device reach its buffers without bouncing.",
    next: ["cat /sys/kernel/debug/swiotlb/io_tlb_used", `coalloc reach ${boardWord(machine)}`],
    remedies: [LARGER],
  }),
});

const LARGER: FindingRemedy = {
  kind: "command-line",
  text: "make the bounce pool 128 MiB at boot",
  ...NO_TEXTS,
  commandLine: "swiotlb=65536",
};

/** `Buffer overflow detected. Allocation size: 4096. Mapping size: 8192.`: a driver bug that the copy found. */
export const swiotlbOverrun: Recogniser = patternRecogniser<{
  readonly device: string | null;
  readonly allocated: number;
  readonly mapped: number;
}>({
  id: "swiotlb-overrun",
  topic: "bounce buffers",
  hint: "Buffer overflow detected. Allocation size",
  source: `${FILE} swiotlb_bounce()`,
  pattern: new RegExp(`${DEVICE_PREFIX}Buffer overflow detected\\. Allocation size: (\\d+)\\. Mapping size: (\\d+)`),
  read: ([, device, allocation, mapping]) => {
    const [allocated, mapped] = [numberIn(allocation), numberIn(mapping)];
    return allocated === null || mapped === null ? null : { device: device ?? null, allocated, mapped };
  },
  explain: ({ device, allocated, mapped }, { machine }) => ({
    severity: "error",
    cause: `The driver of ${device ?? "a device"} synchronised ${mapped} bytes of a buffer of which ${allocated} are bounced: it reads or writes ${mapped - allocated} bytes past the end.`,
    proof: "The kernel compared the length of the copy with the slots that were mapped, and copied only what is there.",
    certainty: "sure",
    why: "both numbers stand in the line",
    fix: "It is a mistake of the driver: it syncs with another size than it mapped with. Without bouncing the same mistake damages memory unseen.",
    next: ["dmesg | grep -A20 'Buffer overflow detected'", `coalloc reach ${boardWord(machine)}`],
    remedies: [],
    node: nodeOfKernelName(machine, device),
    numbers: { tooMany: mapped - allocated },
  }),
});
