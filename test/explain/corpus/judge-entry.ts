import type { ExplainDocument } from "../../../src/explain/document.js";
import { explained } from "../read-log.js";
import type { CorpusEntry } from "./read-corpus.js";

/** What is wrong with what we say about a report; empty when nothing is. */
export type Shortcomings = readonly string[];

/** Everything a finding says to people, in one text. */
function wordsOf(finding: ExplainDocument["findings"][number]): string {
  const { cause, proof, why, fix, next, remedies, numbers } = finding;
  return [cause, proof, why, fix, ...next, ...remedies.map(({ text }) => text), ...Object.values(numbers)].join("\n");
}

/** Explains the excerpt of a report, and nothing else, and compares. */
export function judgeEntry({ excerpt, expect }: CorpusEntry): Shortcomings {
  const { findings } = explained(excerpt);
  const found = findings.find(({ id }) => id === expect.id);
  if (found === undefined) {
    const known = findings.map(({ id }) => id).join(", ");
    return [`not recognised as ${expect.id}${known === "" ? "" : ` but as ${known}`}`];
  }
  const text = wordsOf(found);
  return [
    ...expect.words.filter((word) => !text.includes(word)).map((word) => `does not say ${JSON.stringify(word)}`),
    ...Object.entries(expect.numbers ?? {})
      .filter(([name, value]) => found.numbers[name] !== value)
      .map(([name, value]) => `${name} is ${String(found.numbers[name])}, not ${value}`),
    ...(found.severity === "error" && found.next.length === 0 ? ["leads nowhere: no next command"] : []),
  ];
}
