/**
 * A map of equal units, one bit each: 1 taken, 0 free.
 *
 * Bit `i` is bit `i % 32` of word `i / 32`. Bits at and above `length` in the last word are always 0 and never looked at.
 */
export interface Bitmap {
  readonly words: Uint32Array;
  /** Number of units. */
  readonly length: number;
}

/** A policy over a bitmap has found nothing. */
export const NOT_FOUND = -1;

/**
 * Pure policy over a bitmap, no bookkeeping; units, not bytes.
 *
 * @param map - read, never written
 * @param from - unit to start at
 * @param nr - run length, at least 1
 * @param align - the run starts at a unit that is a multiple of this, counted from `alignOffset` units before unit 0; a power of two
 * @param alignOffset - units between the alignment's origin and unit 0
 * @returns index of the first unit, or {@link NOT_FOUND}
 */
export type Search = (map: Bitmap, from: number, nr: number, align: number, alignOffset: number) => number;

/** A map with every unit free. */
export function makeBitmap(length: number): Bitmap {
  return { words: new Uint32Array(Math.ceil(length / 32)), length };
}

/** An independent copy. */
export function copyBitmap(map: Bitmap): Bitmap {
  return { words: map.words.slice(), length: map.length };
}

/** Marks `nr` units from `at` as taken. */
export function takeUnits(map: Bitmap, at: number, nr: number): void {
  for (let i = at; i < at + nr; ) {
    const word = i >>> 5;
    const bit = i & 31;
    const span = Math.min(32 - bit, at + nr - i);
    map.words[word] = (map.words[word] as number) | (spanMask(span) << bit);
    i += span;
  }
}

/** Marks `nr` units from `at` as free. */
export function releaseUnits(map: Bitmap, at: number, nr: number): void {
  for (let i = at; i < at + nr; ) {
    const word = i >>> 5;
    const bit = i & 31;
    const span = Math.min(32 - bit, at + nr - i);
    map.words[word] = (map.words[word] as number) & ~(spanMask(span) << bit);
    i += span;
  }
}

/** Index of the first free unit at or after `from`, or `length`. */
export function nextFree(map: Bitmap, from: number): number {
  return nextBit(map, from, map.length, 0xffffffff);
}

/** Index of the first taken unit at or after `from` and below `end`, or `end`. */
export function nextTaken(map: Bitmap, from: number, end: number): number {
  return nextBit(map, from, Math.min(end, map.length), 0);
}

/** Units that are free. */
export function countFree(map: Bitmap): number {
  let free = 0;
  for (let at = nextFree(map, 0); at < map.length; ) {
    const end = nextTaken(map, at, map.length);
    free += end - at;
    at = nextFree(map, end);
  }
  return free;
}

/** Length of the longest free run whose first unit is aligned as {@link Search} says; 0 when there is none. */
export function largestFreeRun(map: Bitmap, align: number, alignOffset: number): number {
  let best = 0;
  for (let at = nextFree(map, 0); at < map.length; ) {
    const end = nextTaken(map, at, map.length);
    const start = Math.ceil((at + alignOffset) / align) * align - alignOffset;
    best = Math.max(best, end - start);
    at = nextFree(map, end);
  }
  return best;
}

function spanMask(span: number): number {
  return span === 32 ? 0xffffffff : (1 << span) - 1;
}

/** First bit at or after `from` that is 1 once the word is XORed with `invert`, or `end`, beyond which no word is looked at. */
function nextBit(map: Bitmap, from: number, end: number, invert: number): number {
  if (from >= end) return end;
  const last = (end - 1) >>> 5;
  let index = from >>> 5;
  let word = ((map.words[index] as number) ^ invert) & (0xffffffff << (from & 31));
  while (word === 0) {
    if (index === last) return end;
    index += 1;
    word = (map.words[index] as number) ^ invert;
  }
  return Math.min(index * 32 + 31 - Math.clz32(word & -word), end);
}
