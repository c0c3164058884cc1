import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hashStep, WORKLOADS } from "../../bench/workloads.js";
import { type Algorithm, NO_ROOM, outLength } from "../../src/algorithms/allocator.js";
import { bitmapFirstFit } from "../../src/algorithms/bitmap-first-fit.js";
import { bestFitExtents } from "../../src/algorithms/extent-best-fit.js";
import { firstFitExtents } from "../../src/algorithms/extent-first-fit.js";
import { genallocBestFit } from "../../src/algorithms/genalloc.js";
import { places } from "./places.js";

/** Hash over the places of a whole workload. */
function placementHash(algorithm: Algorithm, name: string): string {
  const workload = WORKLOADS.find((other) => other.name === name)!;
  const { slots, units, alignLog2, slotCount } = workload.trace();
  const allocator = algorithm.make({ units: workload.pool });
  const held = new Int32Array(slotCount).fill(-1);
  const out = new Int32Array(outLength(1));
  let hash = 0;
  for (const [event, slot] of slots.entries()) {
    if (units[event] === 0) {
      if (held[slot] !== -1) allocator.free(held[slot]!);
      continue;
    }
    const met = allocator.allocate(units[event]!, 2 ** alignLog2[event]!, out) !== NO_ROOM;
    held[slot] = met ? out[0]! : -1;
    hash = hashStep(hash, met ? out[1]! : 0xffffffff);
  }
  return (hash >>> 0).toString(16).padStart(8, "0");
}

describe("first fit", () => {
  const cases = [
    {
      name: "takes the lowest run that is long enough",
      steps: ["2", "5", "3", "4", "-1", "-3", "3", "2"],
      at: [0, 2, 7, 10, 7, 0],
    },
    {
      name: "joins what is given back with both neighbours",
      steps: ["4", "4", "4", "4", "-1", "-3", "-2", "12"],
      at: [0, 4, 8, 12, 0],
    },
    { name: "leaves what lies in front of an aligned start free", steps: ["1", "4@8", "7", "1"], at: [0, 8, 1, 12] },
    {
      name: "refuses when the free units are enough only in total",
      steps: ["50", "10", "40", "-1", "-3", "60"],
      at: [0, 50, 60, NO_ROOM],
    },
    { name: "takes the whole pool", steps: ["100", "1", "-1", "100"], at: [0, NO_ROOM, 0] },
  ];
  for (const { name, steps, at } of cases) {
    it(name, () => expect(places(firstFitExtents, { units: 100 }, steps)).toEqual(at));
  }

  // 16 Ki pages from frame 0x3c200, alignment by order up to 8.
  it("places requests as the area at frame 0x3c200 does", () => {
    const at = places(firstFitExtents, { units: 0x4000, alignOrigin: 0x3c200 }, [
      "300@256",
      "300@256",
      "1",
      "8@8",
      "1024@256",
    ]);
    expect(at.map((unit) => 0x3c200 + unit)).toEqual([0x3c200, 0x3c400, 0x3c32c, 0x3c330, 0x3c600]);
  });

  const hashes = { W1: "7da14fc3", W2: "c3d7fc47", W3: "5bb2a91b", W4: "9e7c2000", W5: "b1369458", W6: "43fd66cf" };
  for (const [workload, hash] of Object.entries(hashes)) {
    it(`places all of ${workload} where the kernel's bitmap does`, () =>
      expect(placementHash(firstFitExtents, workload)).toBe(hash));
  }
});

describe("best fit", () => {
  const cases = [
    {
      name: "takes the shortest run that is long enough",
      steps: ["5", "1", "3", "1", "4", "1", "-1", "-3", "-5", "3", "4", "5"],
      at: [0, 5, 6, 9, 10, 14, 6, 10, 0],
    },
    {
      name: "takes the lowest of two as short",
      steps: ["4", "1", "4", "1", "-3", "-1", "4", "3"],
      at: [0, 4, 5, 9, 0, 5],
    },
    {
      // 3 from 4 on do not fit into 1 to 4, so they go into 6 to 14; what is left in front of them, 6 and 7, is the shortest for 2.
      name: "takes the shortest that holds the request behind its alignment",
      steps: ["1", "4", "1", "9", "1", "-2", "-4", "3@4", "2@2"],
      at: [0, 1, 5, 6, 15, 8, 6],
    },
    {
      name: "joins what is given back with both neighbours",
      steps: ["4", "4", "4", "88", "-1", "-3", "-2", "12"],
      at: [0, 4, 8, 12, 0],
    },
    { name: "takes the whole pool", steps: ["100", "1", "-1", "100"], at: [0, NO_ROOM, 0] },
  ];
  for (const { name, steps, at } of cases) {
    it(name, () => expect(places(bestFitExtents, { units: 100 }, steps)).toEqual(at));
  }

  // Measured on the kernel's search over a bitmap, which takes minutes for W4 and W6.
  const hashes = { W1: "fdd4f41a", W2: "a8ce0ec0", W3: "036f1ec6" };
  for (const [workload, hash] of Object.entries(hashes)) {
    it(`places all of ${workload} where the kernel's bitmap does`, () =>
      expect(placementHash(bestFitExtents, workload)).toBe(hash));
  }
});

for (const { fast, slow } of [
  { fast: firstFitExtents, slow: bitmapFirstFit },
  { fast: bestFitExtents, slow: genallocBestFit },
]) {
  describe(`${fast.name} by extents`, () => {
    it(`answers as ${slow.name} does`, () => {
      const step = fc.oneof(
        fc
          .tuple(fc.constantFrom("1", "2", "3", "7", "40", "130"), fc.constantFrom("", "", "@2", "@16", "@64"))
          .map(([units, align]) => units + align),
        fc.nat(60).map((back) => `-${back}`),
      );
      fc.assert(
        fc.property(fc.array(step, { maxLength: 200 }), fc.nat(100), (list, alignOrigin) => {
          // A free names a request made before, once.
          let requests = 0;
          const freed = new Set<number>();
          const pool = { units: 700, alignOrigin };
          const refused = new Set<number>();
          const steps: string[] = [];
          for (const entry of list) {
            if (!entry.startsWith("-")) {
              requests += 1;
              steps.push(entry);
              if (places(slow, pool, steps).at(-1) === NO_ROOM) refused.add(requests);
              continue;
            }
            const target = requests + Number(entry);
            if (target < 1 || freed.has(target) || refused.has(target)) continue;
            freed.add(target);
            steps.push(`-${target}`);
          }
          expect(places(fast, pool, steps)).toEqual(places(slow, pool, steps));
        }),
        { numRuns: 60 },
      );
    });

    it("tells a handle that was used again from the one before", () => {
      const allocator = fast.make({ units: 10 });
      const out = new Int32Array(outLength(1));
      allocator.allocate(4, 1, out);
      const before = out[0]!;
      allocator.free(before);
      allocator.allocate(4, 1, out);
      expect(() => allocator.free(before)).toThrow(new RangeError(`handle ${before} is not of a live allocation`));
      expect(allocator.freeUnits()).toBe(6);
    });

    it("serves a pool of 2^31 - 1 units", () => {
      const pool = { units: 2 ** 31 - 1, alignOrigin: 2 ** 52 + 1 };
      const at = places(fast, pool, ["2147483646", "1", "1", "-1", "5@1073741824", "1073741823"]);
      expect(at).toEqual([0, 2147483646, NO_ROOM, 1073741823, 0]);
    });

    it("keeps a thousand allocations apart while its table grows", () => {
      const pool = { units: 4000 };
      const all = Array.from({ length: 1000 }, () => "4");
      const odd = Array.from({ length: 500 }, (_, index) => `-${2 * index + 1}`);
      const at = places(fast, pool, [...all, ...odd, "5", "4", "3"]);
      expect(at.slice(-3)).toEqual([NO_ROOM, 0, 8]);
    });
  });
}
