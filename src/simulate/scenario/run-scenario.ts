import { findAlgorithm } from "../../algorithms/registry.js";
import type { Machine } from "../../machine/machine.js";
import type { BufferRefusal } from "../buffers/buffer-refusal.js";
import { createDmaSystem, type SimulatedSystem } from "../dma-system.js";
import type { EventListener } from "../events.js";
import type { Backing } from "../heaps/heap.js";
import type { PageLoan } from "../memory/movable-pages.js";
import { Agenda } from "./agenda.js";
import { BufferSet, type Member } from "./buffer-set.js";
import { type FailedOperation, FailureGroups } from "./failure-groups.js";
import type {
  ActionSpec,
  DeviceSpec,
  PhaseSpec,
  Scenario,
  SetSpec,
  StepSpec,
  StreamSpec,
  UseSpec,
} from "./scenario.js";

/** How a scenario is run. */
export interface RunOptions {
  /** Instead of the scenario's. */
  readonly seed?: number;
  /** Nanoseconds after which the run ends, whatever is left. */
  readonly until?: number;
  /** Told of every event, in order. */
  readonly onEvent?: EventListener;
  /** Told now and then how far the run has come. */
  readonly onProgress?: (time: number, end: number) => void;
}

/** How often each operation was carried out; what was refused is not in it. */
export interface OperationCounts {
  attach: number;
  detach: number;
  map: number;
  unmap: number;
  cpuAccess: number;
}

/** Frames of one stream. */
export interface StreamCounts {
  readonly stream: string;
  started: number;
  completed: number;
  /** Not started: no buffer was idle. */
  dropped: number;
  /** Given up: a device could not join or map, or a buffer was released meanwhile. */
  failed: number;
}

/** A run that has ended; the system is as it was then. */
export interface ScenarioRun {
  readonly system: SimulatedSystem;
  /** Nanoseconds simulated. */
  readonly time: number;
  /** Length of the scenario. */
  readonly end: number;
  readonly seed: number;
  readonly operations: Readonly<OperationCounts>;
  readonly streams: readonly Readonly<StreamCounts>[];
  readonly failures: FailureGroups;
}

/** Frames between two reports of progress. */
const PROGRESS_EVERY = 4096;

/**
 * Runs a scenario on a machine, in simulated time. The same machine, scenario and seed give the same run.
 *
 * @throws RangeError for a device, heap, image or algorithm that the machine does not have; {@link checkAgainst} tells before
 */
export function runScenario(machine: Machine, scenario: Scenario, options: RunOptions = {}): ScenarioRun {
  return new Run(machine, scenario, options).run();
}

/** One frame on its way through the steps of its stream. */
interface Frame {
  readonly stream: Running;
  readonly members: readonly Member[];
  step: number;
  /** Uses of the step at hand that are mapped. */
  mapped: number;
  kept: boolean;
}

interface Running {
  readonly spec: StreamSpec;
  readonly counts: StreamCounts;
  /** Counts up with each start, so that what was due for an earlier one is known to be stale. */
  run: number;
  on: boolean;
}

/** What the agenda holds: the next frame of a stream, or the end of a frame's step. */
type Due = { readonly stream: Running; readonly run: number; readonly nominal: number } | Frame;

class Run {
  readonly #scenario: Scenario;
  readonly #options: RunOptions;
  readonly #system: SimulatedSystem;
  readonly #sets: readonly BufferSet[];
  readonly #streams: readonly Running[];
  readonly #agenda: Agenda<Due> = new Agenda();
  readonly #failures: FailureGroups = new FailureGroups();
  readonly #operations: OperationCounts = { attach: 0, detach: 0, map: 0, unmap: 0, cpuAccess: 0 };
  readonly #loans: Map<string | null, PageLoan[]> = new Map();
  readonly #occupied: Map<string, Backing[]> = new Map();
  readonly #end: number;
  readonly #length: number;
  #now = 0;
  #random: number;
  #frames = 0;

  constructor(machine: Machine, scenario: Scenario, options: RunOptions) {
    this.#scenario = scenario;
    this.#options = options;
    const { system } = scenario;
    const algorithms = Object.fromEntries(
      Object.entries(system.algorithms).flatMap(([heap, name]) => {
        const algorithm = findAlgorithm(name);
        return algorithm === undefined ? [] : [[heap, algorithm]];
      }),
    );
    const { checks, lazy } = system;
    this.#system = createDmaSystem(machine, {
      algorithms,
      checks,
      // All calls come from here.
      callSites: false,
      lazy,
      bytes: false,
      clock: () => this.#now,
    });
    const { onEvent } = options;
    if (onEvent !== undefined) this.#system.subscribe(onEvent);
    this.#random = options.seed ?? scenario.seed;
    const onRefused = (set: SetSpec, device: number, refusal: BufferRefusal): void =>
      this.#fail("attach", set, device, refusal);
    this.#sets = scenario.sets.map((set) => new BufferSet(this.#system, scenario.devices, set, onRefused));
    this.#streams = scenario.streams.map((spec) => ({
      spec,
      counts: { stream: spec.name, started: 0, completed: 0, dropped: 0, failed: 0 },
      run: 0,
      on: false,
    }));
    this.#length = scenario.phases.reduce((sum, { duration, times }) => sum + duration * times, 0);
    this.#end = Math.min(this.#length, options.until ?? Number.POSITIVE_INFINITY);
  }

  run(): ScenarioRun {
    let start = 0;
    for (const phase of this.#scenario.phases) {
      for (let i = 0; i < phase.times && start <= this.#end; i += 1) {
        this.#now = start;
        this.#phase(phase);
        start += phase.duration;
        this.#runUntil(Math.min(start, this.#end));
      }
    }
    return {
      system: this.#system,
      time: this.#now,
      end: this.#length,
      seed: this.#options.seed ?? this.#scenario.seed,
      operations: this.#operations,
      streams: this.#streams.map(({ counts }) => counts),
      failures: this.#failures,
    };
  }

  #phase({ actions }: PhaseSpec): void {
    for (const action of actions) this.#act(action);
  }

  /** Carries out what is due before a time, and what is due then. */
  #runUntil(time: number): void {
    while (this.#agenda.next <= time) {
      this.#now = this.#agenda.next;
      const due = this.#agenda.take();
      if (due === undefined) break;
      if ("members" in due) this.#endStep(due);
      else this.#tick(due.stream, due.run, due.nominal);
    }
    this.#now = time;
  }

  #tick(stream: Running, run: number, nominal: number): void {
    if (!stream.on || stream.run !== run) return;
    const { spec, counts } = stream;
    const next = nominal + spec.period;
    this.#agenda.add(next + this.#jitter(spec.jitter), { stream, run, nominal: next });
    this.#frames += 1;
    if (this.#frames % PROGRESS_EVERY === 0) this.#options.onProgress?.(this.#now, this.#end);
    for (const set of spec.sets) {
      if (!(this.#sets[set] as BufferSet).hasIdle) {
        counts.dropped += 1;
        return;
      }
    }
    counts.started += 1;
    const members = spec.sets.map((set) => (this.#sets[set] as BufferSet).take());
    this.#beginStep({ stream, members, step: 0, mapped: 0, kept: false });
  }

  #beginStep(frame: Frame): void {
    const step = frame.stream.spec.steps[frame.step] as StepSpec;
    if (frame.members.some(({ released }) => released)) {
      frame.stream.counts.failed += 1;
      this.#giveBack(frame);
      return;
    }
    for (const use of step.uses) {
      if (!this.#begin(frame, step, use)) {
        this.#unmapStep(frame, step);
        frame.stream.counts.failed += 1;
        this.#giveBack(frame);
        return;
      }
      frame.mapped += 1;
    }
    if (step.duration === 0) this.#endStep(frame);
    else this.#agenda.add(this.#now + step.duration, frame);
  }

  #begin(frame: Frame, { device }: StepSpec, { slot, direction, access }: UseSpec): boolean {
    const member = frame.members[slot] as Member;
    const set = this.#sets[frame.stream.spec.sets[slot] as number] as BufferSet;
    if (device === null) {
      const begun = member.buffer.beginCpuAccess(access);
      if (begun.ok) this.#operations.cpuAccess += 1;
      else this.#fail("cpu-access", set.spec, null, begun.refusal);
      return begun.ok;
    }
    if (member.attachments[device] === undefined && !this.#join(set, member, device)) return false;
    return this.#map(set, member, device, direction);
  }

  #endStep(frame: Frame): void {
    const { stream } = frame;
    const step = stream.spec.steps[frame.step] as StepSpec;
    if (step.unmaps) this.#unmapStep(frame, step);
    else frame.kept = true;
    frame.step += 1;
    frame.mapped = 0;
    if (frame.step < stream.spec.steps.length) {
      this.#beginStep(frame);
      return;
    }
    stream.counts.completed += 1;
    this.#giveBack(frame);
  }

  #unmapStep(frame: Frame, step: StepSpec): void {
    for (let i = frame.mapped - 1; i >= 0; i -= 1) {
      const { slot, access } = step.uses[i] as UseSpec;
      const member = frame.members[slot] as Member;
      if (step.device === null) {
        if (!member.released) member.buffer.endCpuAccess(access);
        continue;
      }
      const attachment = member.attachments[step.device];
      if (attachment === undefined || attachment.view === null) continue;
      attachment.unmap();
      this.#operations.unmap += 1;
    }
  }

  #giveBack(frame: Frame): void {
    for (const [slot, member] of frame.members.entries()) {
      (this.#sets[frame.stream.spec.sets[slot] as number] as BufferSet).giveBack(member, frame.kept);
    }
  }

  #act(action: ActionSpec): void {
    switch (action.type) {
      case "allocate":
        return this.#each(action.set, ({ buffer }, set) => {
          const done = buffer.allocate();
          if (!done.ok) this.#fail("allocate", set.spec, null, done.refusal);
        });
      case "release":
        return (this.#sets[action.set] as BufferSet).release();
      case "start":
        return this.#start(this.#streams[action.stream] as Running);
      case "stop":
        (this.#streams[action.stream] as Running).on = false;
        return undefined;
      case "attach":
        return this.#each(action.set, (member, set) => {
          if (set.join(member, action.participant)) this.#operations.attach += 1;
        });
      case "detach":
        return this.#each(action.set, ({ attachments }) => {
          if (attachments[action.device] === undefined) return;
          attachments[action.device]?.detach();
          attachments[action.device] = undefined;
          this.#operations.detach += 1;
        });
      case "map":
        return this.#each(action.set, (member, set) => {
          const { device, direction } = action;
          if (member.attachments[device] === undefined && !this.#join(set, member, device)) return;
          this.#map(set, member, device, direction);
        });
      case "unmap":
        return this.#each(action.set, ({ attachments }) => {
          const attachment = attachments[action.device];
          if (attachment === undefined || attachment.view === null) return;
          attachment.unmap();
          this.#operations.unmap += 1;
        });
      case "pin":
        return this.#each(action.set, (member, set) => {
          if (member.attachments[action.device] === undefined && !this.#join(set, member, action.device)) return;
          const pinned = member.attachments[action.device]?.pin();
          if (pinned?.ok === false) this.#fail("pin", set.spec, action.device, pinned.refusal);
        });
      case "unpin":
        return this.#each(action.set, ({ attachments }) => attachments[action.device]?.unpin());
      case "move":
        return this.#each(action.set, ({ buffer }, set) => {
          const moved = buffer.move(action.heap?.id);
          if (!moved.ok) this.#fail("move", set.spec, null, moved.refusal);
        });
      case "lend":
        return this.#lend(action.heap?.id ?? null, action.size);
      case "give-back":
        return this.#giveBackPages(action.heap?.id ?? null);
      case "pin-pages":
      case "unpin-pages":
        return this.#pinPages(action);
      case "occupy":
        return this.#occupy(action.heap.id, action.size);
      case "vacate":
        for (const backing of this.#occupied.get(action.heap.id) ?? []) backing.heap.release(backing);
        this.#occupied.delete(action.heap.id);
        return undefined;
    }
  }

  #each(set: number, act: (member: Member, set: BufferSet) => void): void {
    const one = this.#sets[set] as BufferSet;
    for (const member of one.members) act(member, one);
  }

  #start(stream: Running): void {
    if (stream.on) return;
    stream.on = true;
    stream.run += 1;
    const entry = { stream, run: stream.run, nominal: this.#now };
    this.#agenda.add(this.#now + this.#jitter(stream.spec.jitter), entry);
  }

  #join(set: BufferSet, member: Member, device: number): boolean {
    const joined = set.join(member, { device, access: "read-write", moves: false });
    if (joined) this.#operations.attach += 1;
    return joined;
  }

  #map(set: BufferSet, member: Member, device: number, direction: UseSpec["direction"]): boolean {
    const mapped = member.attachments[device]?.map(direction);
    if (mapped?.ok === true) {
      this.#operations.map += 1;
      return true;
    }
    if (mapped !== undefined) this.#fail("map", set.spec, device, mapped.refusal);
    return false;
  }

  #lend(heap: string | null, size: number): void {
    const { heaps, world } = this.#system.mapping;
    const nrPages = Math.ceil(size / world.pages.pageSize);
    const loan = this.#attempt("lend", () =>
      heap === null ? world.pages.movable.lend(nrPages) : (heaps.area(heap)?.lend(nrPages) ?? null),
    );
    if (loan !== null) this.#loans.set(heap, [...(this.#loans.get(heap) ?? []), loan]);
    else if (heap === null) this.#failures.addOther(this.#now, "lend", `${nrPages} pages are not free for others`);
  }

  #giveBackPages(heap: string | null): void {
    for (const loan of this.#loans.get(heap) ?? []) this.#attempt("lend", () => loan.giveBack());
    this.#loans.delete(heap);
  }

  #pinPages({ type, heap, offset, size }: Extract<ActionSpec, { type: "pin-pages" | "unpin-pages" }>): void {
    const area = this.#system.mapping.heaps.area(heap.id);
    const { pageSize } = this.#system.machine.profile;
    if (area === null) return;
    for (let at = 0; at < size; at += pageSize) {
      const address = area.base + offset + at;
      this.#attempt("pin-pages", () => (type === "pin-pages" ? area.pin(address) : area.unpin(address)));
    }
  }

  #occupy(heap: string, size: number): void {
    const { pageSize } = this.#system.machine.profile;
    const taken = this.#system.mapping.heaps.get(heap)?.allocate({ size, alignment: pageSize, owner: "others" });
    if (taken === undefined) return;
    if (taken.ok) this.#occupied.set(heap, [...(this.#occupied.get(heap) ?? []), taken.value]);
    else this.#failures.addHeap(this.#now, "occupy", heap, taken.refusal);
  }

  /** What pages cannot do is an answer of the run, not a fault of the program. */
  #attempt<T>(operation: FailedOperation, work: () => T): T | null {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      this.#failures.addOther(this.#now, operation, error.message);
      return null;
    }
  }

  #fail(operation: FailedOperation, set: SetSpec, device: number | null, refusal: BufferRefusal): void {
    const name = device === null ? null : (this.#scenario.devices[device] as DeviceSpec).name;
    this.#failures.add(this.#now, operation, set.name, name, refusal);
  }

  /** A time from 0 to just below `most`; the numbers of Park and Miller. */
  #jitter(most: number): number {
    if (most === 0) return 0;
    this.#random = (this.#random * 48_271) % 2_147_483_647;
    return Math.floor((this.#random / 2_147_483_647) * most);
  }
}
