import type { Machine } from "../../machine/machine.js";
import { boardOf } from "../../placement/board.js";
import type { AllocationRefusal } from "../../simulate/buffers/buffer-refusal.js";
import { BufferRequests, nameOfBuffer } from "../../simulate/buffers/buffer-requests.js";
import { DeviceNames } from "../../simulate/buffers/device-names.js";
import type { BufferRequest } from "../../simulate/buffers/dma-buffer.js";
import type { DmaSystem, HeapReport } from "../../simulate/dma-system.js";
import { type EventListener, EventLog } from "../../simulate/events.js";
import type { Bytes } from "../../units/quantity.js";
import { accepted, type Result, refused } from "../../units/result.js";
import { AvailableMemory } from "../memory/available-memory.js";
import { dmaBufField } from "../memory/dma-buf.js";
import { HeapNodes } from "../memory/heap-nodes.js";
import { memoryOf } from "../memory/linux-memory.js";
import { Descriptor } from "../native/descriptor.js";
import type { Kernel } from "../native/kernel.js";
import { Decisions } from "./decisions.js";
import { choiceOf } from "./find-memory.js";
import { HeapLedger } from "./heap-ledger.js";
import { fileKey, LinuxBuffer, type LinuxBufferContext } from "./linux-buffer.js";

/** How a system on real Linux is to behave. */
export interface LinuxSystemOptions {
  /**
   * Lets every device that can be asked take new memory for a moment, and goes on to the next way where one refuses. Needs the nodes of the devices and
   * no other user of their queues. Default: false, the model decides.
   */
  readonly probe?: boolean;
  /**
   * Bytes of the pages that buffers of the heap `udmabuf` are made of: huge pages, a power of two that the machine has set aside pages of. Buffers are whole pages then, and
   * one that fits into a page is one range, on kernels without CMA too. Placement does not count on that: name the heap, and see `probe()`. Default: ordinary pages.
   */
  readonly udmabufPageSize?: Bytes;
  /** What is free; for tests. Default: `/proc/meminfo`. */
  readonly available?: AvailableMemory;
}

/**
 * A {@link DmaSystem} on the Linux that this process runs on: buffers are dma-bufs.
 *
 *     const system = await openLinuxSystem();
 *     const buffer = orThrow(system.allocate({ size: frame, participants: ["/dev/video0", "/dev/dri/card0"] }));
 *     buffer.fd; buffer.cpuAccess("read", (bytes) => ...);
 */
export class LinuxSystem implements DmaSystem, Disposable {
  readonly machine: Machine;
  readonly kernel: Kernel;
  readonly #context: LinuxBufferContext;
  readonly #requests: BufferRequests = new BufferRequests();
  #made = 0;

  /** @param machine - the machine that runs, as read from it; what is wrong there is decided wrongly here */
  constructor(kernel: Kernel, machine: Machine, options: LinuxSystemOptions = {}) {
    this.kernel = kernel;
    this.machine = machine;
    const began = process.hrtime.bigint();
    this.#context = {
      machine,
      kernel,
      nodes: new HeapNodes(kernel, options.udmabufPageSize ?? null),
      available: options.available ?? new AvailableMemory(),
      decisions: new Decisions(machine),
      names: new DeviceNames(machine),
      ledger: new HeapLedger(),
      log: new EventLog(() => Number(process.hrtime.bigint() - began)),
      live: new Set(),
      byFile: new Map(),
      descriptors: new Map(),
      probe: options.probe ?? false,
    };
  }

  /** Buffers that have not been freed, in the order they were made. */
  get buffers(): readonly LinuxBuffer[] {
    return [...this.#context.live];
  }

  createBuffer(request: BufferRequest): LinuxBuffer {
    return this.createBuffers(request)[0] as LinuxBuffer;
  }

  createBuffers(request: BufferRequest): readonly LinuxBuffer[] {
    const wanted = this.#requests.read(request);
    const { heap = null, participants = [] } = request;
    if (heap !== null) choiceOf(this.machine, heap);
    const group: LinuxBuffer[] = [];
    for (let i = 0; i < wanted.count; i += 1) {
      this.#made += 1;
      const id = this.#made;
      group.push(new LinuxBuffer(this.#context, { id, name: nameOfBuffer(request, id, i), wanted, heap, group }));
    }
    try {
      for (const buffer of group) for (const participant of participants) buffer.attach(participant);
    } catch (error) {
      for (const buffer of group) buffer.destroy();
      throw error;
    }
    return group;
  }

  /**
   * Makes a buffer and gets its memory: {@link createBuffer} and {@link LinuxBuffer.allocate} in one. A refusal leaves nothing behind.
   *
   * @throws RangeError as {@link createBuffer}
   */
  allocate(request: BufferRequest): Result<LinuxBuffer, AllocationRefusal> {
    const buffer = this.createBuffer(request);
    const allocated = buffer.allocate();
    if (allocated.ok) return accepted(buffer);
    for (const one of buffer.group) one.destroy();
    return refused(allocated.refusal);
  }

  /**
   * The buffer behind a descriptor, whoever made it, with a reference for the caller; the descriptor stays the caller's. Memory that did not come from this
   * system takes every device: whether it suits one, only {@link LinuxAttachment.probe} tells.
   *
   * @throws RangeError for a descriptor that is not open, or of no dma-buf
   */
  importBuffer(descriptor: number): LinuxBuffer {
    const known = this.#context.byFile.get(keyOf(descriptor));
    if (known !== undefined) {
      known.acquire();
      return known;
    }
    const exporter = exporterOf(descriptor);
    const dmabuf = this.kernel.duplicate(new Descriptor(descriptor, `dmabuf from ${exporter}`));
    const memory = memoryOf(dmabuf, this.kernel.sizeOf(dmabuf));
    this.#made += 1;
    const group: LinuxBuffer[] = [];
    const wanted = { size: memory.size, image: null, count: 1, cpu: "rare" } as const;
    const name = `buffer ${this.#made}`;
    const buffer = new LinuxBuffer(this.#context, { id: this.#made, name, wanted, heap: null, group });
    group.push(buffer);
    buffer.adopt(memory, exporter);
    return buffer;
  }

  closeDescriptor(number: number): void {
    const exported = this.#context.descriptors.get(number);
    if (exported === undefined) throw new RangeError(`descriptor ${number} is not open`);
    this.#context.descriptors.delete(number);
    exported.descriptor.close();
    exported.buffer.closed();
  }

  heaps(): readonly HeapReport[] {
    const { available, ledger } = this.#context;
    const { defaultCma } = this.machine;
    return boardOf(this.machine).sources.map(({ id, algorithm, size }) => {
      const free =
        id === "system" || id === "udmabuf"
          ? available.field("MemAvailable")
          : id === "cma:default" && defaultCma !== null
            ? available.field("CmaFree")
            : null;
      return { id, algorithm, size, ...ledger.of(id), free, largestHole: null };
    });
  }

  subscribe(listener: EventListener): () => void {
    return this.#context.log.subscribe(listener);
  }

  /** Ends all buffers and descriptors of this system. What others hold of them lives on with them. */
  close(): void {
    for (const number of this.#context.descriptors.keys()) this.closeDescriptor(number);
    for (const buffer of this.buffers) buffer.destroy();
    this.#context.nodes[Symbol.dispose]();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

function keyOf(descriptor: number): string {
  try {
    return fileKey(descriptor);
  } catch (error) {
    throw new RangeError(`descriptor ${descriptor} is not open`, { cause: error });
  }
}

/** Name of the driver that made a dma-buf. @throws RangeError for what is none */
function exporterOf(descriptor: number): string {
  const exporter = dmaBufField(descriptor, `descriptor ${descriptor}`, "exp_name");
  if (exporter === null) throw new RangeError(`descriptor ${descriptor} is no dma-buf`);
  return exporter;
}
