import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { explainMemorySpec, parseMemorySpec } from "../../src/machine/memory-spec.js";
import { quoted } from "../../src/units/quote.js";

describe("parseMemorySpec", () => {
  const good: readonly [string, unknown][] = [
    ["4G", { kind: "size", size: 0x1_0000_0000 }],
    ["512m", { kind: "size", size: 0x2000_0000 }],
    ["0x80000000", { kind: "size", size: 0x8000_0000 }],
    ["4GiB", { kind: "size", size: 0x1_0000_0000 }],
    ["512 mib", { kind: "size", size: 0x2000_0000 }],
    ["4096", { kind: "size", size: 4096 }],
    ["0x80000000+2G", { kind: "banks", banks: [{ base: 0x8000_0000, size: 0x8000_0000 }] }],
    [
      "0x200000+0xefe00000,0x100000000+12G",
      {
        kind: "banks",
        banks: [
          { base: 0x20_0000, size: 0xefe0_0000 },
          { base: 0x1_0000_0000, size: 0x3_0000_0000 },
        ],
      },
    ],
    [
      "4G+1G, 1G+1G",
      {
        kind: "banks",
        banks: [
          { base: 0x4000_0000, size: 0x4000_0000 },
          { base: 0x1_0000_0000, size: 0x4000_0000 },
        ],
      },
    ],
    [
      "0+1M,1M+1M",
      {
        kind: "banks",
        banks: [
          { base: 0, size: 0x10_0000 },
          { base: 0x10_0000, size: 0x10_0000 },
        ],
      },
    ],
  ];
  for (const [text, value] of good) {
    it(`reads ${text}`, () => expect(parseMemorySpec(text)).toEqual({ ok: true, value }));
  }

  const bad: readonly [string, unknown][] = [
    ["", { code: "memory-syntax", part: "" }],
    ["lots", { code: "memory-syntax", part: "lots" }],
    ["4GB", { code: "memory-syntax", part: "4GB" }],
    ["1.5G", { code: "memory-syntax", part: "1.5G" }],
    ["0x", { code: "memory-syntax", part: "0x" }],
    ["1e9", { code: "memory-syntax", part: "1e9" }],
    ["0x80000000+", { code: "memory-syntax", part: "0x80000000+" }],
    ["1G+1G,2G", { code: "memory-syntax", part: "2G" }],
    ["1G+1G,", { code: "memory-syntax", part: "" }],
    ["1+2+3", { code: "memory-syntax", part: "1+2+3" }],
    ["-1G", { code: "memory-negative", part: "-1G" }],
    ["-4096+1G", { code: "memory-negative", part: "-4096+1G" }],
    ["1G+-1G", { code: "memory-negative", part: "1G+-1G" }],
    ["0", { code: "memory-zero-size", part: "0" }],
    ["0x80000000+0", { code: "memory-zero-size", part: "0x80000000+0" }],
    ["9007199254740993", { code: "memory-too-large", part: "9007199254740993" }],
    ["8192T", { code: "memory-too-large", part: "8192T" }],
    ["0x1fffffffffffff+1", { code: "memory-too-large", part: "0x1fffffffffffff+1" }],
    ["0+2G,1G+1G", { code: "memory-overlap", part: "1G+1G", other: "0+2G" }],
    ["1G+1G,0+1073741825", { code: "memory-overlap", part: "1G+1G", other: "0+1073741825" }],
  ];
  for (const [text, refusal] of bad) {
    it(`refuses "${text}"`, () => expect(parseMemorySpec(text)).toEqual({ ok: false, refusal }));
  }

  it("takes the largest exact end", () => {
    expect(parseMemorySpec("0x1ffffffffffffe+1").ok).toBe(true);
  });

  it("never throws, and what it refuses has a sentence that names the part", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[0-9xKMGT+,-]{0,24}$/)), (text) => {
        const result = parseMemorySpec(text);
        if (!result.ok) expect(explainMemorySpec(result.refusal)).toContain(quoted(result.refusal.part));
      }),
    );
  });

  it("explains in one line what holds line ends, controls or very much", () => {
    const explained = (text: string): string => {
      const result = parseMemorySpec(text);
      return result.ok ? "accepted" : explainMemorySpec(result.refusal);
    };
    expect(explained("4\n\u001b[2JG")).toBe(
      'memory "4\\n\\u001b[2JG" is neither SIZE nor BASE+SIZE; write 4G or 0x80000000+2G',
    );
    expect(explained("9".repeat(100_000)).length).toBeLessThan(200);
  });

  it("gives banks that are sorted, apart and exact", () => {
    const bank = fc.tuple(fc.maxSafeNat(), fc.maxSafeNat()).map(([base, size]) => `${base}+${size}`);
    fc.assert(
      fc.property(fc.array(bank, { minLength: 1, maxLength: 5 }), (banks) => {
        const result = parseMemorySpec(banks.join(","));
        if (!result.ok || result.value.kind !== "banks") return;
        let end = 0;
        for (const { base, size } of result.value.banks) {
          expect(base).toBeGreaterThanOrEqual(end);
          end = base + size;
        }
        expect(Number.isSafeInteger(end)).toBe(true);
      }),
    );
  });
});
