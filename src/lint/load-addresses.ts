/** Where a boot loader put the pieces of a boot, and where it could put them instead. */

import { trimBanks } from "../boot/banks.js";
import { Memblock } from "../boot/memblock.js";
import { type BootPieces, PIECE_NAMES, PIECE_WORDS, type PieceName } from "../boot/pieces.js";
import { fixedRanges } from "../boot/region-node.js";
import { formatHex, MIB } from "../units/quantity.js";
import { type Range, type RangeSet, subtractRanges, toRangeSet } from "../units/ranges.js";
import type { Board } from "./board.js";
import type { Proposal } from "./proposal.js";

/** Every piece may lie at such a boundary: the image must, and the tree then needs a single block to be mapped. */
const BLOCK = 2 * MIB;

/** As far above the start of RAM as boot loaders leave for a kernel that unpacks itself. */
const ROOM_FOR_KERNEL = 128 * MIB;

/** A stated piece. */
export interface LoadedPiece extends Range {
  readonly name: PieceName;
  /** As it is called in a sentence. */
  readonly words: string;
}

/** The pieces whose place a boot file states, the image first. */
export function loadedPieces({ options }: Board): readonly LoadedPiece[] {
  const pieces = options.bootState?.pieces;
  return PIECE_NAMES.flatMap((name): LoadedPiece[] => {
    const piece = pieces?.[name] ?? null;
    return piece === null ? [] : [{ name, words: PIECE_WORDS[name], ...piece }];
  });
}

/** RAM before any reservation, `mem=` not applied: the kernel adds what it was loaded into to the rest again. */
export function statedRam({ input }: Board): RangeSet {
  return toRangeSet(trimBanks(input.banks, input.profile));
}

/**
 * Other places for pieces: in RAM that neither the tree, nor the boot, nor another piece takes, as low as it goes, the image below the others.
 * None where there is no such place, or where the start is stated as a list of reservations too, of which nobody knows what would move along.
 */
export function elsewhere(board: Board, names: readonly PieceName[]): readonly Proposal[] {
  const state = board.options.bootState ?? null;
  const { tree, input, boot } = board;
  if (state === null || state.reservedBeforeScan !== null) return [];
  const { profile } = input;
  const ram = statedRam(board);
  const memory = new Memblock(subtractRanges(ram, boot.noMap), profile.pageSize, profile.cacheLine);
  memory.setReserved([...fixedRanges(tree, profile), ...(boot.defaultCma === null ? [] : [boot.defaultCma])]);
  for (const { base, size, reserved } of boot.regions) if (base !== null && reserved) memory.reserve(base, size);
  for (const piece of loadedPieces(board)) if (!names.includes(piece.name)) memory.reserve(piece.base, piece.size);
  const start = ram[0]?.base ?? 0;
  const to = profile.lowMemory === null ? {} : { to: start + profile.lowMemory };
  let pieces: BootPieces = state.pieces;
  const moves: string[] = [];
  for (const name of names) {
    const piece = pieces[name];
    if (piece === null) continue;
    const from = name === "kernel" ? start : start + ROOM_FOR_KERNEL;
    const base = memory.allocate({ size: piece.size, alignment: BLOCK, from, bottomUp: true, ...to });
    if (base === null) return [];
    pieces = { ...pieces, [name]: { base, size: piece.size } };
    moves.push(`the ${PIECE_WORDS[name]} at ${formatHex(base)} (${settingOf(board, name, base)})`);
  }
  if (moves.length === 0) return [];
  return [{ kind: "boot-loader", text: `let the boot loader put ${moves.join(", and ")}`, pieces }];
}

/**
 * What makes a boot loader do so. U-Boot moves tree and initrd once more before it starts the kernel, unless it is told not to.
 *
 * @see Raspberry Pi documentation, `config.txt`; U-Boot `doc/usage/environment.rst` (`fdt_high`, `initrd_high`)
 */
function settingOf({ machine }: Board, name: PieceName, base: number): string {
  const at = formatHex(base);
  if (machine.compatible.some((each) => each.startsWith("raspberrypi,"))) {
    switch (name) {
      case "kernel":
        return `config.txt: kernel_address=${at}`;
      case "fdt":
        return `config.txt: device_tree_address=${at}`;
      case "initrd":
        return `config.txt: initramfs FILE ${at}`;
    }
  }
  const stay = machine.arch === "arm" ? "0xffffffff" : "0xffffffffffffffff";
  switch (name) {
    case "kernel":
      return `U-Boot: kernel_addr_r=${at}`;
    case "fdt":
      return `U-Boot: fdt_addr_r=${at}, fdt_high=${stay}`;
    case "initrd":
      return `U-Boot: ramdisk_addr_r=${at}, initrd_high=${stay}`;
  }
}
