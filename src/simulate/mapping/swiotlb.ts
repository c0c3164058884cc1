import { BYTES_PER_SLOT, SLOTS_PER_SEGMENT } from "../../algorithms/bounce-slots.js";
import { alignUp, type Bytes, type DmaAddr, type PhysAddr } from "../../units/quantity.js";
import { NO_SLOTS } from "./bounce-pool.js";
import { isCapable, physToDma } from "./bus-address.js";
import { copyByCpu, syncMemoryForDevice } from "./cpu-sync.js";
import { type Direction, DMA_MAPPING_ERROR, type DmaAttrs } from "./dma-map-ops.js";
import type { MappedDevice } from "./mapped-device.js";
import type { MappingContext } from "./mapping-context.js";

/**
 * Maps memory that a device cannot reach, or must not, by a copy it can reach. The copy starts as the original is, whatever the direction, so that
 * a device that writes a part leaves the rest alone.
 *
 * @returns {@link DMA_MAPPING_ERROR} without a pool, without slots, or when the pool itself is out of reach; nothing is kept then
 * @see Linux 6.12 `kernel/dma/swiotlb.c` `swiotlb_map()`
 */
export function bounceMap(
  context: MappingContext,
  device: MappedDevice,
  physAddr: PhysAddr,
  size: Bytes,
  attrs: DmaAttrs,
): DmaAddr {
  const tlbAddr = takeCopy(context, device, physAddr, size, 0);
  if (tlbAddr === NO_SLOTS) return DMA_MAPPING_ERROR;
  const dmaAddr = physToDma(device, tlbAddr);
  if (!isCapable(device, dmaAddr, size)) {
    dropCopy(context, device, tlbAddr);
    return DMA_MAPPING_ERROR;
  }
  if (attrs.skipCpuSync !== true) syncMemoryForDevice(context, device, tlbAddr, size);
  return dmaAddr;
}

/**
 * Takes slots and copies the original into them.
 *
 * @param allocAlignMask - start and end of the slots are aligned to it; 0 for none
 * @returns physical address of the copy, or {@link NO_SLOTS}
 * @see Linux 6.12 `kernel/dma/swiotlb.c` `swiotlb_tbl_map_single()`
 */
export function takeCopy(
  context: MappingContext,
  device: MappedDevice,
  physAddr: PhysAddr,
  size: Bytes,
  allocAlignMask: number,
): PhysAddr {
  const pool = device.bouncePool;
  if (pool === null) return NO_SLOTS;
  const busBase = Math.max(0, physToDma(device, pool.base));
  const tlbAddr = pool.take(physAddr, size, allocAlignMask, device, busBase);
  if (tlbAddr !== NO_SLOTS) copyByCpu(context, tlbAddr, physAddr, size);
  return tlbAddr;
}

/** True when a physical address lies in a copy made for the device. */
export function isBounced(device: MappedDevice, physAddr: PhysAddr): boolean {
  const pool = device.bouncePool;
  return pool !== null && pool.originOf(physAddr, device.minAlignMask) >= 0;
}

/**
 * Copies to the original what the device wrote, and nothing beyond the copy's end. Does nothing for memory that is no copy, or that the device
 * only reads.
 */
export function copyBack(
  context: MappingContext,
  device: MappedDevice,
  tlbAddr: PhysAddr,
  size: Bytes,
  direction: Direction,
): void {
  if (direction === "to-device") return;
  const origin = device.bouncePool?.originOf(tlbAddr, device.minAlignMask) ?? -1;
  if (origin >= 0) copyByCpu(context, origin, tlbAddr, copiedBytes(device, tlbAddr, size));
}

/**
 * Copies to the bounce buffer what the CPU wrote, and nothing beyond the copy's end. Does nothing for memory that is no copy, or that the device
 * only writes.
 */
export function copyOut(
  context: MappingContext,
  device: MappedDevice,
  tlbAddr: PhysAddr,
  size: Bytes,
  direction: Direction,
): void {
  if (direction === "from-device") return;
  const origin = device.bouncePool?.originOf(tlbAddr, device.minAlignMask) ?? -1;
  if (origin >= 0) copyByCpu(context, tlbAddr, origin, copiedBytes(device, tlbAddr, size));
}

function copiedBytes(device: MappedDevice, tlbAddr: PhysAddr, size: Bytes): Bytes {
  return Math.min(size, device.bouncePool?.bytesLeft(tlbAddr, device.minAlignMask) ?? 0);
}

/**
 * Gives the slots of a copy back, and with them what the CPU's cache holds of them; does nothing for memory that is no copy, or that no copy
 * begins at.
 */
export function dropCopy(context: MappingContext, device: MappedDevice, tlbAddr: PhysAddr): void {
  const { bouncePool: pool, minAlignMask } = device;
  if (pool === null || !isBounced(device, tlbAddr) || !pool.beginsAt(tlbAddr, minAlignMask)) return;
  const slots = pool.release(tlbAddr, minAlignMask);
  context.cache?.invalidate(slots.base, slots.size);
}

/**
 * Most bytes of one mapping that bounces: a segment, less what the low bits that must stay equal can cost.
 *
 * @see Linux 6.12 `kernel/dma/swiotlb.c` `swiotlb_max_mapping_size()`
 */
export function maxBounceSize(minAlignMask: number): Bytes {
  return SLOTS_PER_SEGMENT * BYTES_PER_SLOT - (minAlignMask === 0 ? 0 : alignUp(minAlignMask, BYTES_PER_SLOT));
}
