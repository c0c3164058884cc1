import { describe, expect, it } from "vitest";
import type { BootInput, BootOutcome, BootRegion } from "../../src/boot/outcome.js";
import { simulateBoot } from "../../src/boot/simulate.js";
import { formatHex } from "../../src/units/quantity.js";
import { subtractRanges } from "../../src/units/ranges.js";
import { type Capture, captures, type HexRange, inputOf, setOf } from "./captures.js";

const arm64 = captures.filter((capture) => capture.kernel === "6.12.117+deb12-arm64");

/** The kernel reads behind an empty `reg` and reports whatever bytes follow: there is no right answer. */
const NO_DEFINED_ANSWER = ["st-emptyreg"];

/** Regions in the words of the captures, in the order of announcement; those not announced last, in tree order. */
function announced(outcome: BootOutcome): readonly unknown[] {
  const order = (region: BootRegion): number => region.announced ?? Number.MAX_SAFE_INTEGER;
  return outcome.regions
    .filter((region) => region.status === "placed")
    .sort((a, b) => order(a) - order(b))
    .map((r) => [r.name, formatHex(r.base as number), formatHex(r.size), r.kind, r.noMap ? "nomap" : "map"]);
}

/** Complaints in the words of the captures: the node's name; a panic names none. */
function complaints(outcome: BootOutcome): readonly unknown[] {
  return outcome.failures.map((failure) => {
    const name = failure.node?.slice("/reserved-memory/".length) ?? null;
    return [failure.kind, failure.kind === "panic" ? null : name];
  });
}

function defaultArea(outcome: BootOutcome): unknown {
  const area = outcome.defaultCma;
  if (area === null) return null;
  const source = area.source === "tree" ? "dt" : area.source;
  return [formatHex(area.base), formatHex(area.size), source, area.node === null ? null : area.name];
}

function expected(capture: Capture): Record<string, unknown> {
  return {
    regions: capture.regions,
    failures: capture.failures,
    afterScan: setOf(capture.afterScan),
    noMap: capture.noMap === null ? null : setOf(capture.noMap),
    defaultCma: capture.defaultCma,
    cmaTotalKiB: capture.cmaTotalKiB,
    zoneDmaEnd: capture.zones["DMA"]?.[1] ?? null,
  };
}

function predicted(capture: Capture, input: BootInput = inputOf(capture)): Record<string, unknown> {
  const outcome = simulateBoot(input);
  return {
    regions: announced(outcome),
    failures: complaints(outcome),
    afterScan: outcome.afterScan,
    noMap: capture.noMap === null ? null : outcome.noMap,
    defaultCma: defaultArea(outcome),
    cmaTotalKiB: capture.cmaTotalKiB === null ? null : outcome.cmaTotal / 1024,
    zoneDmaEnd: capture.zones["DMA"] === undefined ? null : formatHex(outcome.zoneDmaEnd),
  };
}

describe("a boot of Linux 6.12 on arm64, start state given", () => {
  for (const capture of arm64) {
    if (NO_DEFINED_ANSWER.includes(capture.id)) continue;
    it(`${capture.id}: regions, complaints, reservations and default area as the kernel printed them`, () => {
      expect(predicted(capture)).toEqual(expected(capture));
    });
  }
});

const arm = captures.filter((capture) => capture.kernel.startsWith("6.1.0-50-armmp"));

/**
 * With RAM above 4 GiB that kernel reserves a default area in high memory, forgets it and makes another one. The log has the lost range
 * among the operations of the scan.
 */
const LOST_IN_HIGH_MEMORY: Readonly<Record<string, HexRange>> = {
  "a32l-cmd-lim": ["0x78000000", "0x8000000"],
  "a32l-dyn": ["0xfee00000", "0x1000000"],
  "a32l-dyn-hi": ["0xfee00000", "0x1000000"],
  "a32l-dyn-low": ["0xfd000000", "0x1000000"],
};

describe("a boot of Linux 6.1 on arm, start state given", () => {
  for (const capture of arm) {
    const lost = LOST_IN_HIGH_MEMORY[capture.id];
    it(`${capture.id}: regions, complaints, reservations and default area as the kernel printed them`, () => {
      const outcome = predicted(capture, { ...inputOf(capture), reservedBeforeDefaultCma: null });
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
