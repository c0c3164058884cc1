import type { Random } from "../../src/testing/random.js";
import { GIB, MIB } from "../../src/units/quantity.js";
import { endOf, type Range } from "../../src/units/ranges.js";

/** Sizes of `cma=`, with all the ways to write one. */
const SIZES = [
  "0",
  "1",
  "4K",
  "100K",
  "1M",
  "3M",
  "16M",
  "32M",
  "0x2000000",
  "48m",
  "64M",
  "67108864",
  "96M",
  "128M",
  "256M",
];

/** Words about memory, none of them `mem=`: most lines have none. */
export function randomCmdline(random: Random, ram: readonly Range[]): readonly string[] {
  const words: string[] = [];
  if (random.oneIn(2)) words.push(`cma=${random.pick(SIZES)}${random.oneIn(3) ? place(random, ram) : ""}`);
  if (random.oneIn(12)) words.push(`cma=${random.pick(SIZES)}`);
  if (random.oneIn(25)) words.push("cma");
  if (random.oneIn(10))
    words.push(random.pick(["swiotlb=force", "swiotlb=noforce", "swiotlb=16384", "swiotlb=2048,1"]));
  if (random.oneIn(15)) words.push(random.pick(["coherent_pool=1M", "coherent_pool=256K"]));
  return words;
}

/** `@BASE` within a bank, or `@BASE-LIMIT` with a limit in RAM, below the base, or above everything. */
function place(random: Random, ram: readonly Range[]): string {
  const bank = random.pick(ram);
  const unit = random.pick([2 * MIB, 2 * MIB, 2 * MIB, MIB, 0x1000]);
  const base = bank.base + unit * random.below(Math.max(1, Math.floor((bank.size * 3) / 4 / unit)));
  if (random.oneIn(2)) return `@0x${base.toString(16)}`;
  const limit = random.pick([base + 64 * MIB, base + 512 * MIB, endOf(bank), 4 * GIB, 16 * GIB, base]);
  return `@0x${(random.oneIn(4) ? 0 : base).toString(16)}-0x${limit.toString(16)}`;
}
