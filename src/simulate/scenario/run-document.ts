import { describeFinding } from "../checks/finding.js";
import type { ModelHeapReport } from "../dma-system.js";
import type { FailureGroup } from "./failure-groups.js";
import type { OperationCounts, ScenarioRun, StreamCounts } from "./run-scenario.js";
import type { Scenario } from "./scenario.js";

/** What `coalloc run --json` prints: `coalloc/run/1`. Times are nanoseconds, sizes bytes. */
export interface RunDocument {
  readonly schema: "coalloc/run/1";
  readonly profile: string;
  readonly description: string | null;
  readonly seed: number;
  /** Time simulated, and the length of the scenario: longer when the run was ended before. */
  readonly time: number;
  readonly length: number;
  readonly operations: Readonly<OperationCounts>;
  readonly streams: readonly Readonly<StreamCounts>[];
  /** Every heap at the end of the run. `fragmentation`: share of the free bytes that is not in the longest free run. */
  readonly heaps: readonly (ModelHeapReport & { readonly fragmentation: number })[];
  /** Bounce memory in slots; null when the machine sets none apart. */
  readonly bouncePool: null | {
    readonly slots: number;
    readonly used: number;
    readonly highWater: number;
    readonly failures: number;
  };
  /** By cause, in the order the causes were met. */
  readonly failures: readonly FailureGroup[];
  /** Wrong use of mappings, and what was left mapped. */
  readonly findings: readonly { readonly code: string; readonly device: string; readonly text: string }[];
}

/** What came of a run. */
export function runDocument(scenario: Scenario, run: ScenarioRun): RunDocument {
  const { system } = run;
  const pool = system.mapping.bouncePool;
  return {
    schema: "coalloc/run/1",
    profile: system.machine.profile.name,
    description: scenario.description,
    seed: run.seed,
    time: run.time,
    length: run.end,
    operations: run.operations,
    streams: run.streams,
    heaps: system.heaps().map((heap) => ({
      ...heap,
      fragmentation: heap.free === 0 ? 0 : Number((1 - heap.largestHole / heap.free).toFixed(6)),
    })),
    bouncePool: pool === null ? null : pool.stats(),
    failures: run.failures.groups,
    findings: findingsOf(run),
  };
}

/** Call sites lie in this library, so only the sentence is told. */
function findingsOf({ system }: ScenarioRun): RunDocument["findings"] {
  return system.findings(true).map((finding) => ({
    code: finding.code,
    device: finding.device,
    text: describeFinding({ ...finding, at: null, mappedAt: null }).split("\n")[0] ?? "",
  }));
}
