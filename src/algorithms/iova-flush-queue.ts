import type { IovaMagazines } from "./iova-magazines.js";

/** Entries of a CPU's queue. Linux 6.12 `drivers/iommu/dma-iommu.c` `IOVA_DEFAULT_FQ_SIZE`. */
export const FLUSH_QUEUE_ENTRIES = 256;

/**
 * Freed ranges that wait for the next flush of the IOMMU's address cache, as those of a lazy domain do: until then a device may still reach what was
 * mapped there, so nobody else gets them.
 *
 *   per CPU   head [r r r r r . . .] tail      a free into a queue with one place left flushes first, then frees all, the oldest first
 *
 * One flush serves the queues of all CPUs; another CPU's entries are freed when that CPU frees next, or by {@link IovaFlushQueue.flush}. A request
 * that finds no room does not flush the queues.
 *
 * Linux 6.12 `drivers/iommu/dma-iommu.c` `queue_iova()`. 12 bytes per entry, of which there are as many as asked for, per CPU.
 */
export class IovaFlushQueue {
  readonly #domain: IovaMagazines;
  readonly #entries: number;
  readonly #ranges: Int32Array;
  /** Per entry, the flushes that had been when it came. */
  readonly #cameAt: Float64Array;
  readonly #head: Int32Array;
  readonly #tail: Int32Array;
  #flushes = 0;
  #pendingPages = 0;

  /**
   * Empty queues.
   *
   * @param entries - per CPU, 2 to 2^20; one of them stays unused
   * @throws RangeError when the number of entries is out of bounds
   */
  constructor(domain: IovaMagazines, entries: number = FLUSH_QUEUE_ENTRIES) {
    if (!(Number.isInteger(entries) && entries >= 2 && entries <= 2 ** 20)) {
      throw new RangeError(`entries: ${entries} is not an integer from 2 to ${2 ** 20}`);
    }
    this.#domain = domain;
    this.#entries = entries;
    this.#ranges = new Int32Array(entries * domain.cpus);
    this.#cameAt = new Float64Array(entries * domain.cpus);
    this.#head = new Int32Array(domain.cpus);
    this.#tail = new Int32Array(domain.cpus);
  }

  /**
   * Frees an allocation of the domain: now for its holder, after the next flush for others.
   *
   * @returns true when the queue was full, so that this call flushed
   * @throws RangeError when the handle is of no live allocation
   */
  free(handle: number): boolean {
    const range = this.#domain.domain.park(handle);
    const cpu = this.#domain.runsOn();
    this.#recycle(cpu);
    const full = ((this.#tail[cpu] as number) + 1) % this.#entries === this.#head[cpu];
    if (full) {
      this.#flushes += 1;
      this.#recycle(cpu);
    }
    const tail = this.#tail[cpu] as number;
    this.#ranges[cpu * this.#entries + tail] = range;
    this.#cameAt[cpu * this.#entries + tail] = this.#flushes;
    this.#tail[cpu] = (tail + 1) % this.#entries;
    this.#pendingPages += this.#domain.domain.rangePages(range);
    return full;
  }

  /** Flushes, and frees what waits in the queues of all CPUs: what the kernel does 10 ms after the first entry (`IOVA_DEFAULT_FQ_TIMEOUT`). */
  flush(): void {
    this.#flushes += 1;
    for (let cpu = 0; cpu < this.#head.length; cpu++) this.#recycle(cpu);
  }

  /** How often the IOMMU's address cache was flushed. */
  flushes(): number {
    return this.#flushes;
  }

  /** Pages that nobody holds and nobody can have yet. */
  pendingPages(): number {
    return this.#pendingPages;
  }

  /** Frees the entries of a queue that came before the last flush. */
  #recycle(cpu: number): void {
    let head = this.#head[cpu] as number;
    while (head !== this.#tail[cpu] && (this.#cameAt[cpu * this.#entries + head] as number) < this.#flushes) {
      const range = this.#ranges[cpu * this.#entries + head] as number;
      this.#pendingPages -= this.#domain.domain.rangePages(range);
      this.#domain.recycle(range);
      head = (head + 1) % this.#entries;
    }
    this.#head[cpu] = head;
  }
}
