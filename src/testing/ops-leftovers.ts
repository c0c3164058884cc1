import { DMA_MAPPING_ERROR } from "../simulate/mapping/dma-map-ops.js";
import type { MappedDevice } from "../simulate/mapping/mapped-device.js";
import type { MappingSystem } from "../simulate/mapping/mapping-system.js";
import type { DmaAddr, PhysAddr } from "../units/quantity.js";

/** Mappings of a page that are tried. */
const MOST_MAPPINGS = 256;

/**
 * How often one page can be mapped for a device, at most 256 times; all are taken away again. What operations keep for themselves shows in nothing
 * else: who has as much room at the end as at the start has lost none.
 */
export function countMappings({ heaps }: MappingSystem, device: MappedDevice): number {
  const got = heaps.get("page-block")?.allocate({ size: 1, alignment: 1, owner: "conformance" });
  if (got?.ok !== true) return 0;
  const { memory, size } = got.value;
  const mapped: DmaAddr[] = [];
  while (mapped.length < MOST_MAPPINGS) {
    const dmaAddr = device.ops.mapPage(device, memory.physAddr[0] as PhysAddr, size, "bidirectional", {});
    if (dmaAddr === DMA_MAPPING_ERROR) break;
    mapped.push(dmaAddr);
  }
  for (const dmaAddr of mapped) device.ops.unmapPage(device, dmaAddr, size, "bidirectional", {});
  got.value.heap.release(got.value);
  return mapped.length;
}

/**
 * An address at which a device meets memory, although nothing is mapped any more and it would meet nothing in a system where nothing ever was.
 *
 * @param addresses - that were mapped, and how the device could use them
 * @param fresh - the same device in a system in which nothing has happened
 * @returns null when there is none
 */
export function addressLeft(
  device: MappedDevice,
  fresh: MappedDevice,
  addresses: ReadonlyMap<DmaAddr, "read" | "write">,
): DmaAddr | null {
  for (const [address, access] of addresses) {
    if (device.ops.translate(device, address, access) === null) continue;
    if (fresh.ops.translate(fresh, address, access) === null) return address;
  }
  return null;
}
