import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { DeviceFact } from "../../../src/facts/fact.js";
import { loadFacts } from "../../../src/facts/load.js";
import { bothMasks, defaultMask, exactMask, runtimeMask } from "../../../src/facts/reviewed/shorthand.js";
import { cachedBoards } from "../../../tools/boards/provide.js";
import { coverageOf } from "../../../tools/facts/coverage.js";
import { accuracyTable, coverageTable, wrongTable } from "../../../tools/facts/report-tables.js";
import { ROOT } from "../../../tools/project.js";
import { fact } from "../../machine/board.js";
import { type Judgement, judge, score } from "./judge.js";
import { judgedReadings, READINGS } from "./judged-readings.js";
import { reading } from "./reading-shorthand.js";

const facts = await loadFacts();
const judgements = judgedReadings(facts);
const share = (counts: (judgement: Judgement) => boolean): number => {
  const { right, all } = score(judgements, counts);
  return right / all;
};

describe("extracted facts, against what people read before they were extracted", () => {
  it("are judged on more than a hundred drivers", () => {
    expect(READINGS.length).toBeGreaterThan(100);
    expect(judgements.filter(({ claim }) => claim === "exact").length).toBeGreaterThan(100);
  });

  it("are right where they claim one number", () => {
    const isNumber = ({ property }: Judgement): boolean => /[mM]ask|Size/.test(property);
    expect(share((one) => isNumber(one) && one.claim === "exact")).toBeGreaterThanOrEqual(0.98);
  });

  it("are right where they claim that a driver sets nothing", () => {
    expect(share(({ claim }) => claim === "default")).toBeGreaterThanOrEqual(0.95);
  });

  it("are right about the kind of buffers", () => {
    expect(share(({ property, claim }) => property === "kinds" && claim !== "absent")).toBeGreaterThanOrEqual(0.98);
  });

  it("invent no number where the source decides at run time", () => {
    expect(judgements.filter(({ invented }) => invented)).toEqual([]);
  });

  const text = readFileSync(join(ROOT, "docs", "facts.md"), "utf8");
  it("are as docs/facts.md says (npm run facts:report -- --write)", () => {
    expect(text).toContain(accuracyTable(judgements));
    expect(text).toContain(wrongTable(judgements));
  });

  const hasBoards = cachedBoards("arm64") !== null && cachedBoards("armhf") !== null;
  it.skipIf(!hasBoards)("reach as far as docs/facts.md says (skipped only without board trees)", () => {
    expect(text).toContain(coverageTable(coverageOf(facts, ["arm64", "armhf"])));
  });
});

describe("the judge", () => {
  const line = { file: "drivers/x.c", line: 1 };
  const read = (more: Parameters<typeof reading>[2]) => reading("x,isp", line, more);
  const found = (more: Partial<DeviceFact>): DeviceFact => fact("x,isp", more);
  const maskVerdict = (truth: DeviceFact["dmaMask"], claimed: DeviceFact["dmaMask"]): unknown => {
    const limits = bothMasks("0x1", "drivers/x.c", 1);
    const [{ claim, right, invented }] = judge(
      read({ ...limits, dmaMask: truth, evidence: [] }),
      found({ dmaMask: claimed }),
    ) as [Judgement];
    return [claim, right, invented];
  };
  const wide = exactMask("0xffffffffff", "drivers/x.c", 2);
  const nothing = defaultMask("drivers/x.c", 2);
  const register = runtimeMask(["0xffffffff", "0xffffffffff"], ["narrow", "wide"], line);

  it("takes one number for right only where it is that number", () => {
    expect(maskVerdict(wide, wide)).toEqual(["exact", true, false]);
    expect(maskVerdict(wide, exactMask("0xffffffff", "drivers/x.c", 2))).toEqual(["exact", false, false]);
    expect(maskVerdict(nothing, wide)).toEqual(["exact", false, false]);
  });

  it("names a number that is claimed where a register decides", () => {
    expect(maskVerdict(register, wide)).toEqual(["exact", false, true]);
  });

  it("takes several for right where the truth is among them", () => {
    const several = { ...register, kind: "set" } as const;
    expect(maskVerdict(wide, several)).toEqual(["conditional", true, false]);
    expect(maskVerdict(nothing, several)).toEqual(["conditional", true, false]);
    expect(maskVerdict(exactMask("0xf", "drivers/x.c", 2), several)).toEqual(["conditional", false, false]);
  });

  it("takes nothing set for right only where nothing is", () => {
    expect(maskVerdict(nothing, nothing)).toEqual(["default", true, false]);
    expect(maskVerdict(wide, nothing)).toEqual(["default", false, false]);
  });

  it("takes no fact for right only where no DMA is done", () => {
    const limits = bothMasks("0x1", "drivers/x.c", 1);
    const rights = (usesDma: boolean): readonly boolean[] =>
      judge(read({ ...limits, usesDma, evidence: [] }), null).map(({ right }) => right);
    expect(new Set(rights(false))).toEqual(new Set([true]));
    expect(new Set(rights(true))).toEqual(new Set([false]));
  });
});
