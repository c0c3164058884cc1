import { type Finding, type FindingPlace, SEVERITIES } from "../lint/finding.js";
import type { Machine } from "../machine/machine.js";
import type { LineGroup, LogSummary } from "./log-reading.js";
import type { Explanation } from "./recogniser.js";

/** A finding about lines of a log. */
export interface LogFinding extends Finding {
  readonly where: FindingPlace & {
    /** The first such line, from 1. */
    readonly line: number;
    /** How many lines say the same. */
    readonly count: number;
  };
  readonly topic: string;
  /** The message of the first line. */
  readonly message: string;
  readonly cause: string;
  readonly proof: string;
  readonly certainty: Explanation["certainty"];
  readonly why: string;
  readonly fix: string;
  readonly next: readonly string[];
  readonly picture: readonly string[];
  /** Where the wording comes from. */
  readonly source: string;
}

/** What `coalloc explain --json` prints. */
export interface ExplainDocument {
  readonly schema: "coalloc/explain/1";
  /** Name of the board; null where none was given. */
  readonly machine: string | null;
  /** Errors first, then warnings, then notes; within each in the order of the log. */
  readonly findings: readonly LogFinding[];
  readonly lines: {
    readonly read: number;
    readonly recognised: number;
    /** Lines too long to be kept whole. */
    readonly cut: number;
    /** Recognised lines beyond the number of findings kept. */
    readonly left: number;
  };
}

/** Characters of a message that a finding repeats. */
const LONGEST_MESSAGE = 1000;

/**
 * Explains what was recognised in a log, with the board if there is one.
 *
 * @param board - how a command names the board: takes the place of MACHINE in the commands that go on from here
 */
export function explainDocument(log: LogSummary, machine: Machine | null, board: string = "MACHINE"): ExplainDocument {
  const word = /^[\w@%+=:,./-]+$/.test(board) ? board : `'${board.replaceAll("'", "'\\''")}'`;
  const findings = log.groups.flatMap((group) => findingOf(group, log, machine, word));
  return {
    schema: "coalloc/explain/1",
    machine: machine === null ? null : machine.model || (machine.compatible[0] ?? ""),
    findings: SEVERITIES.flatMap((severity) => findings.filter((finding) => finding.severity === severity)),
    lines: { read: log.lines, recognised: log.recognised, cut: log.cut, left: log.left },
  };
}

function findingOf(group: LineGroup, log: LogSummary, machine: Machine | null, board: string): readonly LogFinding[] {
  const { recogniser, recognition, line, count, first } = group;
  const explained = recognition.explain({ machine, lines: log.seen, line, count });
  if (explained === null) return [];
  const { severity, cause, proof, certainty, why, fix, next, remedies, picture = [], node = null } = explained;
  return [
    {
      id: recogniser.id,
      severity,
      text: `${cause} ${fix}`,
      where: { node, property: explained.property ?? null, line, count },
      numbers: { ...recognition.numbers, ...explained.numbers },
      remedies,
      topic: recogniser.topic,
      message: first.text.slice(0, LONGEST_MESSAGE),
      cause,
      proof,
      certainty,
      why,
      fix,
      next: next.map((line) => line.replace(/\bMACHINE\b/, () => board)),
      picture,
      source: recogniser.source,
    },
  ];
}
