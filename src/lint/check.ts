import type { Board } from "./board.js";
import { type Finding, SEVERITIES } from "./finding.js";
import { boardAfter, type Proposal, remedyOf } from "./proposal.js";
import type { Flaw, Rule } from "./rule.js";
import { RULES } from "./rules.js";

/**
 * Every finding on a board, the worst first, then in the order of rules and of the tree. A remedy is offered only when the board with the
 * change no longer has the finding, and has no error that it did not have before.
 */
export function checkBoard(board: Board, rules: readonly Rule[] = RULES): readonly Finding[] {
  const flaws = rules.flatMap((rule) => rule.check(board).map((flaw) => ({ rule, flaw })));
  const errors = errorsOf(flaws.map(({ rule, flaw }) => keyed(rule, flaw)));
  const findings = flaws.map(({ rule, flaw }): Finding => {
    const { severity, text, where, numbers } = flaw;
    const remedies = flaw.proposals
      .filter((proposal) => helps(board, rule, flaw, proposal, rules, errors))
      .map((proposal) => remedyOf(board, proposal));
    return { id: rule.id, severity, text, where, numbers, remedies };
  });
  return SEVERITIES.flatMap((severity) => findings.filter((finding) => finding.severity === severity));
}

interface Keyed {
  readonly key: string;
  readonly isError: boolean;
}

function helps(
  board: Board,
  rule: Rule,
  flaw: Flaw,
  proposal: Proposal,
  rules: readonly Rule[],
  before: ReadonlySet<string>,
): boolean {
  const after = boardAfter(board, proposal);
  const found = rules.flatMap((each) => each.check(after).map((other) => keyed(each, other)));
  const { key } = keyed(rule, flaw);
  return found.every((other) => other.key !== key && (!other.isError || before.has(other.key)));
}

function keyed(rule: Rule, { where, severity }: Flaw): Keyed {
  return { key: `${rule.id} ${where.node ?? ""} ${where.property ?? ""}`, isError: severity === "error" };
}

function errorsOf(found: readonly Keyed[]): ReadonlySet<string> {
  return new Set(found.filter((each) => each.isError).map((each) => each.key));
}
