import { describe, expect, it } from "vitest";
import { NO_ROOM, outLength } from "../../src/algorithms/allocator.js";
import { ALGORITHMS } from "../../src/algorithms/registry.js";

describe("alignments of more than 31 bits", () => {
  const exact = ALGORITHMS.filter(
    ({ traits }) => traits.aligned && traits.blocks === "one" && traits.refuses === "no-hole",
  );
  for (const algorithm of exact) {
    it(`are counted from the origin: ${algorithm.name}`, () => {
      for (const align of [2 ** 30, 2 ** 31, 2 ** 32, 2 ** 40]) {
        const allocator = algorithm.make({ units: 100, alignOrigin: 3 * align - 10 });
        const out = new Int32Array(outLength(1));
        expect(allocator.allocate(5, align, out)).toBe(1);
        expect(out[1]).toBe(10);
        expect(allocator.allocate(1, align, out)).toBe(NO_ROOM);
        expect(allocator.freeUnits()).toBe(95);
      }
    });
  }
});
