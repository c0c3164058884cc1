import * as fc from "fast-check";
import { describe, it } from "vitest";
import { EACH, runSteps, STEP_KINDS } from "./system-run.js";

const few = fc.nat(15);
const spec = fc.record({
  ram: few,
  arch: few,
  area: few,
  bounce: few,
  tables: few,
  aperture: few,
  algorithms: few,
  switches: few,
});

const step = fc.record({
  kind: fc.constantFrom(...STEP_KINDS),
  which: fc.nat(255),
  other: fc.nat(255),
  pages: fc.oneof(fc.nat(7), fc.nat(300), fc.nat(800)),
  fault: fc.oneof(
    { weight: 3, arbitrary: fc.constant(0) },
    { weight: 2, arbitrary: fc.integer({ min: 1, max: 8 }) },
    { weight: 1, arbitrary: fc.constant(EACH) },
  ),
});

// `npm run fuzz -- mappings --seconds N` goes on with other sequences for as long as it is told.
describe("any sequence of allocations, mappings, syncs, loans and pins, on systems of all kinds", () => {
  it("leaves nothing behind, whichever internal allocation fails", () => {
    fc.assert(
      fc.property(spec, fc.array(step, { maxLength: 20 }), (system, steps) => runSteps(system, steps)),
      { numRuns: 4000 },
    );
  });
});
