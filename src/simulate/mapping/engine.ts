import { alignUp, type Bytes, type DmaAddr, type PhysAddr } from "../../units/quantity.js";
import { ERRNO } from "../errno.js";
import { DmaSegments, type ScatterList, scatterList } from "../scatter-list.js";
import { dmaToPhys } from "./bus-address.js";
import { allocScattered, pageAligned } from "./coherent-sources.js";
import { type Direction, DMA_MAPPING_ERROR, type DmaAttrs, type DmaMapOps } from "./dma-map-ops.js";
import { domainOf, mapBacking } from "./domain-ranges.js";
import type { DomainMapping } from "./iommu-domain.js";
import type { MappedDevice } from "./mapped-device.js";
import type { MappingContext } from "./mapping-context.js";

/** What a mapping of an engine rests on. */
interface EngineMapping {
  /** As the DMA API mapped the list. */
  readonly direct: DmaSegments;
  readonly memory: ScatterList;
}

/**
 * Operations of engines whose driver runs the address space itself: first the DMA API maps the list directly, with all its limits, then the
 * driver maps it again, into one range of the engine's own space.
 *
 *     list ── DMA API, direct ──> bus addresses ── `device-mmu`: these go into the engine's tables
 *       └──────────────────────────────────────── `driver-domain`: the pages themselves go into the domain
 *
 * So an engine with tables of its own follows the DMA API to a bounce buffer; a driver's domain does not, and shows the device the original while the
 * DMA API keeps a copy up to date. Entries must be of whole pages.
 *
 * @see Linux 6.12 `drivers/gpu/drm/rockchip/rockchip_drm_gem.c` `rockchip_gem_iommu_map()`, `drivers/gpu/drm/panfrost/panfrost_mmu.c`
 *   `mmu_map_sg()`
 */
export function makeEngineOps(context: MappingContext, direct: DmaMapOps): DmaMapOps {
  const live: Map<DomainMapping, EngineMapping> = new Map();
  const spare: DmaSegments[] = [];

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
    for (let i = 0; i < memory.count; i += 1) {
      if ((memory.physAddr[i] as PhysAddr) % granule !== 0) return -ERRNO.EINVAL;
      if (i < memory.count - 1 && (memory.length[i] as Bytes) % granule !== 0) return -ERRNO.EINVAL;
    }
    const segments = spare.pop() ?? new DmaSegments();
    const giveUp = (errno: number): number => {
      segments.count = 0;
      spare.push(segments);
      return -errno;
    };
    const mapped = direct.mapSg(device, memory, direction, attrs, segments);
    if (mapped < 0) return giveUp(-mapped);
    const mapping = domain.take(alignUp(memory.size, granule), Number.MAX_SAFE_INTEGER, direction);
    if (mapping === null) {
      direct.unmapSg(device, memory, segments, direction, { skipCpuSync: true });
      return giveUp(ERRNO.ENOMEM);
    }
    if (device.device.ownMmu) {
      for (let i = 0; i < segments.count; i += 1) {
        mapping.own.append(
          dmaToPhys(device, segments.address[i] as number),
          wholePages(segments.length[i] as number, granule),
        );
      }
    } else {
      for (let i = 0; i < memory.count; i += 1) {
        mapping.own.append(memory.physAddr[i] as PhysAddr, wholePages(memory.length[i] as Bytes, granule));
      }
    }
    const { iova } = mapping;
    if (!domain.install(mapping)) {
      direct.unmapSg(device, memory, segments, direction, { skipCpuSync: true });
      return giveUp(domain.lastFailure?.cause === "beyond-output" ? ERRNO.EINVAL : ERRNO.ENOMEM);
    }
    live.set(mapping, { direct: segments, memory });
    out.push(iova as number, memory.size);
    return 1;
  };

  const unmapSg = (device: MappedDevice, dmaAddr: DmaAddr, direction: Direction, attrs: DmaAttrs): void => {
    const domain = domainOf(device);
    const mapping = domain.find(dmaAddr as number);
    const entry = mapping === null ? undefined : live.get(mapping);
    if (mapping === null || entry === undefined) return;
    live.delete(mapping);
    domain.unmap(mapping);
    direct.unmapSg(device, entry.memory, entry.direct, direction, attrs);
    entry.direct.count = 0;
    spare.push(entry.direct);
  };

  /** The parts of the direct mapping that lie behind a range of the engine's addresses. */
  const eachPart = (
    device: MappedDevice,
    dmaAddr: DmaAddr,
    size: Bytes,
    visit: (address: DmaAddr, bytes: Bytes) => void,
  ): void => {
    const mapping = domainOf(device).find(dmaAddr as number);
    const entry = mapping === null ? undefined : live.get(mapping);
    if (mapping === null || entry === undefined) return;
    const from = dmaAddr - mapping.iova;
    let start = 0;
    for (let i = 0; i < entry.direct.count && start < from + size; i += 1) {
      const length = entry.direct.length[i] as number;
      const low = Math.max(start, from);
      const high = Math.min(start + length, from + size);
      if (low < high) visit((entry.direct.address[i] as number) + low - start, high - low);
      start += length;
    }
  };

  return {
    ...direct,
    name: "engine",
    alloc: (device, size, attrs) => {
      const backing = allocScattered(context, device, pageAligned(context, size), [0]);
      if (backing === null) return null;
      const mapping = mapBacking(domainOf(device), backing, Number.MAX_SAFE_INTEGER, -1);
      if (mapping === null) {
        backing.heap.release(backing);
        return null;
      }
      return { device, dmaAddr: mapping.iova as number, size, attrs, backing };
    },
    free: (device, buffer) => {
      buffer.backing.heap.release(buffer.backing);
      const domain = domainOf(device);
      const mapping = domain.find(buffer.dmaAddr as number);
      if (mapping !== null) domain.unmap(mapping);
    },
    mapPage: (device, physAddr, size, direction, attrs) => {
      const out = new DmaSegments(1);
      const mapped = mapSg(device, scatterList([{ base: physAddr, size }]), direction, attrs, out);
      return mapped < 0 ? DMA_MAPPING_ERROR : (out.address[0] as number);
    },
    unmapPage: (device, dmaAddr, _size, direction, attrs) => unmapSg(device, dmaAddr, direction, attrs),
    mapSg,
    unmapSg: (device, _memory, segments, direction, attrs) => {
      if (segments.count > 0) unmapSg(device, segments.address[0] as number, direction, attrs);
    },
    syncForCpu: (device, dmaAddr, size, direction) =>
      eachPart(device, dmaAddr, size, (address, bytes) => direct.syncForCpu(device, address, bytes, direction)),
    syncForDevice: (device, dmaAddr, size, direction) =>
      eachPart(device, dmaAddr, size, (address, bytes) => direct.syncForDevice(device, address, bytes, direction)),
    translate: (device, dmaAddr, access) => domainOf(device).translate(dmaAddr as number, access),
  };
}

function wholePages(length: Bytes, granule: Bytes): Bytes {
  return alignUp(length, granule);
}
