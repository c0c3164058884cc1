/** Entries of the blob's header, `/memreserve/`, against regions of the tree and what the boot loader put into memory. */
import type { BootRegion } from "../../boot/outcome.js";
import { reservedMemoryNode } from "../../boot/region-node.js";
import { formatRanges } from "../../placement/explain.js";
import { alignDown } from "../../units/quantity.js";
import { containsRange, intersectRanges, type Range, toRangeSet } from "../../units/ranges.js";
import type { Board } from "../board.js";
import { elsewhere, loadedPieces } from "../load-addresses.js";
import type { Proposal } from "../proposal.js";
import type { Flaw, Rule } from "../rule.js";
import { reservedMemory } from "./reserved-example.js";
import { rangesEdit } from "./reserved-nodes.js";

const POOL = 'compatible = "shared-dma-pool"; reusable;';

const UNDER_REGION: Rule = {
  id: "memreserve-under-region",
  severity: "error",
  title: "a reserved region is put on, or hands out, memory of a /memreserve/ entry",
  help: "The kernel reserves the entries of the header last: after it has reserved the regions with reg, and after it has found places for those without. Such a place may be right on an entry, and nothing complains. A CMA area or a pool with reg around an entry hands its memory out as well. Whoever the entry was written for (a spin table, firmware, a trace buffer) then shares memory with buffers. State the entry as a region with reg in /reserved-memory: those are reserved first.",
  source:
    "Linux 6.12 drivers/of/fdt.c early_init_fdt_scan_reserved_mem(), drivers/of/of_reserved_mem.c fdt_scan_reserved_mem()",
  wrong: {
    dts: reservedMemory(`camera { ${POOL} size = <0 0x4000000>; };`),
    boot: '{"kernel": {"base": "0x40200000", "size": "32M"}}',
    memreserve: "/memreserve/ 0x7e000000 0x100000;",
  },
  right: {
    dts: reservedMemory(
      "firmware@7e000000 { reg = <0 0x7e000000 0 0x100000>; };",
      `camera { ${POOL} size = <0 0x4000000>; };`,
    ),
    boot: '{"kernel": {"base": "0x40200000", "size": "32M"}}',
    memreserve: "/memreserve/ 0x7e000000 0x100000;",
  },
  check: (board) =>
    board.boot.regions.flatMap((region): Flaw[] => {
      const { node, name, base, size, placement, certainty } = region;
      if (base === null || region.status !== "placed") return [];
      const own = { base, size };
      const shared = headerEntries(board).filter((entry) => takesFrom(region, own, entry));
      const [first] = shared;
      if (first === undefined) return [];
      const isDynamic = placement === "dynamic";
      const isAssumed = certainty === "assumed";
      const entries = `the /memreserve/ ${shared.length === 1 ? "entry" : "entries"} ${formatRanges(toRangeSet(shared))}`;
      const text = isDynamic
        ? `${name} is put at ${formatRanges([own])}, over ${entries}${isAssumed ? ", if the boot loader puts kernel and device tree where most do" : ""}: entries are reserved after it.`
        : `${name} (${formatRanges([own])}) hands out ${entries}, which lies in it.`;
      return [
        {
          severity: isAssumed ? "warning" : "error",
          text,
          where: { node, property: isDynamic ? "size" : "reg" },
          numbers: { base, size, entryBase: first.base, entrySize: first.size },
          proposals: isDynamic ? asRegions(board, shared) : withoutEntries(board, region, own, shared),
        },
      ];
    }),
};

/** Entries that the kernel reads: it stops at the first of no size. */
function headerEntries({ tree }: Board): readonly Range[] {
  const end = tree.memReservations.findIndex(({ size }) => size === 0);
  const read = end < 0 ? tree.memReservations : tree.memReservations.slice(0, end);
  return read.map(({ address, size }) => ({ base: address, size }));
}

/**
 * True when memory of the entry is somebody else's too. An entry around the whole of a region with `reg` says the same twice, and a reservation that
 * hands nothing out may hold as many entries as it likes.
 */
function takesFrom({ placement, kind }: BootRegion, own: Range, entry: Range): boolean {
  if (intersectRanges([own], [entry]).length === 0) return false;
  return placement === "dynamic" || (kind !== "carveout" && !containsRange([entry], own));
}

/** States entries in `/reserved-memory`, where they are reserved before anything is placed. */
function asRegions(board: Board, entries: readonly Range[]): readonly Proposal[] {
  const parent = reservedMemoryNode(board.tree);
  if (parent === undefined) return [];
  const edits = entries.flatMap((entry) =>
    rangesEdit(board, `${parent.path}/memreserve@${entry.base.toString(16)}`, "reg", [entry]),
  );
  const text = "state the memory in /reserved-memory too, where it is reserved before a place is looked for";
  return edits.length < entries.length ? [] : [{ kind: "device-tree", text, edits }];
}

/** Ends a region where the first entry in it begins, if anything is left. */
function withoutEntries(
  board: Board,
  { node, kind, furtherRanges }: BootRegion,
  own: Range,
  entries: readonly Range[],
): readonly Proposal[] {
  const { cmaMinAlign, pageSize } = board.input.profile;
  const end = alignDown(Math.min(...entries.map(({ base }) => base)), kind === "cma" ? cmaMinAlign : pageSize);
  if (end <= own.base) return [];
  const rest = { base: own.base, size: end - own.base };
  const edits = rangesEdit(board, node, "reg", [rest, ...furtherRanges]);
  const text = `if that is enough, end it before the entry: ${formatRanges([rest])}`;
  return edits.length === 0 ? [] : [{ kind: "device-tree", text, edits }];
}

const UNDER_PIECE: Rule = {
  id: "boot-loaded-into-memreserve",
  severity: "warning",
  title: "kernel image, device tree or initrd lie on memory of a /memreserve/ entry",
  help: "An entry of the header keeps memory for somebody who is there before the kernel: a spin table, firmware, a boot logo. What is loaded there has written over it, and is written over in turn; the pages of an initrd are given to everybody once it is unpacked, with the entry in them. Boot loaders add an entry around the tree and the initrd themselves, which is meant. Load the piece elsewhere.",
  source: "Linux 6.12 drivers/of/fdt.c early_init_fdt_scan_reserved_mem(), init/initramfs.c free_initrd_mem()",
  wrong: {
    dts: "",
    boot: '{"kernel": {"base": "0x40000000", "size": "32M"}}',
    memreserve: "/memreserve/ 0x40000000 0x10000;",
  },
  right: {
    dts: "",
    boot: '{"kernel": {"base": "0x40200000", "size": "32M"}, "initrd": {"base": "0x48000000", "size": "16M"}}',
    memreserve: "/memreserve/ 0x40000000 0x10000;\n/memreserve/ 0x48000000 0x1000000;",
  },
  check: (board) => {
    const entries = headerEntries(board);
    return loadedPieces(board).flatMap((piece): Flaw[] => {
      const met = entries.filter((entry) => intersectRanges([entry], [piece]).length > 0);
      const [first] = met;
      if (first === undefined || met.some((entry) => containsRange([entry], piece))) return [];
      return [
        {
          severity: "warning",
          text: `The ${piece.words} (${formatRanges([piece])}) was loaded over memory of a /memreserve/ entry: ${formatRanges(toRangeSet(met))}.`,
          where: { node: null, property: piece.name },
          numbers: { base: piece.base, size: piece.size, entryBase: first.base, entrySize: first.size },
          proposals: elsewhere(board, [piece.name]),
        },
      ];
    });
  },
};

/** Rules about the header's entries. */
export const MEMRESERVE: readonly Rule[] = [UNDER_REGION, UNDER_PIECE];
