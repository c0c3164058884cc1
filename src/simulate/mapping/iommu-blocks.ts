import { ARM_IOMMU_ORDERS } from "../../heaps/block-orders.js";
import type { Bytes } from "../../units/quantity.js";
import type { DmaAttrs } from "./dma-map-ops.js";
import type { IommuDomain } from "./iommu-domain.js";

/**
 * Orders of blocks that scattered memory for a domain is made of, descending: its page sizes, as far as they are orders of pages.
 *
 * @see Linux 6.12 `drivers/iommu/dma-iommu.c` `__iommu_dma_alloc_noncontiguous()`
 */
export function blockOrders(
  domain: IommuDomain,
  pageSize: Bytes,
  maxPageOrder: number,
  attrs: DmaAttrs = {},
): readonly number[] {
  const least = Math.max(domain.granule, pageSize);
  const sizes = attrs.allocSinglePages === true ? [least] : [least, ...domain.pageSizes.filter((s) => s > least)];
  return sizes
    .map((size) => Math.log2(size / pageSize))
    .filter((order) => order <= maxPageOrder)
    .reverse();
}

/** The same on arm, whatever the tables have. */
export function armBlockOrders(attrs: DmaAttrs): readonly number[] {
  return attrs.allocSinglePages === true ? [0] : ARM_IOMMU_ORDERS;
}
