/**
 * What `swiotlb=` says.
 *
 *   swiotlb=65536          slots of 2 KiB; a `K` or `M` behind the number is not read
 *   swiotlb=65536,4        and areas, each with a lock of its own
 *   swiotlb=force          copy everything;  swiotlb=noforce  copy nothing
 *   swiotlb=65536,4,force  all of it
 *
 * A later number replaces an earlier one. `force` and `noforce` stay, whatever comes behind them, and `noforce` wins.
 *
 * @see Linux 6.12 `kernel/dma/swiotlb.c` `setup_io_tlb_npages()`, `swiotlb_init_remap()`
 */
import { SLOTS_PER_SEGMENT } from "../algorithms/bounce-slots.js";
import { alignUp, roundUpToPowerOfTwo } from "../units/quantity.js";

/** Slots where the line says nothing, 64 MiB: Linux 6.12 `include/linux/swiotlb.h` `IO_TLB_DEFAULT_SIZE`. */
export const DEFAULT_SLOTS = 32_768;

/** What all `swiotlb=` of a line say together. */
export interface SwiotlbOption {
  /** Slots of 2 KiB, a multiple of {@link SLOTS_PER_SEGMENT}; null when not given. */
  readonly slots: number | null;
  /** `force`: every mapping is a copy. `noforce`: there is no bounce memory. */
  readonly mode: "auto" | "force" | "noforce";
  /** What stands behind the number of slots that counts and is not read: the `M` of `64M`. */
  readonly unread: string;
}

/** The most slots that are told apart: 2 PiB. */
const MOST_SLOTS = 2 ** 40;

/**
 * Reads the value of one `swiotlb=`.
 *
 * @param previous - what earlier ones of the same line said
 */
export function parseSwiotlbOption(text: string, previous: SwiotlbOption | null = null): SwiotlbOption {
  let { slots = null, mode = "auto", unread = "" } = previous ?? {};
  let rest = text;
  const number = (): number | null => {
    const match = /^(?:0x[0-9a-f]+|0[0-7]*|[1-9][0-9]*)/i.exec(rest);
    if (match === null) return null;
    const [digits] = match;
    rest = rest.slice(digits.length);
    const value = /^0[0-7]/.test(digits) ? Number.parseInt(digits, 8) : Number(digits);
    return Math.min(value, MOST_SLOTS);
  };
  const comma = (): void => {
    if (rest.startsWith(",")) rest = rest.slice(1);
  };
  const stated = number();
  if (stated !== null) slots = alignUp(stated, SLOTS_PER_SEGMENT);
  comma();
  const areas = number();
  if (areas !== null) {
    const rounded = slotsForAreas(slots ?? DEFAULT_SLOTS, areas);
    if (slots !== null || rounded !== DEFAULT_SLOTS) slots = rounded;
  }
  comma();
  const isMode = rest === "force" || rest === "noforce";
  if (stated !== null) unread = isMode ? "" : rest;
  if (rest === "noforce") mode = "noforce";
  else if (rest === "force" && mode === "auto") mode = "force";
  return { slots, mode, unread };
}

/**
 * Slots of a pool with so many areas, 0 counting as one: each has a segment at least, and their sum is a power of two.
 *
 * @see Linux 6.12 `kernel/dma/swiotlb.c` `swiotlb_adjust_nareas()`
 */
export function slotsForAreas(slots: number, areas: number): number {
  const least = SLOTS_PER_SEGMENT * roundUpToPowerOfTwo(Math.max(areas, 1));
  return Math.min(roundUpToPowerOfTwo(Math.max(slots, least)), MOST_SLOTS);
}
