import type { Bytes, DmaAddr, PhysAddr } from "../../units/quantity.js";
import type { EventLog } from "../events.js";
import type { DmaSegments, ScatterList } from "../scatter-list.js";
import type { CoherentBuffer, Direction } from "./dma-map-ops.js";
import { explainMapFailure } from "./map-failure.js";
import type { MappedDevice } from "./mapped-device.js";
import type { MappingContext } from "./mapping-context.js";
import { isBounced } from "./swiotlb.js";

/** On whose behalf a call is made, for events and findings. */
export interface MappingOrigin {
  /** Number of the buffer; null for memory of no buffer. */
  readonly buffer: number | null;
  /** Path of the block that uses it; null when that is the device itself. */
  readonly participant: string | null;
}

/** Nobody but the device. */
export const NO_ORIGIN: MappingOrigin = { buffer: null, participant: null };

/** Tells what the DMA API does, to whoever listens; with nobody listening nothing is made. */
export class MappingEvents {
  readonly #context: MappingContext;
  readonly #log: EventLog;

  constructor(context: MappingContext) {
    this.#context = context;
    this.#log = context.world.events;
  }

  /** @param buffer - null when there was none; why stands in {@link MappingContext.lastRefusal} */
  allocated(device: MappedDevice, requested: Bytes, buffer: CoherentBuffer | null, origin: MappingOrigin): void {
    if (!this.#log.active) return;
    const base = { ...this.#base(device, origin), requested };
    if (buffer !== null) {
      const { heap, taken, memory } = buffer.backing;
      const address = memory.physAddr[0] as PhysAddr;
      const where = { blocks: memory.count, address, dmaAddr: buffer.dmaAddr };
      this.#log.emit({ type: "allocate", ...base, heap: heap.source.id, taken, ...where });
      return;
    }
    const refusal = this.#context.lastRefusal;
    this.#log.emit({
      type: "allocate-failed",
      ...base,
      heap: refusal?.heap ?? null,
      cause: refusal?.code ?? (device.domain === null ? "beyond-reach" : "no-iova"),
      free: refusal?.free ?? 0,
      largest: refusal?.largest ?? 0,
    });
  }

  freed({ device, backing, dmaAddr }: CoherentBuffer, origin: MappingOrigin): void {
    if (!this.#log.active) return;
    const { heap, taken, memory } = backing;
    const about = { heap: heap.source.id, taken, address: memory.physAddr[0] as PhysAddr, dmaAddr };
    this.#log.emit({ type: "release", ...this.#base(device, origin), ...about });
  }

  /** A block, mapped or about to be unmapped. */
  block(
    type: "map" | "unmap",
    device: MappedDevice,
    address: DmaAddr,
    size: Bytes,
    direction: Direction,
    origin: MappingOrigin,
  ): void {
    if (!this.#log.active) return;
    const bounced = this.#bounced(device, address, size, direction);
    const about = { direction, size, blocks: 1, segments: 1, address, bounced };
    this.#log.emit({ type, ...this.#base(device, origin), ...about });
  }

  /** A list, mapped or about to be unmapped. */
  list(
    type: "map" | "unmap",
    device: MappedDevice,
    { size, count: blocks }: ScatterList,
    segments: DmaSegments,
    direction: Direction,
    origin: MappingOrigin,
  ): void {
    if (!this.#log.active) return;
    let bounced = 0;
    for (let i = 0; i < segments.count && device.bouncePool !== null; i += 1) {
      bounced += this.#bounced(device, segments.address[i] as number, segments.length[i] as number, direction);
    }
    const about = {
      direction,
      size,
      blocks,
      segments: segments.count,
      address: segments.address[0] as number,
      bounced,
    };
    this.#log.emit({ type, ...this.#base(device, origin), ...about });
  }

  blockRefused(device: MappedDevice, size: Bytes, direction: Direction, origin: MappingOrigin): void {
    if (!this.#log.active) return;
    const about = { direction, size, cause: "mapping-error" };
    this.#log.emit({ type: "map-failed", ...this.#base(device, origin), ...about });
  }

  /** @param errno - as `mapSg` returned it, negated */
  listRefused(
    device: MappedDevice,
    memory: ScatterList,
    direction: Direction,
    errno: number,
    origin: MappingOrigin,
  ): void {
    if (!this.#log.active) return;
    const { code: cause } = explainMapFailure(device, memory, errno);
    this.#log.emit({ type: "map-failed", ...this.#base(device, origin), direction, size: memory.size, cause });
  }

  /** Bytes of a segment that go through bounce memory: all or none. */
  #bounced(device: MappedDevice, dmaAddr: DmaAddr, size: Bytes, direction: Direction): Bytes {
    if (device.bouncePool === null) return 0;
    const access = direction === "from-device" ? "write" : "read";
    const target = device.ops.translate(device, dmaAddr, access);
    return target !== null && isBounced(device, target.physAddr) ? size : 0;
  }

  #base(
    device: MappedDevice,
    { buffer, participant }: MappingOrigin,
  ): {
    readonly time: number;
    readonly source: "model";
    readonly buffer: number | null;
    readonly participant: string;
  } {
    return { time: this.#log.now(), source: "model", buffer, participant: participant ?? device.path };
  }
}
