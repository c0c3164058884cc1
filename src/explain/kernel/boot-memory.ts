/** What the kernel says of RAM it cannot use, and of addresses of the tree it cannot translate. */
import { NO_TEXTS } from "../../placement/ways-to-apply.js";
import { formatHex, formatSize } from "../../units/quantity.js";
import { boardWord } from "../named-device.js";
import { numberIn, patternRecogniser } from "../pattern-recogniser.js";
import type { Numbers, Recogniser } from "../recogniser.js";

/** `OF: fdt: Ignoring memory range 0x40000000 - 0x40200000`: RAM that is in the tree and not used. */
export const memoryIgnored: Recogniser = patternRecogniser<{
  readonly base: number;
  readonly size: number;
  readonly whole: boolean;
}>({
  id: "memory-ignored",
  topic: "RAM",
  hint: "Ignoring memory ",
  source: "Linux 6.12 drivers/of/fdt.c early_init_dt_add_memory_arch()",
  pattern: /Ignoring memory (block|range) (0x[0-9a-f]+) - (0x[0-9a-f]+)/,
  read: ([, what, from, to]) => {
    const [base, end] = [numberIn(from), numberIn(to)];
    return base === null || end === null || end < base ? null : { base, size: end - base, whole: what === "block" };
  },
  explain: ({ base, size, whole }, { machine }) => ({
    severity: "warning",
    cause: `The kernel does not use ${formatSize(size)} of RAM at ${formatHex(base)} that the memory node names.`,
    proof: whole
      ? "The whole entry lies outside what this kernel can address, or is smaller than a page."
      : "That part of the entry lies below where the kernel's memory begins, or above what it can address.",
    certainty: "sure",
    why: "the kernel gives the line for these reasons only; on 32-bit kernels without LPAE it is RAM above 4 GiB",
    fix: "On a 32-bit kernel build with LPAE, or use a 64-bit one. Where it is RAM below the kernel, load the kernel lower. Pools the tree places in that range do not exist.",
    next: [`coalloc check ${boardWord(machine)}`, `coalloc machine ${boardWord(machine)}`],
    remedies: [],
    node: "/memory",
    property: "reg",
  }),
});

/** `Memory doesn't fit in the linear mapping, VA_BITS too small`. */
export const memoryUnmapped: Recogniser = patternRecogniser<Numbers>({
  id: "memory-beyond-linear-map",
  topic: "RAM",
  hint: "fit in the linear mapping",
  source: "Linux 6.12 arch/arm64/mm/init.c arm64_memblock_init()",
  pattern: /Memory doesn't fit in the linear mapping/,
  read: () => ({}),
  explain: (_read, { machine }) => ({
    severity: "warning",
    cause:
      "RAM reaches over more addresses than this kernel maps, and what lies above is not used; pools the tree places there do not exist.",
    proof: "The kernel compared first and last address of RAM with its linear map.",
    certainty: "sure",
    why: "the kernel gives the line for nothing else",
    fix: "Build the kernel with more bits of virtual addresses (CONFIG_ARM64_VA_BITS_48=y).",
    next: [`coalloc machine ${boardWord(machine)}`, `coalloc check ${boardWord(machine)}`],
    remedies: [
      {
        kind: "kernel-option",
        text: "map more address space",
        ...NO_TEXTS,
        config: "CONFIG_ARM64_VA_BITS_48=y",
      },
    ],
  }),
});

/** `OF: translation of DMA address(40000000) to CPU address failed node(/soc/pcie@fd500000)`. */
export const dmaRangesUntranslated: Recogniser = patternRecogniser<{ readonly address: string; readonly node: string }>(
  {
    id: "dma-ranges-untranslated",
    topic: "reach of a device",
    hint: "translation of DMA address(",
    source: "Linux 6.12 drivers/of/address.c of_dma_get_range()",
    pattern: /translation of DMA address\(([0-9a-f]+)\) to CPU address failed node\((\S+?)\)/,
    read: ([, address = "0", node = ""]) => ({ address: formatHex(BigInt(`0x${address}`)), node }),
    explain: ({ address, node }, { machine }) => ({
      severity: "error",
      cause: `An entry of dma-ranges of ${node}, at bus address ${address}, leads to no CPU address; the kernel leaves the entry out, and the devices behind it do not reach that RAM.`,
      proof: "On its way up the tree the address met a bus whose dma-ranges do not hold it.",
      certainty: "sure",
      why: "the kernel gives the line for nothing else",
      fix: "Make the dma-ranges of every bus above cover the range, or write an empty dma-ranges where addresses stay the same; check the number of cells first.",
      next: [`coalloc reach ${boardWord(machine)}`, `coalloc check ${boardWord(machine)}`],
      remedies: [],
      node,
      property: "dma-ranges",
    }),
  },
);

/** `initrd not fully accessible via the linear mapping -- please check your bootloader ...`. */
export const initrdOutside: Recogniser = patternRecogniser<Numbers>({
  id: "initrd-outside-linear-map",
  topic: "RAM",
  hint: "initrd not fully accessible",
  source: "Linux 6.12 arch/arm64/mm/init.c arm64_memblock_init()",
  pattern: /initrd not fully accessible via the linear mapping/,
  read: () => ({}),
  explain: (_read, { machine }) => ({
    severity: "error",
    cause: "The boot loader put the initrd where the kernel does not map memory, and the kernel boots without it.",
    proof: "The kernel compared place and end of the initrd with its linear map, which begins with RAM.",
    certainty: "sure",
    why: "the kernel gives the line for nothing else",
    fix: "Load the initrd within RAM and near the kernel: ramdisk_addr_r and initrd_high of U-Boot.",
    next: [`coalloc check ${boardWord(machine)} --boot BOOT.json`],
    remedies: [],
  }),
});

/** `elfcorehdr is overlapped`. */
export const elfcorehdrOverlapped: Recogniser = patternRecogniser<Numbers>({
  id: "elfcorehdr-overlapped",
  topic: "RAM",
  hint: "elfcorehdr is overlapped",
  source: "Linux 6.12 drivers/of/fdt.c fdt_reserve_elfcorehdr()",
  pattern: /elfcorehdr is overlapped/,
  read: () => ({}),
  explain: (_read, { machine }) => ({
    severity: "warning",
    cause:
      "The header of the crashed kernel lies in memory that is reserved for something else; a dump may be damaged.",
    proof: "The kernel found the range of elfcorehdr reserved already.",
    certainty: "sure",
    why: "the kernel gives the line for nothing else",
    fix: "Load the crash kernel elsewhere (crashkernel=SIZE@BASE), or move the region that reserves the range.",
    next: [`coalloc check ${boardWord(machine)}`],
    remedies: [],
  }),
});

/** `e1000e 0000:00:19.0: DMA mask not set`. */
export const maskNotSet: Recogniser = patternRecogniser<{ readonly device: string | null }>({
  id: "dma-mask-not-set",
  topic: "reach of a device",
  hint: "DMA mask",
  source: "Linux 6.12 drivers/of/device.c of_dma_configure_id()",
  pattern: /(?:(?:^|\s)([\w.,:@+-]*[\w.@+-]): +)?(?:DMA mask not set|coherent DMA mask is unset)/,
  read: ([, device]) => ({ device: device ?? null }),
  explain: ({ device }, { machine }) => ({
    severity: "warning",
    cause: `${device ?? "A device"} has no DMA mask of its own; it is taken for one of 32 bits, or its requests for coherent memory are refused.`,
    proof: "Whoever made the device did not say which addresses it can emit.",
    certainty: "sure",
    why: "it is the kernel's own statement",
    fix: "Let the driver call dma_set_mask_and_coherent() with the hardware's width before its first request.",
    next: [`coalloc reach ${boardWord(machine)}`, `coalloc devices ${boardWord(machine)}`],
    remedies: [],
  }),
});

/** `OF: reserved mem: fdt_scan_reserved_mem_reg_nodes() ignores 1 regions in node 'x'`. */
export const regionsIgnored: Recogniser = patternRecogniser<{ readonly name: string; readonly ignored: number }>({
  id: "reserved-regions-ignored",
  topic: "reserved memory",
  hint: "() ignores ",
  source: "Linux 6.12 drivers/of/of_reserved_mem.c fdt_scan_reserved_mem_reg_nodes()",
  pattern: /\(\) ignores (\d+) regions in node '([^']+)'/,
  read: ([, count, name = ""]) => {
    const ignored = numberIn(count);
    return ignored === null ? null : { name, ignored };
  },
  explain: ({ name, ignored }, { machine }) => ({
    severity: "warning",
    cause: `Node ${name} has ${ignored + 1} entries in reg; only the first is the region that devices get, the other ${ignored === 1 ? "one is" : `${ignored} are`} reserved and used by nobody.`,
    proof: "The kernel keeps one range for a node.",
    certainty: "sure",
    why: "it is the kernel's own statement",
    fix: "Write a node for each range. If one entry was meant, the number of cells is wrong: a region of 64-bit addresses read as two of 32.",
    next: [`coalloc check ${boardWord(machine)}`],
    remedies: [],
    node: machine?.regions.find((region) => region.name === name)?.node ?? name,
    property: "reg",
  }),
});
