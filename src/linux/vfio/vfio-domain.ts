import { SegmentView } from "../../simulate/buffers/view.js";
import { checkDirection } from "../../simulate/mapping/dma-api.js";
import type { Direction } from "../../simulate/mapping/dma-map-ops.js";
import type { DomainStats } from "../../simulate/mapping/iommu-domain.js";
import { DmaSegments } from "../../simulate/scatter-list.js";
import { type Bytes, type DmaAddr, type Iova, roundUpToPowerOfTwo } from "../../units/quantity.js";
import type { RangeSet } from "../../units/ranges.js";
import { accepted, type Result, refused } from "../../units/result.js";
import type { Descriptor } from "../native/descriptor.js";
import type { Kernel } from "../native/kernel.js";
import { makeStruct } from "../native/struct.js";
import { attempt, failureOf, SystemCallError } from "../native/system-call-error.js";
import {
  VFIO_DMA_MAP_FLAG_READ,
  VFIO_DMA_MAP_FLAG_WRITE,
  VFIO_IOMMU_MAP_DMA,
  VFIO_IOMMU_UNMAP_DMA,
  vfioIommuType1DmaMap,
  vfioIommuType1DmaUnmap,
} from "../uapi/vfio.js";
import type { IommuInfo } from "./iommu-info.js";
import { IovaSpace } from "./iova-space.js";
import { type LockedMemory, lockedMemory } from "./locked-memory.js";
import type { VfioMapFailure } from "./map-failure.js";
import { findPinObstacle } from "./pin-obstacle.js";
import { type ProcessMapping, processMappings } from "./process-mappings.js";

/** Memory of this process that devices can be let at, such as a `Memfd`. */
export interface PinnableMemory {
  /** For messages. */
  readonly name: string;
  /** The bytes as they are mapped into this process, from the first page on. */
  readonly bytes: Uint8Array;
}

/** Whom a mapping is for. */
export interface DmaMaster {
  /** For views and messages. */
  readonly address: string;
  /** Highest address it emits, inclusive. */
  readonly dmaLimit: DmaAddr;
  /** Most bytes of one segment; `Infinity` for any number. */
  readonly maxSegmentSize: Bytes;
}

/** What is asked of {@link VfioDomain.map}. */
export interface VfioMapRequest {
  /** In this order they are one range for the device; not empty. */
  readonly memory: readonly PinnableMemory[];
  readonly direction: Direction;
  /** Where the range is to begin. Default: where there is room. */
  readonly iova?: Iova;
}

/** What is asked about this process when the kernel has refused; for tests. */
export interface ProcessMemory {
  readonly locked: () => LockedMemory;
  readonly mappings: () => readonly ProcessMapping[];
}

const THIS_PROCESS: ProcessMemory = { locked: lockedMemory, mappings: processMappings };

/** Mappings that a container takes where the kernel does not say so: the usual `dma_entry_limit`. */
const USUAL_MAPPINGS = 65535;

const PROTECTION: Readonly<Record<Direction, number>> = {
  "to-device": VFIO_DMA_MAP_FLAG_READ,
  "from-device": VFIO_DMA_MAP_FLAG_WRITE,
  bidirectional: VFIO_DMA_MAP_FLAG_READ + VFIO_DMA_MAP_FLAG_WRITE,
};

/**
 * The operations of `dma_map_ops` for devices that this process drives: what `iommu` operations are inside the kernel, with the container in the place of
 * the domain. A list of memory becomes one range of I/O addresses, chosen by our own allocator inside the IOMMU's windows and below the device's mask, of which the
 * kernel knows nothing here: an address above it would be mapped, and the device would meet other memory.
 *
 *     memory    |-- memfd a --|---- memfd b ----|       pages anywhere
 *     iova      |-------------|-----------------|       one range; one call to the kernel for each object
 *     view      |-------------------------------|       one segment, cut only at max_segment_size
 *
 * CPU caches need no care: VFIO serves only devices whose accesses snoop them (Linux 6.12 `drivers/vfio/group.c` `vfio_group_find_or_alloc()`). What could not be mapped
 * leaves nothing behind.
 *
 * @see Linux 6.12 `drivers/vfio/vfio_iommu_type1.c`
 */
export class VfioDomain {
  readonly pageSizes: readonly Bytes[];
  readonly #kernel: Kernel;
  readonly #container: Descriptor;
  readonly #space: IovaSpace;
  readonly #most: number;
  readonly #process: ProcessMemory;
  readonly #live: Map<SegmentView, Mapping> = new Map();
  #mappings = 0;
  #mapped: Bytes = 0;
  #highWater: Bytes = 0;
  #failures = 0;

  constructor(kernel: Kernel, container: Descriptor, info: IommuInfo, process: ProcessMemory = THIS_PROCESS) {
    this.#kernel = kernel;
    this.#container = container;
    this.pageSizes = info.pageSizes;
    this.#space = new IovaSpace(info.windows, info.pageSizes[0] ?? kernel.pageSize);
    this.#most = info.mappingsLeft ?? USUAL_MAPPINGS;
    this.#process = process;
  }

  /** Addresses that can be mapped, as if none were. */
  get windows(): RangeSet {
    return this.#space.windows;
  }

  /** Counters. */
  stats(): DomainStats {
    return {
      name: this.#container.path,
      mappings: this.#mappings,
      mapped: this.#mapped,
      highWater: this.#highWater,
      failures: this.#failures,
      largestFree: this.#space.largestFree(),
    };
  }

  /** Leaves out what other windows do not have: another group has joined the container, which the kernel refuses where something is mapped there. */
  narrow(windows: RangeSet): void {
    this.#space.narrow(windows);
  }

  /**
   * Maps memory for a device.
   *
   * @returns what the device sees, until {@link unmap}
   * @throws RangeError for no memory, or an unknown direction
   */
  map(master: DmaMaster, request: VfioMapRequest): Result<SegmentView, VfioMapFailure> {
    const { direction } = request;
    if (request.memory.length === 0) throw new RangeError("no memory to map");
    checkDirection(direction);
    // An object may be mapped into this process only now.
    const shown = attempt(() => request.memory.map(({ name, bytes }) => ({ name, bytes })));
    if (!shown.ok) {
      const { refusal: failure } = shown;
      return this.#refuse({
        code: "call-failed",
        errno: failure.errno,
        device: master.address,
        size: 0,
        failure,
      });
    }
    const memory = shown.value;
    const size = memory.reduce((sum, { bytes }) => sum + bytes.length, 0);
    const refusal = this.#check(master, memory, size, request.iova);
    if (refusal !== null) return this.#refuse(refusal);
    const iova = this.#takeAddresses(master, size, request.iova);
    if (typeof iova !== "number") return this.#refuse(iova);
    let done = 0;
    for (const one of memory) {
      const error = this.#mapOne(one, iova + done, direction);
      if (error === null) {
        done += one.bytes.length;
        continue;
      }
      if (done > 0) this.#unmapRange(iova, done);
      this.#space.free(iova);
      return this.#refuse(this.#explain(error, master, one, { direction, size, count: memory.length }));
    }
    this.#mappings += memory.length;
    this.#mapped += size;
    this.#highWater = Math.max(this.#highWater, this.#mapped);
    const segments = cut(iova, size, master.maxSegmentSize);
    const view = new SegmentView(master.address, direction, size, "vfio", segments);
    this.#live.set(view, { iova, size, count: memory.length });
    return accepted(view);
  }

  /**
   * Takes a mapping back: its view ends, and the device meets a fault there.
   *
   * @throws RangeError when it was not mapped here, or is not any more; SystemCallError when the kernel does not take it back, and then it stays
   */
  unmap(view: SegmentView): void {
    const mapping = this.#live.get(view);
    if (mapping === undefined) throw new RangeError("the view is of nothing that is mapped here");
    this.#unmapRange(mapping.iova, mapping.size);
    this.#live.delete(view);
    view.end();
    this.#space.free(mapping.iova);
    this.#mappings -= mapping.count;
    this.#mapped -= mapping.size;
  }

  /** What can be said before anybody is asked. */
  #check(
    master: DmaMaster,
    memory: readonly PinnableMemory[],
    size: Bytes,
    iova: Iova | undefined,
  ): VfioMapFailure | null {
    const { granule } = this.#space;
    const base = { device: master.address, size };
    const odd = memory.find(({ bytes }) => !this.#isWhole(bytes));
    if (odd !== undefined) {
      const { name, bytes } = odd;
      return { ...base, errno: "EINVAL", code: "not-whole-pages", memory: name, memorySize: bytes.length, granule };
    }
    if (this.#mappings + memory.length > this.#most) return this.#tooMany(master, size, memory.length);
    if (iova === undefined) return null;
    if (!Number.isSafeInteger(iova) || iova < 0 || iova % granule !== 0) {
      return { ...base, errno: "EINVAL", code: "unaligned-iova", iova, granule };
    }
    const limit = master.dmaLimit;
    if (iova + size - 1 > limit) return { ...base, errno: "EINVAL", code: "above-dma-mask", iova, limit };
    if (this.#space.contains(iova, size)) return null;
    return { ...base, errno: "EINVAL", code: "outside-windows", iova, windows: this.#space.windows };
  }

  #isWhole(bytes: Uint8Array): boolean {
    const { granule } = this.#space;
    return bytes.length > 0 && bytes.length % granule === 0 && this.#kernel.addressOf(bytes) % BigInt(granule) === 0n;
  }

  #takeAddresses(master: DmaMaster, size: Bytes, iova: Iova | undefined): Iova | VfioMapFailure {
    const base = { device: master.address, size };
    if (iova === undefined) {
      const taken = this.#space.take(size, master.dmaLimit);
      if (taken !== null) return taken;
      const needed = roundUpToPowerOfTwo(size / this.#space.granule) * this.#space.granule;
      const { mapped, largestFree } = this.stats();
      return { ...base, errno: "ENOMEM", code: "no-iova", needed, limit: master.dmaLimit, largestFree, mapped };
    }
    if (this.#space.takeAt(iova, size)) return iova;
    const met = [...this.#live.values()].find((other) => other.iova < iova + size && iova < other.iova + other.size);
    const taken = { base: met?.iova ?? iova, size: met?.size ?? size };
    return { ...base, errno: "EEXIST", code: "iova-taken", iova, taken };
  }

  /** @returns the error of a call that failed */
  #mapOne({ bytes }: PinnableMemory, iova: Iova, direction: Direction): SystemCallError | null {
    const argument = makeStruct(vfioIommuType1DmaMap, {
      argsz: vfioIommuType1DmaMap.size,
      flags: PROTECTION[direction],
      vaddr: this.#kernel.addressOf(bytes),
      iova,
      size: bytes.length,
    });
    try {
      this.#kernel.ioctl(this.#container, VFIO_IOMMU_MAP_DMA, argument);
      return null;
    } catch (error) {
      if (error instanceof SystemCallError) return error;
      throw error;
    }
  }

  #unmapRange(iova: Iova, size: Bytes): void {
    const argument = makeStruct(vfioIommuType1DmaUnmap, { argsz: vfioIommuType1DmaUnmap.size, iova, size });
    this.#kernel.ioctl(this.#container, VFIO_IOMMU_UNMAP_DMA, argument);
  }

  /**
   * What the kernel means. EFAULT: `vaddr_get_pfns()`, for whatever keeps pages from being pinned. ENOSPC: `vfio_dma_do_map()`, no mappings left. ENOMEM: also
   * `vfio_pin_pages_remote()`, above RLIMIT_MEMLOCK.
   */
  #explain(
    error: SystemCallError,
    master: DmaMaster,
    { name, bytes }: PinnableMemory,
    { direction, size, count }: { readonly direction: Direction; readonly size: Bytes; readonly count: number },
  ): VfioMapFailure {
    const base = { errno: error.errno, device: master.address, size };
    if (error.errno === "EFAULT") {
      const [address, writes] = [this.#kernel.addressOf(bytes), direction !== "to-device"];
      const obstacle = findPinObstacle(this.#process.mappings(), address, bytes.length, writes);
      return { ...base, code: "not-pinnable", memory: name, obstacle };
    }
    if (error.errno === "ENOSPC") return this.#tooMany(master, size, count);
    if (error.errno === "ENOMEM") {
      const { locked, limit } = this.#process.locked();
      if (limit !== "unlimited" && locked + size > limit) return { ...base, code: "locked-memory", locked, limit };
    }
    return { ...base, code: "call-failed", failure: failureOf(error) };
  }

  #tooMany(master: DmaMaster, size: Bytes, wanted: number): VfioMapFailure {
    const { address: device } = master;
    const [mappings, limit] = [this.#mappings, this.#most];
    return { errno: "ENOSPC", device, size, code: "too-many-mappings", mappings, wanted, limit };
  }

  #refuse(refusal: VfioMapFailure): { readonly ok: false; readonly refusal: VfioMapFailure } {
    this.#failures += 1;
    return refused(refusal);
  }
}

/** What is mapped: addresses, and how many objects of memory lie there. */
interface Mapping {
  readonly iova: Iova;
  readonly size: Bytes;
  readonly count: number;
}

/** A range as segments of at most `most` bytes. */
function cut(iova: Iova, size: Bytes, most: Bytes): DmaSegments {
  const segments = new DmaSegments(Math.max(1, Math.ceil(size / most)));
  for (let done = 0; done < size; done += most) {
    segments.push((iova as number) + done, Math.min(most, size - done));
  }
  return segments;
}
