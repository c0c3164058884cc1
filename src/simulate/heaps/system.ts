import { SYSTEM_HEAP_ORDERS } from "../../algorithms/page-orders.js";
import { ZONE_NORMAL } from "../../algorithms/zone-types.js";
import type { MemorySource } from "../../heaps/source.js";
import { GIB } from "../../units/quantity.js";
import { ANY_ZONE } from "../memory/machine-pages.js";
import type { World } from "../world.js";
import { ScatteredPages } from "./scattered-pages.js";

/**
 * The system heap: blocks of 1 MiB, 64 KiB and single pages of any memory, with no regard to any mask, and no limit but what there is.
 *
 * @see Linux 6.12 `drivers/dma-buf/heaps/system_heap.c` `orders`, `system_heap_allocate()`
 */
export function systemHeap(world: World, source: MemorySource): ScatteredPages {
  return new ScatteredPages(world, { source, orders: SYSTEM_HEAP_ORDERS, gfpZone: ANY_ZONE });
}

/**
 * Scattered pages below 4 GiB, as exporters with `GFP_DMA32` take them. On an Arm kernel with memory above 4 GiB they come from low memory alone, since
 * its high memory knows no such border; there the source tells of more than this heap has.
 *
 * @see Linux 6.12 `include/linux/gfp.h` `gfp_zone()`
 */
export function dma32Heap(world: World, source: MemorySource): ScatteredPages {
  const gfpZone = world.pages.zoneBelow(4 * GIB) ?? ZONE_NORMAL;
  return new ScatteredPages(world, { source, orders: SYSTEM_HEAP_ORDERS, gfpZone });
}
