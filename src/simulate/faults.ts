/**
 * A switch that lets internal allocations fail, to show that a failure at any step leaves nothing behind.
 *
 * Every place that takes something (units of a heap, pages, I/O addresses, bounce slots, page tables, bookkeeping of a mapping) asks
 * {@link FaultSwitch.fails} first, and treats `true` as if there were none left.
 */
export class FaultSwitch {
  #steps = 0;
  #failAt = 0;

  /** Internal allocations asked for so far. */
  get steps(): number {
    return this.#steps;
  }

  /**
   * Lets the n-th internal allocation from now on fail, and only that one; 0 lets none fail.
   *
   * @throws RangeError when `n` is no whole number from 0 on
   */
  failNth(n: number): void {
    if (!Number.isSafeInteger(n) || n < 0) throw new RangeError(`fault ${n} is not a whole number from 0 on`);
    this.#failAt = n === 0 ? 0 : this.#steps + n;
  }

  /** Counts one internal allocation; true when it is the one that has to fail. */
  fails(): boolean {
    this.#steps += 1;
    return this.#steps === this.#failAt;
  }
}
