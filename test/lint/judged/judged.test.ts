import { existsSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { loadFacts } from "../../../src/facts/load.js";
import type { FactBase } from "../../../src/facts/lookup.js";
import type { Flaw } from "../../../src/lint/rule.js";
import { RULES } from "../../../src/lint/rules.js";
import { boardFolder } from "../../../tools/boards/provide.js";
import { ROOT, requiredParts } from "../../../tools/project.js";
import { SITUATIONS, settingText } from "../../../tools/survey/situations.js";
import { boardIn, settingIn, surveyedTree } from "../../../tools/survey/survey.js";
import { type Judgement, readDraws } from "./judgement.js";

const draws = readDraws(ROOT);
const judgements = draws.flatMap(({ findings }) => findings);

let facts: FactBase;
beforeAll(async () => {
  facts = await loadFacts();
});

/** What the rule says of that tree in that situation. */
function said({ tree, situation: name, rule: id, setting }: Judgement): readonly Flaw[] {
  const situation = SITUATIONS.find((one) => one.name === name);
  const rule = RULES.find((one) => one.id === id);
  const surveyed = surveyedTree(tree);
  const found = situation === undefined ? null : settingIn(surveyed, situation);
  if (found === null || rule === undefined) throw new Error(`no ${name} of ${tree}, or no rule ${id}`);
  expect(settingText(found), tree).toBe(setting);
  return rule.check(boardIn(surveyed, found, facts));
}

const title = ({ tree, situation, rule, severity, node }: Judgement): string =>
  `${severity} ${rule} of ${node ?? "the board"} in ${tree}, ${situation}`;

describe("errors and warnings that a person has judged", () => {
  it("are at least 50, which differ from each other", () => {
    expect(judgements.length).toBeGreaterThanOrEqual(50);
    expect(new Set(judgements.map(title)).size).toBe(judgements.length);
  });

  it("say why", () => {
    for (const one of judgements) expect(one.why.length, title(one)).toBeGreaterThan(20);
  });
});

const absent = ["arm64", "armhf"].some((name) => !existsSync(boardFolder(name as "arm64" | "armhf")));
describe.skipIf(absent && !requiredParts().has("boards"))(
  absent ? "judged findings (skipped: no trees in the cache, npm run boards fetches them)" : "judged findings",
  () => {
    for (const one of judgements.filter(({ right }) => right)) {
      it(`right, still said: ${title(one)}`, () => {
        const same = said(one).filter(({ where, severity }) => where.node === one.node && severity === one.severity);
        expect(same.map(({ numbers }) => numbers)).toContainEqual(one.numbers);
      });
    }
  },
);
