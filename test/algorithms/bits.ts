import { type Bitmap, makeBitmap, takeUnits } from "../../src/algorithms/bitmap.js";

/** `"##..#"`: a taken unit for every `#`. */
export function bits(picture: string): Bitmap {
  const map = makeBitmap(picture.length);
  [...picture].forEach((c, i) => c === "#" && takeUnits(map, i, 1));
  return map;
}

/** The map as a picture. */
export function pictureOf(map: Bitmap): string {
  return Array.from({ length: map.length }, (_, i) => ((map.words[i >>> 5]! >>> (i & 31)) & 1 ? "#" : ".")).join("");
}
