import type { Machine } from "../../machine/machine.js";
import { alignUp, type Bytes, GIB, MAX_EXACT, orderOf, type PhysAddr } from "../../units/quantity.js";
import { endOf } from "../../units/ranges.js";
import type { Result } from "../../units/result.js";
import type { AtomicGfp } from "../heaps/atomic-pools.js";
import type { Backing, Heap, HeapRefusal, HeapRequest } from "../heaps/heap.js";
import { dmaToPhys, isCoherentOk } from "./bus-address.js";
import { DMA_MAPPING_ERROR, type DmaAttrs } from "./dma-map-ops.js";
import type { MappedDevice } from "./mapped-device.js";
import type { MappingContext } from "./mapping-context.js";

/** Zone of a request for pages: Linux 6.12 `include/linux/gfp_types.h` `GFP_DMA`, `GFP_DMA32`, or neither. */
type Zone = AtomicGfp;

/**
 * Memory for CPU and device from the path without an IOMMU: the first of these that applies decides.
 *
 *     device                               may wait   from                                   else
 *     has a restricted pool                any        the pool                               none
 *     not coherent, has a kernel mapping   no         atomic pools                           none
 *     has an area of its own               yes        that area                              pages
 *     any, more than one page              yes        the default area                       pages
 *     any                                  any        pages                                  none
 *
 * (Coherent pools come before all of this; see `dma-api.ts`.) On arm without LPAE rules differ, see {@link allocOnArm}.
 *
 * @param size - whole pages
 * @returns null when there is none; why stands in {@link MappingContext.lastRefusal}
 * @see Linux 6.12 `kernel/dma/direct.c` `dma_direct_alloc()`, `__dma_direct_alloc_pages()`
 */
export function allocDirect(
  context: MappingContext,
  device: MappedDevice,
  size: Bytes,
  attrs: DmaAttrs,
): Backing | null {
  const { machine } = context.world;
  const blocking = attrs.blocking !== false;
  const restricted = restrictedHeapOf(context, device);
  if (restricted === null && attrs.noKernelMapping !== true && !device.coherent) {
    if (machine.arch === "arm") return allocOnArm(context, device, size, blocking);
    if (!blocking) {
      const zone = firstZone(machine, physLimitOf(device));
      return allocAtomic(context, device, size, zone, (base) => isCoherentOk(device, base, size));
    }
  }
  if (restricted !== null) return reachable(device, size, ask(context, restricted, device, size));
  const area = reachable(device, size, allocContiguous(context, device, size, blocking));
  return area ?? allocPages(context, device, size);
}

/**
 * A block of a CMA area: the device's own, asked even for a single page and never replaced by another one, not even when the kernel could not
 * activate it; or the default one.
 *
 * @returns null also when there is no area to ask
 * @see Linux 6.12 `kernel/dma/contiguous.c` `dma_alloc_contiguous()`
 */
export function allocContiguous(
  context: MappingContext,
  device: MappedDevice,
  size: Bytes,
  blocking: boolean,
): Backing | null {
  if (!blocking) return null;
  const { pageSize, cmaAlignmentOrder } = context.world.machine.profile;
  const alignment = pageSize * 2 ** Math.min(orderOf(size, pageSize), cmaAlignmentOrder);
  if (device.cmaArea !== null) return ask(context, device.cmaArea, device, size, alignment);
  if (device.cmaAreaIsInactive) return null;
  const area = context.heaps.get("cma:default");
  return size <= pageSize || area === undefined ? null : ask(context, area, device, size, alignment);
}

/** One block of the page allocator, from the zone that the kernel maps for good, or a lower one. Null when there is none. */
export function allocBlock(
  context: MappingContext,
  device: MappedDevice,
  size: Bytes,
  zone: Zone = "none",
): Backing | null {
  const heap = context.heaps.get("page-block");
  const { arch, zoneDmaEnd, profile } = context.world.machine;
  if (heap === undefined) return null;
  // On arm the DMA zones are not there, and what lies above the first zone is high memory.
  if (zone === "none" && arch !== "arm") return ask(context, heap, device, size);
  return ask(context, heap, device, size, profile.pageSize, {
    below: zone === "dma" || arch === "arm" ? zoneDmaEnd : Math.max(4 * GIB, zoneDmaEnd),
  });
}

/** Scattered pages from any zone, in blocks of the orders given. Null when there are not enough. */
export function allocScattered(
  context: MappingContext,
  device: MappedDevice,
  size: Bytes,
  orders: readonly number[],
): Backing | null {
  const heap = context.heaps.get("system");
  const { pageSize } = context.world.machine.profile;
  return heap === undefined ? null : ask(context, heap, device, size, pageSize, { orders });
}

/** Memory set aside for those who must not wait, of any zone and unless said otherwise at any place. Null when there is none. */
export function allocAtomic(
  context: MappingContext,
  device: MappedDevice,
  size: Bytes,
  zone: Zone = "none",
  accepts: (base: PhysAddr) => boolean = () => true,
): Backing | null {
  const request = { size, alignment: context.world.machine.profile.pageSize, owner: device.path };
  return note(context, context.atomicPools?.allocate(request, zone, accepts) ?? null);
}

/**
 * Asks a heap, and notes why it refused.
 *
 * @returns null when it refused
 */
export function ask(
  context: MappingContext,
  heap: Heap,
  device: MappedDevice,
  size: Bytes,
  alignment: Bytes = context.world.machine.profile.pageSize,
  limits: Pick<HeapRequest, "below" | "orders"> = {},
): Backing | null {
  return note(context, heap.allocate({ size, alignment, owner: device.path, ...limits }));
}

/**
 * A block of pages, from the zone that the limit of the device asks for; when it is out of reach nevertheless, from the next lower one. A zone
 * that has no memory ends the search: nobody looks into a lower one then.
 *
 * @param size - whole pages
 * @returns null when there is none; why stands in {@link MappingContext.lastRefusal}, which is null too when there was only memory out of reach
 *
 * @see Linux 6.12 `kernel/dma/direct.c` `__dma_direct_alloc_pages()`, `dma_direct_optimal_gfp_mask()`
 */
export function allocPages(context: MappingContext, device: MappedDevice, size: Bytes): Backing | null {
  const { machine } = context.world;
  const physLimit = physLimitOf(device);
  let zone = firstZone(machine, physLimit);
  for (;;) {
    const backing = allocBlock(context, device, size, zone);
    if (backing === null || reachable(device, size, backing) !== null) return backing;
    if (machine.arch === "arm") return null;
    if (Number.isFinite(physLimit) && zone === "none") zone = "dma32";
    else if (machine.arch !== "riscv" && zone !== "dma") zone = "dma";
    else return null;
  }
}

/**
 * What arm kernels do for devices that do not snoop: an area if there is one, and then nothing but the area, even for a single page; else pages. Nobody
 * looks whether the device reaches what was found.
 *
 * @see Linux 6.12 `arch/arm/mm/dma-mapping.c` `__dma_alloc()`
 */
function allocOnArm(context: MappingContext, device: MappedDevice, size: Bytes, blocking: boolean): Backing | null {
  if (!blocking) return allocAtomic(context, device, size);
  const hasArea = device.cmaArea !== null || device.cmaAreaIsInactive || context.world.machine.defaultCma !== null;
  if (hasArea) return allocFromArea(context, device, size);
  return allocBlock(context, device, size, device.coherentLimit < 4 * GIB - 1 ? "dma" : "none");
}

/**
 * A block of the device's area, or of the default one, whatever its size: what arm kernels take where it has to be one block.
 *
 * @see Linux 6.12 `arch/arm/mm/dma-mapping.c` `__alloc_from_contiguous()`
 */
export function allocFromArea(context: MappingContext, device: MappedDevice, size: Bytes): Backing | null {
  const { pageSize, cmaAlignmentOrder } = context.world.machine.profile;
  const standIn = device.cmaAreaIsInactive ? null : (context.heaps.get("cma:default") ?? null);
  const area = device.cmaArea ?? standIn;
  const alignment = pageSize * 2 ** Math.min(orderOf(size, pageSize), cmaAlignmentOrder);
  return area === null ? null : ask(context, area, device, size, alignment);
}

/** The heap of the device's restricted pool; null when it has none. */
function restrictedHeapOf(context: MappingContext, device: MappedDevice): Heap | null {
  const id = device.bouncePool?.heap ?? null;
  return id === null ? null : (context.heaps.get(id) ?? null);
}

/** A block that the device cannot use goes back, and counts as none. */
function reachable(device: MappedDevice, size: Bytes, backing: Backing | null): Backing | null {
  if (backing === null || isCoherentOk(device, backing.memory.physAddr[0] as PhysAddr, size)) return backing;
  backing.heap.release(backing);
  return null;
}

/**
 * Highest physical address the device can use, as the kernel finds it: the limit taken back through the windows, or no limit at all when the
 * limit itself is in none.
 */
function physLimitOf(device: MappedDevice): number {
  const physLimit = dmaToPhys(device, device.coherentLimit);
  return physLimit === DMA_MAPPING_ERROR ? Number.POSITIVE_INFINITY : physLimit;
}

/** Linux 6.12 `kernel/dma/direct.c` `dma_direct_optimal_gfp_mask()`. */
function firstZone(machine: Machine, physLimit: number): Zone {
  if (physLimit <= zoneDmaLimit(machine)) return "dma";
  return physLimit < 4 * GIB ? "dma32" : "none";
}

/**
 * Limit of the first zone, inclusive. On arm64 the zone itself may end before, with RAM: then 4 GiB and what buses reach are taken for the limit.
 * Elsewhere it is the kernel's default of 24 bits.
 *
 * @see Linux 6.12 `kernel/dma/direct.c` `zone_dma_limit`, `arch/arm64/mm/init.c` `zone_sizes_init()`
 */
function zoneDmaLimit({ arch, banks, buses, zoneDmaEnd }: Machine): number {
  if (arch !== "arm64") return 2 ** 24 - 1;
  if (zoneDmaEnd < Math.max(...banks.map(endOf))) return zoneDmaEnd - 1;
  let limit = Math.min(...banks.map(({ base }) => base)) < 4 * GIB ? 4 * GIB - 1 : MAX_EXACT;
  for (const { windows } of buses) {
    if (windows === null || windows.length === 0) continue;
    limit = Math.min(limit, Math.max(...windows.map(({ cpu, size }) => cpu + size - 1)));
  }
  return Math.max(limit, zoneDmaEnd - 1);
}

function note(context: MappingContext, result: Result<Backing, HeapRefusal> | null): Backing | null {
  context.lastRefusal = result === null || result.ok ? null : result.refusal;
  return result?.ok === true ? result.value : null;
}

/** Whole pages. */
export function pageAligned(context: MappingContext, size: Bytes): Bytes {
  return alignUp(size, context.world.machine.profile.pageSize);
}
