import type { OpsOperation } from "./ops-operation.js";
import { describeOpsOperation } from "./ops-operation.js";

/**
 * What all mapping operations keep to. Names are public and never change meaning.
 *
 * - `covers`: what a device meets through its segments is the memory of the list, in the order of the list, or a copy of it; neither more bytes nor
 *   fewer
 * - `within-limits`: at most `maxSegments` entries; all addresses are ones the device can emit; `count` is what is returned
 * - `exclusive`: mappings of different memory have no address in common
 * - `sync-for-device`: after a sync the device reads what the CPU wrote
 * - `sync-for-cpu`: after a sync the CPU reads what the device wrote
 * - `unmap`: after unmapping the CPU reads what the device wrote; a device behind a guard meets nothing any more, and no device meets memory where it
 *   met none before anything was mapped
 * - `failure-changes-nothing`: a mapping or allocation that fails has no segments, and leaves no memory, slot or address taken
 * - `errors`: lists fail with -EINVAL, -ENOMEM, -EIO, -EREMOTEIO or -ENOSPC, blocks with the mapping error
 * - `coherent`: memory for both reads as zero, can be reached whole, is nobody else's, and goes back
 * - `sizes`: the largest mapping is a page or more, the largest fast one a byte or more; the merge boundary is 2^n - 1
 * - `all-goes-back`: after everything was unmapped and freed, as much can be mapped as at the start, and nothing is taken
 * - `deterministic`: the same calls, the same answers
 * - `answers`: right calls do not throw
 */
export type OpsLaw =
  | "covers"
  | "within-limits"
  | "exclusive"
  | "sync-for-device"
  | "sync-for-cpu"
  | "unmap"
  | "failure-changes-nothing"
  | "errors"
  | "coherent"
  | "sizes"
  | "all-goes-back"
  | "deterministic"
  | "answers";

/** A law that was broken, and how. */
export interface OpsViolation {
  readonly law: OpsLaw;
  /** What was seen, with numbers. */
  readonly sentence: string;
}

/** Mapping operations break a law. The message has the shortest sequence found that shows it. */
export class OpsConformanceError extends Error {
  override readonly name = "OpsConformanceError";
  readonly law: OpsLaw;
  /** Name of the operations. */
  readonly ops: string;
  /** Path of the device they were tried for. */
  readonly device: string;
  /** Give it to the suite again for the same run. */
  readonly seed: number;
  /** What to do in a fresh system to see it. */
  readonly operations: readonly OpsOperation[];

  constructor(
    violation: OpsViolation,
    found: {
      readonly ops: string;
      readonly device: string;
      readonly seed: number;
      readonly operations: readonly OpsOperation[];
    },
  ) {
    super(
      [
        `${found.ops} break the law "${violation.law}" for ${found.device}: ${violation.sentence}`,
        `  seed ${found.seed}`,
        ...found.operations.map((operation) => `  ${describeOpsOperation(operation)}`),
      ].join("\n"),
    );
    this.law = violation.law;
    this.ops = found.ops;
    this.device = found.device;
    this.seed = found.seed;
    this.operations = found.operations;
  }
}
