import type { Bytes, PhysAddr } from "../units/quantity.js";

/**
 * What every event carries.
 *
 * Whoever knows the buffer and the participant tells the event: buffers and coherent allocations theirs, heaps only what nobody asked
 * them for by name (pages moved aside, a pool that grew).
 */
interface EventBase {
  /** Nanoseconds, never less than that of the event before. */
  readonly time: number;
  /** `model`: happened in a simulated system. `ftrace`: recorded by a kernel. */
  readonly source: "model" | "ftrace";
}

/** A buffer got its memory. */
export interface AllocateEvent extends EventBase {
  readonly type: "allocate";
  /** Counts from 1 within a system; null for memory that belongs to no buffer. */
  readonly buffer: number | null;
  /** Path of the device it is for; null when it is for several, or none. */
  readonly participant: string | null;
  /** Id of the heap. */
  readonly heap: string;
  readonly requested: Bytes;
  /** What the heap gave up, rounding included. */
  readonly taken: Bytes;
  /** Physically contiguous blocks. */
  readonly blocks: number;
}

/** A heap had no memory for a buffer. */
export interface AllocateFailedEvent extends EventBase {
  readonly type: "allocate-failed";
  readonly buffer: number | null;
  readonly participant: string | null;
  /** Null when no heap was even asked. */
  readonly heap: string | null;
  readonly requested: Bytes;
  /** Code of the refusal. */
  readonly cause: string;
  /** Bytes the heap had free, and its longest free run; 0 when no heap was asked. */
  readonly free: Bytes;
  readonly largest: Bytes;
}

/** A buffer's memory went back. */
export interface ReleaseEvent extends EventBase {
  readonly type: "release";
  readonly buffer: number | null;
  readonly participant: string | null;
  readonly heap: string;
  readonly taken: Bytes;
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
  readonly direction: "to-device" | "from-device" | "bidirectional";
  readonly size: Bytes;
  /** Entries the device sees. */
  readonly segments: number;
  /** First address the device emits. */
  readonly address: number;
  /** Bytes of it that go through bounce memory. */
  readonly bounced: Bytes;
}

/** A device got no addresses. */
export interface MapFailedEvent extends EventBase {
  readonly type: "map-failed";
  readonly buffer: number | null;
  readonly participant: string;
  readonly direction: "to-device" | "from-device" | "bidirectional";
  readonly size: Bytes;
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
  /** Name of the one for whom room was made. */
  readonly owner: string;
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
  | GrowEvent;

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
