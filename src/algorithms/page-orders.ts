/** Orders the system heap asks for, largest first. Linux 6.12 `drivers/dma-buf/heaps/system_heap.c` `orders`. */
export const SYSTEM_HEAP_ORDERS: readonly number[] = [8, 4, 0];

/**
 * Blocks a scattered allocation takes when memory is not fragmented: the largest order that still fits what is left, never
 * going up again.
 *
 * @param pages - pages to cover, at least 1
 * @param orders - allowed orders, descending, the last one 0
 * @returns number of blocks, which is the number of scatter-list entries before mapping
 * @see Linux 6.12 `system_heap_allocate()` in `drivers/dma-buf/heaps/system_heap.c`
 */
export function countPageBlocks(pages: number, orders: readonly number[]): number {
  let left = pages;
  let blocks = 0;
  for (const order of orders) {
    const block = 2 ** order;
    const nr = Math.floor(left / block);
    blocks += nr;
    left -= nr * block;
  }
  return blocks;
}

/**
 * Scatter-list entries that are left when an IOMMU maps the blocks of {@link countPageBlocks} one after the other: neighbours join while an
 * entry stays within its limit. A block that is longer than the limit by itself is not cut, and since the kernel's test is unsigned,
 * everything after it joins.
 *
 * @param pagesPerEntry - limit of an entry in whole pages, rounded down
 * @see Linux 6.12 `drivers/iommu/dma-iommu.c` `__finalise_sg()`
 */
export function countJoinedBlocks(pages: number, orders: readonly number[], pagesPerEntry: number): number {
  let left = pages;
  let entries = 0;
  let room = 0;
  for (const order of orders) {
    const block = 2 ** order;
    let nr = Math.floor(left / block);
    left -= nr * block;
    const joining = Math.min(nr, Math.floor(room / block));
    room -= joining * block;
    nr -= joining;
    if (nr === 0) continue;
    if (block > pagesPerEntry) return entries + 1;
    const perEntry = Math.floor(pagesPerEntry / block);
    entries += Math.ceil(nr / perEntry);
    room = pagesPerEntry - (((nr - 1) % perEntry) + 1) * block;
  }
  return entries;
}
