import type { Machine } from "../machine/machine.js";
import type { Participant } from "./participant.js";

/**
 * How many times each buffer of a request is mapped in the I/O address space of a participant, by this and the other participants.
 *
 * Devices of one IOMMU group share a space, and the kernel maps a buffer there once for each attachment, never the same mapping for two: every
 * V4L2 queue attaches for itself, a DRM device once for all its blocks. Addresses come from the top, so that mappings for a device that
 * reaches higher stay out of the way of one that does not, and are not counted for it.
 *
 * @returns an entry for each participant with I/O addresses
 * @see Linux 6.12 `drivers/iommu/iommu.c` `iommu_group_alloc_default_domain()`, `drivers/iommu/dma-iommu.c` `iommu_dma_map_sg()`,
 *   `drivers/gpu/drm/drm_prime.c` `drm_gem_prime_fd_to_handle()`
 */
export function ioMappingsOf(machine: Machine, participants: readonly Participant[]): ReadonlyMap<Participant, number> {
  const spaces = new Map<string, Map<string, number>>();
  const keys = new Map<Participant, string>();
  for (const participant of participants) {
    const { iova } = participant;
    if (iova === null) continue;
    const space = spaceOf(machine, participant);
    keys.set(participant, space);
    const ends = spaces.get(space) ?? new Map<string, number>();
    ends.set(attachmentOf(participant), iova.base + iova.size);
    spaces.set(space, ends);
  }
  const mappings = new Map<Participant, number>();
  for (const [participant, space] of keys) {
    const end = participant.iova === null ? 0 : participant.iova.base + participant.iova.size;
    const ends = [...(spaces.get(space)?.values() ?? [])];
    mappings.set(participant, ends.filter((other) => other <= end).length);
  }
  return mappings;
}

function dmaDeviceOf({ device }: Participant): string {
  return "path" in device.dmaDevice ? device.dmaDevice.path : device.dmaDevice.virtual;
}

/** A name for the space: the IOMMU where all its devices are one group; a driver's own domain is its own. */
function spaceOf(machine: Machine, participant: Participant): string {
  if (participant.translation === "driver-domain") return `domain ${dmaDeviceOf(participant)}`;
  const iommu = machine.iommus.find((i) => i.path === participant.device.iommu?.path);
  return iommu?.grouping === "instance" ? `group ${iommu.path}` : `device ${dmaDeviceOf(participant)}`;
}

function attachmentOf(participant: Participant): string {
  const queue = participant.queue?.queue ?? "";
  return queue === "gem" ? `${dmaDeviceOf(participant)} gem` : `${participant.device.path} ${queue}`;
}
