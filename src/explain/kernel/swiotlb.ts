import type { FindingRemedy } from "../../lint/finding.js";
import { NO_TEXTS } from "../../placement/ways-to-apply.js";
import { formatExactSize, formatSize, KIB, MIB, roundUpToPowerOfTwo } from "../../units/quantity.js";
import { boardWord, DEVICE_PREFIX, deviceWord, nodeOfKernelName, reachWords } from "../named-device.js";
import { numberIn, patternRecogniser } from "../pattern-recogniser.js";
import type { ExplainContext, Explanation, Numbers, Recogniser } from "../recogniser.js";

/** Linux 6.12 `include/linux/swiotlb.h` `IO_TLB_SHIFT` and `IO_TLB_SEGSIZE`. */
const SLOT = 2 * KIB;
const MOST_SLOTS = 128;
/** The largest mapping any bounce pool can serve, however large it is. */
const LARGEST_MAPPING = MOST_SLOTS * SLOT;

interface Full extends Numbers {
  readonly device: string | null;
  readonly size: number;
  /** Slots; null on kernels that do not print them. */
  readonly totalSlots: number | null;
  readonly usedSlots: number | null;
}

/** `swiotlb buffer is full (sz: 4000 bytes), total 32768 (slots), used 32768 (slots)`. */
export const swiotlbFull: Recogniser = patternRecogniser<Full>({
  id: "swiotlb-full",
  topic: "bounce buffers",
  hint: "swiotlb buffer is full",
  source: "Linux 6.12 kernel/dma/swiotlb.c swiotlb_tbl_map_single()",
  pattern: new RegExp(
    `${DEVICE_PREFIX}swiotlb buffer is full \\(sz: (\\d+) bytes\\)(?:, total (\\d+) \\(slots\\), used (\\d+) \\(slots\\))?`,
  ),
  read: ([, device, sz, total, used]) => {
    const size = numberIn(sz);
    if (size === null) return null;
    return { device: device ?? null, size, totalSlots: numberIn(total), usedSlots: numberIn(used) };
  },
  key: ({ device, size }) => `${device} ${size > LARGEST_MAPPING}`,
  explain,
});

/** `DMA: Out of SW-IOMMU space for 16384 bytes at device dwc3`, before Linux 4.16 on arm64 and x86. */
export const swiotlbOutOfSpace: Recogniser = patternRecogniser<Full>({
  id: "swiotlb-out-of-space",
  topic: "bounce buffers",
  hint: "Out of SW-IOMMU space",
  source: "Linux 4.14 lib/swiotlb.c swiotlb_full()",
  pattern: /Out of SW-IOMMU space for (\d+) bytes(?: at device (\S+))?/,
  read: ([, sz, device]) => {
    const size = numberIn(sz);
    return size === null ? null : { device: device ?? null, size, totalSlots: null, usedSlots: null };
  },
  key: ({ device, size }) => `${device} ${size > LARGEST_MAPPING}`,
  explain,
});

function explain(full: Full, { machine }: ExplainContext): Explanation {
  const { size, totalSlots, usedSlots, device } = full;
  const neededSlots = Math.ceil(size / SLOT);
  const who = device ?? "a device";
  const asked = `${who} needed ${formatExactSize(size)} of bounce buffer`;
  const numbers: Numbers = { neededSlots, largestMapping: LARGEST_MAPPING, slotBytes: SLOT };
  const node = nodeOfKernelName(machine, device);
  const place = `coalloc place ${boardWord(machine)} -d ${deviceWord(machine, device)} --size ${size}`;
  const words = reachWords(machine, device);
  const reach = words === null ? "" : ` (${words})`;
  const base = { severity: "error", numbers, node, next: [place, `coalloc reach ${boardWord(machine)}`] } as const;
  if (size > LARGEST_MAPPING) {
    return {
      ...base,
      cause: `${asked} in one piece; no bounce pool can give more than ${formatSize(LARGEST_MAPPING)}, so a larger swiotlb= changes nothing.`,
      proof: `The mapping would take ${neededSlots} slots of ${formatSize(SLOT)}, and one mapping gets at most ${MOST_SLOTS}.`,
      certainty: "sure",
      why: "both limits are constants of the kernel",
      fix: `Give the device memory it reaches by itself${reach}, an IOMMU that translates for it, a wider DMA mask in its driver, or smaller pieces.`,
      remedies: [],
    };
  }
  if (totalSlots === 0) {
    return {
      ...base,
      cause: `${asked}, and there is no bounce pool at all.`,
      proof: "The line says total 0 (slots): the pool was switched off or could not be allocated at boot.",
      certainty: "sure",
      why: "the kernel states the size of its pool",
      fix: "Remove swiotlb=noforce from the command line, or state a size; look for 'software IO TLB' in the boot log for why it is missing.",
      remedies: [largerPool(32_768)],
    };
  }
  if (totalSlots === null || usedSlots === null) {
    return {
      ...base,
      cause: `${asked}, and no run of free slots was long enough: the pool is used up, or in pieces.`,
      proof: "The line states the size of the mapping only; newer kernels state the pool's size and use as well.",
      certainty: "likely",
      why: "it is no matter of the mapping's size, but use and fragmentation cannot be told apart without the numbers",
      fix: `Give the device memory it reaches by itself${reach}. A larger pool helps as long as the driver gives back what it maps.`,
      remedies: [largerPool(65_536)],
    };
  }
  if (totalSlots - usedSlots < neededSlots) {
    const all = usedSlots === totalSlots;
    return {
      ...base,
      cause: `${asked}, and the bounce pool is used up: ${usedSlots} of ${totalSlots} slots (${formatSize(totalSlots * SLOT)}).`,
      proof: `The mapping takes ${neededSlots} slots and ${totalSlots === usedSlots ? "none is" : `${totalSlots - usedSlots} are`} free.`,
      certainty: "sure",
      why: all
        ? "the kernel counts its slots; that not one is left points to a driver that maps and never unmaps, if the number only ever grows"
        : "the kernel counts its slots",
      fix: `Watch /sys/kernel/debug/swiotlb/io_tlb_used: if it only grows, the driver of ${who} leaks mappings and a larger pool only delays it. Else make the pool larger, or give the device memory it reaches by itself${reach}.`,
      next: ["cat /sys/kernel/debug/swiotlb/io_tlb_used", ...base.next],
      remedies: [largerPool(roundUpToPowerOfTwo(totalSlots * 2))],
    };
  }
  return {
    ...base,
    cause: `${asked}; of ${totalSlots} slots only ${usedSlots} are used, but no free run of ${neededSlots} was where it may lie.`,
    proof: `${totalSlots - usedSlots} slots are free. A mapping needs neighbours within one group of ${MOST_SLOTS} slots, within the device's mask, and at its alignment.`,
    certainty: "likely",
    why: "use and size rule out the other two reasons; which of fragmentation, alignment and mask it is the line does not say",
    fix: `Map smaller pieces, or give the device memory it reaches by itself${reach}. If its mask is so narrow that the pool lies outside, no size of the pool helps.`,
    remedies: [],
  };
}

function largerPool(slots: number): FindingRemedy {
  return {
    kind: "command-line",
    text: `make the bounce pool ${formatSize(slots * SLOT)}; it must stand where the boot loader reads the kernel's command line`,
    ...NO_TEXTS,
    commandLine: `swiotlb=${slots}`,
  };
}

interface Mapped extends Numbers {
  readonly base: number;
  readonly last: number;
  readonly megabytes: number;
}

/** `software IO TLB: mapped [mem 0x00000000f6000000-0x00000000fa000000] (64MB)`: where the bounce pool is. */
export const swiotlbMapped: Recogniser = patternRecogniser<Mapped>({
  id: "swiotlb-mapped",
  topic: "bounce buffers",
  hint: "software IO TLB: mapped",
  source: "Linux 6.12 kernel/dma/swiotlb.c swiotlb_print_info()",
  pattern: /software IO TLB: mapped \[mem (0x[0-9a-f]+)-(0x[0-9a-f]+)\] \((\d+)MB\)/,
  read: ([, from, to, size]) => {
    const [base, last, megabytes] = [numberIn(from), numberIn(to), numberIn(size)];
    return base === null || last === null || megabytes === null ? null : { base, last, megabytes };
  },
  explain: ({ base, megabytes }, { machine }) => ({
    severity: "note",
    cause: `The bounce pool has ${megabytes} MiB at 0x${base.toString(16)}.`,
    proof: "The kernel says so when it sets the pool up.",
    certainty: "sure",
    why: "it is the kernel's own statement",
    fix: "Nothing is wrong; compare it with what swiotlb= on the command line asks for.",
    next: [`coalloc reach ${boardWord(machine)}`],
    remedies: [],
    numbers: { size: megabytes * MIB },
  }),
});
