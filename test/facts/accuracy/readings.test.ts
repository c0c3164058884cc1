import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { READINGS_A } from "./readings-a.js";
import { READINGS_B } from "./readings-b.js";

const drawn = readFileSync(join(import.meta.dirname, "sample.tsv"), "utf8")
  .split("\n")
  .filter((line) => line !== "" && !line.startsWith("#"))
  .map((line) => line.split("\t")[0]);

describe("the readings", () => {
  it("are of drawn compatibles, each once, in the order of the draw", () => {
    const read = [...READINGS_A, ...READINGS_B].map(({ compatible }) => compatible);
    expect(read).toEqual(drawn.filter((name) => read.includes(name as string)));
  });
});
