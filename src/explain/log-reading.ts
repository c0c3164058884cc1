import { messageOf, withoutColours } from "./line-prefix.js";
import { LineSplitter, type SplitSummary } from "./line-splitter.js";
import type { LogLine, Recogniser, Recognition, SeenLine, SeenLines } from "./recogniser.js";

/** Findings a log may have; what comes on top is counted and not kept. */
const MOST_GROUPS = 20_000;
/** Line numbers kept of one finding. */
const MOST_NUMBERS = 256;

/** Equal lines of a log: the first of them, and where the others stand. */
export interface LineGroup extends SeenLine {
  readonly recogniser: Recogniser;
  readonly recognition: Recognition;
  /** The first line. */
  readonly first: LogLine;
}

/** A log that was read. */
export interface LogSummary extends SplitSummary {
  /** Lines some recogniser knew. */
  readonly recognised: number;
  /** In the order of their first lines. */
  readonly groups: readonly LineGroup[];
  /** Recognised lines that are in no group because there were too many. */
  readonly left: number;
  readonly seen: SeenLines;
}

interface Group {
  readonly recogniser: Recogniser;
  readonly recognition: Recognition;
  readonly first: LogLine;
  readonly numbers: number[];
  count: number;
}

/** Reads a log piece by piece and keeps what is recognised. Memory is bounded however long the log is. */
export class LogReading {
  readonly #recognisers: readonly Recogniser[];
  readonly #anyHint: RegExp;
  readonly #groups = new Map<string, Group>();
  readonly #splitter = new LineSplitter((raw) => this.#line(raw));
  #number = 0;
  #recognised = 0;
  #left = 0;

  /** @param recognisers - tried in this order; the first that knows a line has it */
  constructor(recognisers: readonly Recogniser[]) {
    this.#recognisers = recognisers;
    const hints = [...new Set(recognisers.map(({ hint }) => hint))];
    this.#anyHint = new RegExp(hints.map((hint) => hint.replaceAll(/[\\^$.*+?()[\]{}|]/g, "\\$&")).join("|"));
  }

  /** Reads on. */
  push(bytes: Uint8Array): void {
    this.#splitter.push(bytes);
  }

  /** Ends the log. */
  end(): LogSummary {
    const summary = this.#splitter.end();
    const groups = [...this.#groups.values()];
    return {
      ...summary,
      recognised: this.#recognised,
      groups: groups.map((group) => ({ ...seenLine(group), ...group, numbers: group.recognition.numbers })),
      left: this.#left,
      seen: seenLines(groups),
    };
  }

  #line(raw: string): void {
    this.#number += 1;
    const plain = withoutColours(raw);
    if (!this.#anyHint.test(plain)) return;
    const line: LogLine = { text: messageOf(plain), raw, number: this.#number };
    for (const recogniser of this.#recognisers) {
      if (!line.text.includes(recogniser.hint)) continue;
      const recognition = recogniser.recognise(line);
      if (recognition === null) continue;
      if (!recogniser.isAside) this.#recognised += 1;
      this.#add(recogniser, recognition, line);
      return;
    }
  }

  #add(recogniser: Recogniser, recognition: Recognition, line: LogLine): void {
    const name = `${recogniser.id} ${recognition.key}`;
    const group = this.#groups.get(name);
    if (group !== undefined) {
      group.count += 1;
      if (group.numbers.length < MOST_NUMBERS) group.numbers.push(line.number);
    } else if (this.#groups.size < MOST_GROUPS) {
      this.#groups.set(name, { recogniser, recognition, first: line, numbers: [line.number], count: 1 });
    } else {
      this.#left += 1;
    }
  }
}

function seenLine({ recogniser, recognition, first, count }: Group): SeenLine {
  return { id: recogniser.id, key: recognition.key, numbers: recognition.numbers, line: first.number, count };
}

function seenLines(groups: readonly Group[]): SeenLines {
  return {
    of: (id) => groups.filter((group) => group.recogniser.id === id).map(seenLine),
    following: (id, after, within) => {
      let nearest: { readonly group: Group; readonly number: number } | null = null;
      for (const group of groups) {
        if (group.recogniser.id !== id) continue;
        const number = group.numbers.find((n) => n > after && n <= after + within);
        if (number !== undefined && (nearest === null || number < nearest.number)) nearest = { group, number };
      }
      return nearest === null ? null : seenLine(nearest.group);
    },
  };
}
