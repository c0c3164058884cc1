import { MAX_EXACT } from "../units/quantity.js";
import { equalRanges, intersectRanges, type RangeSet } from "../units/ranges.js";

/** A limit that may be absent: `unlimited` is a value, never 0 and never missing. */
export type Limit = number | "unlimited";

/**
 * What one memory must satisfy for a device, or for several at once.
 *
 * Constraints form a lattice: {@link mergeConstraints} is commutative, associative, idempotent and monotone (a merge never permits what
 * one side forbids). What adds up, such as buffer counts, is not here but kept per participant.
 */
export interface Constraints {
  /** CPU physical addresses that may be used, without bouncing. */
  readonly reach: RangeSet;
  /** The memory must be one physically contiguous range: some engine needs one and nothing translates for it. */
  readonly contiguous: boolean;
  /** The memory's first byte is a multiple of this, in bytes. */
  readonly alignment: number;
  /** Bytes of one scatter-list entry after mapping. A limit on joining entries; it refuses nothing by itself. */
  readonly maxSegmentSize: Limit;
  /** Entries of a mapped scatter list. */
  readonly maxSegments: Limit;
  /** Inclusive mask, 2^n - 1: no segment crosses a multiple of it plus one. A hexadecimal string, because 64 ones are no exact number. */
  readonly segmentBoundaryMask: string | "unlimited";
  /** Bytes of one buffer behind an IOMMU: the room of the device's I/O address space. */
  readonly iovaRoom: Limit;
}

/** The field of a constraint, as conflicts and reasons name it. */
export type ConstraintField = keyof Constraints;

/** Every field, in the order in which they are printed. */
export const CONSTRAINT_FIELDS: readonly ConstraintField[] = [
  "reach",
  "contiguous",
  "alignment",
  "maxSegmentSize",
  "maxSegments",
  "segmentBoundaryMask",
  "iovaRoom",
];

/** What nobody restricts: the neutral element of {@link mergeConstraints}. */
export const UNCONSTRAINED: Constraints = {
  reach: [{ base: 0, size: MAX_EXACT }],
  contiguous: false,
  alignment: 1,
  maxSegmentSize: "unlimited",
  maxSegments: "unlimited",
  segmentBoundaryMask: "unlimited",
  iovaRoom: "unlimited",
};

/** The weakest constraints that satisfy both. */
export function mergeConstraints(a: Constraints, b: Constraints): Constraints {
  return {
    reach: equalRanges(a.reach, b.reach) ? a.reach : intersectRanges(a.reach, b.reach),
    contiguous: a.contiguous || b.contiguous,
    alignment: leastCommonMultiple(a.alignment, b.alignment),
    maxSegmentSize: smallerLimit(a.maxSegmentSize, b.maxSegmentSize),
    maxSegments: smallerLimit(a.maxSegments, b.maxSegments),
    segmentBoundaryMask: smallerMask(a.segmentBoundaryMask, b.segmentBoundaryMask),
    iovaRoom: smallerLimit(a.iovaRoom, b.iovaRoom),
  };
}

/** The smaller of two limits, `unlimited` being the largest. */
export function smallerLimit(a: Limit, b: Limit): Limit {
  if (a === "unlimited") return b;
  if (b === "unlimited") return a;
  return Math.min(a, b);
}

/** True when `value` is within the limit. */
export function isWithin(value: number, limit: Limit): boolean {
  return limit === "unlimited" || value <= limit;
}

/** The least common multiple of two positive integers. */
export function leastCommonMultiple(a: number, b: number): number {
  return a % b === 0 ? a : b % a === 0 ? b : (a / greatestCommonDivisor(a, b)) * b;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

function smallerMask(a: string | "unlimited", b: string | "unlimited"): string | "unlimited" {
  if (a === "unlimited") return b;
  if (b === "unlimited") return a;
  return compareHex(a, b) <= 0 ? a : b;
}

/** Compares two `0x` strings of lower-case digits without leading zeros, of any width. */
function compareHex(a: string, b: string): number {
  if (a.length !== b.length) return a.length - b.length;
  return a < b ? -1 : a > b ? 1 : 0;
}
