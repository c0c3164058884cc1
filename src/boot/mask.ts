/**
 * Rounding as the kernel's `round_down` and `round_up` macros do it: `alignment - 1` is a bit mask, whatever the
 * alignment. For powers of two that is plain rounding; for others the result need not be a multiple.
 */

/** `value & ~(alignment - 1)`, exact up to 2^53 - 1; `alignment` at least 1. */
export function maskDown(value: number, alignment: number): number {
  return value - commonBits(value, alignment - 1);
}

/** `((value - 1) | (alignment - 1)) + 1`; `value` at least 1. Above 2^53 the result is larger than any address. */
export function maskUp(value: number, alignment: number): number {
  return value + (alignment - 1) - commonBits(value - 1, alignment - 1);
}

/** `a & b` for numbers of up to 53 bits. */
export function commonBits(a: number, b: number): number {
  const high = (Math.floor(a / 0x1_0000_0000) & Math.floor(b / 0x1_0000_0000)) >>> 0;
  const low = ((a % 0x1_0000_0000) & (b % 0x1_0000_0000)) >>> 0;
  return high * 0x1_0000_0000 + low;
}
