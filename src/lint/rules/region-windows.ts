/** Where regions without `reg` may lie, and where they end up. */
import { formatRanges } from "../../placement/explain.js";
import { formatHex, formatSize, GIB } from "../../units/quantity.js";
import { endOf, intersectRanges, type Range, toRangeSet } from "../../units/ranges.js";
import type { Board } from "../board.js";
import type { Flaw, Rule } from "../rule.js";
import { reservedMemory } from "./reserved-example.js";
import { rangesEdit } from "./reserved-nodes.js";

const ABOVE_4G: Rule = {
  id: "region-above-4g",
  severity: "note",
  title: "a pool without alloc-ranges lands above 4 GiB",
  help: "The kernel puts a region without reg and without alloc-ranges at the top of all RAM. On boards with memory above 4 GiB it lands there, where a device with 32 address bits and no IOMMU cannot reach it; on the smaller variant of the board the same tree works.",
  source: "Linux 6.12 drivers/of/of_reserved_mem.c __reserved_mem_alloc_size()",
  wrong: {
    dts: `memory@40000000 { device_type = "memory"; reg = <0 0x40000000 2 0>; };
${reservedMemory('camera { compatible = "shared-dma-pool"; reusable; size = <0 0x4000000>; };')}`,
  },
  right: {
    dts: `memory@40000000 { device_type = "memory"; reg = <0 0x40000000 2 0>; };
${reservedMemory('camera { compatible = "shared-dma-pool"; reusable; size = <0 0x4000000>; alloc-ranges = <0 0 1 0>; };')}`,
  },
  check: (board) =>
    board.boot.regions
      .filter(({ placement, kind, base, size, status, allocRanges }) => {
        const pool = kind === "cma" || kind === "dma-pool";
        return (
          pool && placement === "dynamic" && status === "placed" && allocRanges === null && (base ?? 0) + size > 4 * GIB
        );
      })
      .map(({ node, name, base, size }) => ({
        severity: "note",
        text: `${name} (${formatSize(size)}) has no alloc-ranges and lands at ${formatHex(base ?? 0)}, above 4 GiB: devices with 32 address bits cannot use it without an IOMMU.`,
        where: { node, property: "alloc-ranges" },
        numbers: { base, size },
        proposals: [
          {
            kind: "device-tree",
            text: "keep it below 4 GiB",
            edits: rangesEdit(board, node, "alloc-ranges", [belowFour(board)]),
          },
        ],
      })),
};

/** From the start of RAM up to 4 GiB, or up to the largest number one size cell holds in whole pages. */
function belowFour({ machine }: Board): Range {
  const base = Math.min(machine.banks[0]?.base ?? 0, 4 * GIB);
  return {
    base,
    size: base === 0 && machine.tree.sizeCells === 1 ? 4 * GIB - machine.profile.pageSize : 4 * GIB - base,
  };
}

const RANGES_OUTSIDE: Rule = {
  id: "alloc-ranges-outside-ram",
  severity: "warning",
  title: "a range of alloc-ranges holds no RAM",
  help: "A region is placed in the first of its alloc-ranges with room. A range that holds no RAM of this board is tried in vain: either it is meant for another memory size, or it was written with the wrong cells or the bus addresses of a device instead of those of the CPU.",
  source: "Linux 6.12 drivers/of/of_reserved_mem.c __reserved_mem_alloc_size()",
  wrong: {
    dts: reservedMemory(
      'camera { compatible = "shared-dma-pool"; reusable; size = <0 0x4000000>; alloc-ranges = <0 0 0 0x20000000 0 0x40000000 0 0x40000000>; };',
    ),
  },
  right: {
    dts: reservedMemory(
      'camera { compatible = "shared-dma-pool"; reusable; size = <0 0x4000000>; alloc-ranges = <0 0x40000000 0 0x40000000>; };',
    ),
  },
  check: (board) => {
    const ram = toRangeSet(board.machine.banks);
    return board.boot.regions.flatMap((region): Flaw[] => {
      const { node, name, allocRanges, status } = region;
      const outside = (allocRanges ?? []).filter((range) => intersectRanges(ram, toRangeSet([range])).length === 0);
      if (allocRanges === null || outside.length === 0) return [];
      const kept = allocRanges.filter((range) => !outside.includes(range));
      return [
        {
          severity: status === "placed" ? "note" : "warning",
          text: `${name} may lie in ${formatRanges(toRangeSet(outside))}, where there is no RAM; RAM is at ${formatRanges(ram)}.`,
          where: { node, property: "alloc-ranges" },
          numbers: { base: outside[0]?.base ?? null, end: outside[0] === undefined ? null : endOf(outside[0]) },
          proposals: [
            kept.length > 0
              ? {
                  kind: "device-tree",
                  text: "leave that range out",
                  edits: rangesEdit(board, node, "alloc-ranges", kept),
                }
              : {
                  kind: "device-tree",
                  text: "let it lie in the RAM there is",
                  edits: rangesEdit(board, node, "alloc-ranges", ram),
                },
          ],
        },
      ];
    });
  },
};

/** Rules about the bounds of regions without `reg`. */
export const REGION_WINDOWS: readonly Rule[] = [ABOVE_4G, RANGES_OUTSIDE];
