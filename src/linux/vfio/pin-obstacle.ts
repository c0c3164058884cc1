import type { Bytes } from "../../units/quantity.js";
import type { ProcessMapping } from "./process-mappings.js";

/** Why the kernel does not pin pages of this process, as far as its mappings show it. */
export type PinObstacle =
  /** The pages behind the mapping are a driver's, as those of a dma-buf are. */
  | { readonly kind: "driver-pages"; readonly mapping: string }
  /** Nothing is mapped at a part of the addresses. */
  | { readonly kind: "not-mapped"; readonly offset: Bytes; readonly size: Bytes }
  /** The device was to write what this process may only read. */
  | { readonly kind: "not-writable"; readonly mapping: string }
  /** This process may not read it itself. */
  | { readonly kind: "not-readable"; readonly mapping: string };

/**
 * Finds what `pin_user_pages()` meets first in a range of addresses. Other things that it refuses do not
 * show in mappings: pages of a file on a disk that would be written, pages behind the end of a file, memory of memfd_secret.
 *
 * @param mappings - of this process, ascending
 * @param address - first of the range
 * @param size - bytes, at least 1
 * @param writes - whether the device is to write
 * @returns null when nothing shows; also without mappings, where the kernel tells of none
 * @see Linux 6.12 `mm/gup.c` `check_vma_flags()`
 */
export function findPinObstacle(
  mappings: readonly ProcessMapping[],
  address: bigint,
  size: Bytes,
  writes: boolean,
): PinObstacle | null {
  if (mappings.length === 0) return null;
  const end = address + BigInt(size);
  let at = address;
  for (const mapping of mappings) {
    if (mapping.end <= at) continue;
    if (at >= end || mapping.start > at) break;
    if (mapping.isOfDriver) return { kind: "driver-pages", mapping: mapping.name };
    if (writes && !mapping.isWritable) return { kind: "not-writable", mapping: mapping.name };
    if (!(writes || mapping.isReadable)) return { kind: "not-readable", mapping: mapping.name };
    at = mapping.end;
  }
  if (at >= end) return null;
  const next = mappings.find(({ start }) => start > at)?.start ?? end;
  return { kind: "not-mapped", offset: Number(at - address), size: Number((next < end ? next : end) - at) };
}
