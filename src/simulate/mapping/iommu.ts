import { alignUp, type Bytes, type DmaAddr, type PhysAddr } from "../../units/quantity.js";
import { ERRNO } from "../errno.js";
import type { Backing } from "../heaps/heap.js";
import type { DmaSegments, ScatterList } from "../scatter-list.js";
import { NO_SLOTS } from "./bounce-pool.js";
import {
  allocAtomic,
  allocBlock,
  allocContiguous,
  allocFromArea,
  allocScattered,
  pageAligned,
} from "./coherent-sources.js";
import { syncMemoryForCpu, syncMemoryForDevice } from "./cpu-sync.js";
import {
  type CoherentBuffer,
  type Direction,
  DMA_MAPPING_ERROR,
  type DmaAttrs,
  type DmaMapOps,
} from "./dma-map-ops.js";
import { domainOf, eachRun, mapBacking, physAddrAt } from "./domain-ranges.js";
import { armBlockOrders, blockOrders } from "./iommu-blocks.js";
import type { DomainMapping, IommuDomain } from "./iommu-domain.js";
import { LONGEST_SMALL, mayShareLine } from "./kmalloc-bounce.js";
import { listFromPages, pagesOf } from "./list-from-pages.js";
import type { MappedDevice } from "./mapped-device.js";
import type { MappingContext } from "./mapping-context.js";
import { PageRuns } from "./page-runs.js";
import { copyBack, copyOut, dropCopy, takeCopy } from "./swiotlb.js";

/** Blocks of 2^5 pages are what range caches still hold. Linux 6.12 `drivers/iommu/iova.c` `iova_rcache_range()`. */
const FAST_ORDER = 5;
const U32 = 2 ** 32;

/**
 * Operations of devices behind an IOMMU that the DMA API drives: a list becomes one range of I/O addresses, and its entries as few segments as the
 * device's limits allow.
 *
 *     list      |-- 8 KiB --|-- 4 KiB --|--- 12 KiB ---|        anywhere in memory
 *     iova      |-----------------------|--------------|        one range, aligned to the power of two that is not below it
 *     segments  |<-- 12 KiB, one ------>|<-- 12 KiB -->|        cut where max_segment_size or the boundary mask say so
 *
 * As in Linux, what looks odd included: `max_segment_size` only ends joining, an entry longer than it stays whole, and everything behind such an
 * entry is joined to it; distance to a boundary is gained by letting the device see memory behind the entry before. What is not as in
 * Linux: a device that takes fewer segments than there are is refused (`-ENOSPC`), where drivers find out for themselves; and on arm, which has
 * operations of its own, I/O addresses are chosen as here.
 *
 * @see Linux 6.12 `drivers/iommu/dma-iommu.c`
 */
export function makeIommuOps(context: MappingContext): DmaMapOps {
  const { machine } = context.world;
  const { pageSize } = machine.profile;
  /** I/O bytes of each entry of the list in hand, padding included. */
  let spans = new Float64Array(64);
  /** The shortest of its entries. */
  let shortest: Bytes = 0;

  const mapPage = (
    device: MappedDevice,
    physAddr: PhysAddr,
    size: Bytes,
    direction: Direction,
    attrs: DmaAttrs,
  ): DmaAddr => {
    const domain = domainOf(device);
    const { granule } = domain;
    if (device.minAlignMask > granule - 1) return DMA_MAPPING_ERROR;
    let at = physAddr;
    if (mayShareLine(machine, device, size, direction) && (physAddr % granule !== 0 || size % granule !== 0)) {
      at = takeCopy(context, device, physAddr, size, granule - 1);
      if (at === NO_SLOTS) return DMA_MAPPING_ERROR;
    }
    if (attrs.skipCpuSync !== true) syncMemoryForDevice(context, device, at, size);
    const offset = at % granule;
    const length = alignUp(size + offset, granule);
    const mapping = domain.take(length, device.streamingLimit as number, direction, pciNumber(device));
    mapping?.own.append(at - offset, length);
    if (mapping === null || !domain.install(mapping)) {
      if (at !== physAddr) dropCopy(context, device, at);
      return DMA_MAPPING_ERROR;
    }
    return mapping.iova + offset;
  };

  const unmapPage = (
    device: MappedDevice,
    dmaAddr: DmaAddr,
    size: Bytes,
    direction: Direction,
    attrs: DmaAttrs,
  ): void => {
    const domain = domainOf(device);
    const mapping = domain.find(dmaAddr as number);
    if (mapping === null) return;
    const physAddr = physAddrAt(mapping, dmaAddr);
    domain.unmap(mapping);
    if (attrs.skipCpuSync !== true) {
      syncMemoryForCpu(context, device, physAddr, size, direction);
      copyBack(context, device, physAddr, size, direction);
    }
    dropCopy(context, device, physAddr);
  };

  /** Entries one by one, since one of them bounces: nothing is joined. Linux 6.12 `iommu_dma_map_sg_swiotlb()`. */
  const mapApart = (
    device: MappedDevice,
    memory: ScatterList,
    direction: Direction,
    attrs: DmaAttrs,
    out: DmaSegments,
  ): number => {
    for (let i = 0; i < memory.count; i += 1) {
      const length = memory.length[i] as Bytes;
      const dmaAddr = mapPage(device, memory.physAddr[i] as PhysAddr, length, direction, attrs);
      if (dmaAddr === DMA_MAPPING_ERROR) {
        unmapAll(device, out, direction, { skipCpuSync: true });
        return -ERRNO.EIO;
      }
      out.push(dmaAddr, length);
    }
    return out.count;
  };

  const unmapAll = (device: MappedDevice, out: DmaSegments, direction: Direction, attrs: DmaAttrs): void => {
    for (let i = 0; i < out.count; i += 1) {
      unmapPage(device, out.address[i] as number, out.length[i] as number, direction, attrs);
    }
    out.count = 0;
  };

  /** Lays the entries out, and tells how many I/O bytes they take; -1 when an entry is too long for the kernel's list. */
  const layOut = (device: MappedDevice, memory: ScatterList, granule: Bytes): Bytes => {
    if (spans.length < memory.count) spans = new Float64Array(memory.count * 2);
    const { count, physAddr: starts, length: lengths } = memory;
    const into = spans;
    const perGranule = 1 / granule;
    const step = device.segmentBoundaryMask + 1;
    const bounded = step <= Number.MAX_SAFE_INTEGER;
    let total = 0;
    let least = Number.POSITIVE_INFINITY;
    for (let i = 0; i < count; i += 1) {
      const physAddr = starts[i] as PhysAddr;
      const length = lengths[i] as Bytes;
      if (length < least) least = length;
      const offset = physAddr - Math.floor(physAddr * perGranule) * granule;
      const span = Math.ceil((length + offset) * perGranule) * granule;
      if (span >= U32) return -1;
      // A gap up to the next boundary, if the entry would cross it; the entry before is made longer by that.
      const gap = bounded && total % step !== 0 ? step - (total % step) : 0;
      if (gap > 0 && gap < span - 1) {
        const longer = (into[i - 1] as number) + gap;
        if (longer >= U32) return -1;
        into[i - 1] = longer;
        total += gap;
      }
      into[i] = span;
      total += span;
    }
    shortest = least;
    return total;
  };

  /** Joins entries to segments. Linux 6.12 `__finalise_sg()`. */
  const finalise = (
    device: MappedDevice,
    memory: ScatterList,
    granule: Bytes,
    iova: number,
    out: DmaSegments,
  ): void => {
    const { count, physAddr: starts, length: lengths } = memory;
    const from = spans;
    const perGranule = 1 / granule;
    const maxLength = Math.min(device.maxSegmentSize, U32 - 1);
    const boundary = device.segmentBoundaryMask;
    const perBoundary = boundary < Number.MAX_SAFE_INTEGER ? 1 / (boundary + 1) : 0;
    let at = iova;
    let current = 0;
    let joins = false;
    for (let i = 0; i < count; i += 1) {
      const physAddr = starts[i] as PhysAddr;
      const length = lengths[i] as Bytes;
      const span = from[i] as number;
      const offset = physAddr - Math.floor(physAddr * perGranule) * granule;
      const onBoundary = perBoundary !== 0 && Math.floor(at * perBoundary) === at * perBoundary;
      // The kernel subtracts without a sign: a segment that is too long already has endless room.
      const room = maxLength >= current ? maxLength - current : maxLength - current + U32;
      if (joins && offset === 0 && !onBoundary && room >= length) {
        current += length;
      } else {
        if (joins) out.length[out.count - 1] = current;
        out.push(at + offset, length);
        current = length;
      }
      at += span;
      joins = length + offset >= span;
      if (!joins) {
        out.length[out.count - 1] = current;
        current = 0;
      }
    }
    if (joins) out.length[out.count - 1] = current;
  };

  const mapSg = (
    device: MappedDevice,
    memory: ScatterList,
    direction: Direction,
    attrs: DmaAttrs,
    out: DmaSegments,
  ): number => {
    out.count = 0;
    const domain = domainOf(device);
    const { granule } = domain;
    // A range that is no longer than a step of the boundary is aligned to more than its length, and so crosses none.
    if (memory.size <= device.segmentBoundaryMask + 1) {
      const whole = wholeOf(memory, granule);
      if (whole !== null) return mapWhole(device, memory, whole, direction, attrs, out);
    }
    const total = layOut(device, memory, granule);
    if (shortest < LONGEST_SMALL && someMayShareLine(memory, device, direction)) {
      return mapApart(device, memory, direction, attrs, out);
    }
    if (total < 0) return -ERRNO.EINVAL;
    const mapping = domain.take(total, device.streamingLimit as number, direction, pciNumber(device));
    if (mapping === null) return -ERRNO.ENOMEM;
    mapping.own.appendList(memory, spans, granule);
    if (!domain.install(mapping)) return -installErrno(domain);
    finalise(device, memory, granule, mapping.iova, out);
    return conclude(device, memory, mapping, attrs, out);
  };

  /** What is left to do when a list is mapped and its segments are known. */
  const conclude = (
    device: MappedDevice,
    memory: ScatterList,
    mapping: DomainMapping,
    attrs: DmaAttrs,
    out: DmaSegments,
  ): number => {
    if (out.count > device.maxSegments) {
      domainOf(device).unmap(mapping);
      out.count = 0;
      return -ERRNO.ENOSPC;
    }
    if (attrs.skipCpuSync !== true && context.cache !== null && !device.coherent) {
      for (let i = 0; i < memory.count; i += 1) {
        syncMemoryForDevice(context, device, memory.physAddr[i] as PhysAddr, memory.length[i] as Bytes);
      }
    }
    return out.count;
  };

  /** Lists of scattered memory that was exported, so that all who map it have the same. */
  const tables: WeakMap<CoherentBuffer, ScatterList> = new WeakMap();

  /** Lists of whole pages that have been mapped; null for lists of others. */
  const wholeLists: WeakMap<ScatterList, WholeList> = new WeakMap();

  /** A list of whole pages as tables hold it, made once for each list; null for one with an entry that is not. */
  const wholeOf = (memory: ScatterList, granule: Bytes): PageRuns | null => {
    const known = wholeLists.get(memory);
    if (known !== undefined && known.granule === granule) return known.pages;
    const pages = isWhole(memory, granule) ? new PageRuns(memory.count) : null;
    pages?.appendList(memory, memory.length, granule);
    wholeLists.set(memory, { granule, pages });
    return pages;
  };

  /** {@link mapSg} where entries are whole pages and no boundary is in the way: nothing is padded, all of it is contiguous. */
  const mapWhole = (
    device: MappedDevice,
    memory: ScatterList,
    pages: PageRuns,
    direction: Direction,
    attrs: DmaAttrs,
    out: DmaSegments,
  ): number => {
    const domain = domainOf(device);
    const mapping = domain.take(pages.size, device.streamingLimit as number, direction, pciNumber(device));
    if (mapping === null) return -ERRNO.ENOMEM;
    mapping.pages = pages;
    if (!domain.install(mapping)) return -installErrno(domain);
    const maxLength = Math.min(device.maxSegmentSize, U32 - 1);
    if (pages.size <= maxLength) out.push(mapping.iova as number, pages.size);
    else joinWhole(memory, maxLength, mapping.iova as number, out);
    return conclude(device, memory, mapping, attrs, out);
  };

  const someMayShareLine = (memory: ScatterList, device: MappedDevice, direction: Direction): boolean => {
    for (let i = 0; i < memory.count; i += 1) {
      if (mayShareLine(machine, device, memory.length[i] as Bytes, direction)) return true;
    }
    return false;
  };

  const unmapSg = (
    device: MappedDevice,
    memory: ScatterList,
    segments: DmaSegments,
    direction: Direction,
    attrs: DmaAttrs,
  ): void => {
    const domain = domainOf(device);
    const first = segments.address[0] as number;
    const mapping = segments.count === 0 ? null : domain.find(first);
    if (mapping === null) return;
    const last = segments.address[segments.count - 1] as number;
    if (last - mapping.iova >= mapping.size || last < mapping.iova) {
      for (let i = 0; i < segments.count; i += 1) {
        unmapPage(device, segments.address[i] as number, segments.length[i] as number, direction, attrs);
      }
      return;
    }
    const bounced = memory.count === 1 && physAddrAt(mapping, first) !== memory.physAddr[0];
    if (bounced) {
      unmapPage(device, first, segments.length[0] as number, direction, attrs);
      return;
    }
    domain.unmap(mapping);
    if (attrs.skipCpuSync === true || context.cache === null || device.coherent) return;
    for (let i = 0; i < memory.count; i += 1) {
      syncMemoryForCpu(context, device, memory.physAddr[i] as PhysAddr, memory.length[i] as Bytes, direction);
    }
  };

  /** Memory for CPU and device. Linux 6.12 `iommu_dma_alloc()`; on arm `arch/arm/mm/dma-mapping.c` `arm_iommu_alloc_attrs()`. */
  const allocMemory = (device: MappedDevice, size: Bytes, attrs: DmaAttrs): Backing | null => {
    const blocking = attrs.blocking !== false;
    const isArm = machine.arch === "arm";
    if (isArm && device.coherent) return allocBlock(context, device, size);
    if (blocking && attrs.forceContiguous !== true) {
      const orders = isArm
        ? armBlockOrders(attrs)
        : blockOrders(domainOf(device), pageSize, machine.profile.maxPageOrder, attrs);
      return orders.length === 0 ? null : allocScattered(context, device, size, orders);
    }
    if (!blocking && !device.coherent) return allocAtomic(context, device, size);
    if (isArm) return allocFromArea(context, device, size);
    return allocContiguous(context, device, size, blocking) ?? allocBlock(context, device, size);
  };

  return {
    name: "iommu",
    alloc: (device, size, attrs) => {
      const domain = domainOf(device);
      const backing = allocMemory(device, pageAligned(context, size), attrs);
      if (backing === null) return null;
      const mapping = mapBacking(domain, backing, device.coherentLimit, pciNumber(device));
      if (mapping === null) {
        backing.heap.release(backing);
        return null;
      }
      return { device, dmaAddr: mapping.iova as number, size, attrs, backing };
    },
    free: (device, buffer) => {
      // First what throws for a buffer that is not out, so that nobody else's mapping goes.
      buffer.backing.heap.release(buffer.backing);
      const domain = domainOf(device);
      const mapping = domain.find(buffer.dmaAddr as number);
      if (mapping !== null) domain.unmap(mapping);
    },
    mapPage,
    unmapPage,
    mapSg,
    unmapSg,
    syncForCpu: (device, dmaAddr, size, direction) =>
      eachRun(domainOf(device), dmaAddr, size, (physAddr, bytes) => {
        syncMemoryForCpu(context, device, physAddr, bytes, direction);
        copyBack(context, device, physAddr, bytes, direction);
      }),
    syncForDevice: (device, dmaAddr, size, direction) =>
      eachRun(domainOf(device), dmaAddr, size, (physAddr, bytes) => {
        copyOut(context, device, physAddr, bytes, direction);
        syncMemoryForDevice(context, device, physAddr, bytes);
      }),
    getSgtable: (_device, buffer) => {
      const { memory } = buffer.backing;
      if (memory.count === 1) return memory;
      const known =
        tables.get(buffer) ?? listFromPages({ pages: pagesOf(memory, pageSize), pageSize, size: buffer.size });
      tables.set(buffer, known);
      return known;
    },
    maxMappingSize: () => "unlimited",
    optMappingSize: () => pageSize * 2 ** FAST_ORDER,
    mergeBoundary: (device) => domainOf(device).granule - 1,
    translate: (device, dmaAddr, access) => domainOf(device).translate(dmaAddr as number, access),
  };
}

/** A list as tables with pages of `granule` bytes hold it; null when it is not of whole pages. */
interface WholeList {
  readonly granule: Bytes;
  readonly pages: PageRuns | null;
}

function isWhole(memory: ScatterList, granule: Bytes): boolean {
  const { count, physAddr, length } = memory;
  for (let i = 0; i < count; i += 1) {
    const bytes = length[i] as Bytes;
    if ((physAddr[i] as PhysAddr) % granule !== 0 || bytes % granule !== 0 || bytes >= U32) return false;
  }
  return true;
}

/** Joins entries of whole pages to segments of at most `maxLength`, by the rule of the kernel: see `finalise`. */
function joinWhole(memory: ScatterList, maxLength: Bytes, iova: number, out: DmaSegments): void {
  const { count, length: lengths } = memory;
  let at = iova;
  let current = lengths[0] as Bytes;
  for (let i = 1; i < count; i += 1) {
    const length = lengths[i] as Bytes;
    const room = maxLength >= current ? maxLength - current : maxLength - current + U32;
    if (room >= length) current += length;
    else {
      out.push(at, current);
      at += current;
      current = length;
    }
  }
  out.push(at, current);
}

/** What comes of a mapping whose tables could not be made. Linux 6.12 `drivers/iommu/dma-iommu.c` `iommu_dma_map_sg()`. */
function installErrno(domain: IommuDomain): number {
  return domain.lastFailure?.cause === "beyond-output" ? ERRNO.EINVAL : ERRNO.ENOMEM;
}

function pciNumber(device: MappedDevice): number {
  return device.isPci ? device.id : -1;
}
