/**
 * A small seeded generator, so that the suites need no test runner and no package: xorshift over 32 bits.
 *
 * Same seed, same numbers, on every machine.
 */
export class Random {
  #state: number;

  /** @param seed - any integer; only its low 32 bits count, and 0 is taken as another fixed number */
  constructor(seed: number) {
    this.#state = seed >>> 0 || 0x9e3779b9;
  }

  /** @returns an integer from 0 to `bound` - 1; `bound` is 1 to 2^32 */
  below(bound: number): number {
    let x = this.#state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#state = x >>> 0;
    return this.#state % bound;
  }

  /** True once in `times` calls on average. */
  oneIn(times: number): boolean {
    return this.below(times) === 0;
  }

  /** One of a list that is not empty. */
  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T;
  }
}
