/**
 * The unit of a number, carried by its type.
 *
 * The tag is optional, so a plain number may be given where a unit is asked for, but a value that has one unit
 * is never taken for another: a CPU physical address does not pass as an address on a bus.
 */
type Quantity<Unit extends string> = number & { readonly unit?: Unit };

/** A length in bytes, exact up to 2^53 - 1. */
export type Bytes = Quantity<"bytes">;

/** A CPU physical address. */
export type PhysAddr = Quantity<"physical address">;

/** An address as a device emits it on its bus, without an IOMMU in between. */
export type DmaAddr = Quantity<"bus address">;

/** An address in the space an IOMMU translates. */
export type Iova = Quantity<"I/O virtual address">;

/** The largest integer a number holds exactly; addresses above it are clamped and marked. */
export const MAX_EXACT: number = Number.MAX_SAFE_INTEGER;

/** One step of the address sizes people write: 1024 bytes. */
export const KIB: Bytes = 1024;
/** 2^20 bytes. */
export const MIB: Bytes = 1024 * KIB;
/** 2^30 bytes. */
export const GIB: Bytes = 1024 * MIB;

/** So many KiB. @throws RangeError when they are no whole number of bytes from 0 to 2^53 - 1 */
export function kibibytes(count: number): Bytes {
  return whole(count * KIB);
}

/** So many MiB. @throws RangeError when they are no whole number of bytes from 0 to 2^53 - 1 */
export function mebibytes(count: number): Bytes {
  return whole(count * MIB);
}

/** So many GiB. @throws RangeError when they are no whole number of bytes from 0 to 2^53 - 1 */
export function gibibytes(count: number): Bytes {
  return whole(count * GIB);
}

function whole(bytes: number): Bytes {
  if (Number.isSafeInteger(bytes) && bytes >= 0) return bytes;
  throw new RangeError(`${bytes} bytes: a whole number from 0 to 2^53 - 1 is possible`);
}

/**
 * Rounds up to a multiple of `step`.
 *
 * @param step - any positive integer, not only a power of two
 * @throws RangeError when the result is not exact
 */
export function alignUp(value: number, step: number): number {
  const result = Math.ceil(value / step) * step;
  if (!Number.isSafeInteger(result)) throw new RangeError(`${value} rounded up to ${step} is outside the exact range`);
  return result;
}

/** Rounds down to a multiple of `step`, any positive integer. */
export function alignDown(value: number, step: number): number {
  return Math.floor(value / step) * step;
}

/** True for 1, 2, 4, ... up to 2^52. */
export function isPowerOfTwo(value: number): boolean {
  return (
    value >= 1 && Number.isSafeInteger(value) && Number.isInteger(Math.log2(value)) && 2 ** Math.log2(value) === value
  );
}

/** The smallest power of two that is at least `value`; 1 for values up to 1. */
export function roundUpToPowerOfTwo(value: number): number {
  let result = 1;
  while (result < value) result *= 2;
  return result;
}

/** The smallest order with `pageSize * 2^order >= size`: Linux `get_order()`. */
export function orderOf(size: Bytes, pageSize: Bytes): number {
  let order = 0;
  for (let block = pageSize; block < size; block *= 2) order += 1;
  return order;
}

/** `0x`-prefixed lower-case hexadecimal. */
export function formatHex(value: number | bigint): string {
  return `0x${value.toString(16)}`;
}

/**
 * A length for people in the largest binary unit below it, `3 MiB`, `11.87 MiB`, `62 B`. A value that two decimals cannot tell is
 * rounded and keeps them, so that it never looks like a whole number: one page short of 2 GiB is `2.00 GiB`.
 */
export function formatSize(size: Bytes): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
  let value: number = size;
  let unit = 0;
  while (Math.abs(value) >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  const rounded = value.toFixed(2);
  const digits = Number.isInteger(value)
    ? value.toString()
    : Number(rounded) === value
      ? rounded.replace(/0$/, "")
      : rounded;
  return `${digits} ${units[unit]}`;
}

/** A length for people, with the exact number where the short one is rounded or has a fraction: `4 MiB`, `11.87 MiB (12441600 bytes)`. */
export function formatExactSize(size: Bytes): string {
  const short = formatSize(size);
  return short.includes(".") ? `${short} (${size} bytes)` : short;
}
