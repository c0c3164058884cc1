import { describe, expect, it } from "vitest";
import type { BootOutcome } from "../../src/boot/outcome.js";
import { simulateBoot } from "../../src/boot/simulate.js";
import { formatHex } from "../../src/units/quantity.js";
import { type Capture, captures, inputOf, setOf } from "./captures.js";

const arm64 = captures.filter((capture) => capture.kernel === "6.12.117+deb12-arm64");

/** The kernel reads behind an empty `reg` and reports whatever bytes follow: there is no right answer. */
const NO_DEFINED_ANSWER = ["st-emptyreg"];

/** Regions in the words of the captures, in the order of announcement. */
function announced(outcome: BootOutcome): readonly unknown[] {
  return outcome.regions
    .filter((region) => region.announced !== null)
    .sort((a, b) => (a.announced as number) - (b.announced as number))
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

function predicted(capture: Capture): Record<string, unknown> {
  const outcome = simulateBoot(inputOf(capture));
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

const arm = captures.filter((capture) => capture.kernel.startsWith("6.1.0-50-armmp"));
describe("a boot of Linux 6.1 on arm, start state given", () => {
  for (const capture of arm) {
    it(`${capture.id}: regions, complaints, reservations and default area as the kernel printed them`, () => {
      expect(predicted(capture)).toEqual(expected(capture));
    });
  }
});

describe("a boot of Linux 6.12 on arm64, start state given", () => {
  for (const capture of arm64) {
    if (NO_DEFINED_ANSWER.includes(capture.id)) continue;
    it(`${capture.id}: regions, complaints, reservations and default area as the kernel printed them`, () => {
      expect(predicted(capture)).toEqual(expected(capture));
    });
  }
});
