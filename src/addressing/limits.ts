import { MAX_EXACT } from "../units/quantity.js";

/**
 * Highest address a DMA mask lets through, inclusive; clamped to 2^53 - 1. A mask need not be all ones: the kernel compares
 * with it as with a number.
 *
 * @param mask - hexadecimal, `0x` first
 * @throws RangeError when it is no such number
 * @see Linux 6.12 `include/linux/dma-direct.h` `dma_capable()`
 */
export function limitOfMask(mask: string): number {
  if (!/^0x[0-9a-f]{1,16}$/i.test(mask)) throw new RangeError(`"${mask}" is no DMA mask: 0x and up to 16 digits`);
  return Math.min(Number(mask), MAX_EXACT);
}
