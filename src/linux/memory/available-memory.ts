import { readFileSync } from "node:fs";
import type { Bytes } from "../../units/quantity.js";

const MEMINFO = "/proc/meminfo";

/** Part of what was seen to be available that may be handed out before it is looked at again. */
const TRUST = 1 / 4;

/**
 * What the kernel could still give without taking from others. No heap looks: one that is asked for more takes until the kernel ends a process.
 *
 * @see Linux 6.12 `Documentation/filesystems/proc.rst`, MemAvailable
 */
export class AvailableMemory {
  readonly #read: () => string;
  #seen: Bytes = 0;
  /** Bytes handed out since. */
  #given: Bytes = 0;

  /** @param read - text in the form of `/proc/meminfo`; default: that file */
  constructor(read: () => string = () => readFileSync(MEMINFO, "utf8")) {
    this.#read = read;
  }

  /**
   * Counts what is about to be asked for, if there is as much.
   *
   * @returns null when there is; else the bytes that are available
   */
  take(size: Bytes): Bytes | null {
    if (this.#given + size > this.#seen * TRUST) {
      this.#seen = field(this.#read(), "MemAvailable");
      this.#given = 0;
      if (size > this.#seen) return this.#seen;
    }
    this.#given += size;
    return null;
  }

  /** Bytes of a field as they are now. */
  field(name: "MemAvailable" | "CmaFree"): Bytes {
    return field(this.#read(), name);
  }
}

function field(text: string, name: string): Bytes {
  const found = new RegExp(`^${name}: +(\\d+) kB$`, "m").exec(text);
  return found === null ? 0 : Number(found[1]) * 1024;
}
