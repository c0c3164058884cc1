/** One cell of the table of allocators: one algorithm on one workload, measured in a process of its own. */
import type { Algorithm } from "../src/algorithms/allocator.js";
import { auditReplay, Replay } from "./replay.js";
import { IOVA_HASHES, type Trace, traceHash, type Workload } from "./workloads.js";

/** Timed passes; before them, two that are not timed. */
const PASSES = 5;
/** Passes are repeated when the slowest of them is slower than the median by more than this. */
const SPREAD = 1.3;
/** Where a pass would take longer than these CPU seconds, only the first events of the trace are replayed that take as long. */
const SECONDS_TIMED = 0.5;
const SECONDS_AUDITED = 6;
/** Events between looks at the clock. */
const STRIDE = 4096;
const UNITS_PER_GIB = 262144;

/** One row of the results. */
export interface AllocatorRow {
  readonly algorithm: string;
  readonly workload: string;
  /** CPU nanoseconds per allocate event, its free included: median, fastest and slowest pass. */
  readonly nsPerPair: number;
  readonly nsFastest: number;
  readonly nsSlowest: number;
  /** Refused requests, and the units they asked for. */
  readonly fails: number;
  readonly failUnits: number;
  /** Greatest end and smallest start of a block, in units. */
  readonly high: number;
  readonly low: number;
  readonly fragMean: number;
  readonly fragMax: number;
  /** In hexadecimal, 8 digits. */
  readonly traceHash: string;
  readonly placementHash: string;
  /** Whether the placement hash is the one that is due; null when none is known for this policy or the trace was not audited to its end. */
  readonly placementHashRight: boolean | null;
  /** Whether every block was checked and right, and the timed passes placed as the audited one; null: not an allocator. */
  readonly audited: boolean | null;
  /** What the audit found, if anything. */
  readonly fault: string | null;
  /** Events of the trace, and how many of them were timed and audited. */
  readonly events: number;
  readonly eventsTimed: number;
  readonly eventsAudited: number;
  /** Bytes kept for the empty pool, per GiB of pool. */
  readonly bytesPerGiB: number;
  /** Bytes kept in addition when most allocations are live, per live allocation; null when none is. */
  readonly bytesPerAllocation: number | null;
}

/** How a cell is measured. */
export interface CellOptions {
  /** False for what only looks like an allocator: it is not audited. */
  readonly isAllocator: boolean;
  /** Times and audits the trace to its end, however long that takes. */
  readonly whole: boolean;
}

/** Whether an algorithm can serve a workload at all: alignment is a trait. */
export function canServe(algorithm: Algorithm, workload: Workload): boolean {
  return algorithm.traits.aligned || workload.name !== "W5";
}

/**
 * Measures one cell. Wants `--expose-gc`, for the bytes.
 *
 * @throws Error when the trace is not the one that the workload defines
 */
export function measureCell(
  algorithm: Algorithm,
  workload: Workload,
  trace: Trace,
  { isAllocator, whole }: CellOptions,
): AllocatorRow {
  const made = traceHash(trace);
  if (made !== workload.traceHash) {
    throw new Error(`${workload.name}: trace hash is ${hex(made)}, not ${hex(workload.traceHash)}`);
  }
  const { blocks } = algorithm.traits;
  const events = trace.slots.length;
  const start = (): Replay => new Replay(algorithm.make({ units: workload.pool }), trace, blocks);

  const [eventsTimed, seconds] = eventsWithin(start(), events, whole ? Number.POSITIVE_INFINITY : SECONDS_TIMED);
  start().run(eventsTimed);
  const hashes = new Set<number>();
  let times = timedPasses(start, eventsTimed, hashes);
  if (spread(times) > SPREAD) {
    const again = timedPasses(start, eventsTimed, hashes);
    if (spread(again) < spread(times)) times = again;
  }

  const auditsAll = whole || (seconds * events) / eventsTimed <= SECONDS_AUDITED;
  const eventsAudited = isAllocator ? (auditsAll ? events : eventsTimed) : 0;
  const audit = auditReplay(algorithm.make({ units: workload.pool }), trace, blocks, eventsAudited, eventsTimed);
  const alike = hashes.size === 1 && hashes.has(audit.markHash);
  const due = expectedHash(algorithm, workload);
  const known = due !== undefined && isAllocator && eventsAudited === events;
  return {
    algorithm: algorithm.name,
    workload: workload.name,
    nsPerPair: median(times),
    nsFastest: Math.min(...times),
    nsSlowest: Math.max(...times),
    fails: audit.fails,
    failUnits: audit.failUnits,
    high: audit.high,
    low: audit.low,
    fragMean: audit.fragMean,
    fragMax: audit.fragMax,
    traceHash: hex(made),
    placementHash: hex(audit.placementHash),
    placementHashRight: known ? audit.placementHash === due : null,
    audited: isAllocator ? audit.fault === null && alike : null,
    fault: audit.fault ?? (alike || !isAllocator ? null : "timed and audited passes place differently"),
    events,
    eventsTimed,
    eventsAudited,
    ...bookkeeping(algorithm, workload, trace, eventsTimed),
  };
}

/** Replays until the end or until the time is up. @returns the events replayed, and the CPU seconds they took */
function eventsWithin(replay: Replay, events: number, seconds: number): [number, number] {
  const before = process.cpuUsage();
  for (let end = STRIDE; ; end += STRIDE) {
    replay.run(Math.min(end, events));
    const { user, system } = process.cpuUsage(before);
    const used = (user + system) / 1e6;
    if (end >= events) return [events, used];
    if (used >= seconds) return [end, used];
  }
}

/** CPU nanoseconds per allocate event of {@link PASSES} passes, each on a fresh allocator. */
function timedPasses(start: () => Replay, events: number, hashes: Set<number>): number[] {
  const times: number[] = [];
  for (let pass = 0; pass < PASSES; pass++) {
    const replay = start();
    const before = process.cpuUsage();
    replay.run(events);
    const { user, system } = process.cpuUsage(before);
    const { allocations, placementHash } = replay.count();
    times.push(((user + system) * 1000) / allocations);
    hashes.add(placementHash);
  }
  return times;
}

function expectedHash(algorithm: Algorithm, workload: Workload): number | undefined {
  if (algorithm.traits.placement === "first-fit") return workload.firstFitHash;
  return workload.name === "W5" ? IOVA_HASHES.get(algorithm.name) : undefined;
}

/** What the heap and all array buffers grow by: when a pool is made, and until most of its allocations are live. */
function bookkeeping(
  algorithm: Algorithm,
  workload: Workload,
  trace: Trace,
  end: number,
): Pick<AllocatorRow, "bytesPerGiB" | "bytesPerAllocation"> {
  let [live, most, at] = [0, 0, 0];
  for (let i = 0; i < end; i++) {
    live += (trace.units[i] as number) > 0 ? 1 : -1;
    if (live <= most) continue;
    [most, at] = [live, i + 1];
  }
  const before = bytesKept();
  const allocator = algorithm.make({ units: workload.pool });
  const empty = bytesKept() - before;
  const replay = new Replay(allocator, trace, algorithm.traits.blocks);
  const full = bytesKept();
  replay.run(at);
  const growth = bytesKept() - full;
  const { live: allocated } = replay.count();
  return {
    bytesPerGiB: Math.max(0, (empty * UNITS_PER_GIB) / allocator.units),
    bytesPerAllocation: allocated > 0 ? Math.max(0, growth / allocated) : null,
  };
}

function bytesKept(): number {
  for (let i = 0; i < 3; i++) globalThis.gc?.();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

function spread(times: readonly number[]): number {
  return Math.max(...times) / median(times);
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function hex(hash: number): string {
  return hash.toString(16).padStart(8, "0");
}
