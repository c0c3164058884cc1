/** The default CMA area, and the devices that cannot do without it. */
import { reachOf } from "../../addressing/reach.js";
import { parseCmdline } from "../../boot/cmdline.js";
import { atomicPoolOrders } from "../../heaps/occupancy.js";
import type { Device, Machine } from "../../machine/machine.js";
import { formatHex, formatSize, MIB } from "../../units/quantity.js";
import { containsRange, intersectRanges, subtractRanges, toRangeSet, totalSize } from "../../units/ranges.js";
import { atWork } from "../at-work.js";
import type { Board } from "../board.js";
import type { Severity } from "../finding.js";
import { pictureOf } from "../picture.js";
import type { Rule } from "../rule.js";
import { areaUsers, namesOf } from "../sharing.js";
import { areaWithin, newArea } from "./area-proposals.js";
import { USUAL_START } from "./in-the-way.js";

const CODEC = `soc {
	#address-cells = <2>;
	#size-cells = <2>;
	ranges;
	dma-ranges = <0 0x0 0 0x0 0 0x60000000>;
	video-codec@fdea0400 { compatible = "rockchip,rk3568-vpu"; reg = <0 0xfdea0400 0 0x400>; };
};`;

function area(ranges: string): string {
  return `reserved-memory {
	#address-cells = <2>;
	#size-cells = <2>;
	ranges;
	linux,cma { compatible = "shared-dma-pool"; reusable; size = <0 0x4000000>; ${ranges} linux,cma-default; };
};`;
}

/** 1920x1080 and 3840x2160 in 4 bytes. */
const HD_FRAME = 1920 * 1080 * 4;
const UHD_FRAME = 4 * HD_FRAME;

/** The most the page allocator gives in one piece, in bytes. */
function largestBlock({ profile }: Machine): number {
  return profile.pageSize * 2 ** profile.maxPageOrder;
}

/** What allocates from the default area, and has something to show or to record. */
export function needing(board: Board): readonly Device[] {
  return atWork(board, areaUsers(board.machine));
}

const OUT_OF_REACH: Rule = {
  id: "default-area-out-of-reach",
  severity: "error",
  title: "a device that needs contiguous buffers cannot reach the default CMA area",
  help: "Where no IOMMU translates, cameras, codecs and displays take their buffers from the default CMA area. The kernel places it without a look at them. If it lies beyond what a device can emit, the kernel gives its pages back and tries a single block of the page allocator, 4 MiB at most with 4 KiB pages: a screen of 1920x1080 stays dark, a small video plays. Give the area a limit on the command line, or alloc-ranges in the tree.",
  source: "Linux 6.12 kernel/dma/direct.c __dma_direct_alloc_pages(); https://github.com/raspberrypi/linux/issues/3861",
  wrong: { dts: `${CODEC}\n${area("alloc-ranges = <0 0x60000000 0 0x20000000>;")}` },
  right: { dts: `${CODEC}\n${area("alloc-ranges = <0 0x40000000 0 0x20000000>;")}` },
  check: (board) => {
    const { machine } = board;
    const pool = machine.defaultCma;
    if (pool === null) return [];
    const short = needing(board)
      .map((device) => {
        const reach = reachOf(machine, device, "coherent");
        return { device, name: device.name, reach, missing: totalSize(subtractRanges([pool], reach)) };
      })
      .filter(({ missing }) => missing > 0)
      .sort((a, b) => b.missing - a.missing);
    const worst = short[0];
    if (worst === undefined) return [];
    const common = short.reduce((reach, each) => intersectRanges(reach, each.reach), worst.reach);
    const window = intersectRanges(common, machine.pages).find((range) => range.size >= 2 * pool.size);
    const limit = common.find((range) => window !== undefined && containsRange([range], window)) ?? null;
    const lost = short.filter(({ missing }) => missing === pool.size);
    const block = largestBlock(machine);
    const isDark = block < HD_FRAME && lost.some(({ device }) => device.role === "display");
    const left =
      lost.length === 0
        ? `buffers of ${namesOf(short)} come from it`
        : `for ${namesOf(lost)} single blocks of up to ${formatSize(block)} are left`;
    return [
      {
        severity: isDark ? "error" : "warning",
        text: `${worst.name} reaches ${formatSize(pool.size - worst.missing)} of the default CMA area of ${formatSize(pool.size)} at ${formatHex(pool.base)}; ${left}.`,
        where: { node: pool.node, property: null },
        numbers: { base: pool.base, size: pool.size, outOfReach: worst.missing, devices: short.length },
        proposals: limit === null ? [] : areaWithin(board, pool.size, common, limit),
      },
    ];
  },
};

/** What is left for contiguous buffers where no area is: how large they can be, and how bad that is. */
function withoutArea(
  board: Board,
  users: readonly Device[],
): { readonly severity: Severity; readonly outcome: string } {
  const largest = largestBlock(board.machine);
  if (largest >= UHD_FRAME) {
    const outcome = "each has to be one block of the page allocator, hard to get once the system has run for a while";
    return { severity: "note", outcome };
  }
  const isSmall = (device: Device): boolean => {
    const picture = pictureOf(board.tree, device);
    return picture !== null && picture.basis !== "guess" && picture.size * picture.count <= largest / 2;
  };
  return {
    severity: users.every(isSmall) ? "note" : "warning",
    outcome: `none can be larger than ${formatSize(largest)}`,
  };
}

/** On what it hangs that an area found no room, where it hangs on anything. */
function missingUnless({ boot }: Board): string {
  const isAssumed = boot.failures.some((each) => each.kind === "cma-reserve-failed" && each.certainty === "assumed");
  return isAssumed ? ` ${USUAL_START}` : "";
}

const MISSING: Rule = {
  id: "default-area-missing",
  severity: "warning",
  title: "there is no default CMA area while devices need contiguous buffers",
  help: "Without an area the DMA core asks the page allocator for one block, which is 4 MiB at most with 4 KiB pages and hard to get once the system has run for a while. A frame of 1920x1080 in 32-bit takes 7.9 MiB. The area comes from the tree, from cma=, or from CONFIG_CMA_SIZE_MBYTES.",
  source: "Linux 6.12 kernel/dma/contiguous.c dma_contiguous_reserve(), dma_alloc_contiguous()",
  wrong: { dts: CODEC, cmdline: "cma=0" },
  right: { dts: CODEC, cmdline: "cma=64M" },
  check: (board) => {
    const { machine } = board;
    const users = needing(board);
    if (machine.defaultCma !== null || !machine.profile.cma || users.length === 0) return [];
    const { severity, outcome } = withoutArea(board, users);
    const reach = users
      .map((device) => reachOf(machine, device, "coherent"))
      .reduce((common, each) => intersectRanges(common, each), toRangeSet(machine.banks));
    return [
      {
        severity,
        text: `There is no default CMA area${missingUnless(board)}, and contiguous buffers are needed by ${namesOf(users)}: ${outcome}.`,
        where: { node: null, property: null },
        numbers: { devices: users.length, largest: largestBlock(machine) },
        proposals: newArea(board, 64 * MIB, reach),
      },
    ];
  },
};

const CMA_OFF: Rule = {
  id: "cma-not-built",
  severity: "warning",
  title: "the kernel is built without CMA while devices need contiguous buffers",
  help: "Without CONFIG_CMA and CONFIG_DMA_CMA no area can be made, whatever tree and command line say: reusable regions are plain reserved memory that nobody uses. Contiguous buffers are then single blocks of the page allocator.",
  source: "Linux 6.12 kernel/dma/Kconfig DMA_CMA, kernel/dma/contiguous.c rmem_cma_setup()",
  wrong: { dts: CODEC, config: "# CONFIG_CMA is not set" },
  right: { dts: CODEC, config: "CONFIG_CMA=y\nCONFIG_DMA_CMA=y" },
  check: (board) => {
    const { machine } = board;
    const users = needing(board);
    if (machine.profile.cma || users.length === 0) return [];
    const { severity, outcome } = withoutArea(board, users);
    return [
      {
        severity,
        text: `This kernel is built without CMA, and contiguous buffers are needed by ${namesOf(users)}: ${outcome}.`,
        where: { node: null, property: null },
        numbers: { devices: users.length, largest: largestBlock(machine) },
        proposals: [
          {
            kind: "kernel-option",
            text: "build CMA into the kernel",
            config: "CONFIG_CMA=y\nCONFIG_DMA_CMA=y\nCONFIG_CMA_SIZE_MBYTES=64\nCONFIG_CMA_AREAS=20\n",
          },
        ],
      },
    ];
  },
};

const COHERENT_POOL: Rule = {
  id: "coherent-pool-exceeds-area",
  severity: "warning",
  title: "coherent_pool= asks for more than the default CMA area has",
  help: "The pool for allocations that may not sleep is taken from the default CMA area at boot. On 32-bit arm it is taken in one piece, and where the area is smaller there is no pool. Elsewhere there is one for each memory zone, of at most one block of the page allocator, 4 MiB with 4 KiB pages, whatever is asked for. The option does not make room for frames: that is what cma= does.",
  source:
    "Linux 6.12 arch/arm/mm/dma-mapping.c atomic_pool_init(), kernel/dma/pool.c atomic_pool_expand(); https://github.com/Freescale/gstreamer-imx/issues/30",
  wrong: { dts: CODEC, cmdline: "coherent_pool=128M", config: "CONFIG_ARM=y" },
  right: { dts: CODEC, cmdline: "coherent_pool=2M", config: "CONFIG_ARM=y" },
  check: (board) => {
    const { machine } = board;
    const asked = parseCmdline(machine.commandLine).coherentPool;
    const area = machine.defaultCma;
    if (asked === null || area === null) return [];
    const pools = atomicPoolOrders(machine, area).map((order) => machine.profile.pageSize * 2 ** order);
    const isArm = machine.arch === "arm";
    const taken = isArm ? asked : pools.reduce((sum, size) => sum + size, 0);
    if (taken < area.size) return [];
    const hasNoPool = isArm && asked > area.size;
    const outcome = hasNoPool ? "there is no pool" : "nothing is left for frames";
    const what = isArm
      ? `asks for ${formatSize(asked)} in one piece`
      : `makes ${pools.length} pools of ${formatSize(pools[0] ?? 0)}`;
    return [
      {
        severity: hasNoPool || needing(board).length > 0 ? "warning" : "note",
        text: `coherent_pool= ${what}, and the default CMA area it is taken from has ${formatSize(area.size)}: ${outcome}.`,
        where: { node: null, property: null },
        numbers: { asked, area: area.size },
        proposals: [
          { kind: "command-line", text: "ask for a small pool: coherent_pool=2M", commandLine: "coherent_pool=2M" },
        ],
      },
    ];
  },
};

/** Rules about the default CMA area. */
export const DEFAULT_AREA: readonly Rule[] = [OUT_OF_REACH, MISSING, CMA_OFF, COHERENT_POOL];
