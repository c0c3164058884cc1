import {
  type Algorithm,
  type Allocator,
  NO_ROOM,
  outLength,
  type PoolShape,
  type RangedAllocator,
} from "../algorithms/allocator.js";
import type { ConformanceLaw, Violation } from "./law.js";
import { ObviousPool, type UnitRange } from "./obvious-pool.js";
import type { Operation } from "./operation.js";

/** What a sequence came to, to show that it tried something. */
export interface SequenceCount {
  readonly accepted: number;
  readonly refused: number;
}

/** Runs a sequence on fresh allocators and checks every law after every step. */
export function runSequence(
  algorithm: Algorithm,
  pool: PoolShape,
  operations: readonly Operation[],
): SequenceCount | Violation {
  try {
    const run = new SequenceRun(algorithm, pool);
    for (const operation of operations) run.step(operation);
    run.drain();
    return { accepted: run.accepted, refused: run.refused };
  } catch (error) {
    if (error instanceof Broken) return error.violation;
    throw error;
  }
}

class Broken extends Error {
  readonly violation: Violation;
  constructor(violation: Violation) {
    super(violation.sentence);
    this.violation = violation;
  }
}

function demand(holds: boolean, law: ConformanceLaw, sentence: () => string): void {
  if (!holds) throw new Broken({ law, sentence: sentence() });
}

interface Live {
  readonly handle: number;
  /** Handle at the allocator that sees no refused request. */
  readonly quietHandle: number;
  readonly blocks: readonly UnitRange[];
  /** Units the request takes, rounding included. */
  readonly taken: number;
}

/** What `out` holds before a call, where nothing is written. */
const UNTOUCHED = -77;

class SequenceRun {
  accepted = 0;
  refused = 0;
  readonly #algorithm: Algorithm;
  readonly #shape: PoolShape;
  readonly #pool: ObviousPool;
  readonly #subject: Allocator;
  /** Gets every call that the subject gets, and must answer alike. */
  readonly #twin: Allocator;
  /** Gets what the subject accepted and nothing else, and must answer alike; only where no refusal may leave a trace. */
  readonly #quiet: Allocator | null;
  readonly #largestAtStart: number;
  readonly #live = new Map<number, Live>();
  readonly #dead = new Map<number, number>();
  #free: number;

  constructor(algorithm: Algorithm, pool: PoolShape) {
    this.#algorithm = algorithm;
    this.#shape = pool;
    this.#pool = new ObviousPool(pool.units, pool.alignOrigin ?? 0);
    this.#subject = this.#answer(() => algorithm.make(pool), "making a pool");
    this.#twin = algorithm.make(pool);
    this.#quiet = algorithm.traits.refuses === "no-hole" ? algorithm.make(pool) : null;
    this.#free = this.#subject.freeUnits();
    const least = algorithm.traits.refuses === "no-hole" ? pool.units : 1;
    demand(
      this.#free >= least && this.#free <= pool.units,
      "free-units",
      () => `a fresh pool of ${pool.units} units has ${this.#free} free`,
    );
    this.#largestAtStart = this.#subject.largestFree();
    demand(
      this.#subject.units === pool.units,
      "in-bounds",
      () => `the allocator says it has ${this.#subject.units} units`,
    );
    this.#checkCounts("a fresh pool");
  }

  step(operation: Operation): void {
    switch (operation.do) {
      case "allocate": {
        const { id, units, align, room } = operation;
        return this.#allocate(id, units, align, room, null);
      }
      case "allocate-in": {
        const { id, units, align, low, limit } = operation;
        if ("allocateIn" in this.#subject)
          this.#allocate(id, units, align, outRoom(this.#algorithm, units), { low, limit });
        return;
      }
      case "free": {
        const live = this.#live.get(operation.id);
        if (live !== undefined) return this.#release(operation.id, live);
        const handle = this.#dead.get(operation.id);
        return handle === undefined ? undefined : this.#freeDead(handle, `freeing #${operation.id} twice`);
      }
      case "free-handle":
        return this.#freeDead(operation.handle, `freeing ${operation.handle}, which is no handle,`);
      case "probe":
        return this.#probe();
    }
  }

  /** Gives everything back: the pool must be as new. */
  drain(): void {
    for (const [id, live] of Array.from(this.#live)) this.#release(id, live);
    const largest = this.#subject.largestFree();
    demand(
      largest === this.#largestAtStart,
      "free-restores",
      () => `with all given back, largestFree is ${largest}; it was ${this.#largestAtStart} at the start`,
    );
    const hadAtStart = this.#borrow(this.#algorithm.make(this.#shape), largest);
    const had = this.#borrow(this.#subject, largest);
    demand(had === hadAtStart, "free-restores", () => `with all given back, ${largest} units cannot be had again`);
    const free = this.#subject.freeUnits();
    demand(free === this.#free, "free-restores", () => `with all given back, ${free} units are free of ${this.#free}`);
  }

  #allocate(
    id: number,
    units: number,
    align: number,
    room: number,
    limits: { low: number; limit: number } | null,
  ): void {
    const { traits } = this.#algorithm;
    const what = `#${id}, ${units} units aligned to ${align},`;
    const call = (allocator: Allocator, out: Int32Array): number =>
      limits === null
        ? allocator.allocate(units, align, out)
        : (allocator as RangedAllocator).allocateIn(units, align, limits.low, limits.limit, out);
    const out = new Int32Array(outLength(room)).fill(UNTOUCHED);
    const largest = this.#subject.largestFree();
    const blocks = this.#answer(() => call(this.#subject, out), `asking ${what}`);

    const twinOut = new Int32Array(outLength(room)).fill(UNTOUCHED);
    const twinBlocks = this.#answer(() => call(this.#twin, twinOut), `asking ${what} of a second allocator`);
    demand(
      blocks === twinBlocks && same(out, twinOut),
      "deterministic",
      () =>
        `${what} got ${told(blocks, out)}; a second allocator told ${told(twinBlocks, twinOut)} after the same calls`,
    );

    if (blocks === NO_ROOM) {
      this.refused += 1;
      demand(
        out.every((entry) => entry === UNTOUCHED),
        "refusal-changes-nothing",
        () => `${what} was refused, yet out was written`,
      );
      demand(
        this.#subject.freeUnits() === this.#free && this.#subject.largestFree() === largest,
        "refusal-changes-nothing",
        () =>
          `${what} was refused; of ${this.#free} free units, ${largest} in a run, ${this.#subject.freeUnits()} and ${this.#subject.largestFree()} are left`,
      );
      this.#checkRefusal(what, units, align, room, limits);
      return;
    }
    this.accepted += 1;
    demand(
      Number.isInteger(blocks) && blocks >= 1 && blocks <= room && (traits.blocks === "many" || blocks === 1),
      "blocks",
      () => `${what} got ${blocks} blocks; out has room for ${room}`,
    );
    demand(align === 1 || traits.aligned, "aligned", () => `${what} was accepted without the trait`);
    const expected = this.#expectedPlace(units, align, limits);
    const ranges: UnitRange[] = [];
    for (let block = 0; block < blocks; block += 1) {
      const start = out[1 + 2 * block] as number;
      const range = { start, end: start + (out[2 + 2 * block] as number) };
      demand(range.end > start, "blocks", () => `${what} got a block of ${range.end - start} units`);
      const [low, limit] = limits === null ? [0, this.#pool.units - 1] : [limits.low, limits.limit];
      demand(
        start >= low && range.end - 1 <= limit,
        "in-bounds",
        () => `${what} got ${span(range)}; allowed are ${low} to ${limit}`,
      );
      demand(this.#pool.isAligned(start, align), "aligned", () => `${what} got ${span(range)}`);
      const other = this.#pool.clash(range);
      demand(other === undefined, "no-overlap", () => `${what} got ${span(range)}; ${span(other ?? range)} are taken`);
      this.#pool.take(range);
      ranges.push(range);
    }
    const sum = ranges.reduce((total, range) => total + range.end - range.start, 0);
    demand(sum === units, "units-add-up", () => `${what} got ${sum} units`);
    const handle = out[0] as number;
    demand(
      [...this.#live.values()].every((live) => live.handle !== handle),
      "handles",
      () => `${what} got handle ${handle}, which is in use`,
    );
    demand(
      expected === null || expected === ranges[0]?.start,
      "placement",
      () => `${what} got ${told(blocks, out)}; ${traits.placement} is unit ${expected}`,
    );

    let quietHandle = 0;
    if (this.#quiet !== null) {
      const quietOut = new Int32Array(outLength(room)).fill(UNTOUCHED);
      const quiet = this.#quiet;
      const quietBlocks = this.#answer(() => call(quiet, quietOut), `asking ${what} where nothing was refused`);
      quietHandle = quietOut[0] as number;
      demand(
        blocks === quietBlocks && same(out.subarray(1), quietOut.subarray(1)),
        "refusal-changes-nothing",
        () => `${what} got ${told(blocks, out)}; without the refused requests before, ${told(quietBlocks, quietOut)}`,
      );
    }
    const taken = traits.rounding === "exact" ? units : 2 ** Math.ceil(Math.log2(units));
    this.#live.set(id, { handle, quietHandle, blocks: ranges, taken });
    this.#free -= taken;
    this.#checkCounts(`allocating ${what}`);
  }

  /** Where the traits promise the request to land, or null when they promise nothing. To be asked before the request is entered. */
  #expectedPlace(units: number, align: number, limits: { low: number; limit: number } | null): number | null {
    switch (this.#algorithm.traits.placement) {
      case "first-fit":
        return this.#pool.firstFit(units, align, limits?.low, limits?.limit);
      case "best-fit":
        return limits === null ? this.#pool.bestFit(units, align) : null;
      case "unstated":
        return null;
    }
  }

  #checkRefusal(
    what: string,
    units: number,
    align: number,
    room: number,
    limits: { low: number; limit: number } | null,
  ): void {
    const { traits } = this.#algorithm;
    if (traits.refuses !== "no-hole" || traits.rounding !== "exact") return;
    if (align > 1 && !traits.aligned) return;
    if (traits.blocks === "one") {
      const at = this.#pool.firstFit(units, align, limits?.low, limits?.limit);
      demand(at < 0, "refuses", () => `${what} was refused; unit ${at} is free and the run long enough`);
    } else if (align === 1 && limits === null && room >= units) {
      demand(units > this.#free, "refuses", () => `${what} was refused with ${this.#free} units free`);
    }
  }

  #release(id: number, live: Live): void {
    this.#answer(() => this.#subject.free(live.handle), `freeing #${id}`);
    this.#answer(() => this.#twin.free(live.handle), `freeing #${id} at a second allocator`);
    const quiet = this.#quiet;
    if (quiet !== null) this.#answer(() => quiet.free(live.quietHandle), `freeing #${id} where nothing was refused`);
    this.#live.delete(id);
    this.#dead.set(id, live.handle);
    for (const range of live.blocks) this.#pool.release(range);
    this.#free += live.taken;
    const free = this.#subject.freeUnits();
    demand(
      free === this.#free,
      "free-restores",
      () => `after freeing #${id}, ${free} units are free; it should be ${this.#free}`,
    );
    this.#checkCounts(`freeing #${id}`);
  }

  #freeDead(handle: number, what: string): void {
    for (const live of this.#live.values()) if (live.handle === handle) return;
    const largest = this.#subject.largestFree();
    for (const allocator of [this.#subject, this.#twin]) {
      const error = caught(() => allocator.free(handle));
      demand(
        error instanceof RangeError,
        "dead-handles",
        () => `${what} ${error === null ? "is accepted" : `throws ${String(error)}`}`,
      );
    }
    demand(
      this.#subject.freeUnits() === this.#free && this.#subject.largestFree() === largest,
      "dead-handles",
      () =>
        `${what} changed the counts: ${this.#free} units were free, ${largest} in a run; now ${this.#subject.freeUnits()} and ${this.#subject.largestFree()}`,
    );
  }

  #probe(): void {
    const largest = this.#subject.largestFree();
    for (const allocator of [this.#subject, this.#twin]) {
      const got = this.#borrow(allocator, largest);
      const due = this.#algorithm.traits.refuses === "no-hole" && largest > 0;
      demand(got || !due, "largest-free", () => `largestFree is ${largest}, but asking as many units is refused`);
      demand(
        !this.#borrow(allocator, largest + 1),
        "largest-free",
        () => `largestFree is ${largest}, but ${largest + 1} units can be had`,
      );
    }
    if (this.#quiet !== null) this.#borrow(this.#quiet, largest);
    const [free, again] = [this.#subject.freeUnits(), this.#subject.largestFree()];
    demand(
      free === this.#free && again === largest,
      "free-restores",
      () =>
        `of ${this.#free} free units, ${largest} in a run, ${free} and ${again} are left after taking and giving back`,
    );
  }

  /** Takes so many units and gives them back. False when they are refused. */
  #borrow(allocator: Allocator, units: number): boolean {
    if (units < 1) return false;
    const out = new Int32Array(outLength(1));
    const blocks = this.#answer(() => allocator.allocate(units, 1, out), `asking ${units} units`);
    if (blocks !== NO_ROOM) this.#answer(() => allocator.free(out[0] as number), `freeing handle ${out[0]}`);
    return blocks !== NO_ROOM;
  }

  #checkCounts(after: string): void {
    const { traits } = this.#algorithm;
    const free = this.#subject.freeUnits();
    demand(free === this.#free, "free-units", () => `after ${after} freeUnits is ${free}; it should be ${this.#free}`);
    const largest = this.#subject.largestFree();
    const longest = this.#pool.longest();
    const exact = traits.refuses === "no-hole" && traits.rounding === "exact" && traits.blocks === "one";
    demand(
      exact ? largest === longest : largest >= 0 && largest <= longest,
      "largest-free",
      () => `after ${after} largestFree is ${largest}; the longest free run is ${longest}`,
    );
  }

  #answer<T>(call: () => T, what: string): T {
    try {
      return call();
    } catch (error) {
      throw new Broken({ law: "answers", sentence: `${what} throws ${String(error)}` });
    }
  }
}

function outRoom(algorithm: Algorithm, units: number): number {
  return algorithm.traits.blocks === "one" ? 1 : units;
}

function caught(call: () => void): unknown {
  try {
    call();
    return null;
  } catch (error) {
    return error;
  }
}

function same(left: Int32Array, right: Int32Array): boolean {
  return left.every((entry, index) => entry === right[index]);
}

function span(range: UnitRange): string {
  return `units ${range.start} to ${range.end - 1}`;
}

function told(blocks: number, out: Int32Array): string {
  return blocks === NO_ROOM
    ? "a refusal"
    : `${blocks} blocks, the first ${out[2]} units at ${out[1]}, handle ${out[0]}`;
}
