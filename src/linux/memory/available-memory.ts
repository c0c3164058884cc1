import type { Bytes } from "../../units/quantity.js";
import { readMemoryInfo } from "./memory-info.js";

/** Part of what was seen to be available that may be handed out before it is looked at again. */
const TRUST = 1 / 4;

/**
 * What the kernel could still give without taking from others. No heap looks: one that is asked for more takes until the kernel ends a process.
 *
 * @see Linux 6.12 `Documentation/filesystems/proc.rst`, MemAvailable
 */
export class AvailableMemory {
  readonly #read: () => ReadonlyMap<string, Bytes>;
  #seen: Bytes = 0;
  /** Bytes handed out since. */
  #given: Bytes = 0;

  /** @param read - bytes by the names of `/proc/meminfo`; default: as that is */
  constructor(read: () => ReadonlyMap<string, Bytes> = readMemoryInfo) {
    this.#read = read;
  }

  /**
   * Counts what is about to be asked for, if there is as much.
   *
   * @returns null when there is; else the bytes that are available
   */
  take(size: Bytes): Bytes | null {
    if (this.#given + size > this.#seen * TRUST) {
      this.#seen = this.field("MemAvailable");
      this.#given = 0;
      if (size > this.#seen) return this.#seen;
    }
    this.#given += size;
    return null;
  }

  /** Bytes of a field as they are now; 0 where the kernel has none. */
  field(name: "MemAvailable" | "CmaFree"): Bytes {
    return this.#read().get(name) ?? 0;
  }
}
