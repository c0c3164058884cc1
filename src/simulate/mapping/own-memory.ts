import type { Bytes, DmaAddr, PhysAddr } from "../../units/quantity.js";
import { ERRNO } from "../errno.js";
import { dmaToPhys, physToDma } from "./bus-address.js";
import { syncMemoryForCpu, syncMemoryForDevice } from "./cpu-sync.js";
import { DMA_MAPPING_ERROR, type DmaMapOps } from "./dma-map-ops.js";
import type { MappedDevice } from "./mapped-device.js";
import type { MappingContext } from "./mapping-context.js";

/**
 * What stands for the DMA API's mapping where memory came by the device's own allocation path, so that Linux maps nothing any more: the address was given
 * with it, or the driver puts the pages into a domain of its own. Caches are looked after, and nothing else: no mask counts, nothing bounces. Memory in no window of the device's bus has no address: Linux hands out the error as one, here it is refused.
 *
 * @param onBus - addresses are those of the bus, as `dma_alloc_attrs()` gives them; else those of the pages, for a driver's domain
 * @see Linux 6.12 `drivers/media/common/videobuf2/videobuf2-dma-contig.c` `vb2_dc_alloc()`,
 *   `drivers/gpu/drm/rockchip/rockchip_drm_gem.c` `rockchip_gem_get_pages()`
 */
export function makeOwnMemoryOps(context: MappingContext, direct: DmaMapOps, onBus: boolean): DmaMapOps {
  const toDma = (device: MappedDevice, physAddr: PhysAddr): DmaAddr =>
    onBus ? physToDma(device, physAddr) : (physAddr as number);
  const toPhys = (device: MappedDevice, dmaAddr: DmaAddr): PhysAddr =>
    onBus ? dmaToPhys(device, dmaAddr) : (dmaAddr as number);
  return {
    ...direct,
    mapPage: (device, physAddr, size, _direction, attrs) => {
      if (attrs.skipCpuSync !== true) syncMemoryForDevice(context, device, physAddr, size);
      return toDma(device, physAddr);
    },
    unmapPage: (device, dmaAddr, size, direction, attrs) => {
      if (attrs.skipCpuSync !== true) syncMemoryForCpu(context, device, toPhys(device, dmaAddr), size, direction);
    },
    mapSg: (device, memory, _direction, attrs, out) => {
      out.count = 0;
      for (let i = 0; i < memory.count; i += 1) {
        const physAddr = memory.physAddr[i] as PhysAddr;
        const length = memory.length[i] as Bytes;
        const dmaAddr = toDma(device, physAddr);
        if (dmaAddr === DMA_MAPPING_ERROR) {
          out.count = 0;
          return -ERRNO.EIO;
        }
        if (attrs.skipCpuSync !== true) syncMemoryForDevice(context, device, physAddr, length);
        out.push(dmaAddr, length);
      }
      return out.count;
    },
    unmapSg: (device, memory, _segments, direction, attrs) => {
      for (let i = 0; i < memory.count && attrs.skipCpuSync !== true; i += 1) {
        syncMemoryForCpu(context, device, memory.physAddr[i] as PhysAddr, memory.length[i] as Bytes, direction);
      }
    },
    syncForCpu: (device, dmaAddr, size, direction) =>
      syncMemoryForCpu(context, device, toPhys(device, dmaAddr), size, direction),
    syncForDevice: (device, dmaAddr, size) => syncMemoryForDevice(context, device, toPhys(device, dmaAddr), size),
    maxMappingSize: () => "unlimited",
    optMappingSize: () => "unlimited",
  };
}
