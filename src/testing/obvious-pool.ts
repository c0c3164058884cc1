/** Units from `start` to before `end`. */
export interface UnitRange {
  readonly start: number;
  readonly end: number;
}

/**
 * What is taken of a pool, kept in the most obvious way: a sorted list, walked from its start for every question. The conformance suite believes
 * this and doubts the allocator.
 */
export class ObviousPool {
  readonly units: number;
  readonly #alignOrigin: number;
  /** Sorted, not overlapping. */
  readonly #taken: UnitRange[] = [];

  constructor(units: number, alignOrigin: number) {
    this.units = units;
    this.#alignOrigin = alignOrigin;
  }

  /** What is taken and shares a unit with the range, or undefined. */
  clash(range: UnitRange): UnitRange | undefined {
    return this.#taken.find((other) => other.start < range.end && range.start < other.end);
  }

  /** Takes a range that is free. */
  take(range: UnitRange): void {
    const at = this.#taken.findIndex((other) => other.start > range.start);
    this.#taken.splice(at < 0 ? this.#taken.length : at, 0, range);
  }

  /** Gives back a range that was taken just so. */
  release(range: UnitRange): void {
    this.#taken.splice(
      this.#taken.findIndex((other) => other.start === range.start),
      1,
    );
  }

  /** Free runs by address, cut to `low` and `limit`, both allowed. */
  freeRuns(low: number = 0, limit: number = this.units - 1): UnitRange[] {
    const runs: UnitRange[] = [];
    let start = 0;
    for (const next of [...this.#taken, { start: this.units, end: this.units }]) {
      const run = { start: Math.max(start, low), end: Math.min(next.start, limit + 1) };
      if (run.start < run.end) runs.push(run);
      start = next.end;
    }
    return runs;
  }

  /** Length of the longest free run; 0 when there is none. */
  longest(): number {
    return this.freeRuns().reduce((longest, run) => Math.max(longest, run.end - run.start), 0);
  }

  /** Whether a block may start at this unit. */
  isAligned(at: number, align: number): boolean {
    return (at + this.#alignOrigin) % align === 0;
  }

  /** First aligned unit of the lowest run that holds the request, or -1. */
  firstFit(units: number, align: number, low?: number, limit?: number): number {
    for (const run of this.freeRuns(low, limit)) {
      const at = this.#aligned(run.start, align);
      if (at + units <= run.end) return at;
    }
    return -1;
  }

  /** First aligned unit of the shortest run that holds the request behind its alignment, the lowest among equals, or -1. */
  bestFit(units: number, align: number): number {
    let best = -1;
    let length = Number.POSITIVE_INFINITY;
    for (const run of this.freeRuns()) {
      const at = this.#aligned(run.start, align);
      if (at + units > run.end || run.end - run.start >= length) continue;
      best = at;
      length = run.end - run.start;
    }
    return best;
  }

  #aligned(at: number, align: number): number {
    return Math.ceil((at + this.#alignOrigin) / align) * align - this.#alignOrigin;
  }
}
