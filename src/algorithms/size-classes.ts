/**
 * Classes of sizes in two levels: 32 classes between one power of two and the next, both of the size plus 32. So the first row has a class for each size,
 * and no size needs a rule of its own: finding a class is five instructions without a branch.
 *
 *     units   1 2 3 ... 31 | 32-33 34-35 ... 94-95 | 96-99 100-103 ... 220-223 | 224-231 ...
 *     class  33 34 35 .. 63 |  64    65   ...   95   |  96     97    ...   127   |  128   ...
 *     row     1            |  2                    |  3                        |  4
 *
 * A class spans at most a 16th of its sizes, a 32nd of large ones. Bit `class % 32` of map word `class / 32` says whether something of that class is
 * there, and bit `w` of the top word whether map word `w` is not 0, so the next class that has something is found in two steps.
 */

/** Classes there are: sizes go to 2^31 - 1, and rounding up leads to the class behind them, which stays empty. */
export const SIZE_CLASSES = 866;

/** Words of a map with a bit for each class. */
export const CLASS_WORDS = 28;

/** The class a size belongs to. */
export function sizeClass(units: number): number {
  const biased = (units + 32) | 0;
  const shift = (26 - Math.clz32(biased)) | 0;
  return ((shift << 5) + (biased >>> shift)) | 0;
}

/** The smallest class whose sizes are all at least `units`. */
export function sizeClassFrom(units: number): number {
  return (sizeClass((units - 1) | 0) + 1) | 0;
}
