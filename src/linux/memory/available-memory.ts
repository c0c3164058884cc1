import type { Bytes } from "../../units/quantity.js";
import { readMemoryInfo } from "./memory-info.js";

/** Milliseconds that a reading is good for: others take memory too. */
const FRESH = 100;

/**
 * What the kernel could still give without taking from others. No heap looks: one that is asked for more than there is takes until the kernel ends a process.
 *
 * Reading `/proc/meminfo` takes longer than allocating, so a reading is kept for a tenth of a second, less what was handed out since. Nothing is refused on an old
 * one: what was given back meanwhile is in none.
 *
 * @see Linux 6.12 `Documentation/filesystems/proc.rst`, MemAvailable; `drivers/dma-buf/heaps/system_heap.c`
 */
export class AvailableMemory {
  readonly #read: () => ReadonlyMap<string, Bytes>;
  readonly #now: () => number;
  #bytes: Bytes = 0;
  #readAt: number = Number.NEGATIVE_INFINITY;

  /**
   * @param read - bytes by the names of `/proc/meminfo`; default: as that is
   * @param now - milliseconds of a clock that does not go back
   */
  constructor(read: () => ReadonlyMap<string, Bytes> = readMemoryInfo, now: () => number = () => performance.now()) {
    this.#read = read;
    this.#now = now;
  }

  /** Bytes by the last reading, less what was handed out since. */
  get bytes(): Bytes {
    return this.#bytes;
  }

  /** Whether so much can be handed out. */
  has(size: Bytes): boolean {
    const now = this.#now();
    if (size > this.#bytes || now - this.#readAt >= FRESH) {
      this.#bytes = this.field("MemAvailable");
      this.#readAt = now;
    }
    return size <= this.#bytes;
  }

  /** So much was handed out. */
  took(size: Bytes): void {
    this.#bytes -= size;
  }

  /** Bytes of a field as they are now; 0 where the kernel has none. */
  field(name: "MemAvailable" | "CmaFree"): Bytes {
    return this.#read().get(name) ?? 0;
  }
}
