import type { Capacity } from "../heaps/occupancy.js";
import type { Route } from "../heaps/route.js";
import type { MemorySource } from "../heaps/source.js";
import type { Assumption } from "../machine/machine.js";
import type { Reason } from "./reason.js";

/** `depends`: possible, if something holds that the model does not know. */
export type Verdict = "fits" | "depends" | "refused";

/**
 * What choosing a candidate costs, compared component by component in this order; ties by the candidate's id.
 */
export interface Cost {
  /** 0 proven, 1 assumed. */
  readonly certainty: number;
  /** Participants whose driver copies with the CPU. */
  readonly copies: number;
  /** Other enabled devices of the board that have no other source. */
  readonly scarcity: number;
  /** CPU access for the stated use: 0 free, 1 needs cache maintenance, 2 write-combined, 3 uncached. */
  readonly cpuAccess: number;
  /** Scatter-list entries over all participants after mapping, on memory that is not fragmented. */
  readonly entries: number;
  /** 1 when a device outside the request has to export it. */
  readonly outsider: number;
  /**
   * 1 when contiguous memory is taken although no participant needs it. Such memory is the only kind some devices can use and the first to
   * break into pieces, so that of two ways that cost the same the one with scattered pages is better.
   */
  readonly contiguity: number;
}

/** The components of a cost in the order of comparison. */
export const COST_ORDER: readonly (keyof Cost)[] = [
  "certainty",
  "copies",
  "scarcity",
  "cpuAccess",
  "entries",
  "outsider",
  "contiguity",
];

/** A source with a route, judged. */
export interface Candidate {
  readonly source: MemorySource;
  readonly route: Route;
  readonly verdict: Verdict;
  readonly cost: Cost;
  /** All that refuses it, not only the first; for a candidate that fits, why. */
  readonly reasons: readonly Reason[];
  readonly capacity: Capacity;
  /** What this candidate takes for granted beyond the participants' own assumptions. */
  readonly assumptions: readonly Assumption[];
  /** 1 the best; null when refused. */
  readonly rank: number | null;
}

/** Source and route in one line: `cma:default via dma-heap /dev/dma_heap/reserved`. */
export function candidateId(source: MemorySource, route: Route): string {
  const where = route.path ?? route.exporter?.device.path ?? "";
  return `${source.id} ${route.kind} ${where}`;
}
