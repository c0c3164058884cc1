import { describeMapFailure, type MapFailure } from "../../simulate/mapping/map-failure.js";
import { type Bytes, type DmaAddr, formatHex, formatSize, type Iova } from "../../units/quantity.js";
import { endOf, type Range, type RangeSet } from "../../units/ranges.js";
import { describeSystemCall, type SystemCallFailure } from "../../units/system-call.js";
import type { PinObstacle } from "./pin-obstacle.js";

/** What all failures to map have. */
interface VfioMapFailureBase {
  /** What the kernel says, or would say. */
  readonly errno: string;
  /** Address of the device that maps. */
  readonly device: string;
  /** Bytes that were to be mapped. */
  readonly size: Bytes;
}

/** Why memory could not be mapped for a device that this process drives. Codes are public and never change meaning. */
export type VfioMapFailure =
  /** No addresses are free below the device's mask: as on a simulated system. */
  | Extract<MapFailure, { readonly code: "no-iova" }>
  | (VfioMapFailureBase &
      (
        | {
            /** An address that was asked for lies above what the device can emit: it would drop the upper bits and meet other memory. */
            readonly code: "above-dma-mask";
            readonly iova: Iova;
            /** Inclusive. */
            readonly limit: DmaAddr;
          }
        | { readonly code: "outside-windows"; readonly iova: Iova; readonly windows: RangeSet }
        | { readonly code: "iova-taken"; readonly iova: Iova; readonly taken: Range }
        | { readonly code: "unaligned-iova"; readonly iova: Iova; readonly granule: Bytes }
        | {
            /** An object of memory is not made of whole pages of the IOMMU. */
            readonly code: "not-whole-pages";
            readonly memory: string;
            readonly memorySize: Bytes;
            readonly granule: Bytes;
          }
        | {
            /** The kernel keeps so many mappings for a container (`dma_entry_limit` of vfio_iommu_type1) and no more. */
            readonly code: "too-many-mappings";
            readonly mappings: number;
            /** Those that were to be added. */
            readonly wanted: number;
            readonly limit: number;
          }
        | {
            /** Pages that the kernel does not pin: those behind the mapping of a dma-buf, for example, belong to its exporter. */
            readonly code: "not-pinnable";
            readonly memory: string;
            /** What stands in the way; null when this process's mappings do not show it. */
            readonly obstacle: PinObstacle | null;
          }
        | {
            /** Pinned memory counts as locked, and this process may lock only so much. */
            readonly code: "locked-memory";
            readonly locked: Bytes;
            readonly limit: Bytes;
          }
        /** Anything else that the kernel said. */
        | { readonly code: "call-failed"; readonly failure: SystemCallFailure }
      ));

/** One sentence for people, with what to do. */
export function describeVfioMapFailure(failure: VfioMapFailure): string {
  if (failure.code === "no-iova") return describeMapFailure(failure);
  const who = failure.device;
  const what = formatSize(failure.size);
  switch (failure.code) {
    case "above-dma-mask":
      return `${what} at ${formatHex(failure.iova)} end above ${formatHex(failure.limit)}, the last address that ${who} emits: let the address be chosen, or ask for one below`;
    case "outside-windows":
      return `${what} at ${formatHex(failure.iova)} are not in one window of the IOMMU, which maps ${failure.windows.map(describeRange).join(" and ")}`;
    case "iova-taken":
      return `${what} at ${formatHex(failure.iova)} meet what is mapped at ${describeRange(failure.taken)}`;
    case "unaligned-iova":
      return `${formatHex(failure.iova)} is no multiple of ${formatSize(failure.granule)}, the IOMMU's smallest page`;
    case "not-whole-pages":
      return `${failure.memory} (${failure.memorySize} bytes) is not made of whole pages of ${formatSize(failure.granule)}, the IOMMU's smallest`;
    case "too-many-mappings":
      return `${failure.mappings} of at most ${failure.limit} mappings are made and ${failure.wanted} more were wanted: map larger objects, or load vfio_iommu_type1 with a higher dma_entry_limit`;
    case "not-pinnable":
      return `the pages of ${failure.memory} cannot be pinned for ${who}: ${describeObstacle(failure.obstacle)}`;
    case "locked-memory":
      return `${what} for ${who} would be locked, ${formatSize(failure.locked)} are, and this process may lock ${formatSize(failure.limit)}: raise the limit (ulimit -l, LimitMEMLOCK= of a systemd unit)`;
    case "call-failed":
      return `${who} could not map ${what}: ${describeSystemCall(failure.failure)}`;
  }
}

function describeObstacle(obstacle: PinObstacle | null): string {
  const mapping = obstacle !== null && "mapping" in obstacle ? obstacle.mapping || "anonymous memory" : "";
  switch (obstacle?.kind) {
    case "driver-pages":
      return `the mapping of ${mapping} shows pages of the driver that exports it. Make the memory with makeMemfd(), map that, and give it to others as a dma-buf through /dev/udmabuf: the bytes are the same`;
    case "not-mapped":
      return `${formatSize(obstacle.size)} of it, from byte ${obstacle.offset} on, are not mapped into this process`;
    case "not-writable":
      return `${mapping} is mapped to be read only, and the device was to write: map it to be written, or for the direction "to-device"`;
    case "not-readable":
      return `${mapping} is mapped so that it cannot be read`;
    case undefined:
      return "its mappings do not show why. The kernel (EFAULT) refuses pages behind the end of a file that is shorter than its mapping, pages of a file on a disk that the device would write, and secret memory";
  }
}

function describeRange(range: Range): string {
  return `${formatHex(range.base)}-${formatHex(endOf(range) - 1)}`;
}
