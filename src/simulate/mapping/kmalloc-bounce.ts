import type { Machine } from "../../machine/machine.js";
import type { Bytes } from "../../units/quantity.js";
import type { Direction } from "./dma-map-ops.js";
import type { MappedDevice } from "./mapped-device.js";

/** Allocations of so many bytes and more begin at a cache line. Linux 6.12 `arch/arm64/include/asm/cache.h` `ARCH_DMA_MINALIGN`, twice. */
export const LONGEST_SMALL: Bytes = 256;
/** Bytes of a cache line. */
const LINE = 64;
/** Sizes of the kernel's small allocations, ascending. Linux 6.12 `mm/slab_common.c` `kmalloc_info`. */
const KMALLOC_SIZES = [8, 16, 32, 64, 96, 128, 192, 256];

/**
 * True when a mapping may be of a small allocation that shares a cache line with another one, so that giving up the line would lose what is next
 * to it. Only the size is looked at; of whole pages it is never true.
 *
 * Only arm64 kernels are built with it.
 *
 * @see Linux 6.12 `include/linux/dma-map-ops.h` `dma_kmalloc_needs_bounce()`
 */
export function mayShareLine(machine: Machine, device: MappedDevice, size: Bytes, direction: Direction): boolean {
  if (size >= LONGEST_SMALL || device.coherent || direction === "to-device" || machine.arch !== "arm64") return false;
  const bucket = KMALLOC_SIZES.find((bytes) => bytes >= size) ?? 0;
  return bucket % LINE !== 0;
}
