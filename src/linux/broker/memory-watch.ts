import type { Bytes } from "../../units/quantity.js";
import { readMemoryInfo } from "../memory/memory-info.js";

/** Milliseconds that a reading is good for. */
const FRESH = 100;

/**
 * How much memory this machine has to give. The kernel's heaps do not ask: a request for more than there is ends with the OOM killer at work (seen with Linux 6.12 `drivers/dma-buf/heaps/system_heap.c`).
 *
 * Reading `/proc/meminfo` takes longer than allocating, so a reading is kept for a tenth of a second, less what was given out since.
 */
export class MemoryWatch {
  readonly #read: () => Bytes;
  readonly #now: () => number;
  #available: Bytes = 0;
  #readAt: number = Number.NEGATIVE_INFINITY;

  /** @param read - bytes of `MemAvailable` now; @param now - milliseconds of any clock that does not go back */
  constructor(read: () => Bytes = readMemAvailable, now: () => number = () => performance.now()) {
    this.#read = read;
    this.#now = now;
  }

  /** Bytes that can be given out. */
  get available(): Bytes {
    const now = this.#now();
    if (now - this.#readAt >= FRESH) {
      this.#available = this.#read();
      this.#readAt = now;
    }
    return this.#available;
  }

  /** Bytes were given out. */
  took(bytes: Bytes): void {
    this.#available -= bytes;
  }
}

/** `MemAvailable` of `/proc/meminfo`. */
export function readMemAvailable(): Bytes {
  return amountOf("MemAvailable");
}

/** `MemTotal` of `/proc/meminfo`. */
export function readMemTotal(): Bytes {
  return amountOf("MemTotal");
}

function amountOf(name: string): Bytes {
  const amount = readMemoryInfo().get(name);
  if (amount === undefined) throw new RangeError(`/proc/meminfo has no line ${name}`);
  return amount;
}
