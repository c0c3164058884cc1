import { describe, expect, it } from "vitest";
import { Random } from "../../../src/testing/random.js";
import { drawFindings, type SurveyFinding } from "../../../tools/survey/population.js";
import { usualSetting } from "../../../tools/survey/situations.js";

function finding(rule: string, chip: string, node: string | null, text: string): SurveyFinding {
  return {
    tree: `arm64/${chip}.dtb`,
    chip,
    situation: "as-is",
    setting: usualSetting("arm64", null),
    rule,
    flaw: { severity: "warning", text, where: { node, property: null }, numbers: {}, proposals: [] },
  };
}

const draw = (all: readonly SurveyFinding[], count: number, seed = 1): readonly SurveyFinding[] =>
  drawFindings(all, count, new Random(seed));

describe("a draw of findings", () => {
  it("takes each rule in turn, however often it speaks", () => {
    const all = [
      ...Array.from({ length: 90 }, (_, i) => finding("often", `chip-${i}`, null, "text")),
      finding("seldom", "chip", null, "text"),
      finding("rare", "chip", null, "text"),
    ];
    const rules = draw(all, 5).map(({ rule }) => rule);
    expect(rules.slice(0, 3).toSorted()).toEqual(["often", "rare", "seldom"]);
    expect(rules.slice(3)).toEqual(["often", "often"]);
  });

  it("counts what a rule says of boards with one chip once, whatever the numbers", () => {
    const all = [
      finding("rule", "chip", null, "64 MiB at 0x40000000"),
      finding("rule", "chip", null, "128 MiB at 0x80000000"),
      finding("rule", "other-chip", null, "64 MiB at 0x40000000"),
    ];
    expect(
      draw(all, 9)
        .map(({ chip }) => chip)
        .toSorted(),
    ).toEqual(["chip", "other-chip"]);
  });

  it("counts a node of boards with one chip once, whatever the text", () => {
    const all = [
      finding("rule", "chip", "/a", "one"),
      finding("rule", "chip", "/a", "two"),
      finding("rule", "chip", "/b", "three"),
    ];
    expect(
      draw(all, 9)
        .map(({ flaw }) => flaw.where.node)
        .toSorted(),
    ).toEqual(["/a", "/b"]);
  });

  it("is the same for the same seed, and another for another", () => {
    const all = Array.from({ length: 50 }, (_, i) => finding("rule", `chip-${i}`, null, "text"));
    expect(draw(all, 10)).toEqual(draw(all, 10));
    expect(draw(all, 10)).not.toEqual(draw(all, 10, 2));
  });
});
