import { describe, expect, it } from "vitest";
import { formatHex } from "../../src/units/quantity.js";
import { subtractRanges } from "../../src/units/ranges.js";
import { type Capture, earlyAreaInput, setOf } from "./capture.js";
import { captures, randomCaptures } from "./captures.js";
import { differences, expected, predicted } from "./compare.js";
import { LOST_IN_HIGH_MEMORY, NO_DEFINED_ANSWER } from "./exceptions.js";

const arm64 = captures.filter((capture) => capture.kernel === "6.12.117+deb12-arm64");

describe("a boot of Linux 6.12 on arm64, start state given", () => {
  for (const capture of arm64) {
    if (NO_DEFINED_ANSWER.includes(capture.id)) continue;
    it(`${capture.id}: regions, complaints, reservations and default area as the kernel printed them`, () => {
      expect(predicted(capture)).toEqual(expected(capture));
    });
  }
});

describe("a boot drawn at random, start state given", () => {
  for (const capture of randomCaptures) {
    it(`${capture.id} (${capture.cmdline}): every field as the kernel printed it`, () => {
      expect(predicted(capture)).toEqual(expected(capture));
    });
  }

  it("is told from one that differs by a page", () => {
    const capture = randomCaptures.find(({ regions }) => regions.length > 2)!;
    const [[name, base, size, kind, map], ...rest] = capture.regions as [Capture["regions"][0], ...Capture["regions"]];
    const moved = [name, formatHex(Number(base) + 0x1000), size, kind, map] as const;
    expect(differences(capture)).toEqual([]);
    expect(differences({ ...capture, regions: [moved, ...rest] })).toEqual([expect.stringContaining(moved[1])]);
    expect(differences({ ...capture, cmaTotalKiB: 1 })).toEqual([expect.stringContaining("cmaTotalKiB")]);
  });
});

const arm = captures.filter((capture) => capture.kernel.startsWith("6.1.0-50-armmp"));

describe("a boot of Linux 6.1 on arm, start state given", () => {
  for (const capture of arm) {
    const lost = LOST_IN_HIGH_MEMORY[capture.id];
    it(`${capture.id}: regions, complaints, reservations and default area as the kernel printed them`, () => {
      const outcome = predicted(capture, earlyAreaInput(capture));
      const printed = expected(capture);
      if (lost !== undefined) {
        printed["afterScan"] = subtractRanges(setOf(capture.afterScan), setOf([lost]));
        // User space dies on that machine for reasons that have nothing to do with placement.
        printed["failures"] = capture.failures.filter(([kind]) => kind !== "panic");
      }
      expect(outcome).toEqual(printed);
    });
  }
});
