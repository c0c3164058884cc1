import type { Access } from "../../constraints/participant.js";
import type { Result } from "../../units/result.js";
import { type AttachRefusal, describeBufferRefusal, type Holder } from "./buffer-refusal.js";
import type { ParticipantSpec } from "./dma-buffer.js";

/** What a buffer asks of its attachments, on every system. */
interface HoldingAttachment {
  readonly device: string;
  readonly holds: Holder["by"] | null;
}

/** The part of a buffer that is the same on every system: who keeps it, who is attached, who holds it where it is. Where its memory is, systems say. */
export abstract class CountedBuffer<A extends HoldingAttachment> {
  readonly id: number;
  readonly name: string;
  /** Buffers of the system that have not been freed. */
  readonly #live: Set<unknown>;
  /** Replaced when one comes or goes, so that whoever walks it may detach. */
  #attachments: readonly A[] = [];
  /** References of its maker and of those who acquired it. */
  #held = 1;
  #descriptors = 0;
  /** CPU accesses that have begun and not ended. */
  #cpuAccesses: Access[] | null = null;

  constructor(live: Set<unknown>, { id, name }: { readonly id: number; readonly name: string }) {
    this.#live = live;
    this.id = id;
    this.name = name;
    live.add(this);
  }

  get attachments(): readonly A[] {
    return this.#attachments;
  }

  get references(): number {
    return this.#held + this.#attachments.length + this.#descriptors;
  }

  abstract tryAttach(participant: ParticipantSpec): Result<A, AttachRefusal>;
  /** Its memory goes back, if it has any. */
  protected abstract giveBack(): void;

  attach(participant: ParticipantSpec): A {
    const result = this.tryAttach(participant);
    if (result.ok) return result.value;
    throw new RangeError(`refused: ${describeBufferRefusal(result.refusal)}`, { cause: result.refusal });
  }

  /** A descriptor was closed. */
  closed(): void {
    this.#descriptors -= 1;
    this.freeIfUnused();
  }

  acquire(): void {
    this.checkAlive();
    this.#held += 1;
  }

  release(): void {
    this.checkAlive();
    if (this.#held === 0) {
      const { length } = this.#attachments;
      throw new RangeError(
        `${this.name} has no reference left to give back: ${length} belong to attachments, ${this.#descriptors} to descriptors`,
      );
    }
    this.#held -= 1;
    this.freeIfUnused();
  }

  /** A descriptor was opened. */
  protected opened(): void {
    this.#descriptors += 1;
  }

  /** An attachment has come. */
  protected join(attachment: A): void {
    this.#attachments = [...this.#attachments, attachment];
  }

  /** An attachment has gone; {@link freeIfUnused} is the caller's, when all is said about it. */
  protected strikeOut(attachment: A): void {
    this.#attachments = this.#attachments.filter((one) => one !== attachment);
  }

  /** An access by the CPU has begun. */
  protected cpuAccessBegan(access: Access): void {
    this.#cpuAccesses ??= [];
    this.#cpuAccesses.push(access);
  }

  /** An access by the CPU ends. @throws RangeError when it has not begun */
  protected cpuAccessEnds(access: Access): void {
    const at = this.#cpuAccesses?.lastIndexOf(access) ?? -1;
    if (at < 0) throw new RangeError(`${this.name}: the end of a ${access} access of the CPU that has not begun`);
    this.#cpuAccesses?.splice(at, 1);
  }

  /** Who holds it where it is: attachments, and the CPU. */
  protected holders(): Holder[] {
    const holders: Holder[] = [];
    for (const { holds: by, device } of this.#attachments) if (by !== null) holders.push({ device, by });
    if ((this.#cpuAccesses?.length ?? 0) > 0) holders.push({ device: null, by: "cpu-access" });
    return holders;
  }

  /** Frees it with the last reference. */
  protected freeIfUnused(): void {
    if (this.references === 0) this.free();
  }

  /** Ends it, whoever has references. */
  protected free(): void {
    this.#attachments = [];
    this.#live.delete(this);
    this.giveBack();
  }

  /** @throws RangeError when it was freed */
  protected checkAlive(): void {
    if (!this.#live.has(this)) throw new RangeError(`${this.name} has been freed`);
  }
}
