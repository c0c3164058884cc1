import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  copyBitmap,
  countFree,
  largestFreeRun,
  makeBitmap,
  nextFree,
  nextTaken,
  releaseUnits,
  takeUnits,
} from "../../src/algorithms/bitmap.js";
import { bits, pictureOf } from "./bits.js";

const pictures = fc.array(fc.constantFrom("#", "."), { minLength: 1, maxLength: 200 }).map((cells) => cells.join(""));

describe("a bitmap", () => {
  it("starts free", () => expect(pictureOf(makeBitmap(5))).toBe("....."));

  it("takes and gives back runs across words", () => {
    const map = makeBitmap(100);
    takeUnits(map, 30, 40);
    expect(pictureOf(map)).toBe(".".repeat(30) + "#".repeat(40) + ".".repeat(30));
    releaseUnits(map, 32, 32);
    expect(pictureOf(map)).toBe(`${".".repeat(30)}##${".".repeat(32)}######${".".repeat(30)}`);
  });

  it("leaves its copy alone", () => {
    const map = bits("..");
    const copy = copyBitmap(map);
    takeUnits(map, 0, 2);
    expect([pictureOf(map), pictureOf(copy)]).toEqual(["##", ".."]);
  });

  it("finds the next free and the next taken unit", () => {
    const map = bits(`${"#".repeat(40)}..#`);
    expect([nextFree(map, 0), nextFree(map, 41), nextFree(map, 42), nextFree(map, 99)]).toEqual([40, 41, 43, 43]);
    expect([nextTaken(map, 40, 43), nextTaken(map, 40, 42), nextTaken(map, 0, 43)]).toEqual([42, 42, 0]);
  });

  it("looks at no word behind the end it is given", () => {
    const read: string[] = [];
    const words = new Proxy(new Uint32Array(1000), {
      get: (target, key) => {
        if (typeof key === "string" && /^\d+$/.test(key)) read.push(key);
        return Reflect.get(target, key, target);
      },
    });
    expect(nextTaken({ words, length: 32_000 }, 40, 70)).toBe(70);
    expect(read).toEqual(["1", "2"]);
  });

  it("answers as a string of cells does", () => {
    fc.assert(
      fc.property(pictures, fc.nat(200), fc.nat(200), (picture, from, end) => {
        const map = bits(picture);
        const free = picture.indexOf(".", from);
        expect(nextFree(map, from)).toBe(free < 0 ? picture.length : free);
        const stop = Math.min(end, picture.length);
        const taken = picture.slice(0, stop).indexOf("#", from);
        expect(nextTaken(map, Math.min(from, stop), stop)).toBe(taken < 0 || from > stop ? stop : taken);
        expect(countFree(map)).toBe([...picture].filter((c) => c === ".").length);
        expect(largestFreeRun(map, 1, 0)).toBe(Math.max(...picture.split("#").map((run) => run.length)));
      }),
    );
  });
});

describe("largestFreeRun", () => {
  const cases = [
    { map: "........", align: 4, offset: 0, run: 8 },
    { map: "#.......", align: 4, offset: 0, run: 4 },
    { map: "#.......", align: 4, offset: 3, run: 7 },
    { map: "#..#.##.", align: 4, offset: 0, run: 1 },
    { map: "#..##", align: 4, offset: 0, run: 0 },
  ];
  for (const { map, align, offset, run } of cases) {
    it(`${map} at ${align} from ${offset}: ${run}`, () => expect(largestFreeRun(bits(map), align, offset)).toBe(run));
  }
});
