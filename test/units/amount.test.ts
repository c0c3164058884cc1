import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseAmount } from "../../src/units/amount.js";

describe("parseAmount", () => {
  const numbers: readonly (readonly [text: string, value: number])[] = [
    ["0", 0],
    ["4096", 4096],
    ["007", 7],
    ["0x1000", 4096],
    ["0Xff", 255],
    ["1k", 1024],
    ["12M", 12_582_912],
    ["12MiB", 12_582_912],
    ["12mib", 12_582_912],
    ["4GiB", 4_294_967_296],
    ["4 GiB", 4_294_967_296],
    ["2T", 2_199_023_255_552],
    ["0x10K", 16_384],
    ["  64K\n", 65_536],
    ["9007199254740991", 9_007_199_254_740_991],
    ["0x1fffffffffffff", 9_007_199_254_740_991],
    ["8191T", 9_006_099_743_113_216],
  ];
  for (const [text, value] of numbers) {
    it(`reads ${JSON.stringify(text)} as ${value}`, () => expect(parseAmount(text)).toEqual({ ok: true, value }));
  }

  const refusals: readonly (readonly [text: string, refusal: string])[] = [
    ["", "syntax"],
    ["G", "syntax"],
    ["0x", "syntax"],
    ["1.5G", "syntax"],
    ["4GB", "syntax"],
    ["4Gi", "syntax"],
    ["4iB", "syntax"],
    ["1e6", "syntax"],
    ["1_000", "syntax"],
    ["+5", "syntax"],
    ["-", "syntax"],
    ["12M 3", "syntax"],
    ["-1", "negative"],
    ["- 1", "negative"],
    ["-0x10", "negative"],
    ["9007199254740992", "too-large"],
    ["8192T", "too-large"],
    ["0xffffffffffffffff", "too-large"],
    ["9".repeat(400), "too-large"],
  ];
  for (const [text, refusal] of refusals) {
    const shown = text.length > 20 ? `${text.length} digits` : JSON.stringify(text);
    it(`refuses ${shown}: ${refusal}`, () => expect(parseAmount(text)).toEqual({ ok: false, refusal }));
  }

  it("reads every exact number back, in decimal and in hexadecimal", () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (value) => {
        expect(parseAmount(String(value))).toEqual({ ok: true, value });
        expect(parseAmount(`0x${value.toString(16)}`)).toEqual({ ok: true, value });
      }),
    );
  });
});
