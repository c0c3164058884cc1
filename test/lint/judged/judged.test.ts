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
import { type Draw, type Judgement, readDraws } from "./judgement.js";
import { firstShare, shareNow } from "./share.js";

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
  if (situation === undefined || rule === undefined) throw new Error(`no situation ${name}, or no rule ${id}`);
  // The situation was found to make no sense on the board.
  if (found === null) return [];
  expect(settingText(found), tree).toBe(setting);
  return rule.check(boardIn(surveyed, found, facts));
}

const title = ({ tree, situation, rule, severity, node }: Judgement): string =>
  `${severity} ${rule} of ${node ?? "the board"} in ${tree}, ${situation}`;

function isSame(flaw: Flaw, severity: string, text: string): boolean {
  return flaw.severity === severity && flaw.text === text;
}

describe("the share of errors and warnings that a person finds right", () => {
  it("is at least 95 % of those that are still said", () => {
    for (const draw of draws) {
      const { right, all } = shareNow(draw);
      expect(right / all).toBeGreaterThanOrEqual(0.95);
    }
  });

  it("is at least 95 % at first sight in the last draw", () => {
    const { right, all } = firstShare(draws[draws.length - 1] as Draw);
    expect(right / all).toBeGreaterThanOrEqual(0.95);
  });

  it("is judged of 50 in each draw, which differ from each other", () => {
    for (const { findings } of draws) {
      expect(findings).toHaveLength(50);
      expect(new Set(findings.map(title)).size).toBe(50);
    }
  });

  it("says of each why, and what became of those that were wrong", () => {
    for (const one of judgements) {
      expect(one.why.length, title(one)).toBeGreaterThan(20);
      expect(one.now !== undefined || one.right, title(one)).toBe(true);
      expect(one.now === "kept" && one.right, title(one)).toBe(false);
    }
  });
});

const absent = ["arm64", "armhf"].some((name) => !existsSync(boardFolder(name as "arm64" | "armhf")));
describe.skipIf(absent && !requiredParts().has("boards"))(
  absent ? "judged findings (skipped: no trees in the cache, npm run boards fetches them)" : "judged findings",
  () => {
    for (const { seed, one } of draws.flatMap(({ seed, findings }) => findings.map((one) => ({ seed, one })))) {
      const { now } = one;
      if (now === undefined || now === "kept") {
        it(`still says ${title(one)} (${seed})`, () => {
          const same = said(one).filter(({ where, severity }) => where.node === one.node && severity === one.severity);
          expect(same.map(({ numbers }) => numbers)).toContainEqual(one.numbers);
        });
      } else {
        it(`no longer says ${title(one)} (${seed})${now === "gone" ? "" : `, but ${now.severity}: ${now.text}`}`, () => {
          const flaws = said(one).filter(({ where }) => where.node === one.node);
          expect(flaws.filter((flaw) => isSame(flaw, one.severity, one.text))).toEqual([]);
          if (now === "gone") expect(flaws.filter(({ severity }) => severity !== "note")).toEqual([]);
          else expect(flaws.filter((flaw) => isSame(flaw, now.severity, now.text))).toHaveLength(1);
        });
      }
    }
  },
);
