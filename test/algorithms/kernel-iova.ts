/** The search of Linux 6.12 `drivers/iommu/iova.c` `__alloc_and_insert_iova_range()` step by step, on a sorted array: slow, and obvious beside the source. */
export class KernelIova {
  readonly #startPfn: number;
  readonly #dma32Pfn: number;
  /** Ascending; the last is the anchor. */
  readonly #ranges: { lo: number; hi: number }[] = [{ lo: Number.MAX_SAFE_INTEGER, hi: Number.MAX_SAFE_INTEGER }];
  #cached32 = this.#ranges[0]!;
  #cached = this.#ranges[0]!;
  #max32AllocSize: number;

  constructor(startPfn: number, dma32Pfn: number) {
    this.#startPfn = startPfn;
    this.#dma32Pfn = dma32Pfn;
    this.#max32AllocSize = dma32Pfn;
  }

  /** First page, or null. */
  take(size: number, lastPfn: number): number | null {
    const limitPfn = lastPfn + 1;
    let align = 1;
    while (align < size) align *= 2;
    if (limitPfn <= this.#dma32Pfn && size >= this.#max32AllocSize) return null;
    const cursor = limitPfn <= this.#dma32Pfn ? this.#cached32 : this.#cached;
    const retryPfn = cursor.hi;
    let low = this.#startPfn;
    let high = limitPfn;
    let index = this.#ranges.indexOf(cursor);
    for (;;) {
      let at: number;
      do {
        high = Math.min(high, this.#ranges[index]!.lo);
        at = Math.floor((high - size) / align) * align;
        index -= 1;
      } while (index >= 0 && at <= this.#ranges[index]!.hi && at >= low);
      if (high >= size && at >= low) {
        const range = { lo: at, hi: at + size - 1 };
        this.#ranges.splice(index + 1, 0, range);
        if (range.hi < this.#dma32Pfn) this.#cached32 = range;
        else this.#cached = range;
        return at;
      }
      if (low !== this.#startPfn || retryPfn >= limitPfn) break;
      high = limitPfn;
      low = retryPfn + 1;
      index = this.#ranges.findIndex((range) => range.lo >= limitPfn);
    }
    this.#max32AllocSize = size;
    return null;
  }

  /** The range that starts at this page. */
  free(pfn: number): void {
    const index = this.#ranges.findIndex((range) => range.lo === pfn);
    const range = this.#ranges[index]!;
    const next = this.#ranges[index + 1]!;
    if (range === this.#cached32 || (range.hi < this.#dma32Pfn && range.lo >= this.#cached32.lo)) this.#cached32 = next;
    if (range.lo < this.#dma32Pfn) this.#max32AllocSize = this.#dma32Pfn;
    if (range.lo >= this.#cached.lo) this.#cached = next;
    this.#ranges.splice(index, 1);
  }

  /** Pages of all ranges. */
  takenPages(): number {
    return this.#ranges.slice(0, -1).reduce((sum, { lo, hi }) => sum + hi + 1 - lo, 0);
  }
}
