/** A thing in the ring. */
interface Place<T> {
  readonly thing: T;
  before: Place<T>;
  after: Place<T>;
}

/**
 * Things that are looked at one after the other, again and again. Adding and removing at any time takes no longer however many there are, and lets nothing be skipped.
 *
 * A ring of its own: an iterator of a Set that is kept from one turn to the next would keep every table the Set has ever had.
 */
export class Rotation<T> {
  readonly #places: Map<T, Place<T>> = new Map();
  /** Whose turn is next; null when there is none. */
  #next: Place<T> | null = null;

  get size(): number {
    return this.#places.size;
  }

  /** Adds a thing, which is there once however often it is added. Its turn comes when that of all others has come. */
  add(thing: T): void {
    if (this.#places.has(thing)) return;
    const place = placeOf(thing);
    this.#places.set(thing, place);
    const after = this.#next;
    if (after === null) {
      this.#next = place;
      return;
    }
    place.before = after.before;
    place.after = after;
    place.before.after = place;
    after.before = place;
  }

  /** Takes a thing out; nothing happens when it is not there. */
  delete(thing: T): void {
    const place = this.#places.get(thing);
    if (place === undefined) return;
    this.#places.delete(thing);
    place.before.after = place.after;
    place.after.before = place.before;
    if (this.#next === place) this.#next = place.after === place ? null : place.after;
  }

  /** The one whose turn it is; undefined when there is none. */
  next(): T | undefined {
    const place = this.#next;
    if (place === null) return undefined;
    this.#next = place.after;
    return place.thing;
  }

  [Symbol.iterator](): IterableIterator<T> {
    return this.#places.keys();
  }
}

/** A ring of one. */
function placeOf<T>(thing: T): Place<T> {
  const place = { thing } as Place<T>;
  place.before = place;
  place.after = place;
  return place;
}
