/** What the boot loader put into memory, against what the tree says of that memory. Nothing is said where no boot file states it. */
import type { BootRegion } from "../../boot/outcome.js";
import { pagesOf } from "../../boot/pieces.js";
import type { ReservedRegion } from "../../machine/machine.js";
import { formatRanges } from "../../placement/explain.js";
import { containsRange, intersectRanges, type Range, type RangeSet, toRangeSet } from "../../units/ranges.js";
import type { Board } from "../board.js";
import type { Severity } from "../finding.js";
import { elsewhere, type LoadedPiece, loadedPieces } from "../load-addresses.js";
import type { Flaw, Rule } from "../rule.js";
import { isReferredTo } from "./region-users.js";
import { reservedMemory } from "./reserved-example.js";

const IN_REGION: Rule = {
  id: "boot-loaded-into-region",
  severity: "error",
  title: "kernel image, device tree or initrd lie in a reserved region",
  help: "The kernel reserves what it was loaded into before it looks at /reserved-memory, and no later step separates the two. A no-map region there is not hidden ('failed to reserve memory'): the kernel goes on using memory that somebody else takes for his own. A region that is mapped is accepted without a word, and its owner writes over the kernel, the tree or the initrd. The pages of a CMA area are handed out long before the initrd is unpacked; those of the initrd are given to everybody when it is. Load the piece elsewhere.",
  source:
    "Linux 6.12 drivers/of/of_reserved_mem.c early_init_dt_reserve_memory(), arch/arm64/mm/init.c arm64_memblock_init(), mm/cma.c cma_init_reserved_areas(), init/initramfs.c do_populate_rootfs()",
  wrong: {
    dts: reservedMemory(
      'camera@48000000 { compatible = "shared-dma-pool"; reusable; reg = <0 0x48000000 0 0x4000000>; };',
    ),
    boot: '{"kernel": {"base": "0x40200000", "size": "32M"}, "initrd": {"base": "0x4a000000", "size": "16M"}}',
  },
  right: {
    dts: reservedMemory(
      'camera@48000000 { compatible = "shared-dma-pool"; reusable; reg = <0 0x48000000 0 0x4000000>; };',
    ),
    boot: '{"kernel": {"base": "0x40200000", "size": "32M"}, "initrd": {"base": "0x4c000000", "size": "16M"}}',
  },
  check: (board) =>
    board.boot.regions.flatMap((region): Flaw[] => {
      const found = piecesIn(board, region);
      const owner = board.machine.regions.find(({ node }) => node === region.node);
      const harmed = found.filter((piece) => !isMeantFor(region, owner, piece));
      const [first] = harmed;
      if (first === undefined) return [];
      const shared = toRangeSet(
        harmed.flatMap((piece) => [...intersectRanges(rangesOf(region), [inPages(board, piece)])]),
      );
      const named = harmed.map((piece) => `${piece.words} (${formatRanges([piece])})`).join(" and ");
      return [
        {
          severity: severityOf(board, region, owner),
          text: `The ${named} ${verbOf(board, region, harmed)} ${region.name} (${formatRanges(rangesOf(region))}): ${outcomeOf(board, region)}.`,
          where: { node: region.node, property: region.placement === "static" ? "reg" : "size" },
          numbers: { piece: first.name, base: shared[0]?.base ?? null, size: shared[0]?.size ?? null },
          proposals: elsewhere(
            board,
            harmed.map(({ name }) => name),
          ),
        },
      ];
    }),
};

/** What the kernel reserves for a piece. */
function inPages({ input }: Board, piece: LoadedPiece): Range {
  return piece.name === "initrd" ? pagesOf(piece, input.profile.pageSize) : piece;
}

/** All that a region has taken or tried to take. */
function rangesOf({ base, size, furtherRanges }: BootRegion): RangeSet {
  return base === null ? [] : toRangeSet([{ base, size }, ...furtherRanges]);
}

/** Stated pieces that lie in a region the kernel looks at. */
export function piecesIn(board: Board, region: BootRegion): readonly LoadedPiece[] {
  if (region.status === "ignored") return [];
  const taken = rangesOf(region);
  return loadedPieces(board).filter((piece) => intersectRanges(taken, [inPages(board, piece)]).length > 0);
}

/** A plain reservation around a piece that nobody else has a use for keeps it safe, and is there for that. */
function isMeantFor(region: BootRegion, owner: ReservedRegion | undefined, piece: LoadedPiece): boolean {
  return isNobodys(region, owner) && containsRange(rangesOf(region), piece);
}

/** Mapped, without a compatible, and no device names it: the tree does not say whose it is. */
function isNobodys({ kind, noMap, status }: BootRegion, owner: ReservedRegion | undefined): boolean {
  const hasUser = owner === undefined || owner.boundDevices.length > 0 || owner.compatible.length > 0;
  return kind === "carveout" && !noMap && status === "placed" && !hasUser;
}

/** A pool for devices that none of them has: nothing allocates from it. */
function isIdlePool({ tree }: Board, { node, kind, noMap, status }: BootRegion): boolean {
  return kind === "dma-pool" && !noMap && status === "placed" && !isReferredTo(tree, node);
}

function severityOf(board: Board, region: BootRegion, owner: ReservedRegion | undefined): Severity {
  if (isIdlePool(board, region)) return "note";
  return isNobodys(region, owner) ? "warning" : "error";
}

function verbOf(board: Board, region: BootRegion, pieces: readonly LoadedPiece[]): string {
  const isOne = pieces.length === 1;
  const isInside = pieces.every((piece) => containsRange(rangesOf(region), inPages(board, piece)));
  if (isInside) return isOne ? "lies in" : "lie in";
  return isOne ? "overlaps" : "overlap";
}

function outcomeOf(board: Board, region: BootRegion): string {
  const { kind, noMap, reserved, status } = region;
  if (noMap && !reserved) return "the kernel does not hide the region and goes on using that memory as its own";
  if (status === "failed") return "the kernel gives the region up and its memory back, with what lies there";
  if (isIdlePool(board, region)) return "no enabled device refers to the region, and nothing allocates from it";
  switch (kind) {
    case "cma":
      return "the pages of the area are lent to everybody while it is still there";
    case "restricted-pool":
      return "the pool is cleared when it is set up";
    case "dma-pool":
    case "carveout":
      return "whoever the region belongs to writes over it";
  }
}

/** Rules about pieces of the boot in memory that is not theirs. */
export const LOADED_PIECES: readonly Rule[] = [IN_REGION];
