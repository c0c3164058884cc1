import type { Device, Machine } from "../machine/machine.js";
import { MAX_EXACT } from "../units/quantity.js";
import type { Range } from "../units/ranges.js";
import { limitOfMask } from "./mask.js";
import { translationFor } from "./reach.js";

/**
 * I/O addresses that the default domain of a device can hand out, half-open: the IOMMU's aperture without its first granule, up to the
 * streaming mask and the limit of the bus. Null for a device without an IOMMU. All devices of a group share the room.
 *
 * @see Linux 6.12 `drivers/iommu/dma-iommu.c` `iommu_dma_init_domain()`, `iommu_dma_alloc_iova()`
 */
export function iovaRoom(machine: Machine, device: Device): Range | null {
  const iommu = machine.iommus.find((i) => i.path === device.iommu?.path);
  const granule = iommu?.pageSizes[0];
  if (iommu === undefined || granule === undefined) return null;
  const end = Math.min(iommu.aperture.end, dmaLimit(device) + 1, MAX_EXACT);
  // Address 0 stands for failure, so the first granule is never given away.
  const base = Math.max(granule, Math.ceil(iommu.aperture.base / granule) * granule);
  return { base, size: Math.max(0, end - base) };
}

/** Highest I/O address the DMA API hands out for the device, inclusive; a domain of the driver's own knows neither mask nor bus. */
function dmaLimit(device: Device): number {
  if (translationFor(device, { asIfEnabled: true }) === "driver-domain") return MAX_EXACT;
  const mask = device.dmaMask === null ? MAX_EXACT : limitOfMask(device.dmaMask);
  return Math.min(mask, device.busDmaLimit === "unlimited" ? MAX_EXACT : device.busDmaLimit);
}
