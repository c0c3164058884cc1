import { describe, expect, it } from "vitest";
import { NO_ROOM, outLength } from "../../src/algorithms/allocator.js";
import { reuseFit } from "../../src/algorithms/reuse-fit.js";
import { tlsf } from "../../src/algorithms/tlsf.js";
import { places } from "./places.js";

describe("reuse fit", () => {
  const cases = [
    {
      name: "gives the place that was given back last to the next request of its length",
      steps: ["10", "10", "10", "10", "-1", "-3", "10", "10"],
      at: [0, 10, 20, 30, 20, 0],
    },
    {
      name: "joins it with its neighbours before a request of another length is searched",
      steps: ["10", "10", "10", "-1", "-2", "20"],
      at: [0, 10, 20, 0],
    },
    {
      name: "joins it when another one is given back, and that one waits instead",
      steps: ["10", "30", "60", "-2", "-1", "30", "10"],
      at: [0, 10, 40, 0, 30],
    },
    {
      name: "passes it when it starts badly, and takes the shortest class that holds the request",
      steps: ["3", "8", "5", "84", "-2", "-3", "8@8", "5"],
      at: [0, 3, 11, 16, 8, 3],
    },
    {
      name: "lets it wait on when a request is refused",
      steps: ["50", "50", "-1", "51", "50"],
      at: [0, 50, NO_ROOM, 0],
    },
    { name: "refuses nothing that fits once it is joined", steps: ["50", "50", "-1", "-2", "100"], at: [0, 50, 0] },
  ];
  for (const { name, steps, at } of cases) it(name, () => expect(places(reuseFit, { units: 100 }, steps)).toEqual(at));

  it("counts what waits as free, and as part of the run it lies in", () => {
    const allocator = reuseFit.make({ units: 30 });
    const out = new Int32Array(outLength(1));
    const handles = [10, 10, 10].map((units) => {
      allocator.allocate(units, 1, out);
      return out[0]!;
    });
    allocator.free(handles[0]!);
    allocator.free(handles[1]!);
    expect([allocator.freeUnits(), allocator.largestFree()]).toEqual([20, 20]);
    expect(() => allocator.free(handles[1]!)).toThrow(RangeError);
  });
});

describe("two-level segregated fit", () => {
  const cases = [
    {
      name: "takes the oldest extent of the first class that surely fits",
      steps: ["40", "1", "40", "1", "-3", "-1", "40", "40"],
      at: [0, 40, 41, 81, 41, 0],
    },
    {
      name: "joins at once, so what was given back may go to a longer request",
      steps: ["10", "10", "80", "-2", "-1", "20"],
      at: [0, 10, 20, 0],
    },
    {
      name: "tries its own class one by one before it refuses",
      // 95 units are of the class 94 to 95, of which no other request is sure.
      steps: ["5", "95", "-2", "95", "1"],
      at: [0, 5, 5, NO_ROOM],
    },
  ];
  for (const { name, steps, at } of cases) it(name, () => expect(places(tlsf, { units: 100 }, steps)).toEqual(at));
});
