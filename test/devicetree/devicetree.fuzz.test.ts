import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { run, seeds } from "../fuzz/targets/devicetree.js";
import { mutated } from "./mutations.js";

describe("readDeviceTree", () => {
  it("takes every seed", () => {
    for (const seed of seeds) expect(() => run(seed)).not.toThrow();
  });

  it("answers a changed file with a result or a DeviceTreeError", () => {
    fc.assert(fc.property(mutated(seeds), run), { numRuns: 20_000 });
  });
});
