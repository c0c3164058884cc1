import { type Bytes, MAX_EXACT } from "../../units/quantity.js";
import { type Range, type RangeSet, toRangeSet } from "../../units/ranges.js";
import { hasBit } from "../native/has-bit.js";
import { getField, readStruct } from "../native/struct.js";
import {
  VFIO_IOMMU_INFO_CAPS,
  VFIO_IOMMU_TYPE1_INFO_CAP_IOVA_RANGE,
  VFIO_IOMMU_TYPE1_INFO_DMA_AVAIL,
  vfioInfoCapHeader,
  vfioIommuType1Info,
  vfioIommuType1InfoCapIovaRange,
  vfioIommuType1InfoDmaAvail,
  vfioIovaRange,
} from "../uapi/vfio.js";

/** What the IOMMU behind a container offers. */
export interface IommuInfo {
  /** Bytes, ascending; the smallest is the granule of mappings. */
  readonly pageSizes: readonly Bytes[];
  /** I/O addresses that can be mapped, as far as numbers are exact: what interrupts and the platform keep is left out. */
  readonly windows: RangeSet;
  /** Mappings that can still be made; null where the kernel does not say. */
  readonly mappingsLeft: number | null;
}

/** The answer to `VFIO_IOMMU_GET_INFO`, capabilities included. What is cut off counts as not told. */
export function readIommuInfo(bytes: Uint8Array): IommuInfo {
  const { flags, iova_pgsizes, cap_offset } = readStruct(vfioIommuType1Info, bytes);
  let windows: RangeSet = [{ base: 0, size: MAX_EXACT }];
  let mappingsLeft: number | null = null;
  let at = hasBit(flags, VFIO_IOMMU_INFO_CAPS) ? cap_offset : 0;
  while (at >= vfioIommuType1Info.size && at + vfioInfoCapHeader.size <= bytes.length) {
    const { id, next } = readStruct(vfioInfoCapHeader, bytes, at);
    if (id === VFIO_IOMMU_TYPE1_INFO_CAP_IOVA_RANGE) windows = readWindows(bytes, at);
    if (id === VFIO_IOMMU_TYPE1_INFO_DMA_AVAIL && at + vfioIommuType1InfoDmaAvail.size <= bytes.length) {
      mappingsLeft = getField(vfioIommuType1InfoDmaAvail, bytes, "avail", at);
    }
    // Capabilities stand in ascending order, so that a chain ends.
    at = next > at ? next : 0;
  }
  return { pageSizes: sizesOf(iova_pgsizes), windows, mappingsLeft };
}

/** Ranges of the kernel, whose ends are inclusive. */
function readWindows(bytes: Uint8Array, at: number): RangeSet {
  const first = at + vfioIommuType1InfoCapIovaRange.size;
  if (first > bytes.length) return [];
  const told = getField(vfioIommuType1InfoCapIovaRange, bytes, "nr_iovas", at);
  const count = Math.min(told, Math.floor((bytes.length - first) / vfioIovaRange.size));
  const ranges: Range[] = [];
  for (let i = 0; i < count; i += 1) {
    const { start, end } = readStruct(vfioIovaRange, bytes, first + i * vfioIovaRange.size);
    if (start > MAX_EXACT || end < start) continue;
    const base = Number(start);
    ranges.push({ base, size: (end >= MAX_EXACT ? MAX_EXACT : Number(end) + 1) - base });
  }
  return toRangeSet(ranges);
}

/** Sizes of pages, of a mask with a bit for each. */
function sizesOf(mask: bigint): Bytes[] {
  return Array.from({ length: 53 }, (_, bit) => 2 ** bit).filter((size) => (mask / BigInt(size)) % 2n === 1n);
}
