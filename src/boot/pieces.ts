import { alignDown, alignUp } from "../units/quantity.js";
import { endOf, type Range } from "../units/ranges.js";
import type { BootReservation } from "./outcome.js";
import type { BootProfile } from "./profile.js";

/** What a boot loader puts into memory for the kernel, byte by byte; null where it is not stated. */
export interface BootPieces {
  /** The kernel image in memory, its zeroed part included. */
  readonly kernel: Range | null;
  readonly initrd: Range | null;
  /** The device tree blob. */
  readonly fdt: Range | null;
}

/** The name of a piece in a boot file. */
export type PieceName = keyof BootPieces;

/** In the order the kernel reserves them, the image first. */
export const PIECE_NAMES: readonly PieceName[] = ["kernel", "fdt", "initrd"];

/** What a piece is called in a sentence. */
export const PIECE_WORDS: Readonly<Record<PieceName, string>> = {
  kernel: "kernel image",
  fdt: "device tree",
  initrd: "initrd",
};

/**
 * What is reserved for the pieces before `/reserved-memory` is scanned: image and device tree byte by byte, the initrd in whole pages. Riscv
 * reserves the tree only after the scan. Null where no piece is stated.
 *
 * @see Linux 6.12 `arch/arm64/mm/init.c` `arm64_memblock_init()`, `arch/riscv/mm/init.c` `setup_bootmem()`
 */
export function reservationsOf(pieces: BootPieces, { arch, pageSize }: BootProfile): readonly BootReservation[] | null {
  const { kernel, initrd, fdt } = pieces;
  if (kernel === null && initrd === null && fdt === null) return null;
  const out: BootReservation[] = [];
  if (kernel !== null) out.push({ name: PIECE_WORDS.kernel, ...kernel });
  if (fdt !== null && arch !== "riscv") out.push({ name: PIECE_WORDS.fdt, ...fdt });
  if (initrd !== null) out.push({ name: PIECE_WORDS.initrd, ...pagesOf(initrd, pageSize) });
  return out;
}

/** The whole pages a range touches. */
export function pagesOf(range: Range, pageSize: number): Range {
  const base = alignDown(range.base, pageSize);
  return { base, size: alignUp(endOf(range), pageSize) - base };
}
