import type { Board } from "./board.js";
import type { Finding, FindingPlace, Severity } from "./finding.js";
import type { Proposal } from "./proposal.js";

/** What a rule says of one place; its id comes from the rule, its remedies are those of the proposals that help. */
export interface Flaw {
  readonly severity: Severity;
  readonly text: string;
  readonly where: FindingPlace;
  readonly numbers: Finding["numbers"];
  /** The best first. Each is tried on the board before it is offered. */
  readonly proposals: readonly Proposal[];
}

/** A small board that has a flaw, or does not have it: device tree source inside the root of a plain arm64 board. */
export interface RuleExample {
  /**
   * Stands inside `/ { ... };` of a board with two address and two size cells, one arm64 CPU, 1 GiB of RAM at 0x40000000 (unless it has a
   * `memory` node of its own) and no reserved memory.
   */
  readonly dts: string;
  readonly cmdline?: string;
  /** Lines of a kernel configuration over the default profile. */
  readonly config?: string;
  /** What is in memory when the kernel starts, as a file for `--boot` states it; without it usual load addresses. */
  readonly boot?: string;
  /** Stands before the root: `/memreserve/ BASE SIZE;`, an entry a line. */
  readonly memreserve?: string;
}

/** What a report says of a kind of finding. */
export interface RuleWords {
  /** Kebab-case; never changes its meaning. */
  readonly id: string;
  /** The worst it says. */
  readonly severity: Severity;
  /** What is wrong, in a few words. */
  readonly title: string;
  /** Why it matters and what to do, for somebody who has never heard of it. */
  readonly help: string;
  /** What it rests on: kernel file and symbol, section of a specification, or address of a report. */
  readonly source: string;
  /** A board that has it; missing where lines of a log are looked at. */
  readonly wrong?: RuleExample;
  /** The same board without it. */
  readonly right?: RuleExample;
}

/** One thing that can be wrong with a tree. */
export interface Rule extends RuleWords {
  readonly wrong: RuleExample;
  readonly right: RuleExample;
  /** All flaws of this kind on the board, in tree order. */
  readonly check: (board: Board) => readonly Flaw[];
}
