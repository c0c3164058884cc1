import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  alignDown,
  alignUp,
  formatHex,
  formatSize,
  isPowerOfTwo,
  MAX_EXACT,
  orderOf,
  roundUpToPowerOfTwo,
} from "../../src/units/quantity.js";

describe("alignUp and alignDown", () => {
  const cases = [
    { value: 0, step: 4096, up: 0, down: 0 },
    { value: 1, step: 4096, up: 4096, down: 0 },
    { value: 4096, step: 4096, up: 4096, down: 4096 },
    { value: 12441600, step: 4096, up: 12443648, down: 12439552 },
    { value: 0x1_2345_6789, step: 0x1000, up: 0x1_2345_7000, down: 0x1_2345_6000 },
    { value: 100, step: 48, up: 144, down: 96 },
  ];
  for (const { value, step, up, down } of cases) {
    it(`${value} to ${step}: ${up} and ${down}`, () =>
      expect([alignUp(value, step), alignDown(value, step)]).toEqual([up, down]));
  }
  it("refuses a result that is not exact", () => expect(() => alignUp(MAX_EXACT, 4096)).toThrow(RangeError));
  it("keeps what is exact up to the last page", () => expect(alignUp(MAX_EXACT - 4095, 4096)).toBe(2 ** 53 - 4096));
});

describe("isPowerOfTwo", () => {
  it("knows 1, 2, 4 and 2^52", () => expect([1, 2, 4, 2 ** 52].every(isPowerOfTwo)).toBe(true));
  it("refuses others", () => expect([0, -2, 3, 6, 0.5, 2 ** 53, Number.NaN].some(isPowerOfTwo)).toBe(false));
});

describe("roundUpToPowerOfTwo and orderOf", () => {
  const cases = [
    { pages: 0, power: 1, order: 0 },
    { pages: 1, power: 1, order: 0 },
    { pages: 3, power: 4, order: 2 },
    { pages: 4, power: 4, order: 2 },
    { pages: 300, power: 512, order: 9 },
    { pages: 2 ** 40 + 1, power: 2 ** 41, order: 41 },
  ];
  for (const { pages, power, order } of cases) {
    it(`${pages} pages: ${power}, order ${order}`, () =>
      expect([roundUpToPowerOfTwo(pages), orderOf(pages * 4096, 4096)]).toEqual([power, order]));
  }
  it("counts the last byte", () =>
    expect([orderOf(4096, 4096), orderOf(4097, 4096), orderOf(65536, 65536)]).toEqual([0, 1, 0]));
});

describe("formatSize", () => {
  const cases: readonly (readonly [number, string])[] = [
    [0, "0 B"],
    [62, "62 B"],
    [1024, "1 KiB"],
    [1536, "1.5 KiB"],
    [3 * 2 ** 20, "3 MiB"],
    [12443648, "11.87 MiB"],
    [10 * 2 ** 20, "10 MiB"],
    [2 ** 31 - 4096, "2.00 GiB"],
    [2 ** 32, "4 GiB"],
    [2 ** 52, "4 PiB"],
  ];
  for (const [size, text] of cases) it(`${size} is ${text}`, () => expect(formatSize(size)).toBe(text));

  it("has no decimal point exactly when the number is exact and whole", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: MAX_EXACT }), (size) => {
        const [digits, unit] = formatSize(size).split(" ") as [string, string];
        if (digits.includes(".")) return;
        expect(Number(digits) * 1024 ** ["B", "KiB", "MiB", "GiB", "TiB", "PiB"].indexOf(unit)).toBe(size);
      }),
    );
  });
});

describe("formatHex", () => {
  it("writes numbers and big integers", () =>
    expect([formatHex(0x1_0000_0000), formatHex(2n ** 64n - 1n)]).toEqual(["0x100000000", "0xffffffffffffffff"]));
});
