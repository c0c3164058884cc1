/**
 * How sure a fact is. A: a constant without a condition, or read by a person. B: one value, found through match data or a shared core. C: one of several, by
 * a condition. D: nothing is set by a driver that was read to its end: the kernel's default counts. E: only known at run time, or not at all.
 */
export type Confidence = "A" | "B" | "C" | "D" | "E";

/** What each level means for an answer, in a few words. */
export const CONFIDENCE_WORDS: Readonly<Record<Confidence, string>> = {
  A: "constant or read by a person",
  B: "through match data or a shared core",
  C: "one of several, the tightest taken",
  D: "nothing set, the kernel's default",
  E: "known at run time only, or not at all",
};
