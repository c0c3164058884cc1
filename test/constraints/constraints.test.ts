import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type Constraints,
  isWithin,
  type Limit,
  leastCommonMultiple,
  mergeConstraints,
  smallerLimit,
  UNCONSTRAINED,
} from "../../src/constraints/constraints.js";
import { containsRanges, toRangeSet } from "../../src/units/ranges.js";

const limit: fc.Arbitrary<Limit> = fc.oneof(fc.constant("unlimited" as const), fc.integer({ min: 1, max: 1_000_000 }));
const anyConstraints: fc.Arbitrary<Constraints> = fc.record({
  reach: fc
    .array(fc.record({ base: fc.integer({ min: 0, max: 100 }), size: fc.integer({ min: 0, max: 30 }) }), {
      maxLength: 5,
    })
    .map(toRangeSet),
  contiguous: fc.boolean(),
  alignment: fc.constantFrom(1, 2, 3, 48, 64, 4096, 65536),
  maxSegmentSize: limit,
  maxSegments: limit,
  segmentBoundaryMask: fc.constantFrom("unlimited", "0xffff", "0xffffffff", "0xffffffffffffffff", "0x1ffff"),
  iovaRoom: limit,
});

/** True when everything `loose` forbids `tight` forbids too. */
function implies(tight: Constraints, loose: Constraints): boolean {
  const within = (a: Limit, b: Limit): boolean => b === "unlimited" || (a !== "unlimited" && a <= b);
  const mask = (text: string): bigint => (text === "unlimited" ? 2n ** 70n : BigInt(text));
  return (
    containsRanges(loose.reach, tight.reach) &&
    (tight.contiguous || !loose.contiguous) &&
    tight.alignment % loose.alignment === 0 &&
    within(tight.maxSegmentSize, loose.maxSegmentSize) &&
    within(tight.maxSegments, loose.maxSegments) &&
    within(tight.iovaRoom, loose.iovaRoom) &&
    mask(tight.segmentBoundaryMask) <= mask(loose.segmentBoundaryMask)
  );
}

describe("mergeConstraints", () => {
  it("takes the tighter of each field", () => {
    const a: Constraints = {
      reach: [{ base: 0, size: 0x8000 }],
      contiguous: false,
      alignment: 48,
      maxSegmentSize: 65536,
      maxSegments: "unlimited",
      segmentBoundaryMask: "0xffffffffffffffff",
      iovaRoom: 4096,
    };
    const b: Constraints = {
      reach: [{ base: 0x4000, size: 0x8000 }],
      contiguous: true,
      alignment: 64,
      maxSegmentSize: "unlimited",
      maxSegments: 16,
      segmentBoundaryMask: "0xffffffff",
      iovaRoom: 8192,
    };
    expect(mergeConstraints(a, b)).toEqual({
      reach: [{ base: 0x4000, size: 0x4000 }],
      contiguous: true,
      alignment: 192,
      maxSegmentSize: 65536,
      maxSegments: 16,
      segmentBoundaryMask: "0xffffffff",
      iovaRoom: 4096,
    });
  });
  it("takes the smaller of two masks of one width", () => {
    const of = (segmentBoundaryMask: string): Constraints => ({ ...UNCONSTRAINED, segmentBoundaryMask });
    expect(mergeConstraints(of("0x7fff"), of("0xffff")).segmentBoundaryMask).toBe("0x7fff");
    expect(mergeConstraints(of("0xffff"), of("0x7fff")).segmentBoundaryMask).toBe("0x7fff");
    expect(mergeConstraints(of("0x7fff"), of("0x7fff")).segmentBoundaryMask).toBe("0x7fff");
  });

  it("is commutative", () => {
    fc.assert(
      fc.property(
        anyConstraints,
        anyConstraints,
        (a, b) => void expect(mergeConstraints(a, b)).toEqual(mergeConstraints(b, a)),
      ),
    );
  });
  it("is associative", () => {
    fc.assert(
      fc.property(
        anyConstraints,
        anyConstraints,
        anyConstraints,
        (a, b, c) =>
          void expect(mergeConstraints(mergeConstraints(a, b), c)).toEqual(mergeConstraints(a, mergeConstraints(b, c))),
      ),
    );
  });
  it("is idempotent", () => {
    fc.assert(fc.property(anyConstraints, (a) => void expect(mergeConstraints(a, a)).toEqual(a)));
  });
  it("is neutral to what nobody restricts", () => {
    fc.assert(
      fc.property(anyConstraints, (a) => {
        expect(mergeConstraints(a, UNCONSTRAINED)).toEqual(a);
        expect(mergeConstraints(UNCONSTRAINED, a)).toEqual(a);
      }),
    );
  });
  it("never permits what one side forbids", () => {
    fc.assert(
      fc.property(anyConstraints, anyConstraints, (a, b) => {
        const both = mergeConstraints(a, b);
        expect([implies(both, a), implies(both, b)]).toEqual([true, true]);
      }),
    );
  });
  it("keeps the order of tighter and looser", () => {
    fc.assert(
      fc.property(anyConstraints, anyConstraints, anyConstraints, (a, b, c) => {
        const tighter = mergeConstraints(a, b);
        expect(implies(mergeConstraints(tighter, c), mergeConstraints(a, c))).toBe(true);
      }),
    );
  });
});

describe("limits", () => {
  it("counts unlimited as the largest", () => {
    expect([
      smallerLimit("unlimited", 3),
      smallerLimit(3, "unlimited"),
      smallerLimit("unlimited", "unlimited"),
      smallerLimit(2, 3),
    ]).toEqual([3, 3, "unlimited", 2]);
  });
  it("is inclusive", () =>
    expect([isWithin(3, 3), isWithin(4, 3), isWithin(4, "unlimited")]).toEqual([true, false, true]));
});

describe("leastCommonMultiple", () => {
  const cases: readonly (readonly [number, number, number])[] = [
    [1, 64, 64],
    [64, 16, 64],
    [16, 64, 64],
    [48, 64, 192],
    [6, 4, 12],
    [2 ** 40, 3, 3 * 2 ** 40],
  ];
  for (const [a, b, multiple] of cases)
    it(`of ${a} and ${b} is ${multiple}`, () => expect(leastCommonMultiple(a, b)).toBe(multiple));
});
