import { describe, expect, it } from "vitest";
import { buildDeviceTree, cells } from "../../src/devicetree/build.js";
import { cellsOf, numberFromCells, stringOf, stringsOf, u32At, u32Property } from "../../src/devicetree/values.js";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe("stringOf", () => {
  it("gives the first string without its NUL", () => expect(stringOf(bytes("a,b\0c\0"))).toBe("a,b"));
  it("takes everything where there is no NUL", () => expect(stringOf(bytes("abc"))).toBe("abc"));
  it("gives nothing for a flag", () => expect(stringOf(new Uint8Array(0))).toBe(""));
  it("reads UTF-8", () => expect(stringOf(bytes("Käse €\0"))).toBe("Käse €"));
  it("keeps other bytes as Latin-1", () => expect(stringOf(new Uint8Array([0x61, 0xe4, 0x62, 0]))).toBe("a\u00e4b"));
  it("reads strings of any length", () => expect(stringOf(bytes(`${"x".repeat(100000)}\0`))).toHaveLength(100000));
  it("keeps long other bytes as Latin-1", () => {
    expect(stringOf(new Uint8Array(10000).fill(0xff))).toBe("\u00ff".repeat(10000));
  });
});

describe("stringsOf", () => {
  const cases: readonly [string, string[]][] = [
    ["", []],
    ["a\0", ["a"]],
    ["a\0b\0", ["a", "b"]],
    ["a\0\0b\0", ["a", "", "b"]],
    ["a\0b", ["a", "b"]],
    ["\0", [""]],
  ];
  for (const [text, strings] of cases) {
    it(`splits ${JSON.stringify(text)}`, () => expect(stringsOf(bytes(text))).toEqual(strings));
  }
});

describe("cells", () => {
  const value = cells(0xffffffff, 0x12, 0x345);

  it("are 32-bit words without a sign", () => expect(u32At(value, 0)).toBe(0xffffffff));
  it("may start at any byte", () => expect(u32At(value, 2)).toBe(0xffff0000));
  it("outside the value are an error", () => {
    expect(() => u32At(value, 9)).toThrow(RangeError);
    expect(() => u32At(value, -1)).toThrow(RangeError);
    expect(() => numberFromCells(value, 2, 2)).toThrow(RangeError);
  });
  it("are decoded as a whole, odd bytes dropped", () => {
    expect([...cellsOf(value)]).toEqual([0xffffffff, 0x12, 0x345]);
    expect([...cellsOf(value.subarray(0, 7))]).toEqual([0xffffffff]);
  });
  it("make one number: none is 0, two are 64 bits, of three the last two count", () => {
    expect(numberFromCells(value, 1, 0)).toBe(0);
    expect(numberFromCells(value, 1, 1)).toBe(0x12);
    expect(numberFromCells(value, 1, 2)).toBe(0x12_0000_0345);
    expect(numberFromCells(value, 0, 3)).toBe(0x12_0000_0345);
  });
  it("are exact up to 2^53 - 1 and stop there", () => {
    expect(numberFromCells(cells(0x1fffff, 0xffffffff), 0, 2)).toBe(9007199254740991);
    expect(numberFromCells(cells(0x200000, 0), 0, 2)).toBe(9007199254740991);
    expect(numberFromCells(value, 0, 2)).toBe(9007199254740991);
  });
});

describe("u32Property", () => {
  const { root } = buildDeviceTree({ a: cells(7, 8), short: new Uint8Array([1, 2, 3]), on: true });
  it("is the first cell", () => expect(u32Property(root, "a")).toBe(7));
  it("is nothing where the property is missing or too short", () => {
    expect(["none", "short", "on"].map((name) => u32Property(root, name))).toEqual([undefined, undefined, undefined]);
  });
});
