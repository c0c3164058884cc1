import { boardWord } from "../named-device.js";
import { patternRecogniser } from "../pattern-recogniser.js";
import type { ExplainContext, Explanation, Numbers, Recogniser } from "../recogniser.js";

/** One way to say it. */
export interface Wording {
  /** As `Recogniser.hint`. */
  readonly hint: string;
  /** Tried on the message; its named groups are what {@link WordedLine.read} gets. */
  readonly pattern: RegExp;
  /** As `Recogniser.source`. */
  readonly source: string;
}

/** Named groups of a match; a group that took no part is missing. */
export type Groups = Readonly<Partial<Record<string, string>>>;

/** A kind of line that programs and versions word differently: one id, one meaning. */
export interface WordedLine<Read extends Numbers> {
  readonly id: string;
  readonly topic: string;
  readonly wordings: readonly Wording[];
  /** Numbers from the groups of the wording that matched; null when the line is another. */
  readonly read: (groups: Groups) => Read | null;
  /** What equal lines have in common; by default all numbers. */
  readonly key?: (read: Read) => string;
  /** `MACHINE` in the commands it gives is written as the board's word. */
  readonly explain: (read: Read, context: ExplainContext) => Explanation | null;
}

/** A recogniser for every wording. */
export function wordedLine<Read extends Numbers>(line: WordedLine<Read>): readonly Recogniser[] {
  const { wordings, read, explain, ...rest } = line;
  const explained = (numbers: Read, context: ExplainContext): Explanation | null => {
    const explanation = explain(numbers, context);
    if (explanation === null) return null;
    const board = boardWord(context.machine);
    return { ...explanation, next: explanation.next.map((command) => command.replace("MACHINE", board)) };
  };
  return wordings.map(({ hint, pattern, source }) =>
    patternRecogniser<Read>({
      ...rest,
      explain: explained,
      hint,
      pattern,
      source,
      read: (match) => read(match.groups ?? {}),
    }),
  );
}
