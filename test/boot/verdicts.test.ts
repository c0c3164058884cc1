import { describe, expect, it } from "vitest";
import { cachedBoards } from "../../tools/boards/provide.js";
import { requiredParts } from "../../tools/project.js";
import { foretell, readVerdicts } from "./verdicts.js";

const noBoards = cachedBoards("arm64") === null && !requiredParts().has("boards");

describe.skipIf(noBoards)("the reserved memory of a real board (skipped only without board trees)", () => {
  for (const verdict of readVerdicts()) {
    it(`${verdict.board}: regions, complaints, default area and total as the kernel printed them`, () => {
      expect(foretell(verdict)).toEqual(verdict.printed);
    });
  }

  it("is there 24 times", () => {
    expect(readVerdicts()).toHaveLength(24);
  });
});
