import { describe, expect, it } from "vitest";
import { ALGORITHMS, findAlgorithm, registerAlgorithm } from "../../src/algorithms/registry.js";
import { sortedList } from "./fixture/sorted-list.js";

describe("the registry of algorithms", () => {
  it("has each name once", () => {
    const names = ALGORITHMS.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toContain("first-fit");
  });

  it("finds an algorithm by name", () => {
    expect(findAlgorithm("first-fit")?.traits.placement).toBe("first-fit");
    expect(findAlgorithm("worst-fit")).toBeUndefined();
  });

  it("takes an algorithm from outside, once", () => {
    registerAlgorithm(sortedList);
    expect(findAlgorithm("sorted-list")).toBe(sortedList);
    expect(() => registerAlgorithm(sortedList)).toThrow(
      new RangeError("there is an algorithm named sorted-list already"),
    );
  });

  it("refuses the name of one of ours", () => {
    expect(() => registerAlgorithm({ ...sortedList, name: "first-fit" })).toThrow(
      new RangeError("there is an algorithm named first-fit already"),
    );
  });

  for (const name of ["", "First-fit", "first fit", "-first", "first-", "1st"]) {
    it(`refuses the name ${JSON.stringify(name)}`, () =>
      expect(() => registerAlgorithm({ ...sortedList, name })).toThrow(
        new RangeError(`an algorithm's name is lower case letters, digits and hyphens, not ${JSON.stringify(name)}`),
      ));
  }
});
