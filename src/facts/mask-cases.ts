import type { MaskFact } from "./fact.js";

/** `VALUE if CONDITION`, for each value the driver may set; empty where it lists none. */
export function maskCases({ candidates = [], when = [] }: MaskFact): string {
  return candidates.map((value, i) => (when[i] === undefined ? value : `${value} if ${when[i]}`)).join("; ");
}
