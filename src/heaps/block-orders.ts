import { SYSTEM_HEAP_ORDERS } from "../algorithms/page-orders.js";
import type { ExportPath } from "../constraints/exporter.js";
import { translationOf } from "../constraints/importer.js";
import type { Machine } from "../machine/machine.js";
import type { Route } from "./route.js";
import type { MemorySource } from "./source.js";

const SINGLE_PAGES: readonly number[] = [0];

/** Orders of the blocks that arm kernels make memory of behind an IOMMU. Linux 6.12 `arch/arm/mm/dma-mapping.c` `iommu_order_array`. */
export const ARM_IOMMU_ORDERS: readonly number[] = [9, 8, 4, 0];

/**
 * Sizes of the blocks that scattered memory comes in by this route, as orders: descending, the last one 0. Blocks are what an exporter's
 * scatter list has entries for; on a system with fragmented memory there may be more and smaller ones.
 *
 * @see Linux 6.12 `drivers/media/common/videobuf2/videobuf2-dma-sg.c` `vb2_dma_sg_alloc_compacted()`, `videobuf2-vmalloc.c`
 *   `vb2_vmalloc_dmabuf_ops_attach()`, `drivers/iommu/dma-iommu.c` `__iommu_dma_alloc_noncontiguous()`, `drivers/dma-buf/udmabuf.c`
 */
export function blockOrdersOf(machine: Machine, source: MemorySource, route: Route): readonly number[] {
  if (source.kind === "udmabuf") return SINGLE_PAGES;
  return route.exporter === null ? SYSTEM_HEAP_ORDERS : ordersOfPath(machine, route.exporter);
}

function ordersOfPath(machine: Machine, { device, queue }: ExportPath): readonly number[] {
  switch (queue.kind) {
    case "sg":
    case "ttm":
      return ordersUpTo(machine.profile.maxPageOrder);
    case "vmalloc":
    case "gem-shmem":
      return SINGLE_PAGES;
    case "contig":
    case "gem-dma":
    case "own":
      // What a driver takes for a domain of its own are the single pages of a shmem object.
      if (translationOf(device) !== "iommu" || queue.attrs?.includes("alloc-single-pages")) return SINGLE_PAGES;
      return machine.arch === "arm" ? ARM_IOMMU_ORDERS : ordersOfTables(machine, device.iommu?.path ?? null);
  }
}

/** The page sizes of an IOMMU's tables that are blocks of the page allocator. */
function ordersOfTables(machine: Machine, path: string | null): readonly number[] {
  const { pageSize, maxPageOrder } = machine.profile;
  const { pageSizes = [] } = machine.iommus.find((iommu) => iommu.path === path) ?? {};
  const orders = pageSizes.map((size) => Math.log2(size / pageSize)).filter((o) => o > 0 && o <= maxPageOrder);
  return [...orders.reverse(), 0];
}

function ordersUpTo(most: number): readonly number[] {
  return Array.from({ length: most + 1 }, (_, i) => most - i);
}
