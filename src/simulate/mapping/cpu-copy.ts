import type { DmaAddr, PhysAddr } from "../../units/quantity.js";
import type { DmaMapOps } from "./dma-map-ops.js";

/**
 * Operations of devices whose driver copies with the CPU (`vmalloc` queues): nothing is mapped for the device, so nothing can be out of its
 * reach, and the addresses are those of the CPU.
 *
 * @see Linux 6.12 `drivers/media/common/videobuf2/videobuf2-vmalloc.c` `vb2_vmalloc_map_dmabuf()`
 */
export function makeCpuCopyOps(direct: DmaMapOps): DmaMapOps {
  const asDmaAddr = (physAddr: PhysAddr): DmaAddr => physAddr as number;
  return {
    ...direct,
    name: "cpu",
    mapPage: (_device, physAddr) => asDmaAddr(physAddr),
    unmapPage: () => {},
    mapSg: (_device, memory, _direction, _attrs, out) => {
      out.count = 0;
      for (let i = 0; i < memory.count; i += 1) {
        out.push(asDmaAddr(memory.physAddr[i] as PhysAddr), memory.length[i] as number);
      }
      return out.count;
    },
    unmapSg: () => {},
    syncForCpu: () => {},
    syncForDevice: () => {},
    maxMappingSize: () => "unlimited",
    optMappingSize: () => "unlimited",
    translate: (_device, dmaAddr) => ({ physAddr: dmaAddr as number, bytes: Number.MAX_SAFE_INTEGER - dmaAddr }),
  };
}
