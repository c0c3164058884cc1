import type { Bytes, DmaAddr, Iova, PhysAddr } from "../units/quantity.js";

/**
 * What every event carries.
 *
 * Whoever knows the buffer and the participant tells the event: buffers and coherent allocations theirs, heaps only what nobody asked
 * them for by name (pages moved aside, a pool that grew).
 *
 * Null is what nobody knows: a system of this library knows all but names, a recorded kernel says less. What stands in a recording alone is
 * left out otherwise.
 */
interface EventBase {
  /** Nanoseconds, never less than that of the event before. */
  readonly time: number;
  /** `model`: happened in a simulated system. `linux`: in a system on real Linux. `ftrace`: recorded by a kernel. */
  readonly source: "model" | "linux" | "ftrace";
  /** Name and number of the task that did it, and the processor it ran on; recordings alone have it. */
  readonly by?: { readonly task: string; readonly pid: number; readonly cpu: number };
}

/** A buffer got its memory. */
export interface AllocateEvent extends EventBase {
  readonly type: "allocate";
  /** Counts from 1 within a system or a recording; null for memory that belongs to no buffer. */
  readonly buffer: number | null;
  /** Path of the device it is for, in a recording the name of its `struct device`; null when it is for several, or none. */
  readonly participant: string | null;
  /** Id of the heap. */
  readonly heap: string | null;
  readonly requested: Bytes;
  /** What the heap gave up, rounding included. */
  readonly taken: Bytes | null;
  /** Physically contiguous blocks. */
  readonly blocks: number | null;
  /** First byte of the first block. */
  readonly address: PhysAddr | null;
  /** First address the device emits, of coherent memory. */
  readonly dmaAddr?: DmaAddr;
  /** What was asked for the first byte. */
  readonly alignment?: Bytes;
  /** Nanoseconds that the kernel took. */
  readonly took?: number;
}

/** A heap had no memory for a buffer. */
export interface AllocateFailedEvent extends EventBase {
  readonly type: "allocate-failed";
  readonly buffer: number | null;
  readonly participant: string | null;
  /** Null when no heap was even asked. */
  readonly heap: string | null;
  readonly requested: Bytes;
  /** Code of the refusal; of a recording the name of the error. */
  readonly cause: string;
  /** Bytes the heap had free, and its longest free run; 0 when no heap was asked. */
  readonly free: Bytes | null;
  readonly largest: Bytes | null;
  readonly alignment?: Bytes;
  readonly took?: number;
}

/** A buffer's memory went back. */
export interface ReleaseEvent extends EventBase {
  readonly type: "release";
  readonly buffer: number | null;
  readonly participant: string | null;
  readonly heap: string | null;
  readonly taken: Bytes | null;
  /** As it was when allocated. */
  readonly address: PhysAddr | null;
  readonly dmaAddr?: DmaAddr;
}

/** A device joined or left a buffer. */
export interface AttachEvent extends EventBase {
  readonly type: "attach" | "detach";
  readonly buffer: number;
  readonly participant: string;
}

/** A device could not join a buffer. */
export interface AttachFailedEvent extends EventBase {
  readonly type: "attach-failed";
  readonly buffer: number;
  readonly participant: string;
  readonly cause: string;
}

/** A device got addresses, or gave them back. */
export interface MapEvent extends EventBase {
  readonly type: "map" | "unmap";
  readonly buffer: number | null;
  readonly participant: string;
  readonly direction: EventDirection;
  readonly size: Bytes | null;
  /** Entries of the list as the CPU sees it; 1 for a single block. */
  readonly blocks: number;
  /** Entries the device sees. */
  readonly segments: number | null;
  /** First address the device emits. */
  readonly address: DmaAddr | null;
  /** Bytes of it that go through bounce memory. */
  readonly bounced: Bytes | null;
  /** The lists themselves, as far as they were recorded: `truncated` says that there was more. */
  readonly list?: {
    readonly physAddr: readonly PhysAddr[];
    readonly dmaAddr: readonly DmaAddr[];
    /** Of the entries the device sees. */
    readonly length: readonly Bytes[];
    readonly truncated: boolean;
  };
}

/** A device got no addresses. */
export interface MapFailedEvent extends EventBase {
  readonly type: "map-failed";
  readonly buffer: number | null;
  readonly participant: string;
  readonly direction: EventDirection;
  readonly size: Bytes | null;
  readonly cause: string;
}

/** A buffer went to other memory, its contents with it. */
export interface MoveEvent extends EventBase {
  readonly type: "move";
  readonly buffer: number;
  readonly from: string;
  readonly to: string;
  readonly size: Bytes;
  readonly cause: string;
}

/** Pages lent to others were moved out of an area, to make room for an allocation. */
export interface MigrateEvent extends EventBase {
  readonly type: "migrate";
  readonly heap: string;
  /** Name of the one for whom room was made; null where that is not recorded. */
  readonly owner: string | null;
  readonly pages: number;
  /** Candidates given up because a page was busy. */
  readonly busyTries: number;
  /** The last page that stood in the way, or null. */
  readonly busyPage: PhysAddr | null;
}

/** A pool took further memory, or could not. */
export interface GrowEvent extends EventBase {
  readonly type: "grow" | "grow-failed";
  readonly heap: string;
  readonly size: Bytes;
}

/** A block is going to bounce, or will fail to: recordings tell it before the map it belongs to, which in a system counts it as `bounced`. */
export interface BounceEvent extends EventBase {
  readonly type: "bounce";
  readonly participant: string;
  readonly size: Bytes;
  /** The address the device cannot use: of its bus, behind an IOMMU that of the CPU. */
  readonly address: number;
  /** `0x` and hexadecimal digits: the last address it can. */
  readonly dmaMask: string;
  readonly forced: boolean;
}

/** The tables of an IOMMU were written, for which device is not recorded. */
export interface TranslationEvent extends EventBase {
  readonly type: "iommu-map" | "iommu-unmap";
  readonly iova: Iova;
  /** Null for what is taken away. */
  readonly physAddr: PhysAddr | null;
  readonly size: Bytes;
}

/** The CPU and a device made each other's writes visible. Only recordings tell it. */
export interface SyncEvent extends EventBase {
  readonly type: "sync";
  readonly buffer: number | null;
  readonly participant: string;
  readonly direction: EventDirection;
  /** Who looks next. */
  readonly for: "cpu" | "device";
  readonly address: DmaAddr;
  readonly size: Bytes;
}

/** Who writes, as the DMA API says it. */
export type EventDirection = "to-device" | "from-device" | "bidirectional";

/** Something that happened to memory, buffers or mappings. */
export type SystemEvent =
  | AllocateEvent
  | AllocateFailedEvent
  | ReleaseEvent
  | AttachEvent
  | AttachFailedEvent
  | MapEvent
  | MapFailedEvent
  | MoveEvent
  | MigrateEvent
  | GrowEvent
  | BounceEvent
  | TranslationEvent
  | SyncEvent;

/** Told of events, in order, while they happen. Must not call the system back. */
export type EventListener = (event: SystemEvent) => void;

/**
 * Hands events on to whoever listens.
 *
 *     if (events.active) events.emit({ type: "release", time: events.now(), source: "model", ... });
 *
 * With nobody listening no event object is made: ask {@link EventLog.active} first.
 */
export class EventLog {
  /** True while somebody listens. */
  active: boolean = false;
  readonly #clock: () => number;
  #listeners: readonly EventListener[] = [];

  /** @param clock - nanoseconds, never going back */
  constructor(clock: () => number) {
    this.#clock = clock;
  }

  /** The time of an event that happens now. */
  now(): number {
    return this.#clock();
  }

  /** @returns ends the subscription; later calls do nothing */
  subscribe(listener: EventListener): () => void {
    const entry: EventListener = (event) => listener(event);
    this.#listeners = [...this.#listeners, entry];
    this.active = true;
    return () => {
      this.#listeners = this.#listeners.filter((other) => other !== entry);
      this.active = this.#listeners.length > 0;
    };
  }

  emit(event: SystemEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}
