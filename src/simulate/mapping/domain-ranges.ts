import { alignUp, type Bytes, type DmaAddr, type PhysAddr } from "../../units/quantity.js";
import type { Backing } from "../heaps/heap.js";
import type { DomainMapping, IommuDomain } from "./iommu-domain.js";
import type { MappedDevice } from "./mapped-device.js";

/**
 * Gives memory I/O addresses for reading and writing, in one range.
 *
 * @returns null when there is no room, or the tables cannot point there
 */
export function mapBacking(
  domain: IommuDomain,
  backing: Backing,
  limit: number,
  pciDevice: number,
): DomainMapping | null {
  const { memory } = backing;
  const length = alignUp(memory.size, domain.granule);
  const mapping = domain.take(length, limit, "bidirectional", pciDevice);
  if (mapping === null) return null;
  const { own } = mapping;
  for (let i = 0; i < memory.count; i += 1) own.append(memory.physAddr[i] as PhysAddr, memory.length[i] as Bytes);
  // Where the tables' page is larger than the CPU's, the last one goes on beyond the memory.
  if (own.size < length) own.append(own.physEnd, length - own.size);
  return domain.install(mapping) ? mapping : null;
}

/**
 * The domain of a device that has one.
 *
 * @throws RangeError when it has none: these operations are not for it
 */
export function domainOf(device: MappedDevice): IommuDomain {
  if (device.domain === null) throw new RangeError(`${device.path} is in no IOMMU domain`);
  return device.domain;
}

/** Physical address behind an I/O address of a mapping. */
export function physAddrAt(mapping: DomainMapping, dmaAddr: number): PhysAddr {
  const offset = dmaAddr - mapping.iova;
  return mapping.pages.addressIn(mapping.pages.runAt(offset), offset);
}

/** The physically contiguous runs behind a range of I/O addresses, cut to it; none for addresses that nothing is mapped at. */
export function eachRun(
  domain: IommuDomain,
  dmaAddr: DmaAddr,
  size: Bytes,
  visit: (physAddr: PhysAddr, bytes: Bytes) => void,
): void {
  const mapping = domain.find(dmaAddr as number);
  if (mapping === null) return;
  const { pages } = mapping;
  const end = Math.min(dmaAddr - mapping.iova + size, pages.size);
  for (let offset = dmaAddr - mapping.iova; offset < end; ) {
    const run = pages.runAt(offset);
    const bytes = Math.min(pages.endOfRun(run), end) - offset;
    visit(pages.addressIn(run, offset), bytes);
    offset += bytes;
  }
}
