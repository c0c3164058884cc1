/** Numbers for things, from 3 on as a process has them for files; unlike there none is given out twice, so that a closed one stays closed. */
export class Descriptors<T> {
  readonly #open: Map<number, T> = new Map();
  #next = 3;

  /** Descriptors that are open. */
  get count(): number {
    return this.#open.size;
  }

  open(thing: T): number {
    const descriptor = this.#next;
    this.#next += 1;
    this.#open.set(descriptor, thing);
    return descriptor;
  }

  /** @throws RangeError for one that is not open */
  get(descriptor: number): T {
    const thing = this.#open.get(descriptor);
    if (thing === undefined) throw new RangeError(`descriptor ${descriptor} is not open`);
    return thing;
  }

  /** @returns what it was for. @throws RangeError for one that is not open */
  close(descriptor: number): T {
    const thing = this.get(descriptor);
    this.#open.delete(descriptor);
    return thing;
  }
}
