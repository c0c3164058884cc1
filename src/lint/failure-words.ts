import type { BootFailure } from "../boot/outcome.js";
import { formatExactSize, formatHex } from "../units/quantity.js";
import { endOf, type Range, type RangeSet } from "../units/ranges.js";

/** Something that lies in memory and has a name: a reserved region, the kernel image, a device tree. */
export interface NamedRange extends Range {
  readonly name: string;
}

/**
 * A complaint of the kernel in plain words, one or two sentences, the node left out. Holes that were too short are a list of their own:
 * `failure-holes.ts`.
 *
 * @param known - names for what blocks a request
 */
export function describeBootFailure(failure: BootFailure, known: readonly NamedRange[]): string {
  switch (failure.kind) {
    case "alloc-failed": {
      const { asked, alignment, ranges, largestHole } = failure;
      const where = ranges === null ? "in all RAM" : `in ${listed(ranges)}`;
      return `Needs ${formatExactSize(asked)} aligned to ${formatExactSize(alignment)} ${where}; the largest hole there has ${formatExactSize(largestHole)}.${noRoom(failure, known)}`;
    }
    case "cma-reserve-failed": {
      const { asked, range, largestHole } = failure;
      return `The default CMA area needs ${formatExactSize(asked)} in ${listed([range])}; the largest hole there has ${formatExactSize(largestHole)}.${noRoom(failure, known)}`;
    }
    case "reserve-failed":
      return `${placeText(failure)} cannot be reserved. ${blockedBy(failure.blockers, known)}`;
    case "cma-bad-alignment":
      return `${placeText(failure)} is no whole number of CMA granules: base and size have to be multiples of ${formatExactSize(failure.alignment)}, so no CMA area is made.`;
    case "cma-setup-failed":
      return `${placeText(failure)} ${NO_AREA[failure.reason]}`;
    case "cma-no-slots":
      return `The kernel has ${failure.slots} slots for CMA areas (CONFIG_CMA_AREAS), and all are taken; ${failure.target === "region" ? "this region" : "the default area"} gets none.`;
    case "bypassed-by-cmdline":
      return `${placeText(failure)} would be the default CMA area, but cma= on the command line takes its place.`;
    case "no-map-required":
      return `${placeText(failure)} has no no-map, without which this kernel cannot use it as a coherent pool.`;
    case "init-failed":
      return failure.returned
        ? `${placeText(failure)} could not be set up, and its memory goes back to the kernel.`
        : `${placeText(failure)} could not be set up, and its memory is lost: nobody can use it.`;
    case "bad-reg-length":
    case "bad-alloc-ranges-length":
    case "bad-size-length":
    case "bad-alignment-length": {
      const property = failure.kind.slice("bad-".length, -"-length".length);
      return `${property} has ${failure.length} bytes, which are no whole number of entries of ${failure.entryLength} bytes; the kernel leaves the node out.`;
    }
    case "empty-reg":
      return "reg is empty, and the kernel reads behind it.";
    case "unsupported-root":
      return failure.reason === "ranges"
        ? "There is no ranges, so the kernel looks at none of the regions."
        : `#${failure.reason} is not that of the root, so the kernel looks at none of the regions.`;
    case "too-many-dynamic":
      return `More than ${failure.limit} regions have only a size; the kernel keeps ${failure.limit}.`;
    case "table-full":
      return `The kernel's table of ${failure.limit} regions is full; this one is left out.`;
    case "overlap":
      return `${placeText(failure.range)} lies over ${failure.other} at ${placeText(failure.otherRange)}.`;
    case "extra-reg-ignored":
      return `${failure.ignored === 1 ? "1 further entry" : `${failure.ignored} further entries`} of reg are reserved but not part of the region.`;
    case "cma-bad-cmdline":
      return `The kernel cannot read ${failure.text} on the command line.`;
    case "cma-base-misaligned":
      return `The fixed place ${placeText(failure)} is not aligned to ${formatExactSize(failure.alignment)}, so there is no default CMA area.`;
    case "cma-crosses-highmem":
      return `${placeText(failure)} crosses from low to high memory at ${formatHex(failure.border)}, so there is no CMA area.`;
    case "cma-exceeds-limit":
      return `${placeText(failure)} ends above the limit ${formatHex(failure.limit)}, so there is no default CMA area.`;
    case "cma-not-activated":
      return `${placeText(failure)} lies across the border of two zones at ${formatHex(failure.border)}; the kernel gives its pages back, and the area stays empty.`;
    case "panic":
      return failure.cause === "cma-outside-ram"
        ? `The kernel dies: the CMA area ${placeText(failure)} is not all RAM.`
        : `The kernel dies: ${placeText(failure)} is no-map and shares a page with other memory.`;
  }
}

const NO_AREA = {
  "no-slots": "gets no CMA area: the kernel has no slot for another one.",
  empty: "is empty, so no CMA area is made.",
  "not-reserved": "is not reserved, so no CMA area is made.",
} as const;

/** What is in the way where there is no hole at all; which ends each hole is said by `failure-holes.ts`. */
function noRoom(
  { largestHole, blockers }: { readonly largestHole: number; readonly blockers: RangeSet },
  known: readonly NamedRange[],
): string {
  return largestHole > 0 && blockers.length > 0 ? "" : ` ${blockedBy(blockers, known)}`;
}

/** Names of what lies in the ranges, or the ranges where nothing is known. */
function blockedBy(blockers: RangeSet, known: readonly NamedRange[]): string {
  if (blockers.length === 0) return "Nothing is reserved there: it is too small, or no RAM.";
  const words = blockers.map((range) => {
    const inside = known.filter((one) => one.base < endOf(range) && range.base < endOf(one));
    const names = [...new Set(inside.map(({ name }) => name))];
    return names.length === 0 ? placeText(range) : `${names.join(" and ")} (${placeText(range)})`;
  });
  const shown = words.slice(0, 6);
  const rest = words.length - shown.length;
  return `In the way: ${shown.join(", ")}${rest === 0 ? "" : ` and ${rest} more`}.`;
}

function listed(ranges: readonly Range[]): string {
  return ranges.map(placeText).join(", ");
}

function placeText({ base, size }: Range): string {
  return size > 0 ? `${formatHex(base)}-${formatHex(base + size - 1)}` : `${formatHex(base)} (0 bytes)`;
}
