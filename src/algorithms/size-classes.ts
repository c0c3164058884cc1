/**
 * Classes of sizes in two levels: 32 classes between a power of two and the next, and one class for each size below 64.
 *
 *     units   1 2 3 ... 63 | 64-65 66-67 ... 126-127 | 128-131 132-135 ... 252-255 | 256-263 ...
 *     class   1 2 3 ... 63 |  64    65   ...   95    |   96      97    ...   127   |   128   ...
 *
 * A class spans at most a 32nd of its sizes. Bit `class % 32` of map word `class / 32` says whether something of that class is there, and bit
 * `w` of the top word whether map word `w` is not 0, so the next class that has something is found in two steps.
 */

/** Classes there are: sizes go to 2^31 - 1, and rounding up leads to the class behind them, which stays empty. */
export const SIZE_CLASSES = 865;

/** Words of a map with a bit for each class. */
export const CLASS_WORDS = 28;

/** The class a size belongs to; 0 only for 0. */
export function sizeClass(units: number): number {
  const shift = units < 64 ? 0 : 26 - Math.clz32(units);
  return (shift << 5) + (units >>> shift);
}

/** The smallest class whose sizes are all at least `units`. */
export function sizeClassFrom(units: number): number {
  const shift = units < 64 ? 0 : 26 - Math.clz32(units);
  return (shift << 5) + ((units + (1 << shift) - 1) >>> shift);
}
