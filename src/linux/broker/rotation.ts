/** Things that are looked at one after the other, again and again. Adding and removing at any time is cheap and lets nothing be skipped. */
export class Rotation<T> {
  readonly #things: Set<T> = new Set();
  #rest: Iterator<T> = this.#things.values();

  get size(): number {
    return this.#things.size;
  }

  add(thing: T): void {
    this.#things.add(thing);
  }

  delete(thing: T): void {
    this.#things.delete(thing);
  }

  /** The one whose turn it is; undefined when there is none. */
  next(): T | undefined {
    // A set's iterator goes on through what is added behind it, and starts anew when it has ended.
    const { done, value } = this.#rest.next();
    if (done !== true) return value;
    this.#rest = this.#things.values();
    return this.#rest.next().value;
  }

  [Symbol.iterator](): IterableIterator<T> {
    return this.#things.values();
  }
}
