import { fstatSync } from "node:fs";
import { type Image, type ImageLayout, isSameLayout, layOut, mergeLayouts } from "../../constraints/image-layout.js";
import type { Access, ParticipantRequest } from "../../constraints/participant.js";
import { boardOf } from "../../placement/board.js";
import type { Placement } from "../../placement/place.js";
import {
  type AllocationAttempt,
  type AllocationRefusal,
  type AttachRefusal,
  type CpuAccessRefusal,
  describeBufferRefusal,
  type Holder,
  type ImportRefusal,
  type MoveRefusal,
} from "../../simulate/buffers/buffer-refusal.js";
import { type CheckedRequest, checkAccess } from "../../simulate/buffers/buffer-requests.js";
import { CountedBuffer } from "../../simulate/buffers/counted-buffer.js";
import type { DeviceNames } from "../../simulate/buffers/device-names.js";
import type { Allocation, DmaBuffer, DmaView, ParticipantSpec } from "../../simulate/buffers/dma-buffer.js";
import type { EventLog } from "../../simulate/events.js";
import type { Bytes } from "../../units/quantity.js";
import { accepted, type Result, refused } from "../../units/result.js";
import { beginCpuAccess, endCpuAccess, exportFence, isIdle, nameDmaBuf, whenIdle } from "../memory/dma-buf.js";
import type { DeviceImport, HeapChoice, LinuxMemory } from "../memory/linux-memory.js";
import { MappedMemory } from "../memory/mapped-memory.js";
import type { Descriptor } from "../native/descriptor.js";
import { attempt } from "../native/system-call-error.js";
import { importInto } from "./device-import.js";
import { type Found, findMemory, type MemorySearch, type MemoryWorld, reasonsAgainst } from "./find-memory.js";
import { type AttachedLinuxBuffer, LinuxAttachment } from "./linux-attachment.js";

/** What the buffers of one system share. */
export interface LinuxBufferContext extends MemoryWorld {
  readonly log: EventLog;
  readonly names: DeviceNames;
  /** Buffers that have not been freed. */
  readonly live: Set<LinuxBuffer>;
  /** Buffers of which a descriptor was given away, by the file that it leads to. */
  readonly byFile: Map<string, LinuxBuffer>;
  /** Descriptors that were exported, and whose they are. */
  readonly descriptors: Map<number, { readonly descriptor: Descriptor; readonly buffer: LinuxBuffer }>;
  /** Tries every import before memory counts as found. */
  readonly probe: boolean;
}

/** What one buffer of a group is made as. */
export interface LinuxBufferShape {
  readonly id: number;
  readonly name: string;
  readonly wanted: CheckedRequest;
  /** Id of the heap that the request names; null when the system chooses. */
  readonly heap: string | null;
  /** Filled by who makes the group. */
  readonly group: readonly LinuxBuffer[];
}

/** Memory of a buffer on real Linux: where it lies, the kernel keeps to itself. */
export interface LinuxAllocation extends Allocation {
  readonly taken: null;
  readonly memory: null;
  /** Ways that were tried before the one that gave it, in order, and why each did not. */
  readonly attempts: readonly AllocationAttempt[];
}

/** Heap of memory that somebody else has made. */
export const FOREIGN_HEAP = "foreign";

/**
 * A {@link DmaBuffer} that is a dma-buf.
 *
 * What differs from the simulated system: a descriptor that was given away ({@link fd}, {@link export}) holds the buffer where it is, since nobody can change what a
 * descriptor stands for; a view has no addresses; the CPU is refused, not kept waiting, while a device is at work.
 */
export class LinuxBuffer extends CountedBuffer<LinuxAttachment> implements DmaBuffer, AttachedLinuxBuffer {
  readonly #context: LinuxBufferContext;
  readonly #shape: LinuxBufferShape;
  #size: Bytes | null;
  #layout: ImageLayout | null = null;
  #memory: MappedMemory | null = null;
  #choice: HeapChoice | null = null;
  #allocation: LinuxAllocation | null = null;
  #allocatedWith: readonly LinuxBuffer[] = [];
  /** Key of the file, once a descriptor of it was given away. */
  #givenAway: string | null = null;

  constructor(context: LinuxBufferContext, shape: LinuxBufferShape) {
    super(context.live, shape);
    this.#context = context;
    this.#shape = shape;
    this.#size = shape.wanted.size;
  }

  get size(): Bytes {
    const { image } = this.#shape.wanted;
    if (this.#size !== null || image === null) return this.#size ?? 0;
    return this.#layOut(image, this.#groupParticipants()).size;
  }

  get layout(): ImageLayout | null {
    const { image } = this.#shape.wanted;
    const participants = this.#groupParticipants();
    if (this.#layout !== null || image === null || participants.length === 0) return this.#layout;
    return this.#layOut(image, participants).layout;
  }

  get group(): readonly LinuxBuffer[] {
    return this.#shape.group;
  }

  get allocation(): LinuxAllocation | null {
    return this.#allocation;
  }

  /**
   * Number of the dma-buf's descriptor, to pass to ioctls and other processes. It stays the buffer's: do not close it. From now on the buffer stays where it is.
   *
   * @throws RangeError when there is no memory yet
   */
  get fd(): number {
    const { dmabuf } = this.#withMemory();
    this.#giveAway(dmabuf);
    return dmabuf.number;
  }

  tryAttach(spec: ParticipantSpec): Result<LinuxAttachment, AttachRefusal> {
    this.checkAlive();
    const { device: name, access = "read-write", onMove } = typeof spec === "string" ? { device: spec } : spec;
    checkAccess(access);
    const participant: ParticipantRequest = { ...this.#context.names.resolve(name), access };
    const refusal = this.#admit(participant);
    const base = this.#base(participant.device.path);
    if (refusal !== null) {
      this.#context.log.emit({ type: "attach-failed", ...base, cause: refusal.code });
      return refused(refusal);
    }
    const attachment = new LinuxAttachment(this, this, participant, onMove ?? null);
    this.join(attachment);
    this.#context.log.emit({ type: "attach", ...base });
    return accepted(attachment);
  }

  leave(attachment: LinuxAttachment): void {
    this.strikeOut(attachment);
    this.#context.log.emit({ type: "detach", ...this.#base(attachment.device) });
    this.freeIfUnused();
  }

  told(type: "map" | "unmap", { device }: LinuxAttachment, { direction, size }: DmaView): void {
    const unknown = { segments: null, address: null, bounced: null };
    this.#context.log.emit({ type, ...this.#base(device), direction, size, blocks: 1, ...unknown });
  }

  place(): Placement {
    this.checkAlive();
    return this.#context.decisions.decide(this.#groupParticipants(), this.#wanted(this.group.length)).placement;
  }

  allocate(): Result<LinuxAllocation, AllocationRefusal> {
    if (this.#allocation !== null) return accepted(this.#allocation);
    this.checkAlive();
    const pending = this.group.filter((buffer) => buffer.#memory === null && this.#context.live.has(buffer));
    const found = findMemory(this.#context, this.#search(this.#groupParticipants(), pending.length));
    if (!found.ok) {
      const requested = this.size;
      const unknown = { heap: null, free: null, largest: null };
      this.#context.log.emit({
        type: "allocate-failed",
        ...this.#base(null),
        ...unknown,
        requested,
        cause: found.refusal.code,
      });
      return found;
    }
    for (const [i, buffer] of pending.entries()) buffer.#take(found.value, i);
    this.#allocatedWith = pending;
    return this.allocate();
  }

  undoAllocate(): void {
    for (const buffer of [...this.#allocatedWith].reverse()) {
      buffer.giveBack();
      buffer.#size = this.#shape.wanted.size;
      buffer.#layout = null;
    }
    this.#allocatedWith = [];
  }

  importInto(participant: ParticipantRequest): Result<DeviceImport, ImportRefusal | AllocationRefusal> {
    const allocated = this.allocate();
    if (!allocated.ok) return allocated;
    const choice = this.#choice;
    return importInto(this.#context.kernel, participant, this.#withMemory(), () =>
      choice === null
        ? []
        : reasonsAgainst(this.#context, this.#participants(), this.#wanted(1), choice, participant.device.path),
    );
  }

  move(heap?: string): Result<LinuxAllocation, MoveRefusal> {
    this.checkAlive();
    if (this.#allocation === null) return refused({ code: "no-allocation", errno: "EINVAL", buffer: this.name });
    const holders = this.holders();
    if (holders.length > 0) return refused({ code: "held", errno: "EBUSY", buffer: this.name, holders });
    const search = this.#search(this.#participants(), 1);
    const found = findMemory(this.#context, heap === undefined ? search : { ...search, heap });
    if (!found.ok) return found;
    this.#moveTo(found.value, "move");
    return accepted(this.#allocation);
  }

  beginCpuAccess(access: Access): Result<LinuxAllocation, CpuAccessRefusal> {
    checkAccess(access);
    const allocated = this.allocate();
    if (!allocated.ok) return allocated;
    const { dmabuf } = this.#withMemory();
    const { kernel } = this.#context;
    const begun = attempt(() => {
      if (!isIdle(kernel, dmabuf, access)) return false;
      beginCpuAccess(kernel, dmabuf, access);
      return true;
    });
    if (!begun.ok) return begun;
    if (!begun.value) return refused({ code: "at-work", errno: "EAGAIN", buffer: this.name, access });
    this.cpuAccessBegan(access);
    return allocated;
  }

  endCpuAccess(access: Access): void {
    const { dmabuf } = this.#withMemory();
    this.cpuAccessEnds(access);
    endCpuAccess(this.#context.kernel, dmabuf, access);
  }

  /** The bytes are the buffer's own, not a copy. */
  cpuAccess<T>(
    access: Access,
    use: (bytes: Uint8Array) => T,
    part?: { readonly offset: Bytes; readonly size: Bytes },
  ): Result<T, CpuAccessRefusal> {
    const allocated = this.allocate();
    if (!allocated.ok) return allocated;
    const { offset, size } = part ?? { offset: 0, size: this.size };
    const whole = allocated.value.size;
    if (!(size >= 0) || !(offset >= 0) || offset + size > whole) {
      throw new RangeError(`${size} bytes from ${offset} on are not all in a buffer of ${whole}`);
    }
    const view = attempt(() => this.#withMemory().view(offset, size));
    if (!view.ok) return view;
    using mapped = view.value;
    const begun = this.beginCpuAccess(access);
    if (!begun.ok) return begun;
    try {
      return accepted(use(mapped.bytes));
    } finally {
      this.endCpuAccess(access);
    }
  }

  /** Waits, without holding up anything else, until no device is at work in the way of an access. @throws RangeError when there is no memory yet */
  whenIdle(access: Access): Promise<void> {
    return whenIdle(this.#context.kernel, this.#withMemory().dmabuf, access);
  }

  /**
   * What an access has to wait for, as a sync file, which belongs to the caller.
   *
   * @throws RangeError when there is no memory yet, SystemCallError when the kernel refuses
   */
  fence(access: Access): Descriptor {
    return exportFence(this.#context.kernel, this.#withMemory().dmabuf, access);
  }

  export(): number {
    this.checkAlive();
    const allocated = this.allocate();
    if (!allocated.ok) throw new RangeError(describeBufferRefusal(allocated.refusal), { cause: allocated.refusal });
    const descriptor = this.#context.kernel.duplicate(this.#withMemory().dmabuf);
    this.opened();
    this.#giveAway(descriptor);
    this.#context.descriptors.set(descriptor.number, { descriptor, buffer: this });
    return descriptor.number;
  }

  /** Takes memory that somebody else has made. */
  adopt(memory: LinuxMemory, exporter: string): void {
    this.#giveAway(memory.dmabuf);
    this.#hold(new MappedMemory(this.#context.kernel, memory), null, {
      heap: FOREIGN_HEAP,
      route: "none",
      exporter,
      size: memory.size,
      taken: null,
      memory: null,
      placement: null,
      attempts: [],
    });
  }

  /** Ends it whoever holds it: the system is closed. */
  destroy(): void {
    for (const attachment of this.attachments) attachment.revoke();
    this.free();
  }

  #participants(): readonly ParticipantRequest[] {
    return this.attachments.map(({ participant }) => participant);
  }

  /** Everybody attached to a buffer of the group: memory for one must suit all, since nobody knows who will get which. */
  #groupParticipants(): readonly ParticipantRequest[] {
    if (this.group.length === 1) return this.#participants();
    return [...new Set(this.group.flatMap((buffer) => buffer.#participants()))];
  }

  /** What a picture is laid out as for these participants, and how long it is. */
  #layOut(image: Image, participants: readonly ParticipantRequest[]): ReturnType<typeof layOut> {
    const board = boardOf(this.#context.machine);
    const known = participants.map((participant) => board.participant(participant));
    return layOut(image, mergeLayouts(known, image).alignment);
  }

  /** Why a device cannot join now; null when it can, the buffer having moved if need be. */
  #admit(participant: ParticipantRequest): AttachRefusal | null {
    const choice = this.#choice;
    if (choice === null || this.#shape.heap !== null) return null;
    const device = participant.device.path;
    const all = [...this.#participants(), participant];
    const { image } = this.#shape.wanted;
    const layout = this.#layout;
    if (image !== null && layout !== null) {
      const needed = this.#layOut(image, all).layout;
      if (!isSameLayout(layout, needed)) {
        return { code: "layout-differs", errno: "EINVAL", device, layout, needed };
      }
    }
    const reasons = reasonsAgainst(this.#context, all, this.#wanted(1), choice, device);
    if (reasons.length === 0) return null;
    const about = { errno: "EBUSY", device, heap: choice.source.id, reasons } as const;
    const holders = this.holders();
    if (holders.length > 0) return { code: "held", ...about, holders };
    const found = findMemory(this.#context, this.#search(all, 1));
    if (!found.ok) return { code: "nowhere-to-go", ...about, refusal: found.refusal };
    this.#moveTo(found.value, "attach");
    return null;
  }

  /**
   * Goes to memory that has been found: imports end, contents come along, and those whose imports ended are told.
   *
   * @throws SystemCallError when its bytes cannot be copied; it stays where it is then
   */
  #moveTo(found: Found, cause: string): void {
    const from = this.#allocation as LinuxAllocation;
    const old = this.#withMemory();
    const memory = new MappedMemory(this.#context.kernel, found.memories[0] as LinuxMemory);
    let size: Bytes;
    try {
      size = memory.copyFrom(old);
    } catch (error) {
      this.#context.ledger.gave(found.choice.source.id, memory);
      memory.close();
      throw error;
    }
    const revoked = this.attachments.filter((attachment) => attachment.revoke());
    this.#letGo();
    this.#context.ledger.gave(from.heap, old);
    this.#holdFound(found, memory);
    this.#context.log.emit({
      type: "move",
      ...this.#base(null),
      from: from.heap,
      to: found.choice.source.id,
      size,
      cause,
    });
    for (const attachment of revoked) attachment.onMove?.(attachment);
  }

  /** What is asked for: as at first until there is memory, from then on of the size it has. */
  #wanted(count: number): CheckedRequest {
    const { wanted } = this.#shape;
    return this.#size === null ? { ...wanted, count } : { ...wanted, size: this.#size, image: null, count };
  }

  #search(participants: readonly ParticipantRequest[], count: number): MemorySearch {
    const { probe } = this.#context;
    // A heap that was named is looked into with the size that it was asked for.
    const wanted = { ...this.#wanted(count), ...(this.#shape.heap !== null && { size: this.size }) };
    return { participants, wanted, buffer: this.name, heap: this.#shape.heap, probe };
  }

  #take(found: Found, index: number): void {
    this.#size ??= found.placement?.size ?? this.size;
    if (this.#shape.wanted.image !== null) this.#layout ??= found.placement?.layout ?? this.layout;
    this.#holdFound(found, new MappedMemory(this.#context.kernel, found.memories[index] as LinuxMemory));
    const unknown = { taken: null, blocks: null, address: null };
    const heap = found.choice.source.id;
    this.#context.log.emit({ type: "allocate", ...this.#base(null), heap, requested: this.#size, ...unknown });
  }

  #holdFound({ choice, placement, attempts }: Found, memory: MappedMemory): void {
    this.#hold(memory, choice, {
      heap: choice.source.id,
      route: choice.route.kind,
      exporter: choice.route.exporter?.device.path ?? null,
      size: memory.size,
      taken: null,
      memory: null,
      placement,
      attempts,
    });
    // Names help whoever reads debugfs; old kernels have none.
    attempt(() => nameDmaBuf(this.#context.kernel, memory.dmabuf, this.name));
  }

  #hold(memory: MappedMemory, choice: HeapChoice | null, allocation: LinuxAllocation): void {
    this.#memory = memory;
    this.#choice = choice;
    this.#allocation = allocation;
  }

  /** Whoever gets a descriptor may come back with it: {@link LinuxSystem.importBuffer}. */
  #giveAway(dmabuf: Descriptor): void {
    if (this.#givenAway !== null) return;
    this.#givenAway = fileKey(dmabuf.number);
    this.#context.byFile.set(this.#givenAway, this);
  }

  protected override holders(): Holder[] {
    const holders = super.holders();
    if (this.#givenAway !== null) holders.push({ device: null, by: "descriptor" });
    return holders;
  }

  #withMemory(): MappedMemory {
    this.checkAlive();
    if (this.#memory === null) throw new RangeError(`${this.name} has no memory yet`);
    return this.#memory;
  }

  protected giveBack(): void {
    const memory = this.#memory;
    const heap = this.#allocation?.heap ?? FOREIGN_HEAP;
    if (memory === null) return;
    this.#letGo();
    this.#allocation = null;
    this.#choice = null;
    if (heap === FOREIGN_HEAP) return;
    this.#context.ledger.gave(heap, memory);
    this.#context.log.emit({ type: "release", ...this.#base(null), heap, taken: null, address: null });
  }

  /** The memory goes, as far as it is this process's. */
  #letGo(): void {
    if (this.#givenAway !== null) this.#context.byFile.delete(this.#givenAway);
    this.#givenAway = null;
    this.#memory?.close();
    this.#memory = null;
  }

  #base<P extends string | null>(
    participant: P,
  ): {
    readonly time: number;
    readonly source: "linux";
    readonly buffer: number;
    readonly participant: P;
  } {
    return { time: this.#context.log.now(), source: "linux", buffer: this.id, participant };
  }
}

/** What two descriptors of one dma-buf share. */
export function fileKey(fd: number): string {
  const { dev, ino } = fstatSync(fd);
  return `${dev}:${ino}`;
}
