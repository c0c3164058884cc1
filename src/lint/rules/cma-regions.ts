/** Regions that are to become CMA areas. */
import { busReach } from "../../addressing/reach.js";
import type { PropertyEdit } from "../../devicetree/edit.js";
import type { Device } from "../../machine/machine.js";
import { formatRanges } from "../../placement/explain.js";
import { cmaArgument } from "../../placement/remedy-area.js";
import { alignDown, alignUp, formatHex, formatSize, MAX_EXACT, MIB } from "../../units/quantity.js";
import {
  containsRange,
  endOf,
  intersectRanges,
  type Range,
  type RangeSet,
  subtractRanges,
  toRangeSet,
} from "../../units/ranges.js";
import { atWork } from "../at-work.js";
import type { Board } from "../board.js";
import type { Proposal } from "../proposal.js";
import type { Flaw, Rule } from "../rule.js";
import { areaUsers, namesOf } from "../sharing.js";
import { areaInTree } from "./area-proposals.js";
import { isReferredTo } from "./region-users.js";
import { reservedMemory } from "./reserved-example.js";
import { failuresOf, nameOf, numberEdit, rangesEdit, regionAt } from "./reserved-nodes.js";

const ALIGNMENT: Rule = {
  id: "cma-region-misaligned",
  severity: "error",
  title: "base or size of a CMA region is no multiple of a pageblock",
  help: "A CMA area is lent out in pageblocks: 2 MiB with pages of 4 KiB, 32 MiB with 16 KiB, 512 MiB with 64 KiB. A region whose base or size is no multiple is refused with 'incorrect alignment of CMA region', and its memory goes back to the system; trees written for 4 KiB pages fail so on a kernel with 64 KiB pages.",
  source: "https://github.com/raspberrypi/linux/issues/6053",
  wrong: { dts: reservedMemory('camera { compatible = "shared-dma-pool"; reusable; size = <0 0x4100000>; };') },
  right: { dts: reservedMemory('camera { compatible = "shared-dma-pool"; reusable; size = <0 0x4200000>; };') },
  check: (board) =>
    failuresOf(board, "cma-bad-alignment").flatMap(({ node, base, size, alignment }): Flaw[] => {
      if (node === null) return [];
      const wanted = isWanted(board, node);
      return [
        {
          severity: wanted ? "error" : "note",
          text: `The kernel refuses ${nameOf(node)} (${formatSize(size)} at ${formatHex(base)}) as a CMA area: base and size have to be multiples of ${formatSize(alignment)} with pages of ${formatSize(board.machine.profile.pageSize)}.${wanted ? "" : " No enabled device refers to it."}`,
          where: { node, property: board.tree.nodeAt(node)?.has("reg") === true ? "reg" : "size" },
          numbers: { base, size, alignment, pageSize: board.machine.profile.pageSize },
          proposals: alignedProposals(board, node, { base, size }, alignment),
        },
      ];
    }),
};

/** True for a region that an enabled device refers to, and for the one that serves all others. */
function isWanted({ tree }: Board, path: string): boolean {
  return tree.nodeAt(path)?.has("linux,cma-default") === true || isReferredTo(tree, path);
}

/** The region rounded out, then rounded in. */
function alignedProposals(board: Board, node: string, region: Range, alignment: number): readonly Proposal[] {
  const fixed = board.tree.nodeAt(node)?.has("reg") === true;
  const out: Proposal[] = [];
  const offer = (range: Range): void => {
    if (range.size <= 0) return;
    const place = fixed ? ` at ${formatHex(range.base)}` : "";
    const edits: readonly PropertyEdit[] = fixed
      ? rangesEdit(board, node, "reg", [range])
      : numberEdit(board, node, "size", range.size);
    if (edits.length > 0) out.push({ kind: "device-tree", text: `make it ${formatSize(range.size)}${place}`, edits });
  };
  const { base, size } = region;
  if (endOf(region) > MAX_EXACT - alignment) return [];
  const start = alignDown(base, alignment);
  const inner = alignUp(base, alignment);
  if (fixed) {
    offer({ base: start, size: alignUp(endOf(region), alignment) - start });
    offer({ base: inner, size: alignDown(endOf(region), alignment) - inner });
  } else {
    offer({ base: 0, size: alignUp(size, alignment) });
    offer({ base: 0, size: alignDown(size, alignment) });
  }
  return out;
}

const NO_SLOTS: Rule = {
  id: "cma-no-slots",
  severity: "error",
  title: "more CMA areas than the kernel has slots for",
  help: "CONFIG_CMA_AREAS bounds the number of CMA areas, the default one included: 20 on kernels with NUMA, 8 otherwise. Regions beyond it are refused and their memory goes back to the system; when the slots are used up there is no default area either, and every driver without a region of its own fails.",
  source: "Linux 6.12 mm/cma.c cma_init_reserved_mem()",
  wrong: {
    dts: reservedMemory(
      'a { compatible = "shared-dma-pool"; reusable; size = <0 0x400000>; };',
      'b { compatible = "shared-dma-pool"; reusable; size = <0 0x400000>; };',
    ),
    config: "CONFIG_CMA_AREAS=1",
  },
  right: {
    dts: reservedMemory(
      'a { compatible = "shared-dma-pool"; reusable; size = <0 0x400000>; };',
      'b { compatible = "shared-dma-pool"; reusable; size = <0 0x400000>; };',
    ),
    config: "CONFIG_CMA_AREAS=3",
  },
  check: (board) => {
    const wanted =
      board.boot.regions.filter((region) => region.kind === "cma" && region.status !== "ignored").length + 1;
    return failuresOf(board, "cma-no-slots").map(({ node, slots, target }) => ({
      severity: "error",
      text:
        target === "region" && node !== null
          ? `The kernel refuses ${nameOf(node)}: all ${slots} CMA areas that CONFIG_CMA_AREAS allows are taken.`
          : `There is no default CMA area: all ${slots} areas that CONFIG_CMA_AREAS allows are taken by regions.`,
      where: { node, property: null },
      numbers: { slots, wanted },
      proposals: [
        {
          kind: "kernel-option",
          text: `allow ${wanted} areas: ${wanted - 1} regions and the default one`,
          config: `CONFIG_CMA_AREAS=${wanted}\n`,
        },
      ],
    }));
  },
};

/**
 * Codecs that reach the first 256 MiB of RAM and nothing else, though their driver's mask says 32 bits.
 *
 * @see Linux 6.12 `arch/arm/boot/dts/allwinner/sun4i-a10.dtsi`, `sun5i.dtsi`, `sun7i-a20.dtsi`: `default-pool`
 */
const LOW_CODECS: ReadonlySet<string> = new Set([
  "allwinner,sun4i-a10-video-engine",
  "allwinner,sun5i-a13-video-engine",
  "allwinner,sun7i-a20-video-engine",
]);

const LOW_CODEC =
  'video-codec@1c0e000 { compatible = "allwinner,sun4i-a10-video-engine"; reg = <0 0x1c0e000 0 0x1000>; };';

const LOW_POOL = `${reservedMemory(
  'default-pool { compatible = "shared-dma-pool"; reusable; size = <0 0x4000000>; alloc-ranges = <0 0x40000000 0 0x10000000>; linux,cma-default; };',
)}
${LOW_CODEC}`;

const LOST_RANGES: Rule = {
  id: "cma-cmdline-loses-range",
  severity: "warning",
  title: "cma= replaces a region and forgets where it had to lie",
  help: "With cma= on the command line the kernel drops every region named linux,cma-default, its alloc-ranges or reg included, and looks for a place of its own. Where the region was bounded because a display or camera reaches only a part of RAM, that device now gets memory it cannot use. Give the bounds on the command line as well: cma=SIZE@START-END.",
  source: "https://github.com/raspberrypi/linux/issues/3861",
  wrong: { dts: LOW_POOL, cmdline: "cma=48M" },
  right: { dts: LOW_POOL, cmdline: "cma=48M@0x40000000-0x50000000" },
  check: (board) =>
    failuresOf(board, "bypassed-by-cmdline").flatMap(({ node }): Flaw[] => {
      const area = board.boot.defaultCma;
      const ranges = regionAt(board, node)?.allocRanges ?? null;
      if (node === null || ranges === null || ranges.length === 0) return [];
      const bounds = toRangeSet(ranges);
      if (area === null || containsRange(bounds, area)) return [];
      const cutOff = cutOffBy(board, bounds, area);
      const isBeyond = cutOff.every((device) => intersectRanges(reachIn(board, device), [area]).length === 0);
      const harm =
        cutOff.length === 0 ? "" : `, ${isBeyond ? "out of reach" : "partly out of reach"} of ${namesOf(cutOff)}`;
      return [
        {
          severity: cutOff.length === 0 ? "note" : "warning",
          text: `cma= drops ${nameOf(node)}, which had to lie in ${formatRanges(bounds)}: the default area of ${formatSize(area.size)} is at ${formatHex(area.base)} instead${harm}.`,
          where: { node, property: "alloc-ranges" },
          numbers: { base: area.base, size: area.size },
          proposals: [
            ...bounds.map((range): Proposal => {
              const option = cmaArgument(area.size, range);
              return { kind: "command-line", text: `give the bounds too: ${option}`, commandLine: option };
            }),
            ...areaInTree(board, node),
          ],
        },
      ];
    }),
};

/** Devices that allocate from the default area, reach something of where it had to lie, and not all of where it is. */
function cutOffBy(board: Board, bounds: RangeSet, area: Range): readonly Device[] {
  return atWork(board, areaUsers(board.machine)).filter((device) => {
    const reach = reachIn(board, device);
    return intersectRanges(reach, bounds).length > 0 && !containsRange(reach, area);
  });
}

/** What of RAM a device reaches without an IOMMU. */
function reachIn({ machine }: Board, device: Device): RangeSet {
  const ram = toRangeSet(machine.banks);
  const isLow = device.compatible.some((each) => LOW_CODECS.has(each));
  const low = { base: ram[0]?.base ?? 0, size: 256 * MIB };
  return isLow ? intersectRanges(ram, [low]) : intersectRanges(ram, toRangeSet(busReach(device, "coherent")));
}

const BYPASSED: Rule = {
  id: "cma-cmdline-overrides-region",
  severity: "note",
  title: "cma= replaces the default area of the tree",
  help: "With cma= on the command line every region named linux,cma-default is dropped and its memory given back; a device that refers to it by memory-region finds no pool there. The size on the command line counts, the one in the tree does not.",
  source: "Linux 6.12 kernel/dma/contiguous.c rmem_cma_setup()",
  wrong: {
    dts: reservedMemory(
      'linux,cma { compatible = "shared-dma-pool"; reusable; size = <0 0x8000000>; linux,cma-default; };',
    ),
    cmdline: "cma=32M",
  },
  right: {
    dts: reservedMemory(
      'linux,cma { compatible = "shared-dma-pool"; reusable; size = <0 0x8000000>; linux,cma-default; };',
    ),
  },
  check: (board) =>
    failuresOf(board, "bypassed-by-cmdline").flatMap(({ node, size }): Flaw[] => {
      const area = board.boot.defaultCma;
      return node === null
        ? []
        : [
            {
              severity: "note",
              text: `cma= drops ${nameOf(node)} (${formatSize(size)}): ${area === null ? "there is no default area" : `the default area has ${formatSize(area.size)}`}.`,
              where: { node, property: "linux,cma-default" },
              numbers: { size, defaultSize: area?.size ?? null },
              proposals: areaInTree(board, node),
            },
          ];
    }),
};

const NOT_ACTIVATED: Rule = {
  id: "cma-crosses-zone",
  severity: "error",
  title: "a CMA area crosses the border of a memory zone",
  help: "All pages of a CMA area have to lie in one zone of one NUMA node. An area across the end of the DMA zone (often 4 GiB, or what the narrowest dma-ranges reaches) or of low memory is announced at boot and given up later with 'could not be activated': its pages go to the system, and every allocation from it fails.",
  source: "Linux 6.12 mm/cma.c cma_activate_area()",
  wrong: {
    dts: `memory@40000000 { device_type = "memory"; reg = <0 0x40000000 2 0>; };
${reservedMemory('camera@ff000000 { compatible = "shared-dma-pool"; reusable; reg = <0 0xff000000 0 0x2000000>; };')}`,
  },
  right: {
    dts: `memory@40000000 { device_type = "memory"; reg = <0 0x40000000 2 0>; };
${reservedMemory('camera@fe000000 { compatible = "shared-dma-pool"; reusable; reg = <0 0xfe000000 0 0x2000000>; };')}`,
  },
  check: (board) =>
    failuresOf(board, "cma-not-activated").map(({ node, base, size, border }) => {
      const below = { base: alignDown(border - size, board.input.profile.cmaMinAlign), size };
      const fixed = node !== null && board.tree.nodeAt(node)?.has("reg") === true;
      const edits = fixed && below.base >= 0 ? rangesEdit(board, node, "reg", [below]) : [];
      const exact = (node === null ? board.boot.defaultCma : regionAt(board, node))?.certainty === "exact";
      return {
        severity: exact ? "error" : "warning",
        text: `${node === null ? "The default CMA area" : nameOf(node)} (${formatSize(size)} at ${formatHex(base)}) crosses ${formatHex(border)}, where a zone or NUMA node ends: it is given up, and allocations from it fail.`,
        where: { node, property: fixed ? "reg" : null },
        numbers: { base, size, border },
        proposals:
          edits.length === 0
            ? []
            : [{ kind: "device-tree", text: `end it at the border: ${formatHex(below.base)}`, edits } as const],
      };
    }),
};

const OUTSIDE_RAM: Rule = {
  id: "cma-outside-ram",
  severity: "error",
  title: "a CMA area lies where there is no RAM",
  help: "The kernel does not check a fixed CMA area against RAM. When it activates one that lies outside, or partly outside, it touches the descriptions of pages that do not exist, and the boot ends. It happens when a tree of the larger variant of a board is booted on the smaller one, or when firmware keeps the top of RAM.",
  source: "Linux 6.12 mm/cma.c cma_activate_area()",
  wrong: {
    dts: reservedMemory(
      'camera@7f000000 { compatible = "shared-dma-pool"; reusable; reg = <0 0x7f000000 0 0x2000000>; };',
    ),
  },
  right: {
    dts: reservedMemory(
      'camera@7e000000 { compatible = "shared-dma-pool"; reusable; reg = <0 0x7e000000 0 0x2000000>; };',
    ),
  },
  check: (board) =>
    board.boot.failures.flatMap((failure): Flaw[] => {
      if (failure.kind !== "panic" || failure.cause !== "cma-outside-ram") return [];
      const { node, base, size } = failure;
      const ram = toRangeSet(board.machine.banks);
      const missing = subtractRanges([{ base, size }], ram);
      return [
        {
          severity: "error",
          text: `${node === null ? "The default CMA area" : nameOf(node)} (${formatSize(size)} at ${formatHex(base)}) lies outside RAM at ${formatRanges(missing)}: the boot ends when it is activated.`,
          where: { node, property: node === null ? null : "reg" },
          numbers: { base, size },
          proposals: node === null ? [] : movedProposals(board, node, { base, size }),
        },
      ];
    }),
};

/** The region moved down to where the bank before its end has room. */
function movedProposals(board: Board, node: string, region: Range): readonly Proposal[] {
  const granule = board.input.profile.cmaMinAlign;
  return [...board.machine.banks].reverse().flatMap((bank): Proposal[] => {
    const base = alignDown(endOf(bank) - region.size, granule);
    if (base < bank.base || base > region.base) return [];
    const edits = rangesEdit(board, node, "reg", [{ base, size: region.size }]);
    return edits.length === 0
      ? []
      : [{ kind: "device-tree", text: `move it to ${formatHex(base)}, inside RAM`, edits }];
  });
}

/** Rules about CMA areas that the tree describes. */
export const CMA_REGIONS: readonly Rule[] = [ALIGNMENT, NO_SLOTS, LOST_RANGES, BYPASSED, NOT_ACTIVATED, OUTSIDE_RAM];
