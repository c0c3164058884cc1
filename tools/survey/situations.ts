/** The kernels, command lines and boards that somebody who brings up a board tries, and boards are surveyed in. */
import { compatiblesOf } from "../../src/devicetree/meaning/status.js";
import type { DeviceTree } from "../../src/devicetree/tree.js";
import type { BootFile } from "../../src/lint/boot-file.js";
import type { KernelProfile } from "../../src/machine/profile.js";
import { applyConfig, EMBEDDED_6_12, KERNEL_PROFILES, withPageSize } from "../../src/machine/profiles.js";
import { alignDown, formatHex, GIB, KIB, MIB } from "../../src/units/quantity.js";
import { type Range, totalSize } from "../../src/units/ranges.js";
import type { BoardArchitecture } from "../boards/provide.js";
import { type BoardRam, lowest, ramFrom } from "./board-ram.js";
import { mayPassFourGib } from "./known-ram.js";

/**
 * What the kernels for 32-bit arm are built with over the profile for boards: 7 areas, 16 MiB for the default one and blocks of up to 8 MiB, as Debian's armmp
 * kernels have them.
 */
const ARMMP = [
  "CONFIG_ARM=y",
  "CONFIG_CMA_SIZE_MBYTES=16",
  "CONFIG_CMA_AREAS=7",
  "CONFIG_ARCH_FORCE_MAX_ORDER=11",
  "# CONFIG_TRANSPARENT_HUGEPAGE is not set",
];

/** What a board is surveyed with. */
export interface Setting {
  /** Name of the kernel's profile. */
  readonly profile: string;
  /** Lines of a kernel configuration over it. */
  readonly config: readonly string[];
  readonly pageSize: "4K" | "64K";
  /** Behind the tree's own `bootargs`; null for none. */
  readonly words: string | null;
  /** Null: what the tree states. */
  readonly ram: BoardRam["banks"] | null;
  /** Where the boot loader puts kernel, device tree and initrd; null: usual load addresses. */
  readonly boot: Pick<BootFile, "kernel" | "fdt" | "initrd"> | null;
}

/** One way to run a board. */
export interface Situation {
  readonly name: string;
  /** Who is in it, in a few words. */
  readonly what: string;
  /** Changes the usual setting; null on boards where it makes no sense. */
  readonly change: (usual: Setting, board: SurveyedBoard) => Partial<Setting> | null;
}

/** What a situation may depend on. */
export interface SurveyedBoard {
  readonly tree: DeviceTree;
  readonly architecture: BoardArchitecture;
  readonly ram: BoardRam;
}

/** The kernel that a setting describes. */
export function profileOf({
  profile,
  config,
  pageSize,
}: Pick<Setting, "profile" | "config" | "pageSize">): KernelProfile {
  const base = KERNEL_PROFILES.get(profile);
  if (base === undefined) throw new Error(`there is no kernel profile ${profile}`);
  const configured = config.length === 0 ? base : applyConfig(base, config.join("\n"));
  return pageSize === "4K" ? configured : withPageSize(configured, pageSize);
}

/** How boards of an architecture are surveyed when nothing else is said. */
export function usualSetting(architecture: BoardArchitecture, ram: BoardRam | null): Setting {
  const config = architecture === "armhf" ? ARMMP : [];
  const banks = ram === null || ram.basis === "tree" ? null : ram.banks;
  return { profile: EMBEDDED_6_12.name, config, pageSize: "4K", words: null, ram: banks, boot: null };
}

/** Words behind the command line. */
function words(name: string, what: string, said: string): Situation {
  return { name, what, change: () => ({ words: said }) };
}

/** `cma=64M@START`, START in the middle of the first bank and that many bytes further. */
function area(name: string, what: string, further: number): Situation {
  return {
    name,
    what,
    change: (_, { ram }) => {
      const [bank] = ram.banks;
      if (bank === undefined || bank.size < 256 * MIB) return null;
      const middle = alignDown(bank.base + bank.size / 2, 64 * MIB);
      return { words: `cma=64M@${formatHex(middle + further)}` };
    },
  };
}

/**
 * Where the boot scripts of Allwinner's boards put the pieces, counted from the start of RAM: kernel, device tree, initrd. A kernel for 32-bit arm unpacks itself to the start.
 *
 * @see U-Boot `include/configs/sunxi-common.h` `KERNEL_ADDR_R`, `FDT_ADDR_R`, `RAMDISK_ADDR_R`
 */
const SCRIPT = {
  arm64: { kernel: [2 * MIB, 48 * MIB], fdt: [0xfa0_0000, 256 * KIB], initrd: [0xff0_0000, 64 * MIB] },
  armhf: { kernel: [MIB, 16 * MIB], fdt: [0x300_0000, 128 * KIB], initrd: [0x330_0000, 32 * MIB] },
} as const;

function bootScript({ architecture, ram }: SurveyedBoard): Setting["boot"] {
  const [bank] = ram.banks;
  if (bank === undefined || bank.size < 384 * MIB) return null;
  const at = ([offset, size]: readonly [number, number]): Range => ({ base: bank.base + offset, size });
  const { kernel, fdt, initrd } = SCRIPT[architecture];
  return { kernel: at(kernel), fdt: at(fdt), initrd: at(initrd) };
}

/** A kernel built with other options. */
function built(name: string, what: string, ...options: readonly string[]): Situation {
  return { name, what, change: ({ config }) => ({ config: [...config, ...options] }) };
}

/** 4 GiB from where RAM starts, for arm64 boards that have less and may have more. */
function fourGib(board: SurveyedBoard): BoardRam["banks"] | null {
  const { banks } = board.ram;
  const [first] = banks;
  if (board.architecture !== "arm64" || first === undefined || totalSize(banks) >= 3.5 * GIB) return null;
  if (!mayPassFourGib(compatiblesOf(board.tree.root))) return null;
  return ramFrom(board.tree, { base: first.base, size: 4 * GIB }, board.ram.wanted);
}

/** The situation of the plain survey. */
export const AS_IS: Situation = {
  name: "as-is",
  what: "the tree, its RAM, a kernel built for boards",
  change: () => ({}),
};

/** All of them, in the order of the table. */
export const SITUATIONS: readonly Situation[] = [
  AS_IS,
  {
    name: "half-ram",
    what: "the variant of the board with half the RAM",
    change: (_, { ram }) => {
      const half = totalSize(ram.banks) / 2;
      return ram.basis === "filled-in" || half < 128 * MIB ? null : { ram: lowest(ram.banks, half) };
    },
  },
  {
    name: "ram-4g",
    what: "the variant of the board with 4 GiB",
    change: (_, board) => {
      const ram = fourGib(board);
      return ram === null ? null : { ram };
    },
  },
  words("cma-256m", "a larger default area for a camera or a 4K display", "cma=256M"),
  words("cma-512m", "a very large one, as forums advise", "cma=512M"),
  area("cma-at", "a default area at a chosen place", 0),
  area("cma-at-odd", "the same, at a place that is no multiple of a pageblock", 65 * MIB),
  words("cma-no-unit", "a size whose M was forgotten", "cma=256"),
  words("cma-0", "no default area, to have all RAM for programs", "cma=0"),
  words("coherent-pool", "a larger pool for allocations that may not sleep", "coherent_pool=32M"),
  words("passthrough", "IOMMUs that let pass, for a faster network", "iommu.passthrough=1"),
  {
    name: "no-bounce",
    what: "no bounce buffers, to have their 64 MiB back, on 4 GiB",
    change: (_, board) => {
      const ram = fourGib(board);
      return ram === null ? null : { ram, words: "swiotlb=noforce" };
    },
  },
  {
    name: "boot-script",
    what: "a boot script with the load addresses of another board",
    change: (_, board) => {
      const boot = bootScript(board);
      return boot === null ? null : { boot };
    },
  },
  {
    name: "pages-64k",
    what: "a kernel with pages of 64 KiB",
    change: (_, { architecture }) => (architecture === "arm64" ? { pageSize: "64K" } : null),
  },
  built("no-dma-cma", "a kernel without CMA for devices", "# CONFIG_DMA_CMA is not set"),
  built(
    "no-heaps",
    "a kernel without dma-heaps and udmabuf",
    "# CONFIG_DMABUF_HEAPS is not set",
    "# CONFIG_UDMABUF is not set",
  ),
  {
    name: "debian",
    what: "Debian's kernel",
    change: (_, { architecture }) => (architecture === "arm64" ? { profile: "debian-arm64-6.12" } : null),
  },
  {
    name: "defconfig",
    what: "the kernel that make defconfig gives",
    change: (_, { architecture }) => (architecture === "arm64" ? { profile: "defconfig-arm64-6.12" } : null),
  },
];

/** A setting in words, for people who want to see the same: the options of `coalloc check`, and lines of a kernel configuration. */
export function settingText({ profile, config, pageSize, words: said, ram, boot }: Setting): string {
  const option = (name: string, ranges: readonly Range[]): string =>
    `${name} ${ranges.map(({ base, size }) => `${formatHex(base)}+${formatHex(size)}`).join(",")}`;
  return [
    ...(ram === null ? [] : [option("--memory", ram)]),
    ...(said === null ? [] : [`--cmdline ${said}`]),
    ...(profile === EMBEDDED_6_12.name ? [] : [`--kernel-profile ${profile}`]),
    ...(pageSize === "4K" ? [] : [`--page-size ${pageSize}`]),
    ...config.map((line) => (line.startsWith("#") ? `no ${line.split(" ")[1]}` : line)),
    ...(["kernel", "fdt", "initrd"] as const).flatMap((piece) => {
      const range = boot?.[piece] ?? null;
      return range === null ? [] : [option(piece, [range])];
    }),
  ].join("; ");
}
