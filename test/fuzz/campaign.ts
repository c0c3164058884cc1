import { type Mutation, mutate } from "./mutate.js";
import { Random } from "./random.js";

/** A parser under test: a file of test/fuzz/targets/ exports these. */
export interface FuzzTarget {
  /** Throws only on a real finding: a documented error of the parser is caught inside. */
  readonly run: (data: Uint8Array) => void;
  /** Valid inputs to start from; at least one. */
  readonly seeds: readonly Uint8Array[];
  /** How inputs are made from seeds. Default: {@link mutate}, which knows bytes only. */
  readonly mutation?: Mutation;
  /** Executions in `npm test`, where a run takes so long that the usual number would. */
  readonly testExecutions?: number;
}

/** An input that broke the target, and how. */
export interface Finding {
  readonly input: Uint8Array;
  readonly what: string;
}

/** What a campaign did. */
export interface CampaignResult {
  readonly executions: number;
  readonly seconds: number;
  readonly finding: Finding | null;
}

/** A single run longer than this is a finding: time must be linear in the input. */
const SLOW_SECONDS = 1;

/**
 * Runs a target on its seeds, then on mutations of them, until the time is over or a run fails.
 *
 * The mutations depend on the seed alone; how many there are depends on the clock, or on `maxExecutions` when given.
 *
 * @param now - a clock in seconds
 * @param watch - called before every run with the input, so that a caller can save one that never returns
 */
export function fuzz(
  target: FuzzTarget,
  limits: { readonly seconds: number; readonly seed: number; readonly maxExecutions?: number },
  now: () => number,
  watch: (input: Uint8Array) => void = () => {},
): CampaignResult {
  if (target.seeds.length === 0) throw new RangeError("a fuzz target needs at least one seed");
  const random = new Random(limits.seed);
  const maxExecutions = limits.maxExecutions ?? Number.POSITIVE_INFINITY;
  const longest = Math.max(...target.seeds.map((seed) => seed.length));
  const change = target.mutation ?? mutate;
  const pick = (): Uint8Array => target.seeds[random.below(target.seeds.length)] as Uint8Array;
  const begin = now();
  let executions = 0;
  let finding: Finding | null = null;
  let time = begin;
  while (finding === null && executions < maxExecutions && time - begin < limits.seconds) {
    const input =
      executions < target.seeds.length
        ? (target.seeds[executions] as Uint8Array)
        : change(pick(), pick(), longest, random);
    watch(input);
    let what: string | null = null;
    const before = time;
    try {
      target.run(input.slice());
    } catch (error) {
      what = error instanceof Error ? (error.stack ?? error.message) : String(error);
    }
    time = now();
    executions += 1;
    if (what === null && time - before > SLOW_SECONDS) what = `one run took ${(time - before).toFixed(1)} s`;
    if (what !== null) finding = { input, what };
  }
  return { executions, seconds: time - begin, finding };
}
