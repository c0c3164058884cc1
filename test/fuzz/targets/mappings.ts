import { runSteps, STEP_KINDS, type SystemStep } from "../../simulate/system-run.js";
import { type Mutation, mutate } from "../mutate.js";
import { Random } from "../random.js";

/** Bytes of the board, and of each step behind it. */
const HEAD = 8;
const STEP = 6;

/**
 * Reads a file as a small system and the steps to take on it: allocations, mappings, syncs, loans, pins, each with the internal allocation that
 * fails.
 *
 * @throws when a right call throws, a refusal leaves anything behind, or something is missing when all was given back
 */
export function run(data: Uint8Array): void {
  const at = (i: number): number => data[i] ?? 0;
  const steps: SystemStep[] = [];
  for (let i = HEAD; i + STEP <= data.length; i += STEP) {
    steps.push({
      kind: STEP_KINDS[at(i) % STEP_KINDS.length] as SystemStep["kind"],
      which: at(i + 1),
      other: at(i + 2),
      // A third of the requests is large.
      pages: at(i + 4) % 3 === 0 ? 4 * at(i + 3) : at(i + 3) % 64,
      fault: at(i + 5) % 3 === 0 ? Math.floor(at(i + 5) / 3) % 16 : 0,
    });
  }
  const [ram, arch, area, bounce, tables, aperture, algorithms, switches] = Array.from({ length: HEAD }, (_, i) =>
    at(i),
  );
  runSteps(
    {
      ram: ram as number,
      arch: arch as number,
      area: area as number,
      bounce: bounce as number,
      tables: tables as number,
      aperture: aperture as number,
      algorithms: algorithms as number,
      switches: switches as number,
    },
    steps,
  );
}

/** Steps of a seed, and most of any input. */
const STEPS = 25;
const MOST_STEPS = 60;

/** Sequences on eight boards. */
export const seeds: readonly Uint8Array[] = Array.from({ length: 8 }, (_, seed) => fresh(new Random(seed + 1), STEPS));

/** A sequence that nobody has seen, or a change of a seed. */
export const mutation: Mutation = (seed, other, longest, random) => {
  if (random.below(2) === 0) return fresh(random, 1 + random.below(STEPS));
  return mutate(seed, other, longest, random).slice(0, HEAD + MOST_STEPS * STEP);
};

function fresh(random: Random, steps: number): Uint8Array {
  return Uint8Array.from({ length: HEAD + steps * STEP }, () => random.below(256));
}

/** A run makes a whole system and audits it after each step. */
export const testExecutions = 6000;
