import type { Machine } from "../machine/machine.js";
import type { Bytes } from "../units/quantity.js";
import { BufferRequests, nameOfBuffer } from "./buffers/buffer-requests.js";
import { Descriptors } from "./buffers/descriptors.js";
import type { BufferRequest, DmaBuffer } from "./buffers/dma-buffer.js";
import { heapNamed } from "./buffers/find-memory.js";
import { Participants, Plan } from "./buffers/plan.js";
import { type BufferContext, SharedBuffer } from "./buffers/shared-buffer.js";
import { BusMaster } from "./bus-master.js";
import type { Finding } from "./checks/finding.js";
import type { EventListener } from "./events.js";
import type { FaultSwitch } from "./faults.js";
import type { HeapStats } from "./heaps/heap.js";
import { type MappingSystem, type MappingSystemOptions, makeMappingSystem } from "./mapping/mapping-system.js";

/** A heap, as a system reports it. Bytes; null is what the kernel does not tell. */
export interface HeapReport {
  readonly id: string;
  /** Name of the algorithm that serves it. */
  readonly algorithm: string;
  readonly size: Bytes;
  /** By buffers of this system. */
  readonly used: Bytes;
  readonly free: Bytes | null;
  /** Longest free run. */
  readonly largestHole: Bytes | null;
  /** Most that buffers of this system used at any time. */
  readonly highWater: Bytes;
  /** Allocations that live, have succeeded, have failed. */
  readonly live: number;
  readonly allocations: number;
  readonly failures: number;
}

/** A heap of a simulated system, where everything is known. */
export interface ModelHeapReport extends HeapReport, HeapStats {
  readonly free: Bytes;
  readonly largestHole: Bytes;
}

/**
 * Buffers for any set of devices of one machine: who asks says which devices use a buffer, and never which heap.
 *
 *     const system = createDmaSystem(machine);
 *     const buffer = system.createBuffer({ size: mebibytes(12) });
 *     const camera = buffer.attach("isi"), display = buffer.attach("lcdif");
 *     const view = orThrow(camera.map("from-device"));
 */
export interface DmaSystem {
  /** The machine it works on. */
  readonly machine: Machine;
  /**
   * Makes a buffer without memory; the first of its {@link DmaBuffer.group} when `count` is larger than 1.
   *
   * @throws RangeError for a size or count that is no whole number from 1 on, for both or neither of size and image, an unreadable image, an unknown
   *   device or heap
   */
  createBuffer(request: BufferRequest): DmaBuffer;
  /** Makes `count` buffers, which are allocated together or not at all. @throws RangeError as {@link createBuffer} */
  createBuffers(request: BufferRequest): readonly DmaBuffer[];
  /** The buffer behind a descriptor, with a reference for the caller. @throws RangeError for one that is not open */
  importBuffer(descriptor: number): DmaBuffer;
  /** Closes a descriptor. @throws RangeError for one that is not open */
  closeDescriptor(descriptor: number): void;
  /** Every heap with its counters, sorted by id. */
  heaps(): readonly HeapReport[];
  /** Tells a listener of everything that happens, in order. @returns ends it */
  subscribe(listener: EventListener): () => void;
}

/** A {@link DmaSystem} on a model of a machine, with everything in it open to view. */
export interface SimulatedSystem extends DmaSystem {
  createBuffer(request: BufferRequest): SharedBuffer;
  createBuffers(request: BufferRequest): readonly SharedBuffer[];
  importBuffer(descriptor: number): SharedBuffer;
  heaps(): readonly ModelHeapReport[];
  /** Heaps, page allocator, devices and the DMA API, for those who work below buffers. */
  readonly mapping: MappingSystem;
  /** Lets internal allocations fail. */
  readonly faults: FaultSwitch;
  /** Buffers that have not been freed, in the order they were made. */
  readonly buffers: readonly SharedBuffer[];
  /** The engine of a device. @throws RangeError for an unknown device */
  busMaster(device: string): BusMaster;
  /** Wrong use of mappings so far; with `atEnd` what is mapped now counts as left behind. */
  findings(atEnd?: boolean): readonly Finding[];
  /** Recomputes every counter. @throws Error when one has drifted, or memory is lost */
  audit(): void;
}

/**
 * Builds the heaps, IOMMU domains, bounce pool and devices of a machine as its kernel has them when boot is over, and the buffers on top.
 *
 * @param options - by default memory holds bytes, CPU and devices that do not snoop see different things until somebody syncs, and use is watched
 * @throws RangeError for algorithms and operations that do not fit
 */
export function createDmaSystem(machine: Machine, options: MappingSystemOptions = {}): SimulatedSystem {
  return new ModelSystem(makeMappingSystem(machine, { cpuCache: options.bytes !== false, ...options }));
}

class ModelSystem implements SimulatedSystem {
  readonly mapping: MappingSystem;
  readonly #context: BufferContext;
  readonly #requests: BufferRequests = new BufferRequests();
  #made = 0;

  constructor(mapping: MappingSystem) {
    this.mapping = mapping;
    this.#context = {
      system: mapping,
      participants: new Participants(mapping),
      nobody: new Plan(mapping),
      descriptors: new Descriptors(),
      live: new Set(),
      spareSegments: [],
    };
  }

  get machine(): Machine {
    return this.mapping.world.machine;
  }

  get faults(): FaultSwitch {
    return this.mapping.world.faults;
  }

  get buffers(): readonly SharedBuffer[] {
    return [...this.#context.live];
  }

  createBuffer(request: BufferRequest): SharedBuffer {
    return this.createBuffers(request)[0] as SharedBuffer;
  }

  createBuffers(request: BufferRequest): readonly SharedBuffer[] {
    const { size, image, count, cpu } = this.#requests.read(request);
    const { participants = [] } = request;
    const heap = request.heap === undefined ? null : heapNamed(this.mapping, request.heap);
    for (const one of participants) this.#context.participants.resolve(typeof one === "string" ? one : one.device);
    const group: SharedBuffer[] = [];
    for (let i = 0; i < count; i += 1) {
      this.#made += 1;
      const id = this.#made;
      const name = nameOfBuffer(request, id, i);
      group.push(new SharedBuffer(this.#context, { id, name, size, image, cpu, heap, group }));
    }
    for (const buffer of group) for (const participant of participants) buffer.attach(participant);
    return group;
  }

  importBuffer(descriptor: number): SharedBuffer {
    const buffer = this.#context.descriptors.get(descriptor);
    buffer.acquire();
    return buffer;
  }

  closeDescriptor(descriptor: number): void {
    this.#context.descriptors.close(descriptor).closed();
  }

  heaps(): readonly ModelHeapReport[] {
    return [...this.mapping.heaps].map(([id, heap]) => ({ id, algorithm: heap.algorithm, ...heap.stats() }));
  }

  subscribe(listener: EventListener): () => void {
    return this.mapping.world.events.subscribe(listener);
  }

  busMaster(device: string): BusMaster {
    const { participants } = this.#context;
    return new BusMaster(this.mapping.api, participants.know(participants.resolve(device), "read-write").mapped);
  }

  findings(atEnd: boolean = false): readonly Finding[] {
    const { checks } = this.mapping.api;
    if (checks === null) return [];
    return atEnd ? [...checks.findings, ...checks.leaks()] : checks.findings;
  }

  audit(): void {
    this.mapping.heaps.audit();
    this.mapping.table.audit();
  }
}
