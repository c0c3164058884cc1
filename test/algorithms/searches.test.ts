import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Bitmap, makeBitmap, NOT_FOUND, type Search, takeUnits } from "../../src/algorithms/bitmap.js";
import { bounceSlots } from "../../src/algorithms/bounce-slots.js";
import { firstFit } from "../../src/algorithms/first-fit.js";
import { powerOfTwoSlots } from "../../src/algorithms/power-of-two-slots.js";
import { bits, pictureOf } from "./bits.js";

const pictures = (longest: number): fc.Arbitrary<string> =>
  fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 1, max: 40 })), { minLength: 1, maxLength: 12 }).map((runs) =>
    runs
      .map(([taken, length]) => (taken ? "#" : ".").repeat(length))
      .join("")
      .slice(0, longest),
  );
const powers = fc.constantFrom(1, 2, 4, 8, 16);

describe("firstFit", () => {
  const cases = [
    { name: "takes the lowest run that is long enough", map: "##..#....#", nr: 3, align: 1, at: 5 },
    { name: "skips a run that is long enough but not aligned", map: "##..#....#", nr: 3, align: 2, at: 6 },
    { name: "refuses when the free units are enough only in total", map: ".#.#.#", nr: 2, align: 1, at: NOT_FOUND },
    { name: "takes the last units", map: "###..", nr: 2, align: 1, at: 3 },
    { name: "refuses what is longer than the map", map: "....", nr: 5, align: 1, at: NOT_FOUND },
    {
      name: "looks for alignment from the origin, not from unit 0",
      map: "........",
      nr: 2,
      align: 4,
      offset: 1,
      at: 3,
    },
  ];
  for (const c of cases) it(c.name, () => expect(firstFit(bits(c.map), 0, c.nr, c.align, c.offset ?? 0)).toBe(c.at));

  it("starts where it is told", () => expect(firstFit(bits("......"), 3, 2, 1, 0)).toBe(3));

  // 16 Ki pages from frame 0x3c200, alignment by order up to 8.
  it("places requests as the area at frame 0x3c200 does", () => {
    const map = makeBitmap(0x4000);
    const take = (pages: number, align: number): number => {
      const at = firstFit(map, 0, pages, align, 0x3c200 % 256);
      takeUnits(map, at, pages);
      return 0x3c200 + at;
    };
    expect([take(300, 256), take(300, 256), take(1, 1), take(8, 8), take(1024, 256)]).toEqual([
      0x3c200, 0x3c400, 0x3c32c, 0x3c330, 0x3c600,
    ]);
  });

  // Buffers of 151 pages in a pool of 4096: by bytes 27 would fit.
  it("fits 16 buffers of 151 pages aligned to 256 in 4096 pages, and leaves holes of 105", () => {
    const map = makeBitmap(4096);
    let fits = 0;
    for (let at = firstFit(map, 0, 151, 256, 0); at !== NOT_FOUND; at = firstFit(map, 0, 151, 256, 0)) {
      takeUnits(map, at, 151);
      fits += 1;
    }
    expect(fits).toBe(16);
    expect(
      pictureOf(map)
        .split(/#+/)
        .filter((hole) => hole !== "")
        .map((hole) => hole.length),
    ).toEqual(new Array(16).fill(105));
  });
});

describe("powerOfTwoSlots", () => {
  const cases = [
    { name: "takes a slot at a multiple of its length", map: "#.......", nr: 3, at: 4 },
    { name: "has no slot at the end of a map that is no multiple", map: "......", nr: 5, at: NOT_FOUND },
    { name: "takes the whole map", map: "........", nr: 8, at: 0 },
    { name: "goes to the next slot from where it starts", map: "........", from: 1, nr: 4, at: 4 },
  ];
  for (const c of cases) it(c.name, () => expect(powerOfTwoSlots(bits(c.map), c.from ?? 0, c.nr, 1, 0)).toBe(c.at));

  const pools = [
    { pages: 16, asked: [3, 1, 5, 2, 1], at: [0, 4, 8, 6, 5] },
    { pages: 12, asked: [8, 4, 1], at: [0, 8, NOT_FOUND] },
    { pages: 6, asked: [5], at: [NOT_FOUND] },
    { pages: 4096, asked: [2304], at: [0] },
    { pages: 4096, asked: [2304, 1], at: [0, NOT_FOUND] },
  ];
  for (const { pages, asked, at } of pools) {
    it(`answers ${asked.join(", ")} pages from a pool of ${pages} with ${at.join(", ")}`, () => {
      const map = makeBitmap(pages);
      const answers = asked.map((nr) => {
        const found = powerOfTwoSlots(map, 0, nr, 1, 0);
        if (found !== NOT_FOUND) takeUnits(map, found, 2 ** Math.ceil(Math.log2(nr)));
        return found;
      });
      expect(answers).toEqual(at);
    });
  }
});

describe("bounceSlots", () => {
  it("keeps a run inside one segment", () =>
    expect(bounceSlots(bits(`${"#".repeat(100)}${".".repeat(156)}`), 0, 29, 1, 0)).toBe(128));
  it("lets a run end with its segment", () =>
    expect(bounceSlots(bits(`${"#".repeat(100)}${".".repeat(156)}`), 0, 28, 1, 0)).toBe(100));
  it("refuses more than a segment", () => expect(bounceSlots(makeBitmap(1024), 0, 129, 1, 0)).toBe(NOT_FOUND));
  it("takes a whole segment of a pool that starts on one", () =>
    expect(bounceSlots(makeBitmap(256), 0, 128, 128, 0)).toBe(0));
  it("finds no whole segment in a pool that starts a page behind one", () =>
    expect(bounceSlots(makeBitmap(512), 0, 128, 128, 2)).toBe(NOT_FOUND));
  it("aligns on the bus address, not on the pool", () => expect(bounceSlots(makeBitmap(256), 0, 8, 8, 2)).toBe(6));
  it("refuses a map with no room behind the last aligned slot", () =>
    expect(bounceSlots(makeBitmap(8), 0, 4, 8, 2)).toBe(NOT_FOUND));
});

/** Every position tried, every unit looked at. */
function obvious(allowed: (at: number, nr: number, align: number, offset: number, map: Bitmap) => boolean): Search {
  return (map, from, nr, align, offset) => {
    const picture = pictureOf(map);
    for (let at = from; at + nr <= map.length; at++) {
      if (allowed(at, nr, align, offset, map) && !picture.slice(at, at + nr).includes("#")) return at;
    }
    return NOT_FOUND;
  };
}

describe("the searches agree with slow, obvious ones", () => {
  const slow: readonly {
    readonly name: string;
    readonly fast: Search;
    readonly slow: Search;
    readonly longest: number;
  }[] = [
    {
      name: "firstFit",
      fast: firstFit,
      slow: obvious((at, _nr, align, offset) => (at + offset) % align === 0),
      longest: 300,
    },
    {
      name: "bounceSlots",
      fast: bounceSlots,
      slow: obvious(
        (at, nr, align, offset) =>
          (at + offset) % align === 0 && Math.floor(at / 128) === Math.floor((at + nr - 1) / 128),
      ),
      longest: 300,
    },
  ];
  for (const { name, fast, slow: reference, longest } of slow) {
    it(name, () => {
      fc.assert(
        fc.property(
          pictures(longest),
          fc.nat(20),
          fc.integer({ min: 1, max: 140 }),
          powers,
          fc.nat(40),
          (picture, from, nr, align, offset) => {
            expect(fast(bits(picture), from, nr, align, offset)).toBe(
              reference(bits(picture), from, nr, align, offset),
            );
          },
        ),
        { numRuns: 500 },
      );
    });
  }
  it("powerOfTwoSlots", () => {
    fc.assert(
      fc.property(pictures(300), fc.nat(20), fc.integer({ min: 1, max: 64 }), (picture, from, nr) => {
        const slot = 2 ** Math.ceil(Math.log2(nr));
        const reference = obvious((at) => at % slot === 0)(bits(picture), from, slot, 1, 0);
        expect(powerOfTwoSlots(bits(picture), from, nr, 1, 0)).toBe(reference);
      }),
      { numRuns: 500 },
    );
  });
});
