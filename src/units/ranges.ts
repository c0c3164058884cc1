/**
 * Half-open address ranges and sets of them.
 *
 * A *range set* is an array sorted by base whose ranges are not empty, do not overlap and do not touch. Every function
 * that returns a range set keeps that; every function that takes one relies on it.
 */

/** `size` bytes from `base`; the end, `base + size`, is exclusive. */
export interface Range {
  readonly base: number;
  readonly size: number;
}

/** Sorted by base, no empty range, no overlap, no two that touch. */
export type RangeSet = readonly Range[];

/** The exclusive end. */
export function endOf(range: Range): number {
  return range.base + range.size;
}

/** Brings ranges in any order, overlapping or empty, into a range set. */
export function toRangeSet(ranges: readonly Range[]): RangeSet {
  const sorted = ranges.filter((r) => r.size > 0).sort((a, b) => a.base - b.base);
  const set: { base: number; size: number }[] = [];
  for (const range of sorted) {
    const last = set[set.length - 1];
    if (last !== undefined && range.base <= last.base + last.size) {
      last.size = Math.max(last.base + last.size, range.base + range.size) - last.base;
    } else {
      set.push({ base: range.base, size: range.size });
    }
  }
  return set;
}

/** What lies in both sets. */
export function intersectRanges(a: RangeSet, b: RangeSet): RangeSet {
  const out: Range[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length && j < b.length) {
    const x = a[i] as Range;
    const y = b[j] as Range;
    const base = Math.max(x.base, y.base);
    const end = Math.min(endOf(x), endOf(y));
    if (end > base) out.push({ base, size: end - base });
    if (endOf(x) < endOf(y)) i += 1;
    else j += 1;
  }
  return out;
}

/** What lies in `a` and not in `b`. */
export function subtractRanges(a: RangeSet, b: RangeSet): RangeSet {
  const out: Range[] = [];
  let j = 0;
  for (const range of a) {
    let base = range.base;
    const end = endOf(range);
    while (j < b.length && endOf(b[j] as Range) <= base) j += 1;
    for (let k = j; k < b.length && (b[k] as Range).base < end; k++) {
      const cut = b[k] as Range;
      if (cut.base > base) out.push({ base, size: cut.base - base });
      base = Math.max(base, endOf(cut));
    }
    if (base < end) out.push({ base, size: end - base });
  }
  return out;
}

/** What lies in either set. */
export function unionRanges(a: RangeSet, b: RangeSet): RangeSet {
  return toRangeSet([...a, ...b]);
}

/** Bytes in the set. */
export function totalSize(set: RangeSet): number {
  let sum = 0;
  for (const range of set) sum += range.size;
  return sum;
}

/** True when every byte of `range` lies in the set; an empty range always does. */
export function containsRange(set: RangeSet, range: Range): boolean {
  if (range.size <= 0) return true;
  for (const r of set) {
    if (r.base <= range.base && endOf(range) <= endOf(r)) return true;
  }
  return false;
}

/** True when every byte of `inner` lies in `outer`. */
export function containsRanges(outer: RangeSet, inner: RangeSet): boolean {
  return inner.every((range) => containsRange(outer, range));
}

/** True when the two sets hold the same bytes. */
export function equalRanges(a: RangeSet, b: RangeSet): boolean {
  return a.length === b.length && a.every((r, i) => r.base === b[i]?.base && r.size === b[i]?.size);
}

/** The longest run in the set whose base is a multiple of `alignment`; 0 when there is none. */
export function largestAlignedRun(set: RangeSet, alignment: number): number {
  let best = 0;
  for (const range of set) {
    const base = Math.ceil(range.base / alignment) * alignment;
    best = Math.max(best, endOf(range) - base);
  }
  return best;
}
