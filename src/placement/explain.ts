import type { Assumption, AssumptionCode } from "../machine/machine.js";
import { formatExactSize, formatHex, formatSize } from "../units/quantity.js";
import type { RangeSet } from "../units/ranges.js";
import type { Reason } from "./reason.js";

/** `0x0-0xffffffff`, ends inclusive as people write them; `nothing` for the empty set. */
export function formatRanges(ranges: RangeSet): string {
  if (ranges.length === 0) return "nothing";
  return ranges.map((r) => `${formatHex(r.base)}-${formatHex(r.base + r.size - 1)}`).join(", ");
}

/** `12.5 %`; `under 0.1 %` and `over 99.9 %` rather than a rounded 0 or 100 that is not true. */
function percent(share: number): string {
  const value = share * 100;
  if (value === 100) return "100 %";
  if (value > 99.9) return "over 99.9 %";
  if (value < 0.1) return "under 0.1 %";
  return `${value.toFixed(1).replace(/\.0$/, "")} %`;
}

const LIMITS: Readonly<Record<Extract<Reason, { code: "too-large" }>["limit"], string>> = {
  "page-block": "the page allocator's largest block",
  udmabuf: "udmabuf's size_limit_mb",
  "restricted-pool": "the largest run of a restricted pool",
  memory: "the RAM that is left after boot",
};

/** `a`, `a and b`, `a, b and c`. */
function listed(names: readonly string[]): string {
  const last = names.at(-1) ?? "";
  return names.length < 2 ? last : `${names.slice(0, -1).join(", ")} and ${last}`;
}

/**
 * The sentence of a reason: the only place where it is made.
 *
 * @param others - further devices that the same is true of, with the same numbers: one sentence for all
 */
export function explain(reason: Reason, others: readonly string[] = []): string {
  const who = "device" in reason ? listed([reason.device, ...others]) : "";
  const many = others.length > 0;
  switch (reason.code) {
    case "would-bounce":
      return reason.share === 1
        ? `${who} ${many ? "reach" : "reaches"} none of it: it starts at ${formatHex(reason.firstOutside)}`
        : `${percent(reason.share)} of it (${formatSize(reason.outside)} from ${formatHex(reason.firstOutside)} on) is out of reach of ${who} and would be bounced`;
    case "beyond-iommu-output":
      return `${percent(reason.share)} of it (from ${formatHex(reason.firstOutside)} on) lies above the ${reason.outputBits} physical address bits of ${reason.iommu}, the IOMMU of ${who}`;
    case "crosses-windows":
      return `a buffer can lie across ${formatHex(reason.at)}, where the bus addresses of ${who} do not go on`;
    case "needs-contiguous":
      return `${who} ${many ? "need" : "needs"} ${formatExactSize(reason.size)} in one range and nothing translates for ${many ? "them" : "it"}; these pages are scattered`;
    case "needs-one-entry":
      return `${who} ${many ? "insist" : "insists"} on a single scatter-list entry of ${formatExactSize(reason.size)}, and ${many ? "their" : "its"} max_segment_size is ${formatExactSize(reason.maxSegmentSize)}`;
    case "too-many-segments":
      return `${who} ${many ? "take" : "takes"} ${reason.maxSegments} segments, these pages can come as ${reason.segments}`;
    case "iova-room":
      if (reason.mappings > 1)
        return `the I/O address space of ${who} has ${formatExactSize(reason.room)}; ${reason.mappings} mappings of each buffer there need ${formatExactSize(reason.needed)}, natural alignment included`;
      return `the I/O address ${many ? "spaces" : "space"} of ${who} ${many ? "have" : "has"} ${formatExactSize(reason.room)}${many ? " each" : ""}; ${formatExactSize(reason.needed)} are needed, natural alignment included`;
    case "cannot-import":
      return `${who}${reason.driver === null ? "" : ` (${reason.driver})`} cannot import a dma-buf; only what ${many ? "they export themselves" : "it exports itself"} can be shared with ${many ? "them" : "it"}`;
    case "always-bounced":
      return `whatever is mapped for ${reason.device} is copied through its restricted pool ${reason.pool}; it shares only what it allocates itself`;
    case "untranslated-pool":
      return `${reason.device} gets bus addresses of its pool ${reason.pool}, which ${reason.iommu ?? "its IOMMU"} does not translate`;
    case "exporter-out-of-reach":
      return `${reason.device} would have to allocate it, and ${percent(reason.share)} of it (from ${formatHex(reason.firstOutside)} on) is outside its coherent DMA mask and bus window`;
    case "no-hole":
      return reason.fits === 0
        ? `largest hole of ${reason.heap} after boot is ${formatExactSize(reason.largestHole)}, ${formatExactSize(reason.missing)} short of ${formatExactSize(reason.asked)}`
        : `${reason.heap} holds ${reason.fits} of the ${reason.count} buffers of ${formatExactSize(reason.asked)}`;
    case "too-large":
      return `${formatExactSize(reason.asked)} is ${formatExactSize(reason.missing)} more than ${LIMITS[reason.limit]} gives (${formatExactSize(reason.largest)})`;
    case "no-route":
      return reason.option === null
        ? `no device of this board exports it and ${reason.profile} has no heap for it`
        : `${reason.profile} has no way to it: ${reason.option} is off, and no device of this board exports it`;
    case "no-cpu-mapping":
      return "the CPU cannot map it";
    case "one-page":
      return `${reason.device} takes a single page from the page allocator, never from ${reason.heap}`;
    case "only-when-full":
      return `${reason.device} takes it only when ${reason.first} has no room`;
    case "unknown-buffers":
      return `nobody knows whether ${reason.device} takes scattered pages; give it in a facts file`;
    case "fits":
      return reason.count === 1
        ? `every device reaches all of it; the largest hole after boot is ${formatExactSize(reason.largest)}`
        : `every device reaches all of it, and ${reason.count} buffers fit`;
  }
}

/** An assumption as a sentence with its subject: the device, or what the assumption is about. */
export function assumptionText({ code, device, field, source, condition }: Assumption): string {
  const words = explainAssumption(code) + (condition === undefined ? "" : `: ${condition}`);
  if (device !== null) return `${device} ${words}`;
  switch (code) {
    case "boot-placement":
      return field === "base" && source !== null
        ? `${source} ${words}`
        : "what boot needs was placed with usual addresses; another boot loader may move it";
    case "pool-not-placed":
      return source === null
        ? "a pool could not be placed by the kernel"
        : `${source} could not be placed by the kernel`;
    default:
      return words;
  }
}

/** What an assumption says of its device, without the device; a whole sentence for those that are about no device. */
export function explainAssumption(code: AssumptionCode): string {
  switch (code) {
    case "device-disabled":
      return "is disabled in this tree; judged as if it were enabled";
    case "iommu-disabled":
      return "has its IOMMU disabled in this tree; judged as if it were enabled";
    case "default-mask":
      return "sets no DMA mask; the kernel's default of 32 bits is used";
    case "conditional-mask":
      return "has a mask that depends on a condition; the tightest was used";
    case "runtime-mask":
      return "reads its mask from a register; a safe value was used";
    case "unknown-driver":
      return "has no known driver; 32 bits and contiguous memory were taken";
    case "unknown-buffers":
      return "has queues nobody described; contiguous memory was taken as needed";
    case "unknown-layout":
      return "has an image alignment nobody described; a common one was used";
    case "aggregate":
      return "belongs to an aggregate that this tree does not show; judged by itself";
    case "iommu-output-width":
      return "has an IOMMU whose output width no tree shows; the usual one was used";
    case "boot-placement":
      return "was placed with usual boot addresses; another boot loader may move it";
    case "pool-not-placed":
      return "has a pool the kernel could not place";
    case "memory-from-tree":
      return "the boot loader may replace the memory of the tree";
    case "memory-from-zones":
      return "memory was taken from the spans of the kernel's zones: /proc/iomem shows addresses to root only";
    case "memory-size-only":
      return "only the amount of memory is known; it was taken as one bank from 0";
    case "registers-cut-out":
      return "device registers were cut out of the memory given";
    case "condition":
      return "depends on a condition of the driver";
    case "arch-guessed":
      return "the processor type was guessed";
  }
}
