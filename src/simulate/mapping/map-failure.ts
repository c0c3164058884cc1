import { type Bytes, type DmaAddr, formatHex, formatSize, type PhysAddr } from "../../units/quantity.js";
import { ERRNO, type Errno } from "../errno.js";
import type { ScatterList } from "../scatter-list.js";
import { isCapable, physToDma } from "./bus-address.js";
import type { MappedDevice } from "./mapped-device.js";
import { countSplitEntries } from "./split-list.js";
import { maxBounceSize } from "./swiotlb.js";

/** What all failures to map have. */
interface MapFailureBase {
  /** What `dma_map_sgtable()` returns. `ENOSPC` is this library's own: Linux leaves the number of entries to drivers. */
  readonly errno: Errno;
  /** Path of the device that maps. */
  readonly device: string;
  /** Bytes that were to be mapped. */
  readonly size: Bytes;
}

/** Why a list could not be mapped. Codes are public and never change meaning. */
export type MapFailure = MapFailureBase &
  (
    | {
        /** No run of I/O addresses is long enough behind its natural alignment, below the device's limit. */
        readonly code: "no-iova";
        /** Bytes that were needed, padding included. */
        readonly needed: Bytes;
        readonly limit: DmaAddr;
        /** Longest free run of the domain, anywhere. */
        readonly largestFree: Bytes;
        readonly mapped: Bytes;
      }
    | { readonly code: "beyond-output"; readonly physAddr: PhysAddr; readonly outputBits: number }
    | {
        /** A block lies where the device cannot reach, and nothing can bounce it. */
        readonly code: "beyond-reach";
        readonly physAddr: PhysAddr;
        readonly blockSize: Bytes;
        readonly limit: DmaAddr;
      }
    | {
        readonly code: "bounce-too-large";
        readonly physAddr: PhysAddr;
        readonly blockSize: Bytes;
        /** Most bytes of one block that bounces. */
        readonly most: Bytes;
      }
    | {
        readonly code: "bounce-full";
        /** The first block that has to bounce. */
        readonly physAddr: PhysAddr;
        readonly blockSize: Bytes;
        /** Bytes of all blocks that have to. */
        readonly needed: Bytes;
        /** Slots of 2 KiB: in the pool, in use before. */
        readonly slots: number;
        readonly used: number;
        /** Longest run of free slots, in bytes. */
        readonly largest: Bytes;
      }
    | { readonly code: "too-many-segments"; readonly segments: number | null; readonly maxSegments: number }
    | { readonly code: "unaligned"; readonly physAddr: PhysAddr; readonly granule: Bytes }
    /** The fault switch said so, or operations of a user's own. */
    | { readonly code: "other" }
  );

/**
 * Tells why a list could not be mapped, from the state right after the failure, which is the state before it.
 *
 * @param errno - as `mapSg` returned it, negated
 */
export function explainMapFailure(device: MappedDevice, memory: ScatterList, errno: number): MapFailure {
  const base = { errno: nameOf(-errno), device: device.path, size: memory.size };
  switch (base.errno) {
    case "ENOSPC": {
      const segments = device.domain === null ? countSplitEntries(device, memory) : null;
      return { ...base, code: "too-many-segments", segments, maxSegments: device.maxSegments };
    }
    case "ENOMEM": {
      const { domain } = device;
      const failure = domain?.lastFailure ?? null;
      if (domain === null || failure?.cause !== "no-iova") return { ...base, code: "other" };
      const { largestFree, mapped } = domain.stats();
      const needed = failure.size;
      return { ...base, code: "no-iova", needed, limit: device.streamingLimit, largestFree, mapped };
    }
    case "EINVAL":
      return { ...base, ...tableFailure(device, memory) };
    case "EIO":
      return { ...base, ...bounceFailure(device, memory) };
    default:
      return { ...base, code: "other" };
  }
}

/** One sentence for people. */
export function describeMapFailure(failure: MapFailure): string {
  const who = failure.device;
  const what = formatSize(failure.size);
  switch (failure.code) {
    case "no-iova":
      return `${who} finds no ${formatSize(failure.needed)} of I/O addresses up to ${formatHex(failure.limit)}: ${formatSize(failure.mapped)} are mapped, the longest free run is ${formatSize(failure.largestFree)}`;
    case "beyond-output":
      return `the IOMMU of ${who} cannot point at ${formatHex(failure.physAddr)}: its tables have ${failure.outputBits} address bits`;
    case "beyond-reach":
      return `${who} cannot reach ${formatSize(failure.blockSize)} at ${formatHex(failure.physAddr)}: it emits addresses up to ${formatHex(failure.limit)}, and there is nothing to bounce through`;
    case "bounce-too-large":
      return `${formatSize(failure.blockSize)} at ${formatHex(failure.physAddr)} would have to bounce for ${who}, and at most ${formatSize(failure.most)} can at once`;
    case "bounce-full":
      return `${formatSize(failure.needed)} would have to bounce for ${who}, the first of it at ${formatHex(failure.physAddr)}: ${failure.used} of ${failure.slots} slots are in use, the longest free run is ${formatSize(failure.largest)}`;
    case "too-many-segments":
      return `${who} takes ${failure.maxSegments} segments, ${what} have ${failure.segments ?? "more"}`;
    case "unaligned":
      return `a block at ${formatHex(failure.physAddr)} is not of whole pages of ${formatSize(failure.granule)}, as the tables of ${who} need`;
    case "other":
      return `${who} could not map ${what}`;
  }
}

function tableFailure(
  device: MappedDevice,
  memory: ScatterList,
):
  | { readonly code: "beyond-output"; readonly physAddr: PhysAddr; readonly outputBits: number }
  | { readonly code: "unaligned"; readonly physAddr: PhysAddr; readonly granule: Bytes }
  | { readonly code: "other" } {
  const { domain } = device;
  if (domain === null) return { code: "other" };
  const { outputBits, granule } = domain;
  const end = 2 ** Math.min(53, outputBits);
  for (let i = 0; i < memory.count; i += 1) {
    const physAddr = memory.physAddr[i] as PhysAddr;
    if (physAddr + (memory.length[i] as Bytes) > end) return { code: "beyond-output", physAddr, outputBits };
    if (device.ops.name === "engine" && physAddr % granule !== 0) return { code: "unaligned", physAddr, granule };
  }
  return { code: "other" };
}

function bounceFailure(
  device: MappedDevice,
  memory: ScatterList,
):
  | { readonly code: "beyond-reach"; readonly physAddr: PhysAddr; readonly blockSize: Bytes; readonly limit: DmaAddr }
  | { readonly code: "bounce-too-large"; readonly physAddr: PhysAddr; readonly blockSize: Bytes; readonly most: Bytes }
  | {
      readonly code: "bounce-full";
      readonly physAddr: PhysAddr;
      readonly blockSize: Bytes;
      readonly needed: Bytes;
      readonly slots: number;
      readonly used: number;
      readonly largest: Bytes;
    }
  | { readonly code: "other" } {
  const pool = device.bouncePool;
  const most = maxBounceSize(device.minAlignMask);
  let needed = 0;
  let first: { readonly physAddr: PhysAddr; readonly blockSize: Bytes } | null = null;
  for (let i = 0; i < memory.count; i += 1) {
    const physAddr = memory.physAddr[i] as PhysAddr;
    const blockSize = Math.min(memory.length[i] as Bytes, device.splitSize);
    if (pool?.force !== true && isCapable(device, physToDma(device, physAddr), memory.length[i] as Bytes)) continue;
    if (pool === null) return { code: "beyond-reach", physAddr, blockSize, limit: device.streamingLimit };
    if (blockSize > most) return { code: "bounce-too-large", physAddr, blockSize, most };
    first ??= { physAddr, blockSize };
    needed += memory.length[i] as Bytes;
  }
  if (pool === null || first === null) return { code: "other" };
  const { slots, used } = pool.stats();
  return { code: "bounce-full", ...first, needed, slots, used, largest: pool.largestFree() };
}

function nameOf(errno: number): Errno {
  for (const name of Object.keys(ERRNO) as Errno[]) if (ERRNO[name] === errno) return name;
  return "EIO";
}
