import { createRequire } from "node:module";
import { describe, expect, it } from "vitest";
import type * as testing from "../../src/testing/index.js";
import { sortedList } from "../algorithms/fixture/sorted-list.js";

describe("coalloc/testing", () => {
  it("checks an algorithm from outside, as built", async () => {
    const path = createRequire(import.meta.url).resolve("coalloc/testing");
    const { checkAllocator, ConformanceError } = (await import(path)) as typeof testing;
    expect(checkAllocator(sortedList, { sequences: 1 }).accepted).toBeGreaterThan(100);
    const liar = { ...sortedList, traits: { ...sortedList.traits, placement: "best-fit" as const } };
    expect(() => checkAllocator(liar)).toThrow(ConformanceError);
  });
});
