import type { Bytes, DmaAddr, PhysAddr } from "../../units/quantity.js";
import type { Backing } from "../heaps/heap.js";
import type { DmaSegments, ScatterList } from "../scatter-list.js";
import type { MappedDevice } from "./mapped-device.js";

/** Which way bytes go, as the device sees memory. */
export type Direction = "to-device" | "from-device" | "bidirectional";

/** What `mapPage` returns for a mapping that could not be made. Linux 6.12 `include/linux/dma-mapping.h` `DMA_MAPPING_ERROR`. */
export const DMA_MAPPING_ERROR = -1;

/** Attributes of an allocation or a mapping. Linux 6.12 `include/linux/dma-mapping.h`. */
export interface DmaAttrs {
  /** Cache maintenance is left to the caller. */
  readonly skipCpuSync?: boolean;
  /** Physically contiguous although an IOMMU could do without. */
  readonly forceContiguous?: boolean;
  /** Single pages, for those who will split them. */
  readonly allocSinglePages?: boolean;
  readonly noKernelMapping?: boolean;
  /**
   * The memory came by the device's own allocation path: the device knows its address already, or maps it for itself, and nobody checks or bounces. Ours:
   * drivers of Linux do not map such memory at all.
   */
  readonly ownMemory?: boolean;
  /** False: must not wait; changes where coherent memory comes from. Default true. */
  readonly blocking?: boolean;
}

/** No attribute set. */
export const NO_ATTRS: DmaAttrs = {};

/** Memory of the device's own. */
export const OWN_MEMORY: DmaAttrs = { ownMemory: true };

/** Memory that CPU and device use at the same time, from `dma_alloc_attrs()`. */
export interface CoherentBuffer {
  readonly device: MappedDevice;
  readonly dmaAddr: DmaAddr;
  readonly size: Bytes;
  readonly attrs: DmaAttrs;
  readonly backing: Backing;
}

/**
 * How one kind of devices gets memory and addresses: the operations of the kernel under their names, on numbers.
 *
 * Ops hold no state of a device; that is in {@link MappedDevice}. What all have in common (checks of arguments, coherent pools that come
 * before everything, events, usage checks) is in `dma-api.ts`, which calls these.
 *
 * @see Linux 6.12 `include/linux/dma-map-ops.h` `struct dma_map_ops`, `kernel/dma/mapping.c`
 */
export interface DmaMapOps {
  /** `direct`, `iommu`, `swiotlb`, or a name of its own. */
  readonly name: string;
  /** Null when there is no memory; the kernel tells no errno here either. */
  alloc(device: MappedDevice, size: Bytes, attrs: DmaAttrs): CoherentBuffer | null;
  free(device: MappedDevice, buffer: CoherentBuffer): void;
  /** @returns the address to emit, or {@link DMA_MAPPING_ERROR} */
  mapPage(device: MappedDevice, physAddr: PhysAddr, size: Bytes, direction: Direction, attrs: DmaAttrs): DmaAddr;
  unmapPage(device: MappedDevice, dmaAddr: DmaAddr, size: Bytes, direction: Direction, attrs: DmaAttrs): void;
  /**
   * Maps a list for the device.
   *
   * @param out - written: the segments the device sees; `count` is 0 after a failure
   * @returns number of segments, or an errno, negated
   */
  mapSg(device: MappedDevice, memory: ScatterList, direction: Direction, attrs: DmaAttrs, out: DmaSegments): number;
  /** @param segments - as `mapSg` wrote them */
  unmapSg(
    device: MappedDevice,
    memory: ScatterList,
    segments: DmaSegments,
    direction: Direction,
    attrs: DmaAttrs,
  ): void;
  syncForCpu(device: MappedDevice, dmaAddr: DmaAddr, size: Bytes, direction: Direction): void;
  syncForDevice(device: MappedDevice, dmaAddr: DmaAddr, size: Bytes, direction: Direction): void;
  /** The memory of a coherent buffer, for export. */
  getSgtable(device: MappedDevice, buffer: CoherentBuffer): ScatterList;
  /** Most bytes of one `mapPage`; `unlimited` when only addresses limit it. */
  maxMappingSize(device: MappedDevice): Bytes | "unlimited";
  /** Most bytes of one mapping that still is fast. */
  optMappingSize(device: MappedDevice): Bytes | "unlimited";
  /** Inclusive mask: entries whose seams lie on its multiples are joined; 0 when nothing is joined. */
  mergeBoundary(device: MappedDevice): number;
  /**
   * What a bus master of this device meets at an address it emits: the physical address, and how far the translation goes on from there.
   * Null when nothing is mapped: the access faults.
   */
  translate(
    device: MappedDevice,
    dmaAddr: DmaAddr,
    access: "read" | "write",
  ): { physAddr: PhysAddr; bytes: Bytes } | null;
}
