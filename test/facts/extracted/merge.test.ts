import { describe, expect, it } from "vitest";
import { ExtractedFacts } from "../../../src/facts/extracted/extracted-facts.js";
import type { DeviceFact } from "../../../src/facts/fact.js";
import { mergedFacts } from "../../../tools/facts/database/merge.js";
import { databaseText, storeFacts } from "../../../tools/facts/database/store.js";
import { fact } from "../../machine/board.js";

const HEAD = { kernel: "6.12.117", generator: 1 };
const found = (name: string, file: string, more: Partial<DeviceFact> = {}): DeviceFact =>
  fact(name, { driver: { module: "m", file, line: 1, kernel: "6.12.117" }, ...more });

describe("a folder read anew", () => {
  const whole = [
    found("x,engine", "drivers/dma/engine.c"),
    found("x,gone", "drivers/dma/gone.c"),
    found("x,rival", "drivers/dma/rival.c"),
    found("x,rival", "drivers/dmabuf/rival.c", { confidence: "D" }),
    found("x,isp", "drivers/media/isp.c"),
  ];
  const database = new ExtractedFacts(storeFacts(whole, HEAD));

  it("changes nothing where it says the same", () => {
    const again = whole.filter(({ driver }) => driver.file.startsWith("drivers/dma/"));
    const merged = storeFacts(mergedFacts(database, ["drivers/dma"], again), HEAD);
    expect(databaseText(merged)).toBe(databaseText(storeFacts(whole, HEAD)));
  });

  it("takes the place of what was there, and of no other folder", () => {
    const anew = [
      found("x,engine", "drivers/dma/engine.c", { slaveDma: true }),
      found("x,rival", "drivers/dma/rival.c", { confidence: "E" }),
    ];
    const merged = new ExtractedFacts(storeFacts(mergedFacts(database, ["drivers/dma"], anew), HEAD));
    expect([...merged.names()].sort()).toEqual(["x,engine", "x,isp", "x,rival"]);
    expect(merged.of("x,engine").map(({ slaveDma }) => slaveDma)).toEqual([true]);
    expect(merged.of("x,rival").map(({ confidence }) => confidence)).toEqual(["E", "D"]);
  });
});
