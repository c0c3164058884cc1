import { type Image, type ImageLayout, layOut, mergeLayouts } from "../../constraints/image-layout.js";
import type { Access, Participant, ParticipantRequest } from "../../constraints/participant.js";
import type { Route } from "../../heaps/route.js";
import type { Device } from "../../machine/machine.js";
import type { NamedDevice } from "../../machine/names.js";
import { boardOf } from "../../placement/board.js";
import type { Candidate } from "../../placement/candidate.js";
import { type Placement, placeBuffer } from "../../placement/place.js";
import type { CpuUse } from "../../placement/request.js";
import type { Bytes } from "../../units/quantity.js";
import type { Heap } from "../heaps/heap.js";
import type { MappedDevice } from "../mapping/mapped-device.js";
import type { MappingSystem } from "../mapping/mapping-system.js";
import { DeviceNames } from "./device-names.js";

/** A device with a queue and an access, known to the system once and for all. */
export interface KnownParticipant {
  /** Counts from 0 within its system. */
  readonly index: number;
  readonly request: ParticipantRequest;
  /** What it accepts. */
  readonly participant: Participant;
  /** The device that maps for it. */
  readonly mapped: MappedDevice;
}

/** What is asked for, besides by whom. */
export interface Wanted {
  readonly size: Bytes | null;
  readonly image: Image | null;
  readonly count: number;
  readonly cpu: CpuUse;
}

/** One way to get memory, ready to be tried. */
export interface AllocationOption {
  readonly heap: Heap;
  readonly route: Route;
  /** The device whose allocation path it is; null for none. */
  readonly exporter: MappedDevice | null;
  /** Orders of the blocks it comes in; null where the heap decides. */
  readonly orders: readonly number[] | null;
}

/** A placement, and the ways to get memory that it leaves open, best first. */
export interface Decision {
  readonly placement: Placement;
  readonly size: Bytes;
  readonly layout: ImageLayout | null;
  readonly alignment: Bytes;
  readonly options: readonly AllocationOption[];
}

/** Decisions kept of one set of participants; beyond that they are made anew. */
const MOST_DECISIONS = 1024;

/**
 * A set of participants, and what was decided for it. Buffers that the same devices attach to in the same order share one, so that a decision is made once,
 * however many buffers there are.
 *
 *     nobody ── isp ──> {isp} ── lcdif ──> {isp, lcdif} ── 12 MiB ──> decision
 *                         └ encoder ──> {isp, encoder}     4 MiB ──> decision
 */
export class Plan {
  readonly participants: readonly KnownParticipant[];
  readonly #system: MappingSystem;
  readonly #next: Map<number, Plan> = new Map();
  readonly #decisions: Map<string, Decision> = new Map();
  /** What was decided last, since buffers of one kind come one after the other. */
  #lastWanted: Wanted | null = null;
  #lastDecision: Decision | null = null;

  constructor(system: MappingSystem, participants: readonly KnownParticipant[] = []) {
    this.#system = system;
    this.participants = participants;
  }

  /** The set with one more; itself when that one is in it. */
  with(known: KnownParticipant): Plan {
    let next = this.#next.get(known.index);
    if (next === undefined) {
      next = this.participants.includes(known) ? this : new Plan(this.#system, [...this.participants, known]);
      this.#next.set(known.index, next);
    }
    return next;
  }

  /** What one buffer of a picture is laid out as, and how long it is, for these participants. */
  layout(image: Image): { readonly layout: ImageLayout; readonly size: Bytes } {
    return layOut(
      image,
      mergeLayouts(
        this.participants.map((p) => p.participant),
        image,
      ).alignment,
    );
  }

  /** @throws RangeError without participants */
  decide(wanted: Wanted): Decision {
    const { size, image, count, cpu } = wanted;
    const last = this.#lastWanted;
    if (last !== null && last.size === size && last.image === image && last.count === count && last.cpu === cpu) {
      if (this.#lastDecision !== null) return this.#lastDecision;
    }
    const key = `${size} ${count} ${cpu} ${image === null ? "" : `${image.width}x${image.height}:${image.format}:${image.modifier}`}`;
    let decision = this.#decisions.get(key);
    if (decision === undefined) {
      if (this.#decisions.size === MOST_DECISIONS) this.#decisions.clear();
      decision = this.#decide(wanted);
      this.#decisions.set(key, decision);
    }
    this.#lastWanted = wanted;
    this.#lastDecision = decision;
    return decision;
  }

  #decide(wanted: Wanted): Decision {
    const { machine } = this.#system.world;
    const placement = placeBuffer(machine, { ...wanted, participants: this.participants.map((p) => p.request) });
    const options: AllocationOption[] = [];
    for (const candidate of placement.candidates) {
      const heap = this.#system.heaps.get(candidate.source.id);
      if (heap !== undefined && isOpen(candidate, heap)) options.push(this.#option(candidate, heap));
    }
    const { size, layout, merged } = placement;
    return { placement, size, layout, alignment: merged.alignment, options };
  }

  #option({ source, route }: Candidate, heap: Heap): AllocationOption {
    const { machine } = this.#system.world;
    const exporter = route.exporter === null ? null : this.#system.table.deviceFor(route.exporter.device);
    const isScattered = source.kind === "system" || source.kind === "dma32-pages";
    const orders = isScattered && exporter !== null ? boardOf(machine).blockOrders(source, route) : null;
    return { heap, route, exporter, orders };
  }
}

/** True for a candidate that may be tried: one refused for the algorithm that boot assumed alone may fit with the one that serves the heap here. */
function isOpen(candidate: Candidate, heap: Heap): boolean {
  if (candidate.verdict !== "refused") return true;
  return heap.algorithm !== candidate.source.algorithm && candidate.reasons.every((r) => r.code === "no-hole");
}

/** The participants of a system, by any name. */
export class Participants {
  readonly #system: MappingSystem;
  readonly #names: DeviceNames;
  readonly #known: Map<Device, KnownParticipant[]> = new Map();
  #count = 0;

  constructor(system: MappingSystem) {
    this.#system = system;
    this.#names = new DeviceNames(system.world.machine);
  }

  /** The device a name means. @throws RangeError as {@link DeviceNames.resolve} */
  resolve(name: string): NamedDevice {
    return this.#names.resolve(name);
  }

  /** The participant that a device, a queue and an access make. */
  know({ device, queue }: NamedDevice, access: Access): KnownParticipant {
    let ofDevice = this.#known.get(device);
    if (ofDevice === undefined) {
      ofDevice = [];
      this.#known.set(device, ofDevice);
    }
    let known = ofDevice.find(({ request }) => request.queue === queue && request.access === access);
    if (known === undefined) {
      const request: ParticipantRequest = { device, queue, access };
      const participant = boardOf(this.#system.world.machine).participant(request);
      known = { index: this.#count, request, participant, mapped: this.#mappedFor(participant) };
      this.#count += 1;
      ofDevice.push(known);
    }
    return known;
  }

  /** For a queue that the CPU copies for, nothing is mapped whatever the device's other queues do. */
  #mappedFor({ device, translation }: Participant): MappedDevice {
    const { table } = this.#system;
    const mapped = table.deviceFor(device);
    if (translation !== "cpu" || mapped.ops === table.ops.cpu) return mapped;
    return { ...mapped, ops: table.ops.cpu, ownOps: table.ops.cpu, domain: null };
  }
}
