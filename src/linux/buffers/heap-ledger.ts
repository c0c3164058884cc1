import type { Bytes } from "../../units/quantity.js";
import type { LinuxMemory } from "../memory/linux-memory.js";

/** What buffers of this system have had of one heap. Bytes unless said otherwise. */
export interface HeapUse {
  used: Bytes;
  highWater: Bytes;
  /** Allocations that live, have succeeded, have failed. */
  live: number;
  allocations: number;
  failures: number;
}

/** Counts what buffers take from heaps and give back. */
export class HeapLedger {
  readonly #uses: Map<string, HeapUse> = new Map();

  /** What was had of a heap so far. */
  of(heap: string): Readonly<HeapUse> {
    return this.#use(heap);
  }

  /** Memory was taken. */
  took(heap: string, memories: readonly LinuxMemory[]): void {
    const use = this.#use(heap);
    for (const { size } of memories) use.used += size;
    use.live += memories.length;
    use.allocations += memories.length;
    use.highWater = Math.max(use.highWater, use.used);
  }

  /** An allocation failed. */
  failed(heap: string): void {
    this.#use(heap).failures += 1;
  }

  /** Memory went back. */
  gave(heap: string, { size }: LinuxMemory): void {
    const use = this.#use(heap);
    use.used -= size;
    use.live -= 1;
  }

  #use(heap: string): HeapUse {
    let use = this.#uses.get(heap);
    if (use === undefined) {
      use = { used: 0, highWater: 0, live: 0, allocations: 0, failures: 0 };
      this.#uses.set(heap, use);
    }
    return use;
  }
}
