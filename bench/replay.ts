import { type Allocator, NO_ROOM, outLength } from "../src/algorithms/allocator.js";
import { hashStep, type Trace } from "./workloads.js";

/** Units in the placement hash for a request that was refused. */
const REFUSED = -1;
/** What a slot without an allocation has for a handle; no algorithm here gives this one. */
const EMPTY = -0x80000000;

/** What a replay came to. */
export interface ReplayCount {
  /** Allocate events. */
  readonly allocations: number;
  readonly fails: number;
  /** Allocations that slots hold. */
  readonly live: number;
  /** Hash over the first unit of each allocation in order. */
  readonly placementHash: number;
}

/** Numbers that `out` must have room for in a replay: of an algorithm that gives several blocks, one for each unit of the longest request. */
export function outNumbers(trace: Trace, blocks: "one" | "many"): number {
  return outLength(blocks === "one" ? 1 : trace.units.reduce((most, units) => Math.max(most, units), 1));
}

/** Replays a trace on one allocator, bit by bit if need be. The loop that is measured. */
export class Replay {
  readonly #allocator: Allocator;
  readonly #trace: Trace;
  readonly #out: Int32Array;
  /** Per slot the handle, or {@link EMPTY}. */
  readonly #handles: Int32Array;
  #at = 0;
  #allocations = 0;
  #fails = 0;
  #hash = 0;

  constructor(allocator: Allocator, trace: Trace, blocks: "one" | "many") {
    this.#allocator = allocator;
    this.#trace = trace;
    this.#out = new Int32Array(outNumbers(trace, blocks));
    this.#handles = new Int32Array(trace.slotCount).fill(EMPTY);
  }

  /** Goes on to before event `end`. */
  run(end: number): void {
    const { slots, units, alignLog2 } = this.#trace;
    const allocator = this.#allocator;
    const out = this.#out;
    const handles = this.#handles;
    let allocations = this.#allocations;
    let fails = this.#fails;
    let hash = this.#hash;
    for (let i = this.#at; i < end; i++) {
      const slot = slots[i] as number;
      const size = units[i] as number;
      if (size > 0) {
        allocations += 1;
        if (allocator.allocate(size, 1 << (alignLog2[i] as number), out) === NO_ROOM) {
          fails += 1;
          hash = hashStep(hash, REFUSED);
        } else {
          handles[slot] = out[0] as number;
          hash = hashStep(hash, out[1] as number);
        }
      } else if (handles[slot] !== EMPTY) {
        allocator.free(handles[slot] as number);
        handles[slot] = EMPTY;
      }
    }
    this.#at = end;
    this.#allocations = allocations;
    this.#fails = fails;
    this.#hash = hash;
  }

  count(): ReplayCount {
    const live = this.#handles.reduce((sum, handle) => sum + (handle === EMPTY ? 0 : 1), 0);
    return { allocations: this.#allocations, fails: this.#fails, live, placementHash: this.#hash >>> 0 };
  }
}

/** What an audited replay came to. */
export interface Audit extends ReplayCount {
  /** Placement hash before event `mark`. */
  readonly markHash: number;
  /** Units of the requests that were refused. */
  readonly failUnits: number;
  /** Greatest end, in units, and smallest start. */
  readonly high: number;
  readonly low: number;
  /** Mean and greatest of 1 - longest free run / free units, over 63 samples or so. */
  readonly fragMean: number;
  readonly fragMax: number;
  /** The first fault: a block outside the pool, on taken units, not aligned, or of a wrong length. Null: none. */
  readonly fault: string | null;
}

/**
 * Replays a trace up to before event `end`, keeping a map of the pool, and checks every block against it. Shares nothing with the loop
 * that is measured. Ends at the first fault.
 *
 * @param mark - event before which `markHash` is taken
 */
export function auditReplay(
  allocator: Allocator,
  trace: Trace,
  blocks: "one" | "many",
  end: number,
  mark: number = end,
): Audit {
  const pool = allocator.units;
  const taken = new Uint8Array(pool);
  const held: (Int32Array | undefined)[] = Array.from({ length: trace.slotCount });
  const out = new Int32Array(outNumbers(trace, blocks));
  const interval = Math.floor(trace.slots.length / 64);
  let [allocations, fails, failUnits, hash, high, low] = [0, 0, 0, 0, 0, pool];
  const fragments: number[] = [];
  let fault: string | null = null;
  let markHash = 0;
  for (let i = 0; i < end && fault === null; i++) {
    const slot = trace.slots[i] as number;
    const units = trace.units[i] as number;
    const align = 2 ** (trace.alignLog2[i] as number);
    const mine = held[slot];
    if (units > 0) {
      allocations += 1;
      const count = allocator.allocate(units, align, out);
      hash = hashStep(hash, count === NO_ROOM ? REFUSED : (out[1] as number));
      if (count === NO_ROOM) {
        fails += 1;
        failUnits += units;
      } else {
        const copy = out.slice(0, outLength(count));
        fault = takeBlocks(copy, blocks === "one" ? 1 : count, units, align, taken);
        held[slot] = copy;
        for (let block = 0; block < count; block++) {
          const [start, stop] = blockOf(copy, block);
          high = Math.max(high, stop);
          low = Math.min(low, start);
        }
      }
    } else if (mine !== undefined) {
      held[slot] = undefined;
      allocator.free(mine[0] as number);
      for (let block = 0; 2 * block + 1 < mine.length; block++) taken.fill(0, ...blockOf(mine, block));
    }
    if (i === mark - 1) markHash = hash;
    if (fault !== null) fault = `event ${i}: ${fault}`;
    if (i % interval === interval - 1 && i < trace.slots.length - 1) fragments.push(fragmentation(taken));
  }
  return {
    allocations,
    fails,
    live: held.reduce((sum, one) => sum + (one === undefined ? 0 : 1), 0),
    placementHash: hash >>> 0,
    markHash: markHash >>> 0,
    failUnits,
    high,
    low,
    fragMean: fragments.reduce((sum, fragment) => sum + fragment, 0) / Math.max(fragments.length, 1),
    fragMax: Math.max(0, ...fragments),
    fault,
  };
}

function blockOf(out: Int32Array, block: number): [number, number] {
  const start = out[1 + 2 * block] as number;
  return [start, start + (out[2 + 2 * block] as number)];
}

/** Enters blocks into the map. Null when all is right, otherwise what is wrong. */
function takeBlocks(out: Int32Array, most: number, units: number, align: number, taken: Uint8Array): string | null {
  let sum = 0;
  for (let block = 0; 2 * block + 1 < out.length; block++) {
    const [start, stop] = blockOf(out, block);
    const where = `units ${start} to ${stop - 1}`;
    if (block >= most) return `${where} are one block too many`;
    if (start < 0 || stop > taken.length || stop <= start) return `${where} of a pool of ${taken.length}`;
    if (start % align !== 0) return `${where} are not aligned to ${align}`;
    const other = taken.subarray(start, stop).indexOf(1);
    if (other >= 0) return `${where} were handed out before, unit ${start + other} at least`;
    taken.fill(1, start, stop);
    sum += stop - start;
  }
  return sum === units ? null : `${sum} units, where ${units} were asked for`;
}

/** 1 - longest run of zeros / zeros; 0 when there are none. */
function fragmentation(taken: Uint8Array): number {
  let free = 0;
  let longest = 0;
  for (let at = taken.indexOf(0); at >= 0; ) {
    const next = taken.indexOf(1, at);
    const stop = next < 0 ? taken.length : next;
    free += stop - at;
    longest = Math.max(longest, stop - at);
    at = next < 0 ? -1 : taken.indexOf(0, stop);
  }
  return free === 0 ? 0 : 1 - longest / free;
}
