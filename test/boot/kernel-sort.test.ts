import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { kernelSort } from "../../src/boot/kernel-sort.js";

/** Sorts words by their first letter only, so that the order of the rest shows what the sort does with equals. */
const byLetter = (words: string): string =>
  kernelSort(words.split(" "), (a, b) => a.charCodeAt(0) - b.charCodeAt(0)).join(" ");

describe("kernelSort", () => {
  it("leaves two equals as they are swapped by the heap", () => expect(byLetter("x1 x2")).toBe("x2 x1"));
  // Seen on a real 6.1 kernel: three pools a, b, c are placed b, c, a.
  it("turns three equals so that the first comes last", () => expect(byLetter("x1 x2 x3")).toBe("x2 x3 x1"));
  // Seen on a real 6.1 kernel with two static regions between three sized ones.
  it("turns equals among others", () => expect(byLetter("d1 s1 d2 t1 d3")).toBe("d3 d2 d1 s1 t1"));

  it("sorts, and loses nothing", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 50 }), { maxLength: 80 }), (numbers) => {
        expect(kernelSort(numbers, (a, b) => a - b)).toEqual([...numbers].sort((a, b) => a - b));
      }),
    );
  });
});
