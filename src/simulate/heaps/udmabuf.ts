import type { MemorySource } from "../../heaps/source.js";
import { ANY_ZONE } from "../memory/machine-pages.js";
import type { World } from "../world.js";
import { ScatteredPages } from "./scattered-pages.js";

/**
 * Pages of a memfd, pinned: single pages of any memory, one entry each, up to the module's size limit. Since they are pinned for long they never stay in a
 * CMA area; what they were before does not show.
 *
 * @see Linux 6.12 `drivers/dma-buf/udmabuf.c` `udmabuf_create()`, `mm/gup.c` `memfd_pin_folios()`
 */
export function udmabufHeap(world: World, source: MemorySource): ScatteredPages {
  const size = world.machine.profile.udmabuf?.sizeLimit ?? 0;
  return new ScatteredPages(world, { source, orders: [0], gfpZone: ANY_ZONE, limit: { size, errno: "EINVAL" } });
}
