/** Wall time of the parts of a command, for `--timing`. */
export class Stopwatch {
  readonly #laps: { readonly part: string; readonly milliseconds: number }[] = [];
  readonly #clock: () => number;
  #since: number;

  /** @param clock - milliseconds since some moment; the first lap starts there, so the program's start belongs to it */
  constructor(clock: () => number = () => performance.now()) {
    this.#clock = clock;
    this.#since = 0;
  }

  /** Ends a part; the next one begins. */
  lap(part: string): void {
    const now = this.#clock();
    this.#laps.push({ part, milliseconds: now - this.#since });
    this.#since = now;
  }

  /** `timing: start 41.2 ms, tree 1.3 ms, total 42.5 ms`. */
  summary(): string {
    const parts = this.#laps.map(({ part, milliseconds }) => `${part} ${milliseconds.toFixed(1)} ms`);
    return `timing: ${[...parts, `total ${this.#since.toFixed(1)} ms`].join(", ")}`;
  }
}
