import type { FindingRemedy, Severity } from "../lint/finding.js";
import type { Machine } from "../machine/machine.js";

/** One line of a log. */
export interface LogLine {
  /** The message: without time, priority, host, name of the process, and colours. */
  readonly text: string;
  /** The line as it stood there, without its end; cut at the length `LineSplitter` keeps. */
  readonly raw: string;
  /** From 1. */
  readonly number: number;
}

/** Numbers of a finding by name: sizes in bytes unless the name says pages; null for what nobody knows. */
export type Numbers = Readonly<Record<string, number | string | boolean | null>>;

/** Knows one kind of line. Plain data and pure functions: the same line gives the same answer. */
export interface Recogniser {
  /** In kebab-case; public, never changes meaning: `cma-alloc-failed`. */
  readonly id: string;
  /** What the line is about, in a few words of lower case: `CMA allocation`. */
  readonly topic: string;
  /** Piece of every line that is meant, letter by letter: only lines that hold it are tried. At least four characters. */
  readonly hint: string;
  /** Where the wording comes from: kernel version, file and symbol, or the address of a report. */
  readonly source: string;
  /** True for a line that every log has: it tells of the boot, and does not make a log one that was recognised. */
  readonly isAside: boolean;
  /** Null for a line that is another after all. */
  recognise(line: LogLine): Recognition | null;
}

/** A line that was understood. */
export interface Recognition {
  readonly numbers: Numbers;
  /** Lines with the same recogniser and the same key are one finding with a count. */
  readonly key: string;
  /**
   * Says what it means; asked once for each key, after the whole log was read.
   *
   * @returns null for a line that says nothing by itself, or that the finding of another line speaks of
   */
  explain(context: ExplainContext): Explanation | null;
}

/** What a line means. */
export interface Explanation {
  readonly severity: Severity;
  /** What happened, in one sentence. */
  readonly cause: string;
  /** What in the line, or elsewhere in the log or on the machine, shows that it is so. */
  readonly proof: string;
  readonly certainty: "sure" | "likely" | "possible";
  /** Why it is as sure as that. */
  readonly why: string;
  /** What to do, in one or two sentences. */
  readonly fix: string;
  /** Commands that go on from here, with names and numbers filled in as far as they are known; never empty for errors. */
  readonly next: readonly string[];
  readonly remedies: readonly FindingRemedy[];
  /** A drawing, line by line, for a fixed-width font; at most 72 columns. */
  readonly picture?: readonly string[];
  /** Numbers that only the rest of the log or the machine gives; added to those of the line. */
  readonly numbers?: Numbers;
  /** The node the finding is about, as a path where a machine is known, else as the line names it. */
  readonly node?: string | null;
  /** The property of it. */
  readonly property?: string | null;
}

/** Equal lines of a log. */
export interface SeenLine {
  readonly id: string;
  readonly key: string;
  readonly numbers: Numbers;
  /** Number of the first. */
  readonly line: number;
  readonly count: number;
}

/** What else was recognised in the log. */
export interface SeenLines {
  /** All of one recogniser, in the order of their first lines. */
  of(id: string): readonly SeenLine[];
  /** The first line of a recogniser behind line `after` and at most `within` lines behind it, or null. */
  following(id: string, after: number, within: number): SeenLine | null;
}

/** What explanations may look at. */
export interface ExplainContext {
  /** The board; null where only the log was given. */
  readonly machine: Machine | null;
  readonly lines: SeenLines;
  /** Number of the first line with the key that is explained. */
  readonly line: number;
  /** How often it came. */
  readonly count: number;
}
