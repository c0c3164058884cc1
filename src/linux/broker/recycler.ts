import type { ImageLayout } from "../../constraints/image-layout.js";
import { type Bytes, mebibytes } from "../../units/quantity.js";
import { SystemCallError } from "../native/system-call-error.js";
import type { SourceBuffer } from "./buffer-source.js";
import type { Amount } from "./protocol.js";

/** Bytes that are zeroed before others have their turn. */
const SLICE: Bytes = mebibytes(4);

/** A buffer that nobody has, and how a picture lies in it. */
export interface SpareBuffer {
  readonly buffer: SourceBuffer;
  readonly layout: ImageLayout | null;
}

/** A spare buffer that is on its way to be all zeros. */
interface Clearing {
  readonly asked: string;
  readonly spare: SpareBuffer;
  /** Bytes that are zeros already, from the first on. */
  cleared: Bytes;
}

/**
 * Freed buffers, kept until somebody asks for just such a one.
 *
 * Zeroing a large buffer takes longer than serving a hundred requests. So it is done in slices, with a turn of everybody else between two of them, and a buffer can be had when its
 * last slice is done.
 */
export class Recycler {
  readonly #most: Bytes;
  readonly #later: (work: () => void) => void;
  /** All zeros, by what was asked for; the oldest first. */
  readonly #spare: Map<string, SpareBuffer[]> = new Map();
  /** Not yet; the oldest first. */
  readonly #clearing: Clearing[] = [];
  #goesOn = false;
  #buffers = 0;
  #bytes: Bytes = 0;

  /**
   * @param most - bytes that are kept; 0: none
   * @param later - does work when everybody else has had a turn
   */
  constructor(most: Bytes, later: (work: () => void) => void) {
    this.#most = most;
    this.#later = later;
  }

  /** What is kept, all zeros or not yet. */
  get amount(): Amount {
    return { buffers: this.#buffers, bytes: this.#bytes };
  }

  /** Keeps a buffer that nobody holds, or frees it. */
  put(asked: string, spare: SpareBuffer): void {
    const { size } = spare.buffer;
    if (size > this.#most) {
      spare.buffer.free();
      return;
    }
    while (this.#bytes + size > this.#most) this.#drop();
    this.#clearing.push({ asked, spare, cleared: 0 });
    this.#count(1, size);
    this.#goOn();
  }

  /** The buffer that {@link take} would give, left where it is. */
  peek(asked: string): SpareBuffer | undefined {
    return this.#spare.get(asked)?.at(-1);
  }

  /** A buffer as was asked for, all zeros; undefined when there is none. */
  take(asked: string): SpareBuffer | undefined {
    const alike = this.#spare.get(asked);
    return alike === undefined ? undefined : this.#removed(asked, alike, alike.pop());
  }

  /** Frees all that is kept: memory is short, or the broker ends. */
  clear(): void {
    while (this.#buffers > 0) this.#drop();
  }

  #goOn(): void {
    if (this.#goesOn || this.#clearing.length === 0) return;
    this.#goesOn = true;
    this.#later(() => {
      this.#goesOn = false;
      this.#clearSlice();
      this.#goOn();
    });
  }

  #clearSlice(): void {
    let left = SLICE;
    for (let next = this.#clearing[0]; next !== undefined && left > 0; next = this.#clearing[0]) {
      const { asked, spare, cleared } = next;
      const size = Math.min(left, spare.buffer.size - cleared);
      if (!isCleared(spare.buffer, cleared, size)) {
        this.#clearing.shift();
        this.#count(-1, -spare.buffer.size);
        spare.buffer.free();
        continue;
      }
      left -= size;
      next.cleared += size;
      if (next.cleared < spare.buffer.size) return;
      this.#clearing.shift();
      const alike = this.#spare.get(asked) ?? [];
      this.#spare.set(asked, alike);
      alike.push(spare);
    }
  }

  /** Frees the oldest of those that were asked for longest ago, or one that is not all zeros yet. */
  #drop(): void {
    for (const [asked, alike] of this.#spare) {
      this.#removed(asked, alike, alike.shift())?.buffer.free();
      return;
    }
    const unready = this.#clearing.shift();
    if (unready === undefined) return;
    this.#count(-1, -unready.spare.buffer.size);
    unready.spare.buffer.free();
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

/** Zeroes a part of a buffer. @returns false where that cannot be done */
function isCleared(buffer: SourceBuffer, offset: Bytes, size: Bytes): boolean {
  try {
    return buffer.clear(offset, size);
  } catch (error) {
    if (error instanceof SystemCallError) return false;
    throw error;
  }
}
