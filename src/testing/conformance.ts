import type { Algorithm, PoolShape } from "../algorithms/allocator.js";
import { checkArguments } from "./arguments.js";
import { ConformanceError, type Violation } from "./law.js";
import { type Operation, randomOperations } from "./operation.js";
import { Random } from "./random.js";
import { runSequence } from "./sequence.js";
import { shrink } from "./shrink.js";

/** How much {@link checkAllocator} tries. */
export interface ConformanceOptions {
  /** Default 1. The same seed tries the same sequences. */
  readonly seed?: number;
  /** Sequences for each pool; default 30. */
  readonly sequences?: number;
  /** Steps of a sequence; default 120. */
  readonly operations?: number;
  /** Default {@link CONFORMANCE_POOLS}. */
  readonly pools?: readonly PoolShape[];
}

/** What {@link checkAllocator} tried. */
export interface ConformanceReport {
  readonly algorithm: string;
  readonly seed: number;
  readonly sequences: number;
  readonly operations: number;
  /** Requests that were met. */
  readonly accepted: number;
  /** Requests that were refused. */
  readonly refused: number;
}

/** One unit, around the words of a bitmap, no power of two, an origin off every alignment and beyond 32 bits, and several levels of any tree. */
export const CONFORMANCE_POOLS: readonly PoolShape[] = [
  { units: 1 },
  { units: 2, alignOrigin: 1 },
  { units: 31 },
  { units: 32 },
  { units: 33, alignOrigin: 3 },
  { units: 100 },
  { units: 256 },
  { units: 1000, alignOrigin: 2 ** 40 + 5 },
  { units: 4096 },
  { units: 70_000, alignOrigin: 0x3c200 },
];

/**
 * Checks that an algorithm keeps the contract of {@link Algorithm} and its own traits: random sequences on pools of several shapes, each law
 * after each step, against the obvious slow version. Needs no test runner; a call inside any test will do.
 *
 * @throws ConformanceError with the law, and the shortest sequence found that breaks it
 * @throws RangeError when an option is no positive integer
 */
export function checkAllocator(algorithm: Algorithm, options: ConformanceOptions = {}): ConformanceReport {
  const { seed = 1, sequences = 30, operations = 120, pools = CONFORMANCE_POOLS } = options;
  for (const [name, value] of Object.entries({ sequences, operations, pools: pools.length })) {
    if (!Number.isSafeInteger(value) || value < 1) throw new RangeError(`${name} is ${value}; at least 1 is needed`);
  }
  const wrong = checkArguments(algorithm);
  if (wrong !== null) {
    throw new ConformanceError(wrong, { algorithm: algorithm.name, seed, pool: { units: 64 }, operations: [] });
  }
  const random = new Random(seed);
  let accepted = 0;
  let refused = 0;
  let steps = 0;
  for (const pool of pools) {
    for (let sequence = 0; sequence < sequences; sequence += 1) {
      // The first sequence of a pool is long and has small requests: many runs at once.
      const long = sequence === 0 && pool.units >= 1000;
      const longest = long ? Math.ceil(pool.units / 1000) : random.pick(requestSizes(pool.units));
      const list = randomOperations(random, pool, algorithm.traits, long ? operations * 8 : operations, longest);
      const result = runSequence(algorithm, pool, list);
      if ("law" in result) throw shrunk(algorithm, seed, pool, list, result);
      accepted += result.accepted;
      refused += result.refused;
      steps += list.length;
    }
  }
  return { algorithm: algorithm.name, seed, sequences: pools.length * sequences, operations: steps, accepted, refused };
}

/** Longest requests of a sequence: single units, about a word of a bitmap, shares of the pool. */
function requestSizes(units: number): readonly number[] {
  return [1, 2, 5, 40, units / 30, units / 8, units / 2, units].map((size) =>
    Math.max(1, Math.floor(Math.min(size, units))),
  );
}

function shrunk(
  algorithm: Algorithm,
  seed: number,
  pool: PoolShape,
  operations: readonly Operation[],
  violation: Violation,
): ConformanceError {
  const short = shrink(operations, violation, (candidate) => {
    const result = runSequence(algorithm, pool, candidate);
    return "law" in result ? result : null;
  });
  return new ConformanceError(short.violation, { algorithm: algorithm.name, seed, pool, operations: short.operations });
}
