import type { Device, Machine, Translation } from "../machine/machine.js";
import { alignUp } from "../units/quantity.js";
import { translationFor } from "./reach.js";

/** The memory of a buffer: one block, or separate blocks of at most so many bytes. */
export type SourceShape = { readonly kind: "contiguous" } | { readonly kind: "scattered"; readonly blockSize: number };

/**
 * Entries of the table a device gets for a buffer once it is mapped.
 *
 * Mapped directly, one entry for each block of memory, whatever the device's segment limit: Linux splits and joins nothing there. Behind
 * an IOMMU the blocks lie one after the other in the I/O space and are joined into entries of at most `maxSegmentSize`; a block that
 * is longer by itself stays one entry, and after it everything joins, since the kernel's length test is unsigned.
 *
 * A segment boundary, which no platform driver read so far sets, is not looked at.
 *
 * @param size - of the buffer in bytes, at least 1; blocks are whole pages
 * @param translation - how the device is mapped; for `cpu` there is no table and the answer is 0
 * @see Linux 6.12 `kernel/dma/direct.c` `dma_direct_map_sg()`, `drivers/iommu/dma-iommu.c` `__finalise_sg()`
 */
export function segmentsAfterMapping(
  machine: Machine,
  device: Device,
  source: SourceShape,
  size: number,
  translation: Translation = translationFor(device, { asIfEnabled: true }),
): number {
  if (!Number.isSafeInteger(size) || size <= 0) throw new RangeError(`${size} bytes cannot be mapped`);
  if (translation === "cpu") return 0;
  if (source.kind === "contiguous") return 1;
  const block = alignUp(source.blockSize, machine.profile.pageSize);
  if (translation !== "iommu") return Math.ceil(size / block);
  const limit = device.maxSegmentSize;
  const full = Math.floor(size / block);
  if (limit === "unlimited" || full === 0 || block > limit) return 1;
  const joined = Math.floor(limit / block);
  const entries = Math.ceil(full / joined);
  const rest = alignUp(size - full * block, machine.profile.pageSize);
  const room = limit - (full - (entries - 1) * joined) * block;
  return rest <= room ? entries : entries + 1;
}
