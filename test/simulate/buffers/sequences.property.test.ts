import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Program, programs } from "./sequence.js";

/** Programs to run; more than the default on demand, see CONTRIBUTING.md. */
const RUNS = Number(process.env["COALLOC_SEQUENCES"] ?? 10_000);

describe("buffers, whatever is done with them and whatever fails", () => {
  it("keep their bytes, leave nothing behind when refused, and give everything back", () => {
    let refusals = 0;
    fc.assert(
      fc.property(programs, ({ question, steps }) => {
        const program = new Program(question);
        program.run(steps);
        program.drain();
        refusals += program.refusals;
      }),
      { numRuns: RUNS },
    );
    // About one program in two is refused something.
    expect(refusals).toBeGreaterThan(RUNS / 4);
  }, 0);
});
