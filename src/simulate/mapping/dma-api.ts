import { type Bytes, type DmaAddr, formatHex, type PhysAddr } from "../../units/quantity.js";
import type { UsageChecks } from "../checks/usage-checks.js";
import type { DmaSegments, ScatterList } from "../scatter-list.js";
import { physToDma } from "./bus-address.js";
import { ask } from "./coherent-sources.js";
import {
  type CoherentBuffer,
  type Direction,
  DMA_MAPPING_ERROR,
  type DmaAttrs,
  type DmaMapOps,
  NO_ATTRS,
} from "./dma-map-ops.js";
import type { MappedDevice } from "./mapped-device.js";
import type { MappingContext } from "./mapping-context.js";
import { MappingEvents, type MappingOrigin, NO_ORIGIN } from "./mapping-events.js";

const DIRECTIONS: readonly string[] = ["to-device", "from-device", "bidirectional"];

/**
 * The DMA API: what all operations have in common, once. Arguments are checked, a coherent pool comes before everything else, the device's own
 * operations do the work, events tell of it and usage checks watch.
 *
 *     alloc   ── coherent pool of the device, final ──┐
 *                └ none: device.ops.alloc ────────────┴─> event, check
 *     mapSg   ── device.ops.mapSg ──────────────────────> event, check
 *     unmapSg ── check: is it mapped? ── device.ops.unmapSg ── event
 *
 * Devices without a guard meet whatever lies at an address; with checks on they too fault outside of their mappings.
 *
 * Not here: `dma_alloc_pages()` and `dma_alloc_noncontiguous()`, which pass coherent pools by, and `dma_map_resource()`, which looks at no window
 * of the bus.
 *
 * @see Linux 6.12 `kernel/dma/mapping.c`
 */
export class DmaApi {
  readonly context: MappingContext;
  /** Null when nobody watches. */
  readonly checks: UsageChecks | null;
  readonly #events: MappingEvents;

  constructor(context: MappingContext, checks: UsageChecks | null = null) {
    this.context = context;
    this.checks = checks;
    this.#events = new MappingEvents(context);
  }

  /**
   * Memory that CPU and device use at the same time. It reads as zero.
   *
   * @param size - bytes, at least 1
   * @returns null when there is none; why stands in {@link MappingContext.lastRefusal}
   * @throws RangeError for a size that is no whole number from 1 on
   * @see Linux 6.12 `kernel/dma/mapping.c` `dma_alloc_attrs()`
   */
  alloc(
    device: MappedDevice,
    size: Bytes,
    attrs: DmaAttrs = NO_ATTRS,
    origin: MappingOrigin = NO_ORIGIN,
  ): CoherentBuffer | null {
    checkSize(size);
    const { context } = this;
    context.lastRefusal = null;
    const pool = device.coherentPool;
    const buffer = pool === null ? device.ops.alloc(device, size, attrs) : fromPool(context, device, size, attrs);
    this.#events.allocated(device, size, buffer, origin);
    if (buffer !== null && this.checks !== null) {
      this.checks.mapped({
        device,
        owner: origin.participant ?? device.path,
        kind: "coherent",
        dmaAddr: buffer.dmaAddr,
        size,
        direction: "bidirectional",
        segments: null,
        memory: null,
        physAddr: buffer.backing.memory.physAddr[0] as PhysAddr,
        skipsSync: false,
      });
    }
    return buffer;
  }

  /** Gives coherent memory back. @throws RangeError when its heap does not have it out */
  free(buffer: CoherentBuffer, origin: MappingOrigin = NO_ORIGIN): void {
    const { device, backing } = buffer;
    if (this.checks !== null) {
      const isMapped = this.checks.unmapping(device, "coherent", buffer.dmaAddr, buffer.size, "bidirectional");
      if (!isMapped) return;
    }
    if (backing.heap === device.coherentPool) backing.heap.release(backing);
    else device.ops.free(device, buffer);
    this.context.cache?.drop(backing.memory);
    this.#events.freed(buffer, origin);
  }

  /**
   * Maps one block.
   *
   * @returns the address the device emits, or {@link DMA_MAPPING_ERROR}: ask {@link mappingError}
   * @throws RangeError for an empty block, an address outside 0 to 2^53 - 1, or no direction
   */
  mapPage(
    device: MappedDevice,
    physAddr: PhysAddr,
    size: Bytes,
    direction: Direction,
    attrs: DmaAttrs = NO_ATTRS,
    origin: MappingOrigin = NO_ORIGIN,
  ): DmaAddr {
    checkSize(size);
    checkAddress(physAddr, size);
    checkDirection(direction);
    const dmaAddr = device.ops.mapPage(device, physAddr, size, direction, attrs);
    if (dmaAddr === DMA_MAPPING_ERROR) {
      this.#events.blockRefused(device, size, direction, origin);
      return dmaAddr;
    }
    this.checks?.mapped({
      device,
      owner: origin.participant ?? device.path,
      kind: "page",
      dmaAddr,
      size,
      direction,
      segments: null,
      memory: null,
      physAddr,
      skipsSync: attrs.skipCpuSync === true,
    });
    this.#events.block("map", device, dmaAddr, size, direction, origin);
    return dmaAddr;
  }

  /** True when a block could not be mapped. Linux 6.12 `include/linux/dma-mapping.h` `dma_mapping_error()`. */
  mappingError(device: MappedDevice, dmaAddr: DmaAddr): boolean {
    this.checks?.checked(device, dmaAddr);
    return dmaAddr === DMA_MAPPING_ERROR;
  }

  /** Takes the mapping of a block away. One that is not there is left alone; with checks on it is a finding. */
  unmapPage(
    device: MappedDevice,
    dmaAddr: DmaAddr,
    size: Bytes,
    direction: Direction,
    attrs: DmaAttrs = NO_ATTRS,
    origin: MappingOrigin = NO_ORIGIN,
  ): void {
    checkSize(size);
    checkDmaAddr(dmaAddr);
    checkDirection(direction);
    if (this.checks?.unmapping(device, "page", dmaAddr, size, direction) === false) return;
    this.#events.block("unmap", device, dmaAddr, size, direction, origin);
    device.ops.unmapPage(device, dmaAddr, size, direction, attrs);
  }

  /**
   * Maps a list.
   *
   * @param out - written: what the device sees; `count` is 0 after a failure
   * @returns number of segments, or an errno, negated: {@link explainMapFailure} says more
   * @throws RangeError for an empty list, or no direction
   */
  mapSg(
    device: MappedDevice,
    memory: ScatterList,
    direction: Direction,
    attrs: DmaAttrs,
    out: DmaSegments,
    origin: MappingOrigin = NO_ORIGIN,
  ): number {
    if (memory.count < 1) throw new RangeError(`a list of ${memory.count} entries; it has at least 1`);
    checkDirection(direction);
    const mapped = opsFor(device, attrs).mapSg(device, memory, direction, attrs, out);
    if (mapped < 0) {
      this.#events.listRefused(device, memory, direction, mapped, origin);
      return mapped;
    }
    this.checks?.mapped({
      device,
      owner: origin.participant ?? device.path,
      kind: "list",
      dmaAddr: out.address[0] as number,
      size: memory.size,
      direction,
      segments: out,
      memory,
      physAddr: memory.physAddr[0] as PhysAddr,
      skipsSync: attrs.skipCpuSync === true,
    });
    this.#events.list("map", device, memory, out, direction, origin);
    return mapped;
  }

  /**
   * Takes the mapping of a list away. One that is not there is left alone; with checks on it is a finding.
   *
   * @param segments - as {@link mapSg} wrote them
   */
  unmapSg(
    device: MappedDevice,
    memory: ScatterList,
    segments: DmaSegments,
    direction: Direction,
    attrs: DmaAttrs = NO_ATTRS,
    origin: MappingOrigin = NO_ORIGIN,
  ): void {
    checkDirection(direction);
    if (segments.count < 1) throw new RangeError("segments of a list that was never mapped");
    const first = segments.address[0] as number;
    if (this.checks?.unmapping(device, "list", first, memory.size, direction) === false) return;
    this.#events.list("unmap", device, memory, segments, direction, origin);
    opsFor(device, attrs).unmapSg(device, memory, segments, direction, attrs);
  }

  /** Before the CPU looks at what a device wrote. */
  syncSingleForCpu(
    device: MappedDevice,
    dmaAddr: DmaAddr,
    size: Bytes,
    direction: Direction,
    attrs: DmaAttrs = NO_ATTRS,
  ): void {
    checkSize(size);
    checkDmaAddr(dmaAddr);
    checkDirection(direction);
    this.checks?.syncing(device, dmaAddr, size, direction);
    opsFor(device, attrs).syncForCpu(device, dmaAddr, size, direction);
  }

  /** Before a device looks at what the CPU wrote. */
  syncSingleForDevice(
    device: MappedDevice,
    dmaAddr: DmaAddr,
    size: Bytes,
    direction: Direction,
    attrs: DmaAttrs = NO_ATTRS,
  ): void {
    checkSize(size);
    checkDmaAddr(dmaAddr);
    checkDirection(direction);
    this.checks?.syncing(device, dmaAddr, size, direction);
    opsFor(device, attrs).syncForDevice(device, dmaAddr, size, direction);
  }

  /** {@link syncSingleForCpu} for every segment of a list. */
  syncSgForCpu(device: MappedDevice, segments: DmaSegments, direction: Direction, attrs: DmaAttrs = NO_ATTRS): void {
    for (let i = 0; i < segments.count; i += 1) {
      this.syncSingleForCpu(device, segments.address[i] as number, segments.length[i] as number, direction, attrs);
    }
  }

  /** {@link syncSingleForDevice} for every segment of a list. */
  syncSgForDevice(device: MappedDevice, segments: DmaSegments, direction: Direction, attrs: DmaAttrs = NO_ATTRS): void {
    for (let i = 0; i < segments.count; i += 1) {
      this.syncSingleForDevice(device, segments.address[i] as number, segments.length[i] as number, direction, attrs);
    }
  }

  /** The memory of coherent memory, for export. Behind an IOMMU neighbouring blocks of it are one entry, and it ends with the bytes asked for. */
  getSgtable(buffer: CoherentBuffer): ScatterList {
    if (buffer.backing.heap === buffer.device.coherentPool) return buffer.backing.memory;
    return buffer.device.ops.getSgtable(buffer.device, buffer);
  }

  /** Most bytes of one {@link mapPage}. */
  maxMappingSize(device: MappedDevice): Bytes | "unlimited" {
    return device.ops.maxMappingSize(device);
  }

  /** Most bytes of one mapping that still is fast. */
  optMappingSize(device: MappedDevice): Bytes | "unlimited" {
    const most = device.ops.maxMappingSize(device);
    const fast = device.ops.optMappingSize(device);
    return most === "unlimited" ? fast : fast === "unlimited" ? most : Math.min(most, fast);
  }

  /** Inclusive mask of the seams at which entries are joined; 0 when none are. */
  mergeBoundary(device: MappedDevice): number {
    return device.ops.mergeBoundary(device);
  }

  /**
   * What a bus master meets at an address it emits, and how many bytes go on from there; null when the access faults.
   *
   * With checks on, a device that nothing guards meets only what is mapped for it.
   */
  translate(
    device: MappedDevice,
    dmaAddr: DmaAddr,
    access: "read" | "write",
  ): { readonly physAddr: PhysAddr; readonly bytes: Bytes } | null {
    const target = device.ops.translate(device, dmaAddr, access);
    if (target === null || this.checks === null || device.domain !== null) return target;
    const bytes = Math.min(target.bytes, this.checks.bytesMapped(device, dmaAddr));
    return bytes === 0 ? null : { physAddr: target.physAddr, bytes };
  }
}

/**
 * Memory from the device's coherent pool. The address is that of the bus, also behind an IOMMU, which does not translate it.
 *
 * @see Linux 6.12 `kernel/dma/coherent.c` `dma_alloc_from_dev_coherent()`
 */
function fromPool(context: MappingContext, device: MappedDevice, size: Bytes, attrs: DmaAttrs): CoherentBuffer | null {
  const backing = device.coherentPool === null ? null : ask(context, device.coherentPool, device, size);
  if (backing === null) return null;
  const dmaAddr = physToDma(device, backing.memory.physAddr[0] as PhysAddr);
  return { device, dmaAddr, size, attrs, backing };
}

function opsFor(device: MappedDevice, attrs: DmaAttrs): DmaMapOps {
  return attrs.ownMemory === true ? device.ownOps : device.ops;
}

function checkSize(size: Bytes): void {
  if (!Number.isSafeInteger(size) || size < 1)
    throw new RangeError(`${size} bytes: a whole number from 1 on is possible`);
}

function checkAddress(physAddr: PhysAddr, size: Bytes): void {
  if (!Number.isSafeInteger(physAddr) || physAddr < 0 || !Number.isSafeInteger(physAddr + size)) {
    throw new RangeError(`${size} bytes from ${formatHex(physAddr)} on leave the addresses 0 to 2^53 - 1`);
  }
}

function checkDmaAddr(dmaAddr: DmaAddr): void {
  if (!Number.isSafeInteger(dmaAddr))
    throw new RangeError(`address ${dmaAddr}: a whole number up to 2^53 - 1 is possible`);
}

/** @throws RangeError naming what is no direction, and those that are */
export function checkDirection(direction: Direction): void {
  if (!DIRECTIONS.includes(direction)) {
    throw new RangeError(`"${String(direction)}" is no direction: ${DIRECTIONS.join(", ")}`);
  }
}
