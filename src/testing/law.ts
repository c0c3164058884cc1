import type { PoolShape } from "../algorithms/allocator.js";
import { describeOperation, type Operation } from "./operation.js";

/**
 * What every allocator keeps to. Names are public and never change meaning.
 *
 * - `blocks`: as many blocks as the traits allow and `out` has room for, each of at least one unit
 * - `units-add-up`: the blocks have the units asked for, together
 * - `in-bounds`: blocks lie in the pool, and between the limits of the request
 * - `aligned`: each block starts at a multiple of the alignment, counted from the origin; without the trait, an alignment is refused
 * - `no-overlap`: no unit has two owners
 * - `handles`: live allocations have different handles, integers of 32 bits
 * - `free-units`: `freeUnits` is the pool less what the live requests take; a fresh pool of an algorithm that refuses by policy may keep units back
 * - `largest-free`: no request gets more than `largestFree`; one for as many is met, unless a policy refuses
 * - `free-restores`: what was given back can be had again, the whole pool too
 * - `dead-handles`: giving back twice, or what was never given out, throws a RangeError and changes nothing
 * - `refusal-changes-nothing`: neither the pool, nor `out`, nor later answers
 * - `placement`: the place that the traits promise
 * - `refuses`: a refusal comes exactly when the traits say so
 * - `deterministic`: the same calls, the same answers
 * - `arguments`: wrong numbers throw a RangeError and change nothing
 * - `answers`: right calls do not throw
 */
export type ConformanceLaw =
  | "blocks"
  | "units-add-up"
  | "in-bounds"
  | "aligned"
  | "no-overlap"
  | "handles"
  | "free-units"
  | "largest-free"
  | "free-restores"
  | "dead-handles"
  | "refusal-changes-nothing"
  | "placement"
  | "refuses"
  | "deterministic"
  | "arguments"
  | "answers";

/** A law that was broken, and how. */
export interface Violation {
  readonly law: ConformanceLaw;
  /** What was seen, with numbers. */
  readonly sentence: string;
}

/** An algorithm breaks a law. The message has the shortest sequence found that shows it. */
export class ConformanceError extends Error {
  override readonly name = "ConformanceError";
  readonly law: ConformanceLaw;
  /** Name of the algorithm. */
  readonly algorithm: string;
  /** Give it to the suite again for the same run. */
  readonly seed: number;
  readonly pool: PoolShape;
  /** What to do to a fresh allocator to see it. */
  readonly operations: readonly Operation[];

  constructor(
    violation: Violation,
    found: {
      readonly algorithm: string;
      readonly seed: number;
      readonly pool: PoolShape;
      readonly operations: readonly Operation[];
    },
  ) {
    const { algorithm, seed, pool, operations } = found;
    super(
      [
        `${algorithm} breaks the law "${violation.law}": ${violation.sentence}`,
        `  seed ${seed}, pool of ${pool.units} units, alignment origin ${pool.alignOrigin ?? 0}`,
        ...operations.map((operation) => `  ${describeOperation(operation)}`),
      ].join("\n"),
    );
    this.law = violation.law;
    this.algorithm = algorithm;
    this.seed = seed;
    this.pool = pool;
    this.operations = operations;
  }
}
