import type { Image, ImageLayout } from "../../constraints/image-layout.js";
import type { Access } from "../../constraints/participant.js";
import { deviceFreeRoutes, NO_ROUTE } from "../../heaps/route.js";
import type { Placement } from "../../placement/place.js";
import type { CpuUse } from "../../placement/request.js";
import type { Bytes, PhysAddr } from "../../units/quantity.js";
import { accepted, type Result, refused } from "../../units/result.js";
import type { Backing, Heap } from "../heaps/heap.js";
import type { MappingSystem } from "../mapping/mapping-system.js";
import { allocateMemory, type MemoryFound } from "./allocate-memory.js";
import { type AttachedBuffer, BufferAttachment } from "./buffer-attachment.js";
import {
  type AllocationRefusal,
  type AttachRefusal,
  describeBufferRefusal,
  type Holder,
  type MoveRefusal,
} from "./buffer-refusal.js";
import { copyByCpuInto, readByCpu, writeByCpu } from "./cpu-bytes.js";
import type { Descriptors } from "./descriptors.js";
import type { Allocation, Attachment, DmaBuffer, ParticipantOptions, ParticipantSpec } from "./dma-buffer.js";
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
export class SharedBuffer implements DmaBuffer, AttachedBuffer {
  readonly id: number;
  readonly name: string;
  readonly #context: BufferContext;
  readonly #shape: BufferShape;
  readonly #attachments: BufferAttachment[] = [];
  #plan: Plan;
  #size: Bytes | null;
  #layout: ImageLayout | null = null;
  #backing: Backing | null = null;
  #allocation: Allocation | null = null;
  /** References of its maker and of those who acquired it. */
  #held = 1;
  #descriptors = 0;
  /** CPU accesses that have begun and not ended. */
  readonly #cpuAccesses: Access[] = [];

  constructor(context: BufferContext, shape: BufferShape) {
    this.#context = context;
    this.#shape = shape;
    this.id = shape.id;
    this.name = shape.name;
    this.#size = shape.size;
    this.#plan = context.nobody;
    context.live.add(this);
  }

  get size(): Bytes {
    const { image } = this.#shape;
    return this.#size ?? this.#plan.layout(image as Image).size;
  }

  get layout(): ImageLayout | null {
    const { image } = this.#shape;
    if (this.#layout !== null || image === null || this.#plan.participants.length === 0) return this.#layout;
    return this.#plan.layout(image).layout;
  }

  get group(): readonly SharedBuffer[] {
    return this.#shape.group;
  }

  get attachments(): readonly BufferAttachment[] {
    return this.#attachments;
  }

  get allocation(): Allocation | null {
    return this.#allocation;
  }

  get references(): number {
    return this.#held + this.#attachments.length + this.#descriptors;
  }

  attach(participant: ParticipantSpec): Attachment {
    const result = this.tryAttach(participant);
    if (result.ok) return result.value;
    throw new RangeError(`refused: ${describeBufferRefusal(result.refusal)}`, { cause: result.refusal });
  }

  tryAttach(participant: ParticipantSpec): Result<BufferAttachment, AttachRefusal> {
    this.#checkAlive();
    const { known, onMove } = this.#readParticipant(participant);
    const refusal = this.#admit(known);
    const { events } = this.#context.system.world;
    const about = { buffer: this.id, participant: known.request.device.path } as const;
    if (refusal !== null) {
      if (events.active) {
        events.emit({ type: "attach-failed", time: events.now(), source: "model", ...about, cause: refusal.code });
      }
      return refused(refusal);
    }
    const attachment = new BufferAttachment(this, this.#context.system.api, known, onMove);
    this.#attachments.push(attachment);
    this.#plan = this.#plan.with(known);
    if (events.active) events.emit({ type: "attach", time: events.now(), source: "model", ...about });
    return accepted(attachment);
  }

  leave(attachment: BufferAttachment): void {
    const { events } = this.#context.system.world;
    this.#attachments.splice(this.#attachments.indexOf(attachment), 1);
    this.#plan = this.#attachments.reduce((plan, { known }) => plan.with(known), this.#context.nobody);
    if (events.active) {
      const about = { buffer: this.id, participant: attachment.device };
      events.emit({ type: "detach", time: events.now(), source: "model", ...about });
    }
    this.#freeIfUnused();
  }

  place(): Placement {
    this.#checkAlive();
    return this.#decide(this.#groupPlan(), this.group.length).placement;
  }

  allocate(): Result<Allocation, AllocationRefusal> {
    if (this.#allocation !== null) return accepted(this.#allocation);
    this.#checkAlive();
    const pending = this.group.filter((buffer) => buffer.#backing === null && this.#context.live.has(buffer));
    const plan = this.#groupPlan();
    const found = this.#find(plan, pending.length, null);
    if (!found.ok) {
      this.#tellRefused(found.refusal);
      return found;
    }
    const { decision, memory } = found.value;
    for (const [i, buffer] of pending.entries()) buffer.#take(memory.backings[i] as Backing, memory.option, decision);
    return this.allocate();
  }

  move(heap?: string): Result<Allocation, MoveRefusal> {
    this.#checkAlive();
    const target = heap === undefined ? null : heapNamed(this.#context.system, heap);
    if (this.#allocation === null) return refused({ code: "no-allocation", errno: "EINVAL", buffer: this.name });
    const holders = this.#holders();
    if (holders.length > 0) return refused({ code: "held", errno: "EBUSY", buffer: this.name, holders });
    const moved = this.#moveFor(this.#plan, "move", target);
    return moved.ok ? accepted(this.#allocation) : moved;
  }

  beginCpuAccess(access: Access): Result<Allocation, AllocationRefusal> {
    const allocated = this.allocate();
    if (!allocated.ok) return allocated;
    this.#cpuAccesses.push(access);
    for (const attachment of this.#attachments) attachment.syncForCpu();
    return allocated;
  }

  endCpuAccess(access: Access): void {
    this.#checkAlive();
    const at = this.#cpuAccesses.lastIndexOf(access);
    if (at < 0) throw new RangeError(`${this.name}: the end of a ${access} access of the CPU that has not begun`);
    this.#cpuAccesses.splice(at, 1);
    for (const attachment of this.#attachments) attachment.syncForDevice();
  }

  cpuAccess<T>(
    access: Access,
    use: (bytes: Uint8Array) => T,
    part: { readonly offset: Bytes; readonly size: Bytes } = { offset: 0, size: this.size },
  ): Result<T, AllocationRefusal> {
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
    this.#checkAlive();
    this.#descriptors += 1;
    return this.#context.descriptors.open(this);
  }

  /** A descriptor was closed. */
  closed(): void {
    this.#descriptors -= 1;
    this.#freeIfUnused();
  }

  acquire(): void {
    this.#checkAlive();
    this.#held += 1;
  }

  release(): void {
    this.#checkAlive();
    if (this.#held === 0) {
      const { length } = this.#attachments;
      throw new RangeError(
        `${this.name} has no reference left to give back: ${length} belong to attachments, ${this.#descriptors} to descriptors`,
      );
    }
    this.#held -= 1;
    this.#freeIfUnused();
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
    const isExporter = this.#allocation?.exporter === device;
    const reasons = reasonsAgainst(machine, known.participant, backing.memory, isExporter);
    if (reasons.length === 0) return null;
    const about = { errno: "EBUSY", device, heap: backing.heap.source.id, reasons } as const;
    const holders = this.#holders();
    if (holders.length > 0) return { code: "held", ...about, holders };
    const moved = this.#moveFor(plan, "attach", null);
    if (moved.ok) return null;
    return { code: "nowhere-to-go", ...about, refusal: moved.refusal };
  }

  /** Goes to memory that suits everybody in a plan. Nothing has changed after a refusal. */
  #moveFor(plan: Plan, cause: string, target: null): Result<null, AllocationRefusal>;
  #moveFor(plan: Plan, cause: string, target: Heap | null): Result<null, MoveRefusal>;
  #moveFor(plan: Plan, cause: string, target: Heap | null): Result<null, MoveRefusal> {
    const { context, world } = this.#context.system;
    const old = this.#backing as Backing;
    const found = this.#find(plan, 1, target);
    if (!found.ok) return found;
    const { decision, memory } = found.value;
    const revoked = this.#attachments.filter((attachment) => attachment.revoke());
    const backing = memory.backings[0] as Backing;
    copyByCpuInto(context, backing.memory, old.memory);
    this.#hold(backing, memory.option, decision);
    context.cache?.drop(old.memory);
    old.heap.release(old);
    const { events } = world;
    if (events.active) {
      const about = { from: old.heap.source.id, to: backing.heap.source.id, size: backing.size, cause };
      events.emit({ type: "move", time: events.now(), source: "model", buffer: this.id, ...about });
    }
    for (const attachment of revoked) attachment.onMove?.(attachment);
    return accepted(null);
  }

  /** Memory for so many buffers that suits everybody in a plan; of a heap alone, if one is named. */
  #find(plan: Plan, count: number, target: null): Result<Found, AllocationRefusal>;
  #find(plan: Plan, count: number, target: Heap | null): Result<Found, MoveRefusal>;
  #find(plan: Plan, count: number, target: Heap | null): Result<Found, MoveRefusal> {
    const { system } = this.#context;
    const owner = this.name;
    const named = this.#shape.heap;
    if (named !== null) {
      const size = this.#size ?? plan.layout(this.#shape.image as Image).size;
      const options = [optionOf(system, target ?? named)];
      const alignment = system.world.machine.profile.pageSize;
      const memory = allocateMemory(system, options, { participants: [], size, alignment, count, owner });
      if (memory.ok) return accepted({ decision: null, memory: memory.value });
      return this.#noMemory(size, count, memory.refusal);
    }
    if (plan.participants.length === 0) {
      return refused({ code: "no-participants", errno: "EINVAL", buffer: this.name });
    }
    const decision = this.#decide(plan, count);
    const { placement, size, alignment } = decision;
    const options = target === null ? decision.options : decision.options.filter((option) => option.heap === target);
    if (options.length === 0 && target !== null) {
      const reasons = placement.candidates.find((c) => c.source.id === target.source.id)?.reasons ?? [];
      const heap = target.source.id;
      return refused({ code: "unsuitable-heap", errno: "EINVAL", buffer: this.name, heap, reasons });
    }
    if (options.length === 0) {
      const { conflict } = placement;
      return refused({
        code: "not-placeable",
        errno: "EINVAL",
        buffer: this.name,
        conflict: conflict ?? [],
        placement,
      });
    }
    const wanted = { participants: plan.participants, size, alignment, count, owner };
    const memory = allocateMemory(system, options, wanted);
    if (memory.ok) return accepted({ decision, memory: memory.value });
    return this.#noMemory(size, count, memory.refusal);
  }

  #noMemory(
    requested: Bytes,
    count: number,
    attempts: Extract<AllocationRefusal, { code: "no-memory" }>["attempts"],
  ): { readonly ok: false; readonly refusal: AllocationRefusal } {
    return refused({ code: "no-memory", errno: "ENOMEM", buffer: this.name, requested, count, attempts });
  }

  #decide(plan: Plan, count: number): Decision {
    const { cpu, image } = this.#shape;
    // The size of a picture is fixed with its memory.
    const wanted = this.#size === null ? { size: null, image } : { size: this.#size, image: null };
    return plan.decide({ ...wanted, count, cpu });
  }

  #take(backing: Backing, option: AllocationOption, decision: Decision | null): void {
    this.#size ??= decision?.size ?? backing.size;
    this.#layout = decision?.layout ?? null;
    this.#hold(backing, option, decision);
    const { events } = this.#context.system.world;
    if (!events.active) return;
    events.emit({
      type: "allocate",
      time: events.now(),
      source: "model",
      buffer: this.id,
      participant: null,
      heap: backing.heap.source.id,
      requested: this.#size,
      taken: backing.taken,
      blocks: backing.memory.count,
      address: backing.memory.physAddr[0] as PhysAddr,
    });
  }

  #hold(backing: Backing, { route }: AllocationOption, decision: Decision | null): void {
    this.#backing = backing;
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

  #tellRefused(refusal: AllocationRefusal): void {
    const { events } = this.#context.system.world;
    if (!events.active) return;
    const about = { buffer: this.id, participant: null, requested: this.size } as const;
    const base = { type: "allocate-failed", time: events.now(), source: "model", ...about } as const;
    const first = refusal.code === "no-memory" ? refusal.attempts[0] : undefined;
    if (first?.outcome === "refused") {
      const { heap, code, free, largest } = first.refusal;
      events.emit({ ...base, heap, cause: code, free, largest });
    } else {
      events.emit({ ...base, heap: first?.heap ?? null, cause: first?.outcome ?? refusal.code, free: 0, largest: 0 });
    }
  }

  /** Everybody attached to a buffer of the group: memory for one must suit all, since nobody knows who will get which. */
  #groupPlan(): Plan {
    if (this.group.length === 1) return this.#plan;
    let plan = this.#context.nobody;
    for (const buffer of this.group) for (const { known } of buffer.#attachments) plan = plan.with(known);
    return plan;
  }

  #holders(): readonly Holder[] {
    const holders: Holder[] = [];
    for (const { holds: by, device } of this.#attachments) if (by !== null) holders.push({ device, by });
    if (this.#cpuAccesses.length > 0) holders.push({ device: null, by: "cpu-access" });
    return holders;
  }

  #readParticipant(participant: ParticipantSpec): {
    readonly known: KnownParticipant;
    readonly onMove: ((attachment: Attachment) => void) | null;
  } {
    const options: ParticipantOptions = typeof participant === "string" ? { device: participant } : participant;
    const { device, access = "read-write", onMove } = options;
    const { participants } = this.#context;
    return { known: participants.know(participants.resolve(device), access), onMove: onMove ?? null };
  }

  #memory(): Backing["memory"] {
    this.#checkAlive();
    if (this.#backing === null) throw new RangeError(`${this.name} has no memory yet`);
    return this.#backing.memory;
  }

  #freeIfUnused(): void {
    if (this.references > 0) return;
    const { live, system } = this.#context;
    live.delete(this);
    const backing = this.#backing;
    if (backing === null) return;
    this.#backing = null;
    this.#allocation = null;
    system.context.cache?.drop(backing.memory);
    backing.heap.release(backing);
    const { events } = system.world;
    if (!events.active) return;
    const { heap, taken, memory } = backing;
    const about = { buffer: this.id, participant: null, heap: heap.source.id, taken };
    const address = memory.physAddr[0] as PhysAddr;
    events.emit({ type: "release", time: events.now(), source: "model", ...about, address });
  }

  #checkAlive(): void {
    if (!this.#context.live.has(this)) throw new RangeError(`${this.name} has been freed`);
  }
}

/** Memory that was found, and why there; null for a heap that was named. */
interface Found {
  readonly decision: Decision | null;
  readonly memory: MemoryFound;
}

/** The heap of that id. @throws RangeError when the machine has none, naming those it has */
export function heapNamed(system: MappingSystem, id: string): Heap {
  const heap = system.heaps.get(id);
  if (heap === undefined) {
    throw new RangeError(`no heap of this machine is called ${id}; there are ${[...system.heaps.keys()].join(", ")}`);
  }
  return heap;
}

/** A heap taken by its name, as a process does that opens its node. */
function optionOf(system: MappingSystem, heap: Heap): AllocationOption {
  const [route = NO_ROUTE] = deviceFreeRoutes(system.world.machine, heap.source);
  return { heap, route, exporter: null, orders: null };
}

function isSameLayout(a: ImageLayout, b: ImageLayout): boolean {
  return a.planes.every((plane, i) => {
    const other = b.planes[i];
    return plane.offset === other?.offset && plane.stride === other.stride && plane.size === other.size;
  });
}
