import type { Bytes, DmaAddr, PhysAddr } from "../../units/quantity.js";
import { DMA_MAPPING_ERROR } from "./dma-map-ops.js";
import type { MappedDevice } from "./mapped-device.js";

/**
 * The address a device emits for a physical address when nothing translates: through the first window of its bus that holds it.
 *
 * Only the address itself is looked at: a block that starts in a window and leaves it passes, as in the kernel, and its end is elsewhere on the
 * bus than the device believes.
 *
 * @returns {@link DMA_MAPPING_ERROR} when no window holds it
 * @see Linux 6.12 `include/linux/dma-direct.h` `translate_phys_to_dma()`
 */
export function physToDma(device: MappedDevice, physAddr: PhysAddr): DmaAddr {
  const { windows } = device;
  if (windows === null) return physAddr as number;
  for (const { cpu, dma, size } of windows) {
    if (physAddr >= cpu && physAddr - cpu < size) return dma + (physAddr - cpu);
  }
  return DMA_MAPPING_ERROR;
}

/**
 * The way back.
 *
 * @returns {@link DMA_MAPPING_ERROR} when no window holds it
 * @see Linux 6.12 `include/linux/dma-direct.h` `translate_dma_to_phys()`
 */
export function dmaToPhys(device: MappedDevice, dmaAddr: DmaAddr): PhysAddr {
  const { windows } = device;
  if (windows === null) return dmaAddr as number;
  for (const { cpu, dma, size } of windows) {
    if (dmaAddr >= dma && dmaAddr - dma < size) return cpu + (dmaAddr - dma);
  }
  return DMA_MAPPING_ERROR;
}

/** What a device meets at a bus address, and how many bytes go on from there in the same window; null outside all windows. */
export function busTarget(device: MappedDevice, dmaAddr: DmaAddr): { physAddr: PhysAddr; bytes: Bytes } | null {
  const { windows } = device;
  if (windows === null) return { physAddr: dmaAddr as number, bytes: Number.MAX_SAFE_INTEGER - dmaAddr };
  for (const { cpu, dma, size } of windows) {
    if (dmaAddr >= dma && dmaAddr - dma < size) {
      return { physAddr: cpu + (dmaAddr - dma), bytes: size - (dmaAddr - dma) };
    }
  }
  return null;
}

/** True when a device can emit every address of a streaming mapping. Linux 6.12 `include/linux/dma-direct.h` `dma_capable()`. */
export function isCapable(device: MappedDevice, dmaAddr: DmaAddr, size: Bytes): boolean {
  return dmaAddr !== DMA_MAPPING_ERROR && dmaAddr + size - 1 <= device.streamingLimit;
}

/** The same for memory that CPU and device share. Linux 6.12 `kernel/dma/direct.c` `dma_coherent_ok()`. */
export function isCoherentOk(device: MappedDevice, physAddr: PhysAddr, size: Bytes): boolean {
  const dmaAddr = physToDma(device, physAddr);
  return dmaAddr !== DMA_MAPPING_ERROR && dmaAddr + size - 1 <= device.coherentLimit;
}
