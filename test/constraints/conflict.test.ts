import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { smallestConflict } from "../../src/constraints/conflict.js";

const even = (): number => 0;

describe("smallestConflict", () => {
  const cases: readonly {
    readonly name: string;
    readonly refusals: readonly (readonly number[])[];
    readonly conflict: readonly number[];
  }[] = [
    { name: "is empty without candidates", refusals: [], conflict: [] },
    {
      name: "takes the one fact that refuses everything",
      refusals: [
        [0, 1],
        [0, 2],
      ],
      conflict: [0],
    },
    { name: "needs two facts when no single one refuses everything", refusals: [[0], [1]], conflict: [0, 1] },
    { name: "looks past a set that contains another", refusals: [[0, 1, 2], [2]], conflict: [2] },
    {
      name: "is not greedy: the most frequent fact may be none of it",
      refusals: [
        [0, 1],
        [0, 2],
        [0, 3],
        [1, 4],
        [2, 4],
        [3, 4],
      ],
      conflict: [0, 4],
    },
    { name: "takes lower facts when nothing else tells", refusals: [[3, 1]], conflict: [1] },
    { name: "reads a set with a fact twice as one", refusals: [[2, 2]], conflict: [2] },
    { name: "finds three", refusals: [[0], [1, 2], [3], [2, 1]], conflict: [0, 1, 3] },
  ];
  for (const { name, refusals, conflict } of cases)
    it(name, () => expect(smallestConflict(refusals, even)).toEqual(conflict));

  it("prefers lighter facts among conflicts of one size", () => {
    expect(smallestConflict([[0, 1]], (i) => (i === 0 ? 1 : 0))).toEqual([1]);
  });
  it("prefers a small heavy conflict to a large light one", () => {
    expect(
      smallestConflict(
        [
          [0, 1],
          [0, 2],
        ],
        (i) => (i === 0 ? 9 : 0),
      ),
    ).toEqual([0]);
  });

  it("has as few members as any, and of those the lightest, as trying every subset shows", () => {
    const facts = 7;
    const refusal = fc.uniqueArray(fc.integer({ min: 0, max: facts - 1 }), { minLength: 1, maxLength: 4 });
    const weights = fc.array(fc.nat(1), { minLength: facts, maxLength: facts });
    fc.assert(
      fc.property(fc.array(refusal, { minLength: 1, maxLength: 8 }), weights, (refusals, weight) => {
        let best: number[] | null = null;
        const heavy = (set: readonly number[]): number => set.reduce((sum, i) => sum + weight[i]!, 0);
        for (let mask = 1; mask < 2 ** facts; mask++) {
          const set = Array.from({ length: facts }, (_, i) => i).filter((i) => mask & (1 << i));
          if (!refusals.every((r) => r.some((i) => set.includes(i)))) continue;
          const isBetter =
            best === null ||
            set.length < best.length ||
            (set.length === best.length &&
              (heavy(set) < heavy(best) ||
                (heavy(set) === heavy(best) && set.map((i) => `${i}`).join() < best.map((i) => `${i}`).join())));
          if (isBetter) best = set;
        }
        expect(smallestConflict(refusals, (i) => weight[i]!)).toEqual(best);
      }),
      { numRuns: 300 },
    );
  });

  it("gives the same answer whatever the order of the candidates", () => {
    const refusals = fc.array(fc.uniqueArray(fc.nat(6), { minLength: 1, maxLength: 3 }), {
      minLength: 1,
      maxLength: 6,
    });
    fc.assert(
      fc.property(
        refusals,
        (sets) => void expect(smallestConflict([...sets].reverse(), even)).toEqual(smallestConflict(sets, even)),
      ),
    );
  });
});
