/** Allocations that fail below the pools: pages, atomic pools, vmalloc. */
import type { FindingRemedy } from "../../lint/finding.js";
import { NO_TEXTS } from "../../placement/ways-to-apply.js";
import { formatExactSize, formatSize, KIB, MIB, roundUpToPowerOfTwo } from "../../units/quantity.js";
import { boardWord, DEVICE_PREFIX, nodeOfKernelName } from "../named-device.js";
import { numberIn, patternRecogniser } from "../pattern-recogniser.js";
import type { Numbers, Recogniser } from "../recogniser.js";

interface PageFailure extends Numbers {
  readonly task: string;
  readonly order: number;
  readonly mode: string;
}

/** `kworker/0:1: page allocation failure: order:0, mode:0x...(GFP_KERNEL|GFP_DMA32), nodemask=(null)`. */
export const pageFailure: Recogniser = patternRecogniser<PageFailure>({
  id: "page-allocation-failure",
  topic: "page allocator",
  hint: "page allocation failure: order:",
  source: "Linux 6.12 mm/page_alloc.c warn_alloc()",
  pattern: /(?:(\S.*?): )?page allocation failure: order:(\d{1,2}), mode:(?:0x[0-9a-f]+)?\(?([A-Z_0-9|]*)/,
  read: ([, task, order, mode]) => {
    const number = numberIn(order);
    return number === null ? null : { task: task ?? "", order: number, mode: mode ?? "" };
  },
  key: ({ order, mode }) => `${order} ${mode}`,
  explain: ({ task, order, mode }, { machine }) => {
    const size = (machine?.profile.pageSize ?? 4 * KIB) * 2 ** order;
    const zone = /\bGFP_DMA32\b/.test(mode) ? "DMA32" : /\bGFP_DMA\b/.test(mode) ? "DMA" : null;
    const by = task === "" ? "somebody" : task;
    const atomic = /GFP_ATOMIC|GFP_NOWAIT/.test(mode);
    const shared = { severity: "error", remedies: [] } as const;
    if (zone !== null) {
      const end: number | null = zone === "DMA" ? (machine?.zoneDmaEnd ?? null) : null;
      return {
        ...shared,
        cause: `${by} asked for ${formatSize(size)} in zone ${zone}${order === 0 ? ", one single page," : ""} and the zone had none: a device that reaches little memory shares a small part of RAM with everybody.`,
        proof: `mode has GFP_${zone}: only pages below ${zone === "DMA32" ? "4 GiB" : end === null ? "the first zone's end" : formatSize(end)} would do.`,
        certainty: order === 0 ? "sure" : "likely",
        why:
          order === 0
            ? "a single page fails only where the zone is empty"
            : "a block of several pages may also fail because the zone is fragmented",
        fix: "Reserve a pool for the device within its reach (memory-region), or use less of that zone: the Mem-Info behind the line shows its free pages.",
        next: [`coalloc reach ${boardWord(machine)}`, `coalloc place ${boardWord(machine)} -d DEVICE --size ${size}`],
        numbers: { size, zone },
      };
    }
    return {
      ...shared,
      cause: `${by} asked for ${formatSize(size)} in one block (order ${order})${atomic ? " without waiting" : ""}, and the page allocator had none.`,
      proof: `Blocks of order ${order} are ${2 ** order} pages in a row; the Mem-Info behind the line lists how many of each order are free.`,
      certainty: order > 3 ? "likely" : "possible",
      why:
        order > 3
          ? "blocks that large run out by fragmentation, whatever is free in all"
          : "a small block fails by lack of memory or by fragmentation; the line does not say which",
      fix:
        order > 3
          ? "Memory for a device in one piece belongs into a CMA area, or behind an IOMMU; without either the largest block of the page allocator is the limit."
          : "Look at free memory in Mem-Info; raise vm.min_free_kbytes where it is network or USB traffic that fails.",
      next: [`coalloc place ${boardWord(machine)} -d DEVICE --size ${size}`, "cat /proc/buddyinfo"],
      numbers: { size },
    };
  },
});

/** `ERROR: 256 KiB atomic DMA coherent pool is too small!`, before Linux 5.8. */
export const atomicPoolSmall: Recogniser = patternRecogniser<{ readonly kilobytes: number }>({
  id: "atomic-pool-too-small",
  topic: "atomic pool",
  hint: "atomic DMA coherent pool is too small",
  source: "Linux 3.8 arch/arm/mm/dma-mapping.c __alloc_from_pool()",
  pattern: /(\d+) KiB atomic DMA coherent pool is too small/,
  read: ([, size]) => {
    const kilobytes = numberIn(size);
    return kilobytes === null ? null : { kilobytes };
  },
  explain: ({ kilobytes }, { machine }) => ({
    severity: "error",
    cause: `The pool of ${kilobytes} KiB for coherent memory that must be had at once is used up; USB, Wi-Fi and DVB drivers share it.`,
    proof:
      "The kernel prints this when a request without waiting finds no room in the pool, which did not grow in such kernels.",
    certainty: "sure",
    why: "the kernel gives the line for nothing else",
    fix: "Make the pool larger with coherent_pool=; cma= does not change it.",
    next: [`coalloc heaps ${boardWord(machine)}`],
    remedies: [coherentPool(kilobytes)],
    numbers: { size: kilobytes * KIB },
  }),
});

function coherentPool(kilobytes: number): FindingRemedy {
  const megabytes = Math.max(1, roundUpToPowerOfTwo(Math.ceil((kilobytes * 4) / KIB)));
  return {
    kind: "command-line",
    text: `make the atomic pool ${megabytes} MiB`,
    ...NO_TEXTS,
    commandLine: `coherent_pool=${megabytes}M`,
  };
}

/** `DMA pool exhausted for fd500000.pcie`, `Failed to get suitable pool for 0000:01:00.0`. */
export const atomicPoolExhausted: Recogniser = patternRecogniser<{
  readonly device: string;
  readonly exhausted: boolean;
}>({
  id: "atomic-pool-exhausted",
  topic: "atomic pool",
  hint: " pool ",
  source: "Linux 6.12 kernel/dma/pool.c dma_alloc_from_pool()",
  pattern: /(DMA pool exhausted|Failed to get suitable pool) for (\S+)/,
  read: ([, what, device]) => (device === undefined ? null : { device, exhausted: what === "DMA pool exhausted" }),
  explain: ({ device, exhausted }, { machine }) => ({
    severity: "error",
    cause: exhausted
      ? `The pool for coherent memory that must be had at once was used up when ${device} asked.`
      : `No pool for coherent memory that must be had at once lies within the reach of ${device}.`,
    proof: exhausted
      ? "A request without waiting can be served from this pool only; it grows in the background, too late for a burst."
      : "The kernel has one pool for each memory zone, and looked through those the device's mask allows.",
    certainty: "sure",
    why: "the kernel gives the line for nothing else",
    fix: exhausted
      ? "Make the pool larger with coherent_pool=."
      : "Widen the device's coherent mask, or build the kernel with CONFIG_ZONE_DMA, so that there is a pool it reaches.",
    next: [`coalloc heaps ${boardWord(machine)}`, `coalloc reach ${boardWord(machine)}`],
    remedies: exhausted ? [coherentPool(512)] : [],
    node: nodeOfKernelName(machine, device),
  }),
});

/** `DMA: failed to allocate 256 KiB GFP_KERNEL|GFP_DMA pool for atomic allocation`. */
export const atomicPoolFailed: Recogniser = patternRecogniser<{ readonly kilobytes: number; readonly zone: string }>({
  id: "atomic-pool-failed",
  topic: "atomic pool",
  hint: " pool for atomic ",
  source: "Linux 6.12 kernel/dma/pool.c __dma_atomic_pool_init(), arch/arm/mm/dma-mapping.c atomic_pool_init()",
  pattern: /DMA: failed to allocate (\d+) KiB (?:(\S+) )?pool for atomic (?:coherent )?allocation/,
  read: ([, size, zone = "any zone"]) => {
    const kilobytes = numberIn(size);
    return kilobytes === null ? null : { kilobytes, zone };
  },
  explain: ({ kilobytes, zone }, { machine }) => ({
    severity: "error",
    cause: `There was no memory for the atomic pool of ${kilobytes} KiB (${zone}) at boot.`,
    proof:
      "The kernel takes it from the CMA area or the zone named, in one block of any size down to a page, and got nothing.",
    certainty: "sure",
    why: "the kernel gives the line for nothing else",
    fix: "The zone is full before anybody runs: look for reservations that fill it. Drivers that allocate without waiting will fail.",
    next: [`coalloc check ${boardWord(machine)}`, `coalloc heaps ${boardWord(machine)}`],
    remedies: [],
    numbers: { size: kilobytes * KIB },
  }),
});

/** `DMA: preallocated 256 KiB GFP_KERNEL pool for atomic allocations`, one line for each zone. */
export const atomicPoolReady: Recogniser = patternRecogniser<{
  readonly kilobytes: number;
  readonly zone: string | null;
}>({
  id: "atomic-pool-ready",
  topic: "atomic pool",
  hint: " pool for atomic ",
  source: "Linux 6.12 kernel/dma/pool.c __dma_atomic_pool_init(), arch/arm/mm/dma-mapping.c atomic_pool_init()",
  pattern: /DMA: preallocated (\d+) KiB (?:(\S+) )?pool for atomic (?:coherent )?allocations/,
  read: ([, size, zone]) => {
    const kilobytes = numberIn(size);
    return kilobytes === null ? null : { kilobytes, zone: zone ?? null };
  },
  key: ({ kilobytes }) => `${kilobytes}`,
  explain: ({ kilobytes }, { machine, count }) => ({
    severity: "note",
    cause: `The kernel keeps ${kilobytes} KiB of coherent memory for requests that cannot wait${count > 1 ? `, in each of ${count} zones` : ""}.`,
    proof: "The kernel says so at boot; the pools grow later when they run low.",
    certainty: "sure",
    why: "it is the kernel's own statement",
    fix: "Nothing is wrong; coherent_pool= on the command line sets another size.",
    next: [`coalloc heaps ${boardWord(machine)}`],
    remedies: [],
    numbers: { size: kilobytes * KIB },
  }),
});

/** `coherent DMA allocations not supported on this platform.`, `coherent pool not initialised!`. */
export const coherentUnsupported: Recogniser = patternRecogniser<{ readonly early: boolean }>({
  id: "coherent-memory-unsupported",
  topic: "coherent memory",
  hint: "coherent ",
  source: "Linux 6.12 kernel/dma/direct.c dma_direct_alloc(), arch/arm/mm/dma-mapping.c __alloc_from_pool()",
  pattern: /coherent DMA allocations not supported on this platform|coherent pool not initialised!/,
  read: ([what = ""]) => ({ early: what.startsWith("coherent pool") }),
  explain: ({ early }, { machine }) => ({
    severity: "error",
    cause: early
      ? "A driver asked for coherent memory without waiting before the kernel had made its pool for that."
      : "A device that does not see the CPU's caches asked for coherent memory, and this kernel cannot make memory uncached.",
    proof: early
      ? "The pool is made after CMA is ready; the request came before, or the pool could not be made."
      : "The kernel has neither a way to remap memory uncached nor a reserved area for it.",
    certainty: "sure",
    why: "the kernel gives the line for nothing else",
    fix: early
      ? "Let the driver start later, or look for 'failed to allocate ... pool for atomic' in the log."
      : "Reserve a coherent pool (shared-dma-pool with no-map) and set linux,dma-default on it, with CONFIG_DMA_GLOBAL_POOL; or mark the device dma-coherent, if its bus really is.",
    next: [`coalloc devices ${boardWord(machine)}`, `coalloc heaps ${boardWord(machine)}`],
    remedies: [],
  }),
});

/** `coherent allocation too big (requested 0x800000 mask 0x3ff)`, of 32-bit ARM with CONFIG_DMA_API_DEBUG. */
export const coherentTooBig: Recogniser = patternRecogniser<{
  readonly device: string | null;
  readonly size: number;
  readonly mask: string;
}>({
  id: "coherent-request-too-big",
  topic: "coherent memory",
  hint: "coherent allocation too big",
  source: "Linux 6.12 arch/arm/mm/dma-mapping.c __dma_alloc()",
  pattern: new RegExp(
    `${DEVICE_PREFIX}coherent allocation too big \\(requested (0x[0-9a-f]+) mask (0x[0-9a-f]{1,16})\\)`,
  ),
  read: ([, device, asked, mask = ""]) => {
    const size = numberIn(asked);
    return size === null ? null : { device: device ?? null, size, mask };
  },
  explain: ({ device, size, mask }, { machine }) => ({
    severity: "error",
    cause: `${device ?? "A device"} asked for ${formatSize(size)} of coherent memory, more than its DMA mask ${mask} can address at all.`,
    proof: "The kernel compared the size with the mask.",
    certainty: "sure",
    why: "both numbers stand in the line",
    fix: "Let the driver set a wider coherent mask, if the hardware can; else ask for less.",
    next: [`coalloc reach ${boardWord(machine)}`, `coalloc devices ${boardWord(machine)}`],
    remedies: [],
  }),
});

/** `v4l2-ctl: vmalloc: allocation failure: 2214858752 bytes`, and `vmalloc error: size 2214858752, ...` since Linux 5.14. */
export const vmallocFailure: Recogniser = patternRecogniser<{ readonly task: string | null; readonly size: number }>({
  id: "vmalloc-failure",
  topic: "vmalloc",
  hint: "vmalloc",
  source: "Linux 6.12 mm/vmalloc.c __vmalloc_area_node()",
  pattern: new RegExp(`${DEVICE_PREFIX}vmalloc(?:: allocation failure(?:, allocated \\d+ of|:)| error: size) (\\d+)`),
  read: ([, task, bytes]) => {
    const size = numberIn(bytes);
    return size === null ? null : { task: task ?? null, size };
  },
  explain: ({ task, size }) => ({
    severity: "error",
    cause: `${task ?? "A driver"} asked for ${formatExactSize(size)} of kernel virtual memory and did not get it; CMA has no part in this.`,
    proof: `vmalloc takes single pages from anywhere${size > 512 * MIB ? "; a size like this is a wrong number more often than a wish" : ""}.`,
    certainty: "sure",
    why: "the line names the allocator; why the size is so large it does not say",
    fix: "A larger cma= changes nothing. Ask for fewer or smaller buffers (uvcvideo and other USB drivers use vmalloc); check the format that was negotiated.",
    next: ["v4l2-ctl -d /dev/videoN --info --get-fmt-video", "grep -i vmalloc /proc/meminfo"],
    remedies: [],
  }),
});
