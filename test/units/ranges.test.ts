import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  containsRange,
  containsRanges,
  equalRanges,
  intersectRanges,
  largestAlignedRun,
  type Range,
  type RangeSet,
  subtractRanges,
  toRangeSet,
  totalSize,
  unionRanges,
} from "../../src/units/ranges.js";

/** `"..##.#"`: every `#` is in the set. */
function picture(text: string): RangeSet {
  return toRangeSet([...text].flatMap((c, base) => (c === "#" ? [{ base, size: 1 }] : [])));
}

const WIDTH = 64;

/** The set as one flag per address. */
function flags(ranges: readonly Range[]): boolean[] {
  const out = new Array<boolean>(WIDTH).fill(false);
  for (const { base, size } of ranges) out.fill(true, base, base + size);
  return out;
}

const anyRanges = fc.array(
  fc
    .record({ base: fc.integer({ min: 0, max: WIDTH - 1 }), size: fc.integer({ min: 0, max: 20 }) })
    .map(({ base, size }) => ({
      base,
      size: Math.min(size, WIDTH - base),
    })),
  { maxLength: 8 },
);

/** Sorted, not empty, a gap between any two. */
function isSet(ranges: RangeSet): boolean {
  return ranges.every((r, i) => r.size > 0 && (i === 0 || ranges[i - 1]!.base + ranges[i - 1]!.size < r.base));
}

describe("toRangeSet", () => {
  it("sorts, joins what overlaps or touches, and drops what is empty", () => {
    const set = toRangeSet([
      { base: 8, size: 2 },
      { base: 0, size: 4 },
      { base: 4, size: 1 },
      { base: 9, size: 4 },
      { base: 7, size: 0 },
    ]);
    expect(set).toEqual([
      { base: 0, size: 5 },
      { base: 8, size: 5 },
    ]);
  });
  it("keeps a range that swallows the next", () =>
    expect(
      toRangeSet([
        { base: 0, size: 10 },
        { base: 2, size: 3 },
      ]),
    ).toEqual([{ base: 0, size: 10 }]));
});

describe("sets of ranges", () => {
  const cases = [
    { a: "####....", b: "..####..", and: "..##....", minus: "##......", or: "######.." },
    { a: "##.##.##", b: "########", and: "##.##.##", minus: "........", or: "########" },
    { a: "########", b: ".##..##.", and: ".##..##.", minus: "#..##..#", or: "########" },
    { a: "........", b: "####....", and: "........", minus: "........", or: "####...." },
    { a: "##......", b: "..##....", and: "........", minus: "##......", or: "####...." },
  ];
  for (const { a, b, and, minus, or } of cases) {
    it(`${a} with ${b}`, () => {
      expect(intersectRanges(picture(a), picture(b))).toEqual(picture(and));
      expect(subtractRanges(picture(a), picture(b))).toEqual(picture(minus));
      expect(unionRanges(picture(a), picture(b))).toEqual(picture(or));
    });
  }

  it("agree with one flag per address", () => {
    fc.assert(
      fc.property(anyRanges, anyRanges, (x, y) => {
        const [a, b] = [toRangeSet(x), toRangeSet(y)];
        const [fa, fb] = [flags(x), flags(y)];
        const results = [intersectRanges(a, b), subtractRanges(a, b), unionRanges(a, b)];
        expect(flags(a)).toEqual(fa);
        expect(results.map(flags)).toEqual([
          fa.map((v, i) => v && fb[i]!),
          fa.map((v, i) => v && !fb[i]!),
          fa.map((v, i) => v || fb[i]!),
        ]);
        expect([a, b, ...results].every(isSet)).toBe(true);
        expect(totalSize(a)).toBe(fa.filter(Boolean).length);
        expect(containsRanges(a, b)).toBe(fb.every((v, i) => !v || fa[i]!));
        expect(equalRanges(a, b)).toBe(fa.every((v, i) => v === fb[i]));
      }),
    );
  });
});

describe("containsRange", () => {
  it("takes a range that ends where the set ends", () =>
    expect(containsRange(picture(".####."), { base: 1, size: 4 })).toBe(true));
  it("refuses a byte more", () => expect(containsRange(picture(".####."), { base: 1, size: 5 })).toBe(false));
  it("refuses a range across a gap", () => expect(containsRange(picture("##.##"), { base: 0, size: 5 })).toBe(false));
  it("takes an empty range anywhere", () => expect(containsRange([], { base: 7, size: 0 })).toBe(true));
});

describe("largestAlignedRun", () => {
  const cases = [
    { set: "########", alignment: 1, run: 8 },
    { set: ".#######", alignment: 4, run: 4 },
    { set: ".###.##.", alignment: 4, run: 0 },
    { set: ".###.###", alignment: 2, run: 2 },
    { set: "........", alignment: 1, run: 0 },
  ];
  for (const { set, alignment, run } of cases)
    it(`${set} at ${alignment}: ${run}`, () => expect(largestAlignedRun(picture(set), alignment)).toBe(run));
});
