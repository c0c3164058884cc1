/** The model's answer in the words of the captures, so that the two can be compared field by field. */
import type { BootInput, BootOutcome, BootRegion } from "../../src/boot/outcome.js";
import { simulateBoot } from "../../src/boot/simulate.js";
import { formatHex } from "../../src/units/quantity.js";
import { type Capture, inputOf, setOf } from "./capture.js";

/** Regions in the words of the captures, in the order of announcement; those not announced last, in tree order. */
export function announced(outcome: BootOutcome): readonly (readonly string[])[] {
  const order = (region: BootRegion): number => region.announced ?? Number.MAX_SAFE_INTEGER;
  return outcome.regions
    .filter((region) => region.status === "placed")
    .sort((a, b) => order(a) - order(b))
    .map((r) => [r.name, formatHex(r.base as number), formatHex(r.size), r.kind, r.noMap ? "nomap" : "map"]);
}

/** Complaints in the words of the captures: the node's name; a panic names none. */
export function complaints(outcome: BootOutcome): readonly (readonly [string, string | null])[] {
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

/** What the kernel printed. Null where the boot did not get that far; then {@link predicted} has null, too. */
export function expected(capture: Capture): Record<string, unknown> {
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

/** What the model says, in the same words. */
export function predicted(capture: Capture, input: BootInput = inputOf(capture)): Record<string, unknown> {
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

/** One text for each field in which the model and the kernel differ: what the model says, then what the kernel printed. */
export function differences(capture: Capture, input: BootInput = inputOf(capture)): readonly string[] {
  const [foretold, printed] = [predicted(capture, input), expected(capture)];
  return Object.keys(printed)
    .filter((field) => JSON.stringify(foretold[field]) !== JSON.stringify(printed[field]))
    .map(
      (field) =>
        `  ${field}\n    model  ${JSON.stringify(foretold[field])}\n    kernel ${JSON.stringify(printed[field])}`,
    );
}
