import { describe, expect, it } from "vitest";
import { accepted, orThrow, refused } from "../../src/units/result.js";

describe("a result", () => {
  it("holds a value or a refusal", () => {
    expect([accepted(3), refused({ code: "no" })]).toEqual([
      { ok: true, value: 3 },
      { ok: false, refusal: { code: "no" } },
    ]);
  });
  it("gives its value to those who want no refusal", () => expect(orThrow(accepted(3))).toBe(3));
  it("throws its refusal at them, which is the cause", () => {
    expect(() => orThrow(refused({ code: "no" }))).toThrow(
      new RangeError('refused: {"code":"no"}', { cause: { code: "no" } }),
    );
  });
});
