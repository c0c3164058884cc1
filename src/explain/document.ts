import { type Finding, type FindingPlace, SEVERITIES } from "../lint/finding.js";
import type { Machine } from "../machine/machine.js";
import { firstWays, type WayToApply } from "../placement/ways-to-apply.js";
import { besideBoard, rulesBeside } from "./board-check.js";
import type { LineGroup, LogSummary } from "./log-reading.js";
import type { Explanation } from "./recogniser.js";
import { shellWord } from "./shell-word.js";

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
  /** Where boards like this read changes from, for the sorts of remedies among the findings; lines are those of the first of each sort. */
  readonly howToApply: readonly WayToApply[];
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

/** The board a log is of. */
export interface GivenBoard {
  readonly machine: Machine;
  /** How a command line names it: takes the place of MACHINE in the commands that go on from here. */
  readonly name: string;
  /** Findings of `checkBoard` on it, asked for at most once and only where a line needs them; null where there is no device tree. */
  readonly check: () => readonly Finding[] | null;
}

/**
 * Explains what was recognised in a log.
 *
 * @param board - null where only the log is known
 * @param logName - how a command line names the log: takes the place of LOG
 */
export function explainDocument(log: LogSummary, board: GivenBoard | null, logName: string = "LOG"): ExplainDocument {
  const machine = board?.machine ?? null;
  const wanted = board !== null && log.groups.some(({ recogniser }) => rulesBeside(recogniser.id).length > 0);
  const given = board === null ? null : { findings: wanted ? board.check() : null };
  const names: ReadonlyMap<string, string> = new Map([
    ["LOG", shellWord(logName)],
    ["MACHINE", board === null ? "MACHINE" : shellWord(board.name)],
  ]);
  const findings = log.groups.flatMap((group): readonly LogFinding[] => {
    const { recogniser, recognition, line, count } = group;
    const explained = recognition.explain({ machine, lines: log.seen, line, count });
    if (explained === null) return [];
    return [findingOf(group, besideBoard(recogniser.id, explained, given, log.seen), names)];
  });
  return {
    schema: "coalloc/explain/1",
    machine: machine === null ? null : machine.model || (machine.compatible[0] ?? ""),
    findings: SEVERITIES.flatMap((severity) => findings.filter((finding) => finding.severity === severity)),
    howToApply: firstWays(
      findings.flatMap(({ remedies }) => remedies),
      machine?.compatible ?? [],
    ),
    lines: { read: log.lines, recognised: log.recognised, cut: log.cut, left: log.left },
  };
}

function findingOf(
  { recogniser, recognition, line, count, first }: LineGroup,
  explained: Explanation,
  names: ReadonlyMap<string, string>,
): LogFinding {
  const { severity, cause, proof, certainty, why, fix, next, remedies, picture = [], node = null } = explained;
  return {
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
    next: [...new Set(next.map((command) => withNames(command, names)))],
    picture,
    source: recogniser.source,
  };
}

/** `coalloc explain LOG -m MACHINE` with the names the user gave. */
function withNames(command: string, names: ReadonlyMap<string, string>): string {
  return command.replaceAll(/(?<=^| )(?:LOG|MACHINE)(?= |$)/g, (word) => names.get(word) ?? word);
}
