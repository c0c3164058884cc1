import type { ImageLayout } from "../../constraints/image-layout.js";
import type { Bytes } from "../../units/quantity.js";
import type { SourceBuffer } from "./buffer-source.js";
import type { Amount } from "./protocol.js";

/** A buffer that nobody has, all zeros, and how a picture lies in it. */
export interface SpareBuffer {
  readonly buffer: SourceBuffer;
  readonly layout: ImageLayout | null;
}

/** Freed buffers, kept until somebody asks for just such a one. */
export class Recycler {
  readonly #most: Bytes;
  /** By what was asked for; the oldest first. */
  readonly #spare: Map<string, SpareBuffer[]> = new Map();
  #buffers = 0;
  #bytes: Bytes = 0;

  /** @param most - bytes that are kept; 0: none */
  constructor(most: Bytes) {
    this.#most = most;
  }

  get amount(): Amount {
    return { buffers: this.#buffers, bytes: this.#bytes };
  }

  /** Keeps a buffer that nobody holds, or frees it. */
  put(asked: string, { buffer, layout }: SpareBuffer): void {
    if (buffer.size > this.#most || !buffer.clear()) {
      buffer.free();
      return;
    }
    while (this.#bytes + buffer.size > this.#most) this.#drop();
    const alike = this.#spare.get(asked) ?? [];
    this.#spare.set(asked, alike);
    alike.push({ buffer, layout });
    this.#count(1, buffer.size);
  }

  /** The buffer that {@link take} would give, left where it is. */
  peek(asked: string): SpareBuffer | undefined {
    return this.#spare.get(asked)?.at(-1);
  }

  /** A buffer as was asked for; undefined when there is none. */
  take(asked: string): SpareBuffer | undefined {
    const alike = this.#spare.get(asked);
    return alike === undefined ? undefined : this.#removed(asked, alike, alike.pop());
  }

  /** Frees all that is kept: memory is short, or the broker ends. */
  clear(): void {
    while (this.#buffers > 0) this.#drop();
  }

  /** Frees the oldest of those that were asked for longest ago. */
  #drop(): void {
    for (const [asked, alike] of this.#spare) {
      this.#removed(asked, alike, alike.shift())?.buffer.free();
      return;
    }
  }

  #removed(asked: string, alike: readonly SpareBuffer[], spare: SpareBuffer | undefined): SpareBuffer | undefined {
    if (alike.length === 0) this.#spare.delete(asked);
    if (spare !== undefined) this.#count(-1, -spare.buffer.size);
    return spare;
  }

  #count(buffers: number, bytes: Bytes): void {
    this.#buffers += buffers;
    this.#bytes += bytes;
  }
}
