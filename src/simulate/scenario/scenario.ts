import type { Access } from "../../constraints/participant.js";
import type { CpuUse } from "../../placement/request.js";
import type { Bytes } from "../../units/quantity.js";
import type { Direction } from "../mapping/dma-map-ops.js";

/** What happens on a machine over time: plain data, names resolved among themselves, not yet with a machine. Times are nanoseconds. */
export interface Scenario {
  /** What it shows, for people; null when it says nothing. */
  readonly description: string | null;
  /** Start of the random numbers, a whole number from 1 on. */
  readonly seed: number;
  readonly system: {
    /** Name of an algorithm, by id or kind of a heap. */
    readonly algorithms: Readonly<Record<string, string>>;
    /** Whether use of the mapping calls is watched. */
    readonly checks: boolean;
    /** Whether I/O addresses are free for others only after a flush. */
    readonly lazy: boolean;
  };
  /** Names of devices as the machine knows them; what is about a device has its index here. */
  readonly devices: readonly DeviceSpec[];
  readonly sets: readonly SetSpec[];
  readonly streams: readonly StreamSpec[];
  readonly phases: readonly PhaseSpec[];
}

/** A place in the text: keys and indices from the top. */
export type ScenarioPath = readonly (string | number)[];

/** A device by a name of the machine's. */
export interface DeviceSpec {
  /** As the scenario calls it. */
  readonly name: string;
  /** As the machine is asked for it. */
  readonly asked: string;
  /** Where it was named first. */
  readonly path: ScenarioPath;
}

/** A heap by its id, and where that stands. */
export interface HeapRef {
  readonly id: string;
  readonly path: ScenarioPath;
}

/** Buffers that are alike. */
export interface SetSpec {
  readonly name: string;
  readonly path: ScenarioPath;
  readonly size: Bytes | null;
  /** `WIDTHxHEIGHT:FOURCC[:MODIFIER]`; null for plain bytes. */
  readonly image: string | null;
  /** Buffers in it; of a set that is made anew for each frame, how many of them there may be at once. */
  readonly count: number;
  /** Allocated all or none. */
  readonly together: boolean;
  /** Attached from the start. */
  readonly participants: readonly ParticipantSpec[];
  readonly cpu: CpuUse;
  /** The heap they come from whatever the devices need; null for the one that suits all. */
  readonly heap: HeapRef | null;
  /** `scenario`: made once, used again. `frame`: made for each frame and freed behind it. */
  readonly lifetime: "scenario" | "frame";
}

/** A device that takes part in buffers. */
export interface ParticipantSpec {
  readonly device: number;
  readonly access: Access;
  /** Whether a buffer may move while it is mapped here; otherwise the mapping holds it in place. */
  readonly moves: boolean;
}

/** A pipeline that makes one frame after the other. */
export interface StreamSpec {
  readonly name: string;
  /** From the start of one frame to that of the next. */
  readonly period: number;
  /** A frame starts up to so much later. */
  readonly jitter: number;
  /** Indices of the sets it uses; one buffer of each goes into a frame. */
  readonly sets: readonly number[];
  readonly steps: readonly StepSpec[];
}

/** One device's, or the CPU's, work on a frame. */
export interface StepSpec {
  /** Null for the CPU. */
  readonly device: number | null;
  readonly uses: readonly UseSpec[];
  /** How long it has the buffers mapped. */
  readonly duration: number;
  /** False for a driver that forgets to unmap. */
  readonly unmaps: boolean;
}

/** What a step does with the frame's buffer of a set. */
export interface UseSpec {
  /** Index into {@link StreamSpec.sets}. */
  readonly slot: number;
  readonly direction: Direction;
  readonly access: Access;
}

/** A stretch of time: its actions happen at its start, in their order. */
export interface PhaseSpec {
  readonly name: string;
  readonly duration: number;
  readonly times: number;
  readonly actions: readonly ActionSpec[];
}

/** One thing that is done at the start of a phase. `set` and `stream` are indices. */
export type ActionSpec =
  | { readonly type: "allocate" | "release"; readonly set: number }
  | { readonly type: "start" | "stop"; readonly stream: number }
  | { readonly type: "attach"; readonly set: number; readonly participant: ParticipantSpec }
  | { readonly type: "detach" | "unmap" | "pin" | "unpin"; readonly set: number; readonly device: number }
  | { readonly type: "map"; readonly set: number; readonly device: number; readonly direction: Direction }
  | { readonly type: "move"; readonly set: number; readonly heap: HeapRef | null }
  /** Pages for users who let them be moved; of one area, or where the kernel takes them from. */
  | { readonly type: "lend"; readonly heap: HeapRef | null; readonly size: Bytes; readonly path: ScenarioPath }
  | { readonly type: "give-back"; readonly heap: HeapRef | null }
  | {
      readonly type: "pin-pages" | "unpin-pages";
      readonly heap: HeapRef;
      /** From the first byte of the area. */
      readonly offset: Bytes;
      readonly size: Bytes;
      readonly path: ScenarioPath;
    }
  /** Memory of a heap for users who are no part of the scenario. */
  | { readonly type: "occupy"; readonly heap: HeapRef; readonly size: Bytes }
  | { readonly type: "vacate"; readonly heap: HeapRef };
