/** Pools of `memory-region`: coherent pools, restricted pools, and the region a device was given. */
import { NO_TEXTS } from "../../placement/ways-to-apply.js";
import { formatHex, formatSize, MIB } from "../../units/quantity.js";
import { boardWord, DEVICE_PREFIX, deviceOfKernelName, nodeOfKernelName, reachWords } from "../named-device.js";
import { numberIn, patternRecogniser } from "../pattern-recogniser.js";
import type { Numbers, Recogniser } from "../recogniser.js";

interface Created extends Numbers {
  readonly kind: string;
  readonly base: number;
  readonly size: number;
}

/** `Reserved memory: created CMA memory pool at 0x38000000, size 64 MiB`, and the same of DMA and restricted DMA pools. */
export const poolCreated: Recogniser = patternRecogniser<Created>({
  id: "pool-created",
  topic: "reserved memory",
  hint: "Reserved memory: created ",
  source:
    "Linux 6.12 kernel/dma/contiguous.c rmem_cma_setup(), coherent.c rmem_dma_setup(), swiotlb.c rmem_swiotlb_setup()",
  pattern: /Reserved memory: created (CMA|DMA|restricted DMA)(?: memory)? pool at (0x[0-9a-f]+), size (\d+) MiB/,
  read: ([, kind = "", at, size]) => {
    const [base, megabytes] = [numberIn(at), numberIn(size)];
    return base === null || megabytes === null ? null : { kind, base, size: megabytes * MIB };
  },
  explain: ({ kind, base, size }, { machine }) => {
    const region = machine?.regions.find((candidate) => candidate.base === base) ?? null;
    const elsewhere = machine !== null && region === null;
    return {
      severity: "note",
      cause: `The kernel made a ${POOLS[kind] ?? "pool"} of ${formatSize(size)} at ${formatHex(base)}.`,
      proof: elsewhere
        ? `The kernel says so. The board given has no region at ${formatHex(base)}: its tree, memory or boot state differ from the log's.`
        : "The kernel says so when it reads the node.",
      certainty: "sure",
      why: "it is the kernel's own statement",
      fix: elsewhere
        ? "Give the tree the log is of, with --memory, --cmdline and --boot as there."
        : "Nothing is wrong.",
      next: [`coalloc heaps ${boardWord(machine)}`, `coalloc check ${boardWord(machine)}`],
      remedies: [],
      node: region?.node ?? null,
    };
  },
});

const POOLS: Readonly<Record<string, string>> = {
  CMA: "CMA area",
  DMA: "coherent pool, which only the devices that name it use,",
  "restricted DMA": "restricted pool, through which the devices that name it bounce everything,",
};

/** `Reserved memory: unable to setup CMA region`. */
export const cmaPoolRefused: Recogniser = patternRecogniser<Numbers>({
  id: "cma-pool-refused",
  topic: "reserved memory",
  hint: "unable to setup CMA region",
  source: "Linux 6.12 kernel/dma/contiguous.c rmem_cma_setup()",
  pattern: /unable to setup CMA region/,
  read: () => ({}),
  explain: (_read, { machine, lines, line }) => {
    const full = lines.of("cma-too-many-areas").some((seen) => seen.line < line && line - seen.line <= 3);
    return {
      severity: "error",
      cause: full
        ? "A CMA node got no area, because the kernel's table of areas is full."
        : "A CMA node got no area: its region has no size, is not reserved, or breaks the alignment of CMA.",
      proof: full
        ? "The line before it says so (Not enough slots for CMA reserved regions)."
        : "The kernel made the region and could not make a CMA area of it; with a full table another line would stand before this one.",
      certainty: "sure",
      why: "cma_init_reserved_mem() fails for these reasons only",
      fix: full
        ? "Raise CONFIG_CMA_AREAS, or let devices share an area."
        : "Give the node a size and an alignment that are multiples of the kernel's page block, and look which of the three coalloc check names.",
      next: [`coalloc check ${boardWord(machine)}`],
      remedies: [],
    };
  },
});

/** `Reserved memory: failed to init DMA memory pool at 0x42000000, size 4 MiB`. */
export const coherentPoolFailed: Recogniser = patternRecogniser<{ readonly base: number; readonly megabytes: number }>({
  id: "coherent-pool-failed",
  topic: "reserved memory",
  hint: "failed to init DMA memory pool",
  source: "Linux 6.12 kernel/dma/coherent.c dma_init_coherent_memory(), rmem_dma_device_init()",
  pattern: /failed to init DMA memory pool at (0x[0-9a-f]+), size (\d+) MiB/,
  read: ([, at, size]) => {
    const [base, megabytes] = [numberIn(at), numberIn(size)];
    return base === null || megabytes === null ? null : { base, megabytes };
  },
  explain: ({ base, megabytes }, { machine }) => ({
    severity: "error",
    cause: `The coherent pool of ${megabytes} MiB at ${formatHex(base)} could not be set up, and the devices that name it get no coherent memory.`,
    proof:
      "The kernel maps the whole region without cache and keeps a bitmap of it; one of the two failed. Most often the region may not be mapped that way, because it is ordinary memory the kernel has mapped already.",
    certainty: "likely",
    why: "a region without size and one without memory for its bitmap give the same line, and both are rare",
    fix: "Add no-map to the node (and no reusable), and see that its region lies wholly in RAM or wholly outside.",
    next: [`coalloc check ${boardWord(machine)}`, `coalloc heaps ${boardWord(machine)}`],
    remedies: [],
    node: machine?.regions.find((region) => region.base === base)?.node ?? null,
    property: "no-map",
    numbers: { size: megabytes * MIB },
  }),
});

/** `Reserved memory: region for default DMA coherent area is redefined`. */
export const coherentDefaultTwice: Recogniser = patternRecogniser<Numbers>({
  id: "coherent-default-twice",
  topic: "reserved memory",
  hint: "region for default DMA coherent area is redefined",
  source: "Linux 6.12 kernel/dma/coherent.c rmem_dma_setup()",
  pattern: /region for default DMA coherent area is redefined/,
  read: () => ({}),
  explain: (_read, { machine }) => ({
    severity: "error",
    cause: "Two nodes have linux,dma-default; the later one is the default coherent area, and the earlier lies unused.",
    proof: "The kernel keeps one such area and overwrites it.",
    certainty: "sure",
    why: "the kernel gives the line for nothing else",
    fix: "Take linux,dma-default from one of the two nodes.",
    next: [`coalloc check ${boardWord(machine)}`],
    remedies: [],
    property: "linux,dma-default",
  }),
});

/** `remoteproc0: reserved memory is beyond device's set DMA address range`. */
export const poolBeyondMask: Recogniser = patternRecogniser<{ readonly device: string | null }>({
  id: "pool-beyond-mask",
  topic: "reserved memory",
  hint: "reserved memory is beyond device's set DMA address range",
  source: "Linux 6.12 kernel/dma/coherent.c rmem_dma_device_init()",
  pattern: new RegExp(`${DEVICE_PREFIX}reserved memory is beyond device's set DMA address range`),
  read: ([, device]) => ({ device: device ?? null }),
  explain: ({ device }, { machine }) => {
    const reach = reachWords(machine, device);
    return {
      severity: "warning",
      cause: `The pool of ${device ?? "a device"} (its memory-region) ends above the addresses the device can emit.`,
      proof: `The kernel compared the region's end with the coherent DMA mask and the limit of the bus${reach === null ? "" : `: ${reach}`}.`,
      certainty: "sure",
      why: "it is arithmetic on the mask set when the region was assigned; a driver that sets a wider mask later is warned of all the same",
      fix: "Move the region down, below 4 GiB unless the driver sets a wider mask, or set the mask before of_reserved_mem_device_init().",
      next: [`coalloc reach ${boardWord(machine)}`, `coalloc check ${boardWord(machine)}`],
      remedies: [],
      node: nodeOfKernelName(machine, device),
      property: "memory-region",
    };
  },
});

/** `failed to initialise "restricted-dma-pool" memory node`, `Restricted DMA pool must be accessible within the linear mapping.` */
export const restrictedPoolFailed: Recogniser = patternRecogniser<{
  readonly device: string | null;
  readonly linear: boolean;
}>({
  id: "restricted-pool-failed",
  topic: "reserved memory",
  hint: "estricted",
  source:
    "Linux 6.12 drivers/of/device.c of_dma_set_restricted_buffer(), kernel/dma/swiotlb.c rmem_swiotlb_device_init()",
  pattern: new RegExp(
    `${DEVICE_PREFIX}(failed to initialise "restricted-dma-pool" memory node|Restricted DMA pool must be accessible within the linear mapping)`,
  ),
  read: ([, device, what = ""]) => ({ device: device ?? null, linear: what.startsWith("Restricted") }),
  explain: ({ device, linear }, { machine, lines, line }) => {
    const told = lines.of("restricted-pool-failed").some((seen) => seen.numbers["linear"] === true && seen.line < line);
    if (!linear && told) return null;
    return {
      severity: "error",
      cause: linear
        ? `The restricted pool of ${device ?? "a device"} lies in high memory, where the kernel cannot copy to.`
        : `The restricted pool of ${device ?? "a device"} could not be set up: the device goes on without it, and bounces nowhere.`,
      proof: linear
        ? "A pool that everything is copied through must be mapped by the kernel all the time."
        : "The device names a node with compatible restricted-dma-pool, and the kernel could not use it.",
      certainty: linear ? "sure" : "likely",
      why: linear
        ? "the kernel gives the line for nothing else"
        : "a kernel without CONFIG_DMA_RESTRICTED_POOL, and a node with no-map or reusable, are the usual reasons; the line does not say which",
      fix: linear
        ? "Give the node a reg or alloc-ranges in low memory."
        : "Build the kernel with CONFIG_DMA_RESTRICTED_POOL=y, and give the node neither no-map nor reusable.",
      next: [`coalloc check ${boardWord(machine)}`, "zcat /proc/config.gz | grep RESTRICTED_POOL"],
      remedies: linear
        ? []
        : [
            {
              kind: "kernel-option",
              text: "build the kernel with restricted pools",
              ...NO_TEXTS,
              config: "CONFIG_DMA_RESTRICTED_POOL=y",
            },
          ],
      node: nodeOfKernelName(machine, device),
      property: "memory-region",
    };
  },
});

/** `rockchip-vpu fdb50000.video-codec: assigned reserved memory node vpu@40000000`. */
export const regionAssigned: Recogniser = patternRecogniser<{ readonly device: string | null; readonly name: string }>({
  id: "region-assigned",
  topic: "reserved memory",
  hint: "assigned reserved memory node",
  source: "Linux 6.12 drivers/of/of_reserved_mem.c of_reserved_mem_device_init_by_idx()",
  pattern: new RegExp(`${DEVICE_PREFIX}assigned reserved memory node (\\S+)`),
  read: ([, device, name]) => (name === undefined ? null : { device: device ?? null, name }),
  explain: ({ device, name }, { machine }) => {
    const found = machine === null || device === null ? null : deviceOfKernelName(machine, device);
    const region = machine?.regions.find((candidate) => candidate.name === name) ?? null;
    return {
      severity: "note",
      cause: `${found?.path ?? device ?? "A device"} takes its memory from region ${name}${region === null ? "" : `, which has ${formatSize(region.size)}`}.`,
      proof: "The kernel says so when it has bound the two.",
      certainty: "sure",
      why: "it is the kernel's own statement",
      fix: "Nothing is wrong; a request that does not fit there fails, whatever else is free.",
      next: [`coalloc heaps ${boardWord(machine)}`],
      remedies: [],
      node: region?.node ?? found?.path ?? null,
      property: "memory-region",
    };
  },
});
