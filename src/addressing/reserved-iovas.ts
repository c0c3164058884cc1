import type { Device, ReservedIova } from "../machine/machine.js";
import { KIB, MIB } from "../units/quantity.js";

/** Where drivers of Arm's and virtio's IOMMUs let the kernel map doorbells of interrupts. Linux 6.12 `MSI_IOVA_BASE` in `drivers/iommu/arm/arm-smmu/arm-smmu.c` */
const DOORBELLS = { base: 128 * MIB, size: 1024 * KIB } as const;

/**
 * I/O addresses that the DMA API never hands out to a device of a running machine, sorted by base. The kernel's own window for doorbells is not among them:
 * sysfs shows it as it shows one of the hardware, but the DMA API maps doorbells wherever there is room.
 *
 * @see Linux 6.12 `drivers/iommu/dma-iommu.c` `iova_reserve_iommu_regions()`, which passes over `IOMMU_RESV_SW_MSI`
 */
export function reservedIovas({ running }: Device): readonly ReservedIova[] {
  const reserved = running?.iommuGroup?.reserved ?? [];
  return reserved.filter(
    ({ kind, base, size }) => !(kind === "msi" && base === DOORBELLS.base && size === DOORBELLS.size),
  );
}
