/** A seeded source of integers: xorshift32. Same seed, same sequence, on every machine. */
export class Random {
  #state: number;

  /** @param seed - any 32-bit integer; 0, which xorshift cannot leave, counts as 1 */
  constructor(seed: number) {
    this.#state = seed >>> 0 || 1;
  }

  /** @returns an integer from 0 to `limit` - 1; `limit` is 1 to 2^32 */
  below(limit: number): number {
    let x = this.#state;
    x ^= x << 13;
    x >>>= 0;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#state = x >>> 0;
    return this.#state % limit;
  }
}
