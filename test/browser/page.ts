/** What runs in the page and in Node alike: each function's answer must be the same text in both. */
import { alignUp, formatHex, formatSize, MIB } from "../../src/units/quantity.js";
import { largestAlignedRun, subtractRanges, toRangeSet } from "../../src/units/ranges.js";

/** Range arithmetic above 4 GiB, with its rendering. */
export function units(): unknown {
  const memory = toRangeSet([
    { base: 0x1_0000_0000, size: 0x3_0000_0000 },
    { base: 0x20_0000, size: 0xefe0_0000 },
  ]);
  const free = subtractRanges(memory, [{ base: 0x2_0000_0000, size: 64 * MIB }]);
  return {
    free: free.map((range) => [formatHex(range.base), formatSize(range.size)]),
    largest: formatSize(largestAlignedRun(free, 4 * MIB)),
    aligned: formatHex(alignUp(0x2_0000_0001, 4096)),
  };
}

/** The bytes as the page got them: how many, and their sum. */
export function bytesSeen(bytes: Uint8Array): unknown {
  return { length: bytes.length, sum: bytes.reduce((sum, byte) => sum + byte, 0) };
}
