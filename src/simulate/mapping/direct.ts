import { type Bytes, type DmaAddr, MAX_EXACT, type PhysAddr } from "../../units/quantity.js";
import { containsRanges, endOf, toRangeSet } from "../../units/ranges.js";
import { ERRNO } from "../errno.js";
import type { DmaSegments, ScatterList } from "../scatter-list.js";
import { busTarget, dmaToPhys, isCapable, physToDma } from "./bus-address.js";
import { allocDirect, pageAligned } from "./coherent-sources.js";
import { syncMemoryForCpu, syncMemoryForDevice } from "./cpu-sync.js";
import {
  type CoherentBuffer,
  type Direction,
  DMA_MAPPING_ERROR,
  type DmaAttrs,
  type DmaMapOps,
} from "./dma-map-ops.js";
import { mayShareLine } from "./kmalloc-bounce.js";
import type { MappedDevice } from "./mapped-device.js";
import type { MappingContext } from "./mapping-context.js";
import { countSplitEntries } from "./split-list.js";
import { bounceMap, copyBack, copyOut, dropCopy, maxBounceSize } from "./swiotlb.js";

/** Maps one block: the way of all operations that differ in nothing else. */
export type MapBlock = (
  device: MappedDevice,
  physAddr: PhysAddr,
  size: Bytes,
  direction: Direction,
  attrs: DmaAttrs,
) => DmaAddr;

/**
 * Operations of devices that emit addresses of their bus: memory is used where it lies, at the address that the bus shows it at, and what is out
 * of reach is bounced, if there is a pool, entry by entry.
 *
 * Lists are mapped entry by entry and neither joined nor, as far as Linux goes, cut; see {@link countSplitEntries} for what is cut here. An
 * entry that leaves its bus window behind its first byte is mapped as if it did not.
 *
 * Nothing guards memory: such a device meets whatever lies at the address it emits.
 *
 * @see Linux 6.12 `kernel/dma/direct.c`, `kernel/dma/direct.h`
 */
export function makeDirectOps(context: MappingContext): DmaMapOps {
  return makeBusOps("direct", context, (device, physAddr, size, direction, attrs) => {
    const dmaAddr = physToDma(device, physAddr);
    const { machine } = context.world;
    if (!isCapable(device, dmaAddr, size) || mayShareLine(machine, device, size, direction)) {
      return bounceMap(context, device, physAddr, size, attrs);
    }
    if (attrs.skipCpuSync !== true) syncMemoryForDevice(context, device, physAddr, size);
    return dmaAddr;
  });
}

/**
 * Operations of devices all of whose mappings are copies: those with a restricted pool, and all without an IOMMU under `swiotlb=force`. Coherent
 * memory of the former comes from their pool.
 *
 * @see Linux 6.12 `kernel/dma/direct.h` `dma_direct_map_page()`, the case of `is_swiotlb_force_bounce()`
 */
export function makeSwiotlbOps(context: MappingContext): DmaMapOps {
  return makeBusOps("swiotlb", context, (device, physAddr, size, _direction, attrs) =>
    bounceMap(context, device, physAddr, size, attrs),
  );
}

function makeBusOps(name: string, context: MappingContext, mapBlock: MapBlock): DmaMapOps {
  const unmapPage = (
    device: MappedDevice,
    dmaAddr: DmaAddr,
    size: Bytes,
    direction: Direction,
    attrs: DmaAttrs,
  ): void => {
    const physAddr = dmaToPhys(device, dmaAddr);
    if (physAddr === DMA_MAPPING_ERROR) return;
    if (attrs.skipCpuSync !== true) {
      syncMemoryForCpu(context, device, physAddr, size, direction);
      copyBack(context, device, physAddr, size, direction);
    }
    dropCopy(context, device, physAddr);
  };
  const undo = (device: MappedDevice, out: DmaSegments, direction: Direction): void => {
    for (let i = 0; i < out.count; i += 1) {
      unmapPage(device, out.address[i] as number, out.length[i] as number, direction, { skipCpuSync: true });
    }
    out.count = 0;
  };
  return {
    name,
    alloc: (device, size, attrs) => {
      const backing = allocDirect(context, device, pageAligned(context, size), attrs);
      if (backing === null) return null;
      const dmaAddr = physToDma(device, backing.memory.physAddr[0] as PhysAddr);
      return { device, dmaAddr, size, attrs, backing };
    },
    free: (_device, buffer) => buffer.backing.heap.release(buffer.backing),
    mapPage: mapBlock,
    unmapPage,
    mapSg: (device, memory, direction, attrs, out) => {
      out.count = 0;
      const { splitSize } = device;
      const cuts = Number.isFinite(splitSize);
      if (device.maxSegments < memory.count || (cuts && device.maxSegments < countSplitEntries(device, memory))) {
        return -ERRNO.ENOSPC;
      }
      for (let i = 0; i < memory.count; i += 1) {
        const physAddr = memory.physAddr[i] as PhysAddr;
        const length = memory.length[i] as Bytes;
        for (let done = 0; done < length; done += splitSize) {
          const size = Math.min(splitSize, length - done);
          const dmaAddr = mapBlock(device, physAddr + done, size, direction, attrs);
          if (dmaAddr === DMA_MAPPING_ERROR) {
            undo(device, out, direction);
            return -ERRNO.EIO;
          }
          out.push(dmaAddr, size);
        }
      }
      return out.count;
    },
    unmapSg: (device, _memory, segments, direction, attrs) => {
      for (let i = 0; i < segments.count; i += 1) {
        unmapPage(device, segments.address[i] as number, segments.length[i] as number, direction, attrs);
      }
    },
    syncForCpu: (device, dmaAddr, size, direction) => {
      const physAddr = dmaToPhys(device, dmaAddr);
      if (physAddr === DMA_MAPPING_ERROR) return;
      syncMemoryForCpu(context, device, physAddr, size, direction);
      copyBack(context, device, physAddr, size, direction);
    },
    syncForDevice: (device, dmaAddr, size, direction) => {
      const physAddr = dmaToPhys(device, dmaAddr);
      if (physAddr === DMA_MAPPING_ERROR) return;
      copyOut(context, device, physAddr, size, direction);
      syncMemoryForDevice(context, device, physAddr, size);
    },
    getSgtable: (_device, buffer: CoherentBuffer): ScatterList => buffer.backing.memory,
    maxMappingSize: (device) => maxBusMapping(context, device),
    optMappingSize: (device) => maxBusMapping(context, device),
    mergeBoundary: () => 0,
    translate: (device, dmaAddr) => {
      const limit = Math.max(device.streamingLimit, device.coherentLimit);
      if (dmaAddr > limit) return null;
      const target = busTarget(device, dmaAddr);
      return target === null ? null : { ...target, bytes: Math.min(target.bytes, limit - dmaAddr + 1, MAX_EXACT) };
    },
  };
}

/** Linux 6.12 `kernel/dma/direct.c` `dma_direct_max_mapping_size()`. */
function maxBusMapping(context: MappingContext, device: MappedDevice): Bytes | "unlimited" {
  const { bouncePool } = device;
  if (bouncePool === null || !(bouncePool.force || isAddressingLimited(context, device))) return "unlimited";
  return maxBounceSize(device.minAlignMask);
}

/**
 * True when RAM may lie where the device cannot reach.
 *
 * @see Linux 6.12 `kernel/dma/mapping.c` `dma_addressing_limited()`, `kernel/dma/direct.c` `dma_direct_get_required_mask()`
 */
function isAddressingLimited(context: MappingContext, device: MappedDevice): boolean {
  const { banks, profile } = context.world.machine;
  const lastPage = Math.max(...banks.map(endOf)) - profile.pageSize;
  const required = physToDma(device, lastPage);
  let mask = 1;
  while (mask <= required) mask *= 2;
  if (required === DMA_MAPPING_ERROR || device.streamingLimit < mask - 1) return true;
  if (device.windows === null) return false;
  const covered = toRangeSet(device.windows.map(({ cpu, size }) => ({ base: cpu, size })));
  return !containsRanges(covered, toRangeSet(banks));
}
