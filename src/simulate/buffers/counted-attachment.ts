import { accepted, type Result, refused } from "../../units/result.js";
import type { Direction } from "../mapping/dma-map-ops.js";
import type { AllocationRefusal, Holder, MapRefusal } from "./buffer-refusal.js";
import type { Allocation, Attachment, DmaView } from "./dma-buffer.js";

/** What an attachment asks of its buffer, on every system. */
interface AttachableBuffer<A extends Allocation> {
  readonly name: string;
  allocate(): Result<A, AllocationRefusal>;
}

/** The part of an attachment that is the same on every system: how often it is mapped and pinned, and when it has ended. How it is mapped, systems say. */
export abstract class CountedAttachment<A extends Allocation, V extends DmaView> {
  readonly onMove: ((attachment: Attachment) => void) | null;
  #maps = 0;
  #pins = 0;
  #hasEnded = false;

  constructor(onMove: ((attachment: Attachment) => void) | null) {
    this.onMove = onMove;
  }

  abstract get buffer(): AttachableBuffer<A>;
  abstract get device(): string;
  abstract get view(): V | null;

  /** Ends the view, however often it was mapped. @returns false when there was none */
  abstract revoke(): boolean;
  /** Strikes the attachment out of its buffer. */
  protected abstract leave(): void;

  unmap(): void {
    this.checkAttached();
    if (this.view === null) throw new RangeError(`${this.device} has nothing of ${this.buffer.name} mapped`);
    this.#maps -= 1;
    if (this.#maps === 0) this.revoke();
  }

  pin(): Result<A, AllocationRefusal> {
    this.checkAttached();
    const allocated = this.buffer.allocate();
    if (allocated.ok) this.#pins += 1;
    return allocated;
  }

  unpin(): void {
    this.checkAttached();
    if (this.#pins === 0) throw new RangeError(`${this.device} has not pinned ${this.buffer.name}`);
    this.#pins -= 1;
  }

  detach(): void {
    this.checkAttached();
    this.revoke();
    this.#pins = 0;
    this.#hasEnded = true;
    this.leave();
  }

  /** How it keeps the buffer from moving; null when it does not. */
  get holds(): Holder["by"] | null {
    if (this.#pins > 0) return "pin";
    return this.view !== null && this.onMove === null ? "map" : null;
  }

  /** Another map of what is mapped: counts when its direction is covered. Null while nothing is mapped. */
  protected mapAgain(direction: Direction): Result<V, MapRefusal> | null {
    const { view } = this;
    if (view === null) return null;
    if (view.direction !== direction && view.direction !== "bidirectional") {
      const about = { device: this.device, mapped: view.direction, asked: direction };
      return refused({ code: "mapped-otherwise", errno: "EBUSY", ...about });
    }
    this.#maps += 1;
    return accepted(view);
  }

  /** The first map has been made. */
  protected mapped(): void {
    this.#maps = 1;
  }

  /** @throws RangeError when it has ended */
  protected checkAttached(): void {
    if (this.#hasEnded) throw new RangeError(`${this.device} is not attached to ${this.buffer.name} any more`);
  }
}
