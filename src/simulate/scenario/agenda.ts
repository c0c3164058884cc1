/**
 * What is due, by time; what is due at the same time comes in the order it was entered.
 *
 * A binary heap over three columns: no object is made for an entry.
 */
export class Agenda<T> {
  readonly #time: number[] = [];
  readonly #order: number[] = [];
  readonly #what: T[] = [];
  #entered = 0;

  /** Time of the next entry; infinite when there is none. */
  get next(): number {
    return this.#time[0] ?? Number.POSITIVE_INFINITY;
  }

  /** Enters something. */
  add(time: number, what: T): void {
    let at = this.#time.length;
    const order = this.#entered;
    this.#entered += 1;
    while (at > 0) {
      const above = Math.floor((at - 1) / 2);
      if ((this.#time[above] as number) <= time) break;
      this.#copy(above, at);
      at = above;
    }
    this.#time[at] = time;
    this.#order[at] = order;
    this.#what[at] = what;
  }

  /** Takes the next entry out; undefined when there is none. */
  take(): T | undefined {
    const first = this.#what[0];
    const time = this.#time.pop();
    const order = this.#order.pop();
    const what = this.#what.pop();
    const count = this.#time.length;
    if (count === 0 || time === undefined || order === undefined || what === undefined) return first;
    let at = 0;
    for (;;) {
      let below = 2 * at + 1;
      if (below >= count) break;
      if (below + 1 < count && this.#isBefore(below + 1, below)) below += 1;
      const isEarlier =
        (this.#time[below] as number) < time || (this.#time[below] === time && (this.#order[below] as number) < order);
      if (!isEarlier) break;
      this.#copy(below, at);
      at = below;
    }
    this.#time[at] = time;
    this.#order[at] = order;
    this.#what[at] = what;
    return first;
  }

  #isBefore(a: number, b: number): boolean {
    const first = this.#time[a] as number;
    const second = this.#time[b] as number;
    return first < second || (first === second && (this.#order[a] as number) < (this.#order[b] as number));
  }

  #copy(from: number, to: number): void {
    this.#time[to] = this.#time[from] as number;
    this.#order[to] = this.#order[from] as number;
    this.#what[to] = this.#what[from] as T;
  }
}
