import { describe, expect, it } from "vitest";
import { oneLine, quoted } from "../../src/units/quote.js";

describe("quoted", () => {
  const cases: readonly [string, string][] = [
    ["4GB", '"4GB"'],
    ["", '""'],
    ['a "b"', '"a \\"b\\""'],
    ["a\nb", '"a\\nb"'],
    ["\u001b[2J", '"\\u001b[2J"'],
    ["\u007f\u009b\u2028", '"\\u007f\\u009b\\u2028"'],
    ["é", '"é"'],
    ["x".repeat(80), `"${"x".repeat(80)}"`],
    ["x".repeat(81), `"${"x".repeat(80)}..."`],
  ];
  for (const [text, expected] of cases) {
    it(`writes ${JSON.stringify(text)} as ${expected}`, () => expect(quoted(text)).toBe(expected));
  }
});

describe("oneLine", () => {
  it("makes one space of a run of line ends and controls", () => {
    expect(oneLine(" a\r\n\tb\u001b \u2028c ")).toBe("a b c");
  });

  it("keeps 300 characters and marks the cut", () => {
    expect(oneLine("x".repeat(300))).toBe("x".repeat(300));
    expect(oneLine("x".repeat(301))).toBe(`${"x".repeat(297)}...`);
  });
});
