import type { Bytes, PhysAddr } from "../../units/quantity.js";
import type { Direction } from "./dma-map-ops.js";
import type { MappedDevice } from "./mapped-device.js";
import type { MappingContext } from "./mapping-context.js";

/**
 * Lets a device that does not snoop see what the CPU wrote: written lines go to memory, whatever the direction.
 *
 * @see Linux 6.12 `arch/arm64/mm/dma-mapping.c` `arch_sync_dma_for_device()`
 */
export function syncMemoryForDevice(
  context: MappingContext,
  device: MappedDevice,
  physAddr: PhysAddr,
  size: Bytes,
): void {
  if (context.cache !== null && !device.coherent) context.cache.clean(physAddr, size);
}

/**
 * Lets the CPU see what a device that does not snoop wrote: lines are given up. Nothing happens for memory the device only read.
 *
 * @see Linux 6.12 `arch/arm64/mm/dma-mapping.c` `arch_sync_dma_for_cpu()`
 */
export function syncMemoryForCpu(
  context: MappingContext,
  device: MappedDevice,
  physAddr: PhysAddr,
  size: Bytes,
  direction: Direction,
): void {
  if (context.cache !== null && !device.coherent && direction !== "to-device") context.cache.invalidate(physAddr, size);
}

/** The CPU copies bytes, through its cache where there is one. Without bytes nothing happens. */
export function copyByCpu(context: MappingContext, to: PhysAddr, from: PhysAddr, size: Bytes): void {
  if (context.cache !== null) context.cache.copy(to, from, size);
  else context.world.memory?.copy(to, from, size);
}
