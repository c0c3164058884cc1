import type { BufferRefusal } from "../buffers/buffer-refusal.js";
import type { Attachment, DmaBuffer } from "../buffers/dma-buffer.js";
import type { SimulatedSystem } from "../dma-system.js";
import type { DeviceSpec, ParticipantSpec, SetSpec } from "./scenario.js";

/** A buffer of a set, with the devices attached to it by their index in the scenario. */
export interface Member {
  readonly buffer: DmaBuffer;
  readonly attachments: (Attachment | undefined)[];
  /** The set was released: a frame that has it ends. */
  released: boolean;
}

/** Told of a device that could not join. */
export type AttachRefused = (set: SetSpec, device: number, refusal: BufferRefusal) => void;

/** The buffers of one set: made when they are first named, and again after they were released. */
export class BufferSet {
  readonly spec: SetSpec;
  readonly #system: SimulatedSystem;
  readonly #devices: readonly DeviceSpec[];
  readonly #onRefused: AttachRefused;
  #members: Member[] | null = null;
  #idle: Member[] = [];
  /** Of a set made anew for each frame: how many there are. */
  #live = 0;

  constructor(system: SimulatedSystem, devices: readonly DeviceSpec[], spec: SetSpec, onRefused: AttachRefused) {
    this.spec = spec;
    this.#system = system;
    this.#devices = devices;
    this.#onRefused = onRefused;
  }

  /** All buffers there are; none yet of a set that is made for each frame. */
  get members(): readonly Member[] {
    if (this.#members === null) {
      this.#members = this.spec.lifetime === "frame" ? [] : this.#make();
      this.#idle = [...this.#members].reverse();
    }
    return this.#members;
  }

  /** True when a frame can have one. */
  get hasIdle(): boolean {
    if (this.spec.lifetime === "frame") return this.#live < this.spec.count;
    return this.members.length > 0 && this.#idle.length > 0;
  }

  /** A buffer for a frame: ask {@link hasIdle} first. */
  take(): Member {
    if (this.spec.lifetime === "scenario") return this.#idle.pop() as Member;
    this.#live += 1;
    return this.#one();
  }

  /** A frame is done with a buffer. @param kept - a driver has it mapped and forgot about it */
  giveBack(member: Member, kept: boolean): void {
    if (this.spec.lifetime === "frame") {
      if (!kept) for (const attachment of member.attachments) attachment?.detach();
      member.buffer.release();
      if (!kept) this.#live -= 1;
    } else if (!kept && !member.released) {
      this.#idle.unshift(member);
    }
  }

  /** Lets a device join; false when it is refused. */
  join(member: Member, { device, access, moves }: ParticipantSpec): boolean {
    const spec = { device: (this.#devices[device] as DeviceSpec).asked, access };
    const onMove = (attachment: Attachment): void => void attachment.map("bidirectional");
    const joined = member.buffer.tryAttach(moves ? { ...spec, onMove } : spec);
    if (joined.ok) member.attachments[device] = joined.value;
    else this.#onRefused(this.spec, device, joined.refusal);
    return joined.ok;
  }

  /** Every device leaves, and the memory goes. A frame that has one in use ends at its next step. */
  release(): void {
    for (const member of this.#members ?? []) {
      for (const [device, attachment] of member.attachments.entries()) {
        attachment?.detach();
        member.attachments[device] = undefined;
      }
      member.buffer.release();
      member.released = true;
    }
    this.#members = null;
    this.#idle = [];
  }

  #make(): Member[] {
    const { count, together } = this.spec;
    if (!together) return Array.from({ length: count }, () => this.#one());
    return this.#system.createBuffers(this.#request(count)).map((buffer) => this.#withParticipants(buffer));
  }

  #one(): Member {
    return this.#withParticipants(this.#system.createBuffer(this.#request(1)));
  }

  #request(count: number): Parameters<SimulatedSystem["createBuffers"]>[0] {
    const { size, image, cpu, heap, name } = this.spec;
    return {
      ...(size === null ? {} : { size }),
      ...(image === null ? {} : { image }),
      ...(heap === null ? {} : { heap: heap.id }),
      count,
      cpu,
      name,
    };
  }

  #withParticipants(buffer: DmaBuffer): Member {
    const member: Member = { buffer, attachments: [], released: false };
    for (const participant of this.spec.participants) this.join(member, participant);
    return member;
  }
}
