/** Regions without `reg`: whether the kernel finds a place for them, and whether it is the one that is meant. */
import { parseCmdline } from "../../boot/cmdline.js";
import { compatiblesOf } from "../../devicetree/meaning/status.js";
import type { TreeNode } from "../../devicetree/tree.js";
import { formatRanges } from "../../placement/explain.js";
import { alignDown, formatHex, formatSize, isPowerOfTwo, roundUpToPowerOfTwo } from "../../units/quantity.js";
import {
  intersectRanges,
  largestAlignedRun,
  type Range,
  type RangeSet,
  subtractRanges,
  toRangeSet,
} from "../../units/ranges.js";
import type { Board } from "../board.js";
import type { Proposal } from "../proposal.js";
import type { Flaw, Rule } from "../rule.js";
import { inTheWay } from "./in-the-way.js";
import { reservedMemory } from "./reserved-example.js";
import { failuresOf, nameOf, numberEdit, regionAt, reservedNodes, withoutProperties } from "./reserved-nodes.js";

const NOT_PLACED: Rule = {
  id: "region-not-placed",
  severity: "error",
  title: "no hole is large enough for a region without reg",
  help: "The kernel looks for a free, aligned run of RAM within alloc-ranges, among what boot loader and other regions have taken; there is no fall-back to other RAM. A device tree or initrd loaded into the middle of the range is enough to split it. The pool then does not exist, and its devices fail or use the default area.",
  source: "https://github.com/home-assistant/operating-system/issues/4924",
  wrong: {
    dts: reservedMemory(
      'camera { compatible = "shared-dma-pool"; reusable; size = <0 0x20000000>; alloc-ranges = <0 0x40000000 0 0x20000000>; };',
    ),
  },
  right: {
    dts: reservedMemory(
      'camera { compatible = "shared-dma-pool"; reusable; size = <0 0x10000000>; alloc-ranges = <0 0x40000000 0 0x20000000>; };',
    ),
  },
  check: (board) =>
    failuresOf(board, "alloc-failed").flatMap((failure): Flaw[] => {
      const { node: path, asked, alignment, ranges, largestHole, blockers } = failure;
      const node = path === null ? undefined : board.tree.nodeAt(path);
      if (node === undefined) return [];
      const exact = regionAt(board, path)?.certainty === "exact";
      const vain = inVain(board, node);
      const where = ranges === null ? "all RAM" : formatRanges(toRangeSet(ranges));
      const start = exact ? "" : " where boot loaders usually put kernel and device tree";
      const most = largestAlignedRun(usableRam(board, ranges), alignment);
      const hole =
        most >= asked
          ? `the largest hole so aligned has ${formatSize(largestHole)}${start}. In the way: ${inTheWay(board, blockers)}.`
          : neverRoom(board, ranges, most);
      return [
        {
          severity: vain !== null ? "note" : exact ? "error" : "warning",
          text: `${node.name} asks for ${formatSize(asked)} aligned to ${formatSize(alignment)} in ${where}; ${hole}${vain === null ? "" : ` ${vain}`}`,
          where: { node: node.path, property: "size" },
          numbers: { asked, alignment, largestHole: most < asked ? most : largestHole },
          proposals: placementProposals(board, node.path, alignment, largestHole, ranges),
        },
      ];
    }),
};

/** That no hole can be large enough, whoever holds memory. */
function neverRoom(board: Board, ranges: readonly Range[] | null, most: number): string {
  if (usableRam(board, ranges).length === 0) return "there is no RAM there.";
  return `even with nothing in the way, the largest hole so aligned has ${formatSize(most)}.`;
}

/** Why a region would be given up with room for it too; null when it would not. */
function inVain({ machine }: Board, node: TreeNode): string | null {
  if (node.has("linux,cma-default") && parseCmdline(machine.commandLine).cma !== null) {
    return "cma= takes its place in any case.";
  }
  const isLent = compatiblesOf(node).includes("shared-dma-pool") && node.has("reusable");
  return isLent && !machine.profile.cma ? "Without CONFIG_DMA_CMA the kernel gives it up in any case." : null;
}

/**
 * RAM that may be handed out in those ranges; null for all RAM. The first page of memory never is.
 *
 * @see Linux 6.12 `mm/memblock.c` `memblock_find_in_range_node()`
 */
function usableRam({ machine }: Board, ranges: readonly Range[] | null): RangeSet {
  const ram = subtractRanges(toRangeSet(machine.banks), [{ base: 0, size: machine.profile.pageSize }]);
  return ranges === null ? ram : intersectRanges(ram, toRangeSet(ranges));
}

function placementProposals(
  board: Board,
  path: string,
  alignment: number,
  largestHole: number,
  ranges: readonly Range[] | null,
): readonly Proposal[] {
  const out: Proposal[] = [];
  const node = board.tree.nodeAt(path);
  if (node === undefined) return out;
  const fits = alignDown(largestHole, Math.max(alignment, board.machine.profile.pageSize));
  if (fits > 0) {
    const text = `make it ${formatSize(fits)}, which fits the largest hole`;
    out.push({ kind: "device-tree", text, edits: numberEdit(board, path, "size", fits) });
  }
  if (ranges !== null) {
    const text = "let it lie anywhere, if its devices reach all RAM: take alloc-ranges away";
    out.push({ kind: "device-tree", text, edits: withoutProperties(node, "alloc-ranges") });
  }
  if (alignment > board.input.profile.cmaMinAlign) {
    const text = "ask for no more alignment than CMA needs: take alignment away";
    out.push({ kind: "device-tree", text, edits: withoutProperties(node, "alignment") });
  }
  return out.filter((proposal) => proposal.kind !== "device-tree" || proposal.edits.length > 0);
}

const TOO_MANY: Rule = {
  id: "too-many-dynamic-regions",
  severity: "error",
  title: "more regions without reg than the kernel has room for",
  help: "The kernel keeps regions without reg in a table of fixed length while it scans the tree, and skips those for which there is no row. Regions with reg do not count. Give some of them a reg, or join them.",
  source: "Linux 6.12 drivers/of/of_reserved_mem.c fdt_scan_reserved_mem()",
  wrong: {
    dts: reservedMemory(
      ...Array.from({ length: 65 }, (_, i) => `pool-${i} { size = <0 0x1000>; alignment = <0 0x1000>; };`),
    ),
  },
  right: {
    dts: reservedMemory(
      ...Array.from({ length: 64 }, (_, i) => `pool-${i} { size = <0 0x1000>; alignment = <0 0x1000>; };`),
    ),
  },
  check: (board) =>
    failuresOf(board, "too-many-dynamic").flatMap(({ node, limit }): Flaw[] =>
      node === null
        ? []
        : [
            {
              severity: "error",
              text: `${nameOf(node)} comes after ${limit} other regions without reg, which is all the kernel has room for: it is skipped.`,
              where: { node, property: null },
              numbers: { limit },
              proposals: [],
            },
          ],
    ),
};

const NO_EXTENT: Rule = {
  id: "region-without-place",
  severity: "warning",
  title: "a region has neither reg nor size",
  help: "A node below /reserved-memory needs reg, or size. The kernel passes over one that has neither, without a word: nothing is reserved, and devices that refer to it get no memory. Where a boot loader fills in the property, it should find the node disabled and enable it.",
  source: "Linux 6.12 drivers/of/of_reserved_mem.c fdt_scan_reserved_mem()",
  wrong: { dts: reservedMemory('camera { compatible = "shared-dma-pool"; reusable; };') },
  right: { dts: reservedMemory('camera { compatible = "shared-dma-pool"; reusable; size = <0 0x4000000>; };') },
  check: ({ tree }) =>
    reservedNodes(tree)
      .filter((node) => !node.has("reg") && !node.has("size"))
      .map((node) => ({
        severity: "warning",
        text: `${node.name} has neither reg nor size: the kernel reserves nothing for it.`,
        where: { node: node.path, property: null },
        numbers: {},
        proposals: [],
      })),
};

const ZERO_SIZE: Rule = {
  id: "region-size-zero",
  severity: "error",
  title: "a region has a size of zero",
  help: "The kernel cannot set up a region of no bytes: a pool is given up, a reg with size zero is refused with 'failed to reserve memory'. Often a second stage of the boot was to fill the size in, and did not.",
  source: "Linux 6.12 drivers/of/of_reserved_mem.c __reserved_mem_reserve_reg()",
  wrong: { dts: reservedMemory('camera { compatible = "shared-dma-pool"; reusable; size = <0 0>; };') },
  right: { dts: reservedMemory('camera { compatible = "shared-dma-pool"; reusable; size = <0 0x4000000>; };') },
  check: (board) =>
    reservedNodes(board.tree).flatMap((node): Flaw[] => {
      const region = regionAt(board, node.path);
      if (region === undefined || region.size !== 0 || region.status === "ignored") return [];
      const property = node.has("reg") ? "reg" : "size";
      if (board.boot.failures.some((failure) => failure.node === node.path && failure.kind.startsWith("bad-")))
        return [];
      if (node.get(property)?.length === 0) return [];
      const pool = compatiblesOf(node).includes("shared-dma-pool");
      return [
        {
          severity: pool ? "error" : "warning",
          text: `${node.name} has a ${property} with a size of zero: the kernel cannot set it up.`,
          where: { node: node.path, property },
          numbers: {},
          proposals: [],
        },
      ];
    }),
};

const ALIGNMENT: Rule = {
  id: "alignment-no-power-of-two",
  severity: "warning",
  title: "alignment of a region is no power of two",
  help: "The kernel uses alignment as a bit mask and does not check it: with a value that is no power of two the base it chooses need not be a multiple of anything. Give the next larger power of two.",
  source: "Linux 6.12 mm/memblock.c __memblock_find_range_top_down()",
  wrong: {
    dts: reservedMemory('dsp { compatible = "shared-dma-pool"; size = <0 0x400000>; alignment = <0 0x300000>; };'),
  },
  right: {
    dts: reservedMemory('dsp { compatible = "shared-dma-pool"; size = <0 0x400000>; alignment = <0 0x400000>; };'),
  },
  check: (board) =>
    board.boot.regions
      .filter(({ placement, alignment, status, allocRanges }) => {
        const read = status === "placed" || allocRanges !== null;
        return placement === "dynamic" && read && alignment > 0 && !isPowerOfTwo(alignment);
      })
      .map(({ node, name, alignment, base }) => {
        const better = roundUpToPowerOfTwo(alignment);
        return {
          severity: "warning",
          text: `${name} asks for an alignment of ${formatHex(alignment)}, which is no power of two: the kernel takes it as a bit mask${base === null ? "" : ` and chooses ${formatHex(base)}`}.`,
          where: { node, property: "alignment" },
          numbers: { alignment, base },
          proposals: [
            {
              kind: "device-tree",
              text: `ask for ${formatSize(better)}`,
              edits: numberEdit(board, node, "alignment", better),
            },
          ],
        };
      }),
};

/** Rules about regions the kernel finds a place for. */
export const REGION_PLACEMENT: readonly Rule[] = [NOT_PLACED, TOO_MANY, NO_EXTENT, ZERO_SIZE, ALIGNMENT];
