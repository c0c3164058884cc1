import type { BootFailure } from "../boot/outcome.js";
import { endOf, intersectRanges, largestAlignedRun, type Range, subtractRanges, toRangeSet } from "../units/ranges.js";
import type { NamedRange } from "./failure-words.js";

/** A free run that was too short for what was asked. */
export interface ShortHole extends Range {
  /** Longest run in it that begins as aligned as was asked. */
  readonly aligned: number;
  /** What ends it on either side, in words: names, the ends of RAM, or of where was looked. */
  readonly bounds: string;
}

/**
 * The holes the kernel looked into when it found no place, ascending; none for other complaints.
 *
 * @param banks - RAM, ascending
 * @param known - names for what lies beside a hole
 */
export function shortHoles(
  failure: BootFailure,
  banks: readonly Range[],
  known: readonly NamedRange[],
): readonly ShortHole[] {
  if (failure.kind !== "alloc-failed" && failure.kind !== "cma-reserve-failed") return [];
  const searched = failure.kind === "cma-reserve-failed" ? [failure.range] : failure.ranges;
  const alignment = failure.kind === "alloc-failed" ? failure.alignment : 1;
  const ram = toRangeSet(banks);
  const limit = failure.kind === "alloc-failed" ? "alloc-ranges" : "where it may lie";
  const bound = (range: Range, side: "start" | "end"): number => (side === "start" ? range.base : endOf(range));
  const edge = (at: number, side: "start" | "end"): string => {
    if (ram.some((bank) => bound(bank, side) === at)) return `the ${side} of RAM`;
    if (searched?.some((range) => bound(range, side) === at) === true) return `the ${side} of ${limit}`;
    // The neighbour is what ends where the hole starts, and the other way round.
    const beside = known.filter((one) => (side === "start" ? endOf(one) === at : one.base === at));
    return beside.length === 0 ? "something reserved" : [...new Set(beside.map(({ name }) => name))].join(" and ");
  };
  const room = searched === null ? ram : intersectRanges(ram, toRangeSet(searched));
  return subtractRanges(room, failure.blockers).map((hole) => ({
    ...hole,
    aligned: Math.max(0, largestAlignedRun([hole], alignment)),
    bounds:
      searched?.some((range) => range.base === hole.base && endOf(range) === endOf(hole)) === true
        ? "all that was looked at there"
        : `from ${edge(hole.base, "start")} to ${edge(endOf(hole), "end")}`,
  }));
}
