import type { ExplainContext, Explanation, Numbers, Recogniser } from "./recogniser.js";

/** A kind of line that one regular expression tells. */
export interface LinePattern<Read extends Numbers> {
  readonly id: string;
  readonly topic: string;
  readonly hint: string;
  readonly source: string;
  /** As `Recogniser.isAside`. */
  readonly isAside?: boolean;
  /** Tried on the message; not global. */
  readonly pattern: RegExp;
  /** Numbers from the groups of the match; null when they make no sense and the line is another. */
  readonly read: (match: RegExpExecArray) => Read | null;
  /** What equal lines have in common; by default all numbers. */
  readonly key?: (read: Read) => string;
  readonly explain: (read: Read, context: ExplainContext) => Explanation | null;
}

/** Makes a recogniser of a pattern. */
export function patternRecogniser<Read extends Numbers>(spec: LinePattern<Read>): Recogniser {
  const { id, topic, hint, source, isAside = false, pattern } = spec;
  return {
    id,
    topic,
    hint,
    source,
    isAside,
    recognise: (line) => {
      const match = pattern.exec(line.text);
      if (match === null) return null;
      const read = spec.read(match);
      if (read === null) return null;
      return {
        numbers: read,
        key: spec.key?.(read) ?? JSON.stringify(read),
        explain: (context) => spec.explain(read, context),
      };
    },
  };
}

/** A whole number of a match, decimal or with `0x`; null where the group is missing or the number is not exact. */
export function numberIn(text: string | undefined): number | null {
  if (text === undefined || !/^(?:0x[0-9a-f]+|\d+)$/i.test(text)) return null;
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : null;
}
