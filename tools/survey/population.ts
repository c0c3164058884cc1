/** What the rules say of boards, gathered to draw a sample from. */
import type { FactBase } from "../../src/facts/lookup.js";
import type { Flaw } from "../../src/lint/rule.js";
import { RULES } from "../../src/lint/rules.js";
import type { Random } from "../../src/testing/random.js";
import { type Setting, SITUATIONS } from "./situations.js";
import { boardIn, isWithoutMmu, settingIn, surveyedTree } from "./survey.js";

/** One thing said of one tree in one situation. */
export interface SurveyFinding {
  readonly tree: string;
  readonly chip: string;
  readonly situation: string;
  readonly setting: Setting;
  readonly rule: string;
  readonly flaw: Flaw;
}

/** Every error and warning on these trees, in every situation, in the order of trees, situations and rules. */
export function worstFindings(names: readonly string[], facts: FactBase): readonly SurveyFinding[] {
  return names.flatMap((tree) => {
    const surveyed = surveyedTree(tree);
    if (isWithoutMmu(surveyed)) return [];
    return SITUATIONS.flatMap((situation) => {
      const setting = settingIn(surveyed, situation);
      if (setting === null) return [];
      const board = boardIn(surveyed, setting, facts);
      return RULES.flatMap(({ id, check }) =>
        check(board)
          .filter(({ severity }) => severity !== "note")
          .map((flaw) => ({ tree, chip: surveyed.chip, situation: situation.name, setting, rule: id, flaw })),
      );
    });
  });
}

/**
 * Draws findings, each rule in turn, rules and findings in random order. Of a rule, boards with the same chip count once: for a node, and for a text whose
 * numbers are left out.
 */
export function drawFindings(all: readonly SurveyFinding[], count: number, random: Random): readonly SurveyFinding[] {
  const pools = new Map<string, SurveyFinding[]>();
  const seen = new Set<string>();
  for (const finding of shuffled(all, random)) {
    const keys = keysOf(finding);
    if (keys.some((key) => seen.has(key))) continue;
    for (const key of keys) seen.add(key);
    pools.set(finding.rule, [...(pools.get(finding.rule) ?? []), finding]);
  }
  const order = shuffled([...pools.keys()].sort(), random);
  const drawn: SurveyFinding[] = [];
  for (let turn = 0; drawn.length < count; turn += 1) {
    const row = order.flatMap((rule) => pools.get(rule)?.[turn] ?? []);
    if (row.length === 0) break;
    drawn.push(...row.slice(0, count - drawn.length));
  }
  return drawn;
}

function keysOf({ rule, chip, flaw }: SurveyFinding): readonly string[] {
  const { node } = flaw.where;
  const text = `${rule} ${chip} ${flaw.text.replaceAll(/0x[0-9a-f]+|\d[\d.]*/g, "0")}`;
  return node === null || node === "/chosen" ? [text] : [text, `${rule} ${chip} ${node}`];
}

function shuffled<T>(list: readonly T[], random: Random): T[] {
  const out = [...list];
  for (let i = out.length - 1; i > 0; i -= 1) {
    const j = random.below(i + 1);
    [out[i], out[j]] = [out[j] as T, out[i] as T];
  }
  return out;
}
