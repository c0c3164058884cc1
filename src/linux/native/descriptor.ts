import { closeSync } from "node:fs";

/** An open file of this process, owned: closed once, by {@link close} or at the end of a `using`. */
export class Descriptor implements Disposable {
  /** What was opened, for messages: a path, or `memfd:NAME`, `dmabuf:NAME`, `socket:NAME`. */
  readonly path: string;
  #number: number;

  /** @param number - the descriptor, which belongs to this object from now on */
  constructor(number: number, path: string) {
    if (!Number.isInteger(number) || number < 0) throw new RangeError(`${number} is no file descriptor`);
    this.#number = number;
    this.path = path;
  }

  /** The number, for calls and for others in this process; it stays owned here. @throws RangeError when it was closed */
  get number(): number {
    if (this.#number < 0) throw new RangeError(`the descriptor of ${this.path} is closed`);
    return this.#number;
  }

  get isOpen(): boolean {
    return this.#number >= 0;
  }

  /** Gives the number away: whoever takes it closes it. @throws RangeError when it was closed */
  release(): number {
    const { number } = this;
    this.#number = -1;
    return number;
  }

  /** Closes it; a second call does nothing. */
  close(): void {
    if (this.#number < 0) return;
    closeSync(this.release());
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
