/** Regions that lie on each other, or on what the boot loader has put into memory. */
import type { BootRegion } from "../../boot/outcome.js";
import { formatRanges } from "../../placement/explain.js";
import { formatHex, formatSize } from "../../units/quantity.js";
import { endOf, intersectRanges, type Range, toRangeSet } from "../../units/ranges.js";
import type { Severity } from "../finding.js";
import type { Flaw, Rule } from "../rule.js";
import { piecesIn } from "./loaded-pieces.js";
import { reservedMemory } from "./reserved-example.js";
import { failuresOf, nameOf, rangesEdit, regionAt } from "./reserved-nodes.js";

const OVERLAP: Rule = {
  id: "regions-overlap",
  severity: "error",
  title: "two reserved regions overlap",
  help: "The kernel reports an overlap of two regions and changes nothing: both owners write the same memory. Two pools that overlap corrupt each other's buffers, and CmaTotal counts the memory twice. Plain reservations of firmware that lie inside each other are common and meant.",
  source: "Linux 6.12 drivers/of/of_reserved_mem.c __rmem_check_for_overlap()",
  wrong: {
    dts: reservedMemory(
      'camera@50000000 { compatible = "shared-dma-pool"; reusable; reg = <0 0x50000000 0 0x800000>; };',
      'dsp@50400000 { compatible = "shared-dma-pool"; no-map; reg = <0 0x50800000 0 0x400000>, <0 0x60000000 0 0x1000>; };',
      'gpu@50600000 { compatible = "shared-dma-pool"; reusable; reg = <0 0x50600000 0 0x800000>; };',
    ),
  },
  right: {
    dts: reservedMemory(
      'camera@50000000 { compatible = "shared-dma-pool"; reusable; reg = <0 0x50000000 0 0x800000>; };',
      'gpu@50800000 { compatible = "shared-dma-pool"; reusable; reg = <0 0x50800000 0 0x800000>; };',
    ),
  },
  check: (board) =>
    board.boot.failures.flatMap((failure): Flaw[] => {
      if (failure.kind !== "overlap" || failure.node === null) return [];
      const { node, range, other, otherRange } = failure;
      const own = regionAt(board, node);
      const second = regionAt(board, other);
      // Regions that were given up leave their place to the next: the kernel's complaint is then false.
      if (own?.status !== "placed" || second?.status !== "placed" || !own.reserved || !second.reserved) return [];
      const [shared] = intersectRanges(toRangeSet([range]), toRangeSet([otherRange]));
      if (shared === undefined) return [];
      return [
        {
          severity: overlapSeverity(own, second),
          text: `${own.name} (${formatRanges([range])}) and ${second.name} (${formatRanges([otherRange])}) share ${formatSize(shared.size)}.`,
          where: { node: second.node, property: second.placement === "static" ? "reg" : "size" },
          numbers: { base: shared.base, size: shared.size, other: own.node },
          proposals: [],
        },
      ];
    }),
};

/** Two areas that hand out memory collide; a reservation of firmware within another does not. */
function overlapSeverity(a: BootRegion, b: BootRegion): Severity {
  const pools = [a, b].filter(({ kind }) => kind !== "carveout");
  if (pools.length === 0) return "note";
  return pools.some(({ kind }) => kind === "cma") ? "error" : "warning";
}

const NOT_HIDDEN: Rule = {
  id: "no-map-region-taken",
  severity: "warning",
  title: "a no-map region lies on memory that was reserved before",
  help: "The kernel hides a no-map region only when nothing of it is reserved yet: not by another region that stands before it in the tree, nor by the kernel image, the device tree or an initrd. It prints 'failed to reserve memory', leaves the memory mapped, and announces the region all the same. Put the no-map region first, or keep the two apart.",
  source: "Linux 6.12 drivers/of/of_reserved_mem.c early_init_dt_reserve_memory()",
  wrong: {
    dts: reservedMemory(
      "log@50000000 { reg = <0 0x50000000 0 0x200000>; };",
      "firmware@50100000 { no-map; reg = <0 0x50100000 0 0x200000>; };",
    ),
  },
  right: {
    dts: reservedMemory(
      "log@50000000 { reg = <0 0x50000000 0 0x100000>; };",
      "firmware@50100000 { no-map; reg = <0 0x50100000 0 0x200000>; };",
    ),
  },
  check: (board) =>
    failuresOf(board, "reserve-failed").flatMap(({ node, base, size, blockers }): Flaw[] => {
      if (node === null || size === 0) return [];
      const region = regionAt(board, node);
      // Of pieces whose place is stated, another rule says what becomes of them.
      if (region !== undefined && piecesIn(board, region).length > 0) return [];
      const start = board.input.reservedBeforeScan ?? board.boot.assumptions;
      const assumed = board.input.reservedBeforeScan === null && meets(start, { base, size });
      return [
        {
          severity: assumed ? "note" : "warning",
          text: `The kernel does not hide ${nameOf(node)} (${formatRanges([{ base, size }])}): ${formatRanges(blockers)} was reserved before${assumed ? ", if the boot loader puts kernel and device tree where most do" : ""}.`,
          where: { node, property: "no-map" },
          numbers: { base, size },
          proposals: [],
        },
      ];
    }),
};

function meets(ranges: readonly Range[], range: Range): boolean {
  return intersectRanges(toRangeSet(ranges), toRangeSet([range])).length > 0;
}

const FURTHER_RANGES: Rule = {
  id: "region-further-ranges",
  severity: "warning",
  title: "a pool has more than one range in reg",
  help: "The kernel reserves every range of reg but sets up only the first: the others are taken from the system and belong to no pool. Give each range a node of its own.",
  source: "Linux 6.12 drivers/of/of_reserved_mem.c fdt_scan_reserved_mem_reg_nodes()",
  wrong: {
    dts: reservedMemory(
      'dsp@50000000 { compatible = "shared-dma-pool"; no-map; reg = <0 0x50000000 0 0x400000>, <0 0x60000000 0 0x400000>; };',
    ),
  },
  right: {
    dts: reservedMemory('dsp@50000000 { compatible = "shared-dma-pool"; no-map; reg = <0 0x50000000 0 0x400000>; };'),
  },
  check: (board) =>
    failuresOf(board, "extra-reg-ignored").flatMap(({ node }): Flaw[] => {
      const region = regionAt(board, node);
      if (region === undefined || region.kind === "carveout" || region.base === null) return [];
      const [next] = region.furtherRanges;
      const edits = rangesEdit(board, region.node, "reg", [{ base: region.base, size: region.size }]);
      return [
        {
          severity: "warning",
          text: `${region.name} is the pool at ${formatHex(region.base)} alone; ${region.furtherRanges.map((range) => formatRanges([range])).join(", ")} is reserved and never used.`,
          where: { node: region.node, property: "reg" },
          numbers: { base: next?.base ?? null, end: next === undefined ? null : endOf(next) },
          proposals: [{ kind: "device-tree", text: "keep the first range", edits }],
        },
      ];
    }),
};

/** Rules about regions that take each other's memory. */
export const REGION_OVERLAPS: readonly Rule[] = [OVERLAP, NOT_HIDDEN, FURTHER_RANGES];
