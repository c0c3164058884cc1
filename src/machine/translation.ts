import type { DeviceFact, QueueFact } from "../facts/fact.js";
import type { IommuAttachment, Translation } from "./machine.js";

/** The attachments that can matter: of the named node, of the DMA device, of the blocks of the same aggregate. */
export interface DeviceAttachments {
  readonly own: IommuAttachment | null;
  readonly dmaDevice: IommuAttachment | null;
  readonly blocks: readonly IommuAttachment[];
  readonly enabledBlocks: readonly IommuAttachment[];
}

/**
 * How imported pages become addresses for the engine.
 *
 * @param now - as things are; false: as if the device and its IOMMU were enabled
 */
export function translationOf(
  mmu: DeviceFact["mmu"],
  queues: readonly QueueFact[],
  iommu: DeviceAttachments,
  now: boolean,
): Translation {
  const stateOf = (attachment: IommuAttachment | null): string | null =>
    attachment === null ? null : now ? attachment.state : attachment.stateIfEnabled;
  if (mmu === "device") return "device-mmu";
  if (mmu === "manages-iommu-domain") {
    const all = [iommu.own, iommu.dmaDevice, ...(now ? iommu.enabledBlocks : iommu.blocks)];
    return all.some((one) => ["translate", "identity"].includes(stateOf(one) ?? "")) ? "driver-domain" : "none";
  }
  if (queues.length > 0 && queues.every((queue) => queue.kind === "vmalloc")) return "cpu";
  return stateOf(iommu.dmaDevice) === "translate" ? "iommu" : "none";
}
