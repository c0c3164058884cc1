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
