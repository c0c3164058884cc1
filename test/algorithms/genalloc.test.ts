import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Algorithm, NO_ROOM, outLength } from "../../src/algorithms/allocator.js";
import { bestFit } from "../../src/algorithms/best-fit.js";
import { NOT_FOUND } from "../../src/algorithms/bitmap.js";
import { BitmapAllocator } from "../../src/algorithms/bitmap-allocator.js";
import { coherentSlots } from "../../src/algorithms/coherent-slots.js";
import { firstFit } from "../../src/algorithms/first-fit.js";
import { fixedPlace } from "../../src/algorithms/fixed.js";
import {
  genallocBestFit,
  genallocFirstFit,
  genallocFirstFitAlign,
  genallocFixed,
  genallocOrderAlign,
} from "../../src/algorithms/genalloc.js";
import { orderAlign } from "../../src/algorithms/order-align.js";
import { bits } from "./bits.js";

/** First units of one request after the other, `units` or `units@align`. */
function places(
  algorithm: Algorithm,
  pool: { units: number; alignOrigin?: number },
  requests: readonly string[],
): number[] {
  const allocator = algorithm.make(pool);
  const out = new Int32Array(outLength(1));
  return requests.map((request) => {
    const [units, align = 1] = request.split("@").map(Number);
    return allocator.allocate(units!, align, out) === NO_ROOM ? NO_ROOM : out[1]!;
  });
}

// 32 units, free runs 0-3, 6-8, 10-13, 15-19.
const MAP = `....##...#....#.....${"#".repeat(12)}`;

describe("the rules of a gen_pool, on free runs 0-3, 6-8, 10-13 and 15-19 of 32 units", () => {
  const cases = [
    { rule: "first fit", search: firstFit, nr: 3, at: 0 },
    { rule: "best fit", search: bestFit, nr: 3, at: 6 },
    { rule: "best fit, the lowest of two as short,", search: bestFit, nr: 4, at: 0 },
    { rule: "best fit", search: bestFit, nr: 5, at: 15 },
    { rule: "best fit", search: bestFit, nr: 6, at: NOT_FOUND },
    { rule: "order align", search: orderAlign, nr: 4, at: 0 },
    { rule: "order align, which needs unit 0, 8, 16 or 24,", search: orderAlign, nr: 5, at: NOT_FOUND },
    { rule: "order align", search: orderAlign, nr: 1, at: 0 },
  ];
  for (const { rule, search, nr, at } of cases) {
    it(`${rule} answers ${nr} units with ${at}`, () => expect(search(bits(MAP), 0, nr, 1, 0)).toBe(at));
  }

  it("best fit starts where it is told", () => expect(bestFit(bits(MAP), 9, 3, 1, 0)).toBe(10));
  it("fixed takes its place or nothing", () => {
    expect([10, 9, 11].map((from) => fixedPlace(bits(MAP), from, 4, 1, 0))).toEqual([10, NOT_FOUND, NOT_FOUND]);
    expect(fixedPlace(bits("...."), 2, 3, 1, 0)).toBe(NOT_FOUND);
  });
});

describe("best fit behind an alignment", () => {
  it("takes the shortest run that holds the request behind it", () =>
    expect(bestFit(bits(".....#...#......"), 0, 2, 4, 0)).toBe(0));
  it("passes a shorter run that starts badly", () => expect(bestFit(bits("#...#.....######"), 0, 2, 4, 0)).toBe(8));
  it("counts the alignment from its origin", () => expect(bestFit(bits("#...#.....######"), 0, 2, 4, 3)).toBe(1));

  it("answers as one that tries every run does", () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom("#", ".", ".."), { minLength: 1, maxLength: 80 }).map((cells) => cells.join("")),
        fc.integer({ min: 1, max: 12 }),
        fc.constantFrom(1, 2, 4, 8),
        fc.nat(9),
        (picture, nr, align, offset) => {
          let best = NOT_FOUND;
          let shortest = Number.POSITIVE_INFINITY;
          for (const run of picture.matchAll(/\.+/g)) {
            for (let at = run.index; at + nr <= run.index + run[0].length; at++) {
              if ((at + offset) % align !== 0) continue;
              if (run[0].length < shortest) [best, shortest] = [at, run[0].length];
              break;
            }
          }
          expect(bestFit(bits(picture), 0, nr, align, offset)).toBe(best);
        },
      ),
      { numRuns: 1000 },
    );
  });
});

describe("a chunk of a gen_pool", () => {
  it("gives the lowest place by default, and knows no alignment", () =>
    expect(places(genallocFirstFit, { units: 16 }, ["3", "2", "1@2"])).toEqual([0, 3, NO_ROOM]));
  it("aligns the address by first-fit-align, not the offset in the chunk", () =>
    expect(places(genallocFirstFitAlign, { units: 16, alignOrigin: 3 }, ["1@4", "4@4", "1@8"])).toEqual([1, 5, 13]));
  it("aligns the offset by order-align, not the address", () =>
    expect(places(genallocOrderAlign, { units: 16, alignOrigin: 3 }, ["1", "3", "2", "5"])).toEqual([0, 4, 2, 8]));
  it("gives the shortest run by best fit", () =>
    expect(places(genallocBestFit, { units: 16 }, ["3", "16", "13"])).toEqual([0, NO_ROOM, 3]));

  it("gives by fixed what was asked for, at the first limit", () => {
    const chunk = genallocFixed.make({ units: 16 });
    if (!(chunk instanceof BitmapAllocator)) throw new Error("no limits");
    const out = new Int32Array(3);
    expect([chunk.allocateIn(4, 1, 6, 15, out), ...out]).toEqual([1, 6, 6, 4]);
    expect(chunk.allocateIn(1, 1, 9, 15, out)).toBe(NO_ROOM);
    expect([chunk.allocateIn(1, 1, 10, 15, out), out[1]]).toEqual([1, 10]);
    expect([chunk.allocate(6, 1, out), out[1]]).toEqual([1, 0]);
  });
});

describe("a coherent pool", () => {
  it("serves 3, 1, 5, 2 and 1 pages of 16 at 0, 4, 8, 6 and 5", () =>
    expect(places(coherentSlots, { units: 16 }, ["3", "1", "5", "2", "1"])).toEqual([0, 4, 8, 6, 5]));
  it("has no slot for five pages of six", () => expect(places(coherentSlots, { units: 6 }, ["5"])).toEqual([NO_ROOM]));
  it("counts the slot as taken, and gives it back whole", () => {
    const pool = coherentSlots.make({ units: 4096 });
    const out = new Int32Array(3);
    expect([pool.allocate(2304, 1, out), ...out]).toEqual([1, 0, 0, 2304]);
    expect([pool.freeUnits(), pool.largestFree(), pool.allocate(1, 1, out)]).toEqual([0, 0, NO_ROOM]);
    pool.free(0);
    expect([pool.freeUnits(), pool.largestFree()]).toEqual([4096, 4096]);
  });
});

describe("a bitmap with state", () => {
  const policy = { aligned: true, rounding: "exact" } as const;
  it("frees one of two neighbours and leaves the other", () => {
    const pool = new BitmapAllocator({ units: 100 }, firstFit, policy);
    const out = new Int32Array(3);
    for (const units of [40, 30]) pool.allocate(units, 1, out);
    pool.free(0);
    expect([pool.freeUnits(), pool.largestFree(), pool.allocate(41, 1, out)]).toEqual([70, 40, NO_ROOM]);
    expect([pool.allocate(40, 1, out), out[1]]).toEqual([1, 0]);
  });
  it("keeps within the limits of a request, and to the pool where they go beyond", () => {
    const pool = new BitmapAllocator({ units: 64 }, firstFit, policy);
    const out = new Int32Array(3);
    expect([pool.allocateIn(8, 8, 3, 15, out), out[1]]).toEqual([1, 8]);
    expect(pool.allocateIn(8, 8, 3, 15, out)).toBe(NO_ROOM);
    expect([pool.allocateIn(2, 1, 62, 1000, out), out[1]]).toEqual([1, 62]);
    expect(() => pool.allocateIn(1, 1, 5, 4, out)).toThrow(new RangeError("5 to 4 are no limits; 0 or more, in order"));
  });
  it("refuses a handle that is inside an allocation", () => {
    const pool = new BitmapAllocator({ units: 64 }, firstFit, policy);
    pool.allocate(8, 1, new Int32Array(3));
    expect(() => pool.free(1)).toThrow(new RangeError("handle 1 is not of a live allocation"));
  });
});
