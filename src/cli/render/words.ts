import { CONFIDENCE_WORDS, type Confidence } from "../../facts/confidence.js";
import type { Provenance } from "../../machine/machine.js";
import { formatHex, formatSize } from "../../units/quantity.js";
import type { Range } from "../../units/ranges.js";

/** `0x200000-0xefffffff`, ends inclusive, in at most `most` ranges; `nothing` for none. */
export function rangesText(ranges: readonly Range[], most: number = Number.POSITIVE_INFINITY): string {
  if (ranges.length === 0) return "nothing";
  const shown = ranges.slice(0, most).map((r) => `${formatHex(r.base)}-${formatHex(r.base + r.size - 1)}`);
  const rest = ranges.length - shown.length;
  return rest > 0 ? `${shown.join(", ")} and ${rest} more` : shown.join(", ");
}

/** A number of bytes or `unlimited`. */
export function limitText(limit: number | "unlimited"): string {
  return typeof limit === "number" ? formatSize(limit) : limit;
}

/** Where a value is written: `file:line`, `node:property`, an option, or the kind of its origin. */
export function sourceText(provenance: Provenance | undefined): string {
  if (provenance === undefined) return "";
  if (provenance.source !== null) return provenance.source;
  switch (provenance.kind) {
    case "kernel-default":
      return "kernel default";
    case "unknown":
      return "nobody knows";
    case "live":
      return "this system";
    case "tree":
    case "bus":
    case "fact":
    case "override":
    case "cmdline":
    case "config":
    case "derived":
      return provenance.kind;
  }
}

/** What the levels that occur in a table mean: `facts: A constant, D nothing set`. */
export function confidenceLegend(levels: Iterable<Confidence>): string {
  const shown = [...new Set(levels)].sort();
  return `facts: ${shown.map((level) => `${level} ${CONFIDENCE_WORDS[level]}`).join("; ")}`;
}

/** `1 device`, `2 devices`. */
export function counted(number: number, thing: string, plural = `${thing}s`): string {
  return `${number} ${number === 1 ? thing : plural}`;
}
