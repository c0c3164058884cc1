import { cells64, type TreeSpec } from "../../src/devicetree/build.js";
import type { MemReservation } from "../../src/devicetree/tree.js";
import { Random } from "../../src/testing/random.js";
import { alignDown, alignUp, GIB, KIB, MIB } from "../../src/units/quantity.js";
import { endOf, intersectRanges, type Range, subtractRanges, toRangeSet, totalSize } from "../../src/units/ranges.js";
import { randomCmdline } from "./random-cmdline.js";
import { RandomRegions } from "./random-regions.js";

/** Where QEMU's `virt` machine has its RAM. Its first MiB holds QEMU's own tree, the next the code that jumps to the kernel. */
export const RAM_START: number = GIB;
const FIRST_FREE = RAM_START + 2 * MIB;

/** Sizes of the pieces a boot loader puts in memory. */
export interface PieceSizes {
  readonly image: number;
  readonly initrd: number;
}

/** A boot to try: everything that decides where the kernel puts memory. */
export interface RandomBoot {
  /** What the memory nodes state: ends need not be whole pages. */
  readonly banks: readonly Range[];
  /** End of the last bank that QEMU has to have. */
  readonly ramEnd: number;
  /** Words of the command line that matter. */
  readonly cmdline: string;
  readonly image: Range;
  readonly initrd: Range;
  /** Address of the device tree; there are {@link TREE_ROOM} bytes. */
  readonly treeBase: number;
  readonly reservedMemory: TreeSpec | null;
  readonly memReservations: readonly MemReservation[];
}

/** Bytes kept for the device tree. */
const TREE_ROOM: number = 64 * KIB;

const RAM_SIZES = [512 * MIB, 768 * MIB, GIB, 1536 * MIB, 2 * GIB, 3 * GIB, 3584 * MIB, 4 * GIB, 5 * GIB];

/**
 * Draws a boot. Trees that would make the kernel give its own image away, or leave it without memory, are not drawn; what it refuses, rolls back or complains about is.
 *
 * @param seed - same seed and sizes, same boot
 */
export function randomBoot(seed: number, sizes: PieceSizes): RandomBoot {
  const random = new Random(seed);
  // Xorshift needs some rounds to tell close seeds apart.
  for (let round = 0; round < 16; round++) random.below(2);
  const ramSize = random.pick(RAM_SIZES);
  const banks = randomBanks(random, ramSize);
  const mem = random.oneIn(10) ? alignDown(Math.max(384 * MIB, (totalSize(toRangeSet(banks)) * 2) / 3), MIB) : null;
  const ram = mem === null ? wholePages(banks) : lowest(wholePages(banks), mem);
  const pieces: Range[] = [];
  const put = (size: number, alignment: number, offset: number, where = wholePages(banks)): Range => {
    const piece = freePlace(random, where, pieces, { size, alignment, offset });
    pieces.push(piece);
    return piece;
  };
  const image = put(sizes.image, 2 * MIB, 0);
  // Not above what mem= keeps: the kernel forgets that reservation, without a word in its log.
  const tree = put(TREE_ROOM, 64 * KIB, random.oneIn(3) ? 8 * random.below(512) : 0, ram);
  const initrd = put(sizes.initrd, 4 * KIB, random.oneIn(3) ? random.below(4096) : 0);
  const regions = new RandomRegions(random, ram, pieces);
  const reservedMemory = random.oneIn(15) ? null : regions.draw();
  const memReservations: MemReservation[] = [];
  if (random.oneIn(8)) {
    const size = random.pick([4 * KIB, 64 * KIB, MIB, 0x1234]);
    memReservations.push({ address: alignDown(anywhere(random, ram, size), 8), size });
  }
  return {
    banks,
    ramEnd: RAM_START + ramSize,
    cmdline: [...(mem === null ? [] : [`mem=${mem / MIB}M`]), ...randomCmdline(random, ram)].join(" "),
    image,
    initrd,
    treeBase: tree.base,
    reservedMemory,
    memReservations,
  };
}

/** The memory nodes of a tree. */
export function memoryNodes(banks: readonly Range[]): TreeSpec {
  return Object.fromEntries(
    banks.map(({ base, size }) => [`memory@${base.toString(16)}`, { device_type: "memory", reg: cells64(base, size) }]),
  );
}

/** All RAM in one bank, or two or three with holes between them; some end within a page. */
function randomBanks(random: Random, ramSize: number): readonly Range[] {
  const end = RAM_START + ramSize;
  if (!random.oneIn(2)) return [{ base: RAM_START, size: ramSize }];
  const cuts = Array.from(
    { length: 1 + random.below(2) },
    () => RAM_START + 384 * MIB + anyUnit(random, ramSize - 384 * MIB),
  );
  cuts.sort((a, b) => a - b);
  const banks: Range[] = [];
  let base = RAM_START;
  for (const cut of [...cuts, end]) {
    const stop = cut === end ? end : cut - random.pick([0, 64 * KIB, MIB, 16 * MIB, 0x800]);
    if (stop - base >= MIB) banks.push({ base, size: stop - base });
    base = cut;
  }
  return banks;
}

/** A random multiple of a random unit, below `bound`. */
function anyUnit(random: Random, bound: number): number {
  const unit = random.pick([4 * KIB, 64 * KIB, MIB, 32 * MIB]);
  return unit * random.below(Math.max(1, Math.floor(bound / unit)));
}

function wholePages(banks: readonly Range[]): readonly Range[] {
  return toRangeSet(
    banks.map(({ base, size }) => {
      const start = alignUp(base, 4 * KIB);
      return { base: start, size: alignDown(base + size, 4 * KIB) - start };
    }),
  );
}

/** The lowest so many bytes of RAM, which `mem=` keeps. */
function lowest(ram: readonly Range[], size: number): readonly Range[] {
  let left = size;
  const out: Range[] = [];
  for (const range of ram) {
    const part = Math.min(left, range.size);
    if (part > 0) out.push({ base: range.base, size: part });
    left -= part;
  }
  return out;
}

/** A start in RAM with `size` bytes of the same bank behind it. */
function anywhere(random: Random, ram: readonly Range[], size: number): number {
  const bank = random.pick(ram.filter((range) => range.size >= 2 * size));
  return bank.base + random.below(Math.min(bank.size - size, 2 ** 32 - 1));
}

function freePlace(
  random: Random,
  ram: readonly Range[],
  taken: readonly Range[],
  { size, alignment, offset }: { readonly size: number; readonly alignment: number; readonly offset: number },
): Range {
  const usable = subtractRanges(toRangeSet(ram), [{ base: RAM_START, size: FIRST_FREE - RAM_START }]);
  for (;;) {
    const base = alignUp(anywhere(random, usable, size + alignment + offset), alignment) + offset;
    const piece = { base, size };
    const inside = usable.some((range) => base >= range.base && endOf(piece) <= endOf(range));
    if (inside && intersectRanges(toRangeSet([piece]), toRangeSet(taken)).length === 0) return piece;
  }
}
