import { type Image, type ImageLayout, isSameLayout } from "../../constraints/image-layout.js";
import type { Access, Participant } from "../../constraints/participant.js";
import type { Device } from "../../machine/machine.js";
import type { Placement } from "../../placement/place.js";
import type { CpuUse } from "../../placement/request.js";
import { alignUp, type Bytes } from "../../units/quantity.js";
import { accepted, type Result, refused } from "../../units/result.js";
import type { Backing, Heap } from "../heaps/heap.js";
import type { MappingSystem } from "../mapping/mapping-system.js";
import type { DmaSegments } from "../scatter-list.js";
import { type AttachedBuffer, BufferAttachment } from "./buffer-attachment.js";
import { BufferEvents } from "./buffer-events.js";
import { type AllocationRefusal, type AttachRefusal, type MoveRefusal } from "./buffer-refusal.js";
import { checkAccess } from "./buffer-requests.js";
import { CountedBuffer } from "./counted-buffer.js";
import { copyByCpuInto, readByCpu, writeByCpu } from "./cpu-bytes.js";
import type { Descriptors } from "./descriptors.js";
import type { Attachment, DmaBuffer, ModelAllocation, ParticipantOptions, ParticipantSpec } from "./dma-buffer.js";
import { type Found, findMemory, findMemoryIn, heapNamed, type MemorySearch, takeFromHeap } from "./find-memory.js";
import { reasonsAgainst } from "./memory-fit.js";
import type { AllocationOption, Decision, KnownParticipant, Participants, Plan } from "./plan.js";

/** What the buffers of one system share. */
export interface BufferContext {
  readonly system: MappingSystem;
  readonly participants: Participants;
  /** The plan of nobody. */
  readonly nobody: Plan;
  readonly descriptors: Descriptors<SharedBuffer>;
  /** Buffers that have not been freed. */
  readonly live: Set<SharedBuffer>;
  /** Lists of segments that no view uses. */
  readonly spareSegments: DmaSegments[];
}

/** What one buffer of a group is made as. */
export interface BufferShape {
  readonly id: number;
  readonly name: string;
  readonly size: Bytes | null;
  readonly image: Image | null;
  readonly cpu: CpuUse;
  /** The heap that the request names; null when the system chooses. */
  readonly heap: Heap | null;
  /** Filled by who makes the group. */
  readonly group: readonly SharedBuffer[];
}

/** A {@link DmaBuffer} of a simulated system. */
export class SharedBuffer extends CountedBuffer<BufferAttachment> implements DmaBuffer, AttachedBuffer {
  readonly #context: BufferContext;
  readonly #shape: BufferShape;
  readonly #events: BufferEvents;
  #plan: Plan;
  #size: Bytes | null;
  #layout: ImageLayout | null = null;
  #backing: Backing | null = null;
  #allocation: ModelAllocation | null = null;
  /** The device whose allocation path its memory came by. */
  #exporter: Device | null = null;
  /** The buffers of the group that got memory when this one did, by its own doing. */
  #allocatedWith: readonly SharedBuffer[] = [];

  constructor(context: BufferContext, shape: BufferShape) {
    super(context.live, shape);
    this.#context = context;
    this.#shape = shape;
    this.#size = shape.size;
    this.#plan = context.nobody;
    this.#events = new BufferEvents(context.system.world.events, shape.id);
  }

  get size(): Bytes {
    const { image } = this.#shape;
    return this.#size ?? this.#groupPlan().layout(image as Image).size;
  }

  get layout(): ImageLayout | null {
    const { image } = this.#shape;
    const plan = this.#groupPlan();
    if (this.#layout !== null || image === null || plan.participants.length === 0) return this.#layout;
    return plan.layout(image).layout;
  }

  get group(): readonly SharedBuffer[] {
    return this.#shape.group;
  }

  get allocation(): ModelAllocation | null {
    return this.#allocation;
  }

  tryAttach(participant: ParticipantSpec): Result<BufferAttachment, AttachRefusal> {
    this.checkAlive();
    const { known, onMove } = this.#readParticipant(participant);
    const refusal = this.#admit(known);
    if (refusal !== null) {
      this.#events.attachRefused(known.request.device.path, refusal.code);
      return refused(refusal);
    }
    const { system, spareSegments } = this.#context;
    const attachment = new BufferAttachment(this, system.api, spareSegments, known, onMove);
    this.join(attachment);
    this.#plan = this.#plan.with(known);
    this.#events.attached("attach", attachment.device);
    return accepted(attachment);
  }

  leave(attachment: BufferAttachment): void {
    this.strikeOut(attachment);
    this.#plan = this.attachments.reduce((plan, { known }) => plan.with(known), this.#context.nobody);
    this.#events.attached("detach", attachment.device);
    this.freeIfUnused();
  }

  place(): Placement {
    this.checkAlive();
    const { plan, wanted } = this.#search(this.#groupPlan(), this.group.length);
    return plan.decide(wanted).placement;
  }

  allocate(): Result<ModelAllocation, AllocationRefusal> {
    if (this.#allocation !== null) return accepted(this.#allocation);
    this.checkAlive();
    const pending = this.group.filter((buffer) => buffer.#backing === null && this.#context.live.has(buffer));
    const { system } = this.#context;
    const search = this.#search(this.#groupPlan(), pending.length);
    const { heap } = this.#shape;
    const found = heap === null ? findMemory(system, search) : takeFromHeap(system, search, heap);
    if (!found.ok) {
      this.#events.allocateRefused(found.refusal, this.size);
      return found;
    }
    const { decision, memory } = found.value;
    for (const [i, buffer] of pending.entries()) buffer.#take(memory.backings[i] as Backing, memory.option, decision);
    this.#allocatedWith = pending;
    return this.allocate();
  }

  isOwnMemoryOf({ device, translation }: Participant): boolean {
    if (this.#backing === null || this.#exporter !== device) return false;
    return this.#backing.heap.source.contiguous || translation === "driver-domain";
  }

  undoAllocate(): void {
    for (const buffer of [...this.#allocatedWith].reverse()) {
      buffer.giveBack();
      buffer.#size = this.#shape.size;
      buffer.#layout = null;
    }
    this.#allocatedWith = [];
  }

  move(heap?: string): Result<ModelAllocation, MoveRefusal> {
    this.checkAlive();
    const target = heap === undefined ? null : heapNamed(this.#context.system, heap);
    if (this.#allocation === null) return refused({ code: "no-allocation", errno: "EINVAL", buffer: this.name });
    const holders = this.holders();
    if (holders.length > 0) return refused({ code: "held", errno: "EBUSY", buffer: this.name, holders });
    const found = this.#findElsewhere(target);
    if (!found.ok) return found;
    this.#moveTo(found.value, "move");
    return accepted(this.#allocation);
  }

  beginCpuAccess(access: Access): Result<ModelAllocation, AllocationRefusal> {
    checkAccess(access);
    const allocated = this.allocate();
    if (!allocated.ok) return allocated;
    this.cpuAccessBegan(access);
    for (const attachment of this.attachments) attachment.syncForCpu();
    return allocated;
  }

  endCpuAccess(access: Access): void {
    this.checkAlive();
    this.cpuAccessEnds(access);
    for (const attachment of this.attachments) attachment.syncForDevice();
  }

  cpuAccess<T>(
    access: Access,
    use: (bytes: Uint8Array) => T,
    part: { readonly offset: Bytes; readonly size: Bytes } = { offset: 0, size: this.size },
  ): Result<T, AllocationRefusal> {
    const pages = alignUp(this.size, this.#context.system.world.machine.profile.pageSize);
    if (!(part.size >= 0) || part.offset + part.size > pages) {
      throw new RangeError(`${part.size} bytes from ${part.offset} on are not all in a buffer of ${pages}`);
    }
    const begun = this.beginCpuAccess(access);
    if (!begun.ok) return begun;
    try {
      const bytes = new Uint8Array(part.size);
      this.readBytes(part.offset, bytes);
      const value = use(bytes);
      if (access !== "read") this.writeBytes(part.offset, bytes);
      return accepted(value);
    } finally {
      this.endCpuAccess(access);
    }
  }

  /**
   * What the CPU sees without any begin and end around it: with a device that does not snoop, perhaps something old.
   *
   * @param out - written whole
   * @throws RangeError when there is no memory, or the bytes are not all in it
   */
  readBytes(offset: Bytes, out: Uint8Array): void {
    readByCpu(this.#context.system.context, this.#memory(), offset, out);
  }

  /** Writes as the CPU does, without any begin and end around it. @throws RangeError as {@link readBytes} */
  writeBytes(offset: Bytes, bytes: Uint8Array): void {
    writeByCpu(this.#context.system.context, this.#memory(), offset, bytes);
  }

  export(): number {
    this.checkAlive();
    this.opened();
    return this.#context.descriptors.open(this);
  }

  /** Why a device cannot join now; null when it can, the buffer having moved if need be. */
  #admit(known: KnownParticipant): AttachRefusal | null {
    const backing = this.#backing;
    if (backing === null || this.#shape.heap !== null) return null;
    const plan = this.#plan.with(known);
    const device = known.request.device.path;
    const { image } = this.#shape;
    if (image !== null && this.#layout !== null) {
      const needed = plan.layout(image).layout;
      const layout = this.#layout;
      if (!isSameLayout(layout, needed)) {
        return { code: "layout-differs", errno: "EINVAL", device, layout, needed };
      }
    }
    const { machine } = this.#context.system.world;
    const isExporter = this.#exporter === known.request.device;
    const reasons = reasonsAgainst(machine, known.participant, backing.memory, isExporter, backing.heap.source);
    if (reasons.length === 0) return null;
    const about = { errno: "EBUSY", device, heap: backing.heap.source.id, reasons } as const;
    const holders = this.holders();
    if (holders.length > 0) return { code: "held", ...about, holders };
    const found = findMemory(this.#context.system, this.#search(plan, 1));
    if (!found.ok) return { code: "nowhere-to-go", ...about, refusal: found.refusal };
    this.#moveTo(found.value, "attach");
    return null;
  }

  #findElsewhere(target: Heap | null): Result<Found, MoveRefusal> {
    const { system } = this.#context;
    const search = this.#search(this.#plan, 1);
    const heap = target ?? this.#shape.heap;
    if (heap === null) return findMemory(system, search);
    // A buffer from a named heap, and one that nobody has attached to, goes where it is told to.
    const isChecked = this.#shape.heap === null && this.#plan.participants.length > 0;
    return isChecked ? findMemoryIn(system, search, heap) : takeFromHeap(system, search, heap);
  }

  /** Goes to memory that has been found: mappings end, contents come along, and those whose mappings ended are told. */
  #moveTo({ decision, memory }: Found, cause: string): void {
    const { context } = this.#context.system;
    const old = this.#backing as Backing;
    const revoked = this.attachments.filter((attachment) => attachment.revoke());
    const backing = memory.backings[0] as Backing;
    copyByCpuInto(context, backing.memory, old.memory);
    this.#hold(backing, memory.option, decision);
    context.cache?.drop(old.memory);
    old.heap.release(old);
    this.#events.moved(old, backing, cause);
    for (const attachment of revoked) attachment.onMove?.(attachment);
  }

  /** What memory is looked for: as asked until there is some, from then on of the size it has. */
  #search(plan: Plan, count: number): MemorySearch {
    const { cpu, image } = this.#shape;
    const wanted = this.#size === null ? { size: null, image } : { size: this.#size, image: null };
    return { plan, wanted: { ...wanted, count, cpu }, buffer: this.name };
  }

  #take(backing: Backing, option: AllocationOption, decision: Decision | null): void {
    const { image } = this.#shape;
    this.#size ??= decision?.size ?? this.size;
    if (image !== null) this.#layout ??= decision?.layout ?? this.#groupPlan().layout(image).layout;
    this.#hold(backing, option, decision);
    this.#events.allocated(backing, this.#size);
  }

  #hold(backing: Backing, { route }: AllocationOption, decision: Decision | null): void {
    this.#backing = backing;
    this.#exporter = route.exporter?.device ?? null;
    this.#allocation = {
      heap: backing.heap.source.id,
      route: route.kind,
      exporter: route.exporter?.device.path ?? null,
      size: backing.size,
      taken: backing.taken,
      memory: backing.memory,
      placement: decision?.placement ?? null,
    };
  }

  /** Everybody attached to a buffer of the group: memory for one must suit all, since nobody knows who will get which. */
  #groupPlan(): Plan {
    if (this.group.length === 1) return this.#plan;
    let plan = this.#context.nobody;
    for (const buffer of this.group) for (const { known } of buffer.attachments) plan = plan.with(known);
    return plan;
  }

  #readParticipant(participant: ParticipantSpec): {
    readonly known: KnownParticipant;
    readonly onMove: ((attachment: Attachment) => void) | null;
  } {
    const options: ParticipantOptions = typeof participant === "string" ? { device: participant } : participant;
    const { device, access = "read-write", onMove } = options;
    checkAccess(access);
    const { participants } = this.#context;
    return { known: participants.know(participants.resolve(device), access), onMove: onMove ?? null };
  }

  #memory(): Backing["memory"] {
    this.checkAlive();
    if (this.#backing === null) throw new RangeError(`${this.name} has no memory yet`);
    return this.#backing.memory;
  }

  protected giveBack(): void {
    const backing = this.#backing;
    if (backing === null) return;
    const { context } = this.#context.system;
    this.#backing = null;
    this.#allocation = null;
    this.#exporter = null;
    context.cache?.drop(backing.memory);
    backing.heap.release(backing);
    this.#events.released(backing);
  }
}
