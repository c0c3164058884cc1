import type { Bytes, PhysAddr } from "../../units/quantity.js";
import type { EventLog } from "../events.js";
import type { Backing } from "../heaps/heap.js";
import type { AllocationRefusal } from "./buffer-refusal.js";

/** Tells what happens to one buffer, to whoever listens; with nobody listening nothing is made. */
export class BufferEvents {
  readonly #log: EventLog;
  readonly #buffer: number;

  constructor(log: EventLog, buffer: number) {
    this.#log = log;
    this.#buffer = buffer;
  }

  /** @param device - path of the device as it was named */
  attached(type: "attach" | "detach", device: string): void {
    if (this.#log.active) this.#log.emit({ type, ...this.#base(), participant: device });
  }

  attachRefused(device: string, cause: string): void {
    if (this.#log.active) this.#log.emit({ type: "attach-failed", ...this.#base(), participant: device, cause });
  }

  allocated(backing: Backing, requested: Bytes): void {
    if (!this.#log.active) return;
    const { heap, taken, memory } = backing;
    this.#log.emit({
      type: "allocate",
      ...this.#base(),
      participant: null,
      heap: heap.source.id,
      requested,
      taken,
      blocks: memory.count,
      address: memory.physAddr[0] as PhysAddr,
    });
  }

  /** The first heap that was asked stands for all. */
  allocateRefused(refusal: AllocationRefusal, requested: Bytes): void {
    if (!this.#log.active) return;
    const base = { type: "allocate-failed", ...this.#base(), participant: null, requested } as const;
    const first = refusal.code === "no-memory" ? refusal.attempts[0] : undefined;
    if (first?.outcome === "refused") {
      const { heap, code, free, largest } = first.refusal;
      this.#log.emit({ ...base, heap, cause: code, free, largest });
    } else {
      const cause = first?.outcome ?? refusal.code;
      this.#log.emit({ ...base, heap: first?.heap ?? null, cause, free: 0, largest: 0 });
    }
  }

  moved(from: Backing, to: Backing, cause: string): void {
    if (!this.#log.active) return;
    const about = { from: from.heap.source.id, to: to.heap.source.id, size: to.size, cause };
    this.#log.emit({ type: "move", ...this.#base(), ...about });
  }

  released({ heap, taken, memory }: Backing): void {
    if (!this.#log.active) return;
    const about = { participant: null, heap: heap.source.id, taken, address: memory.physAddr[0] as PhysAddr };
    this.#log.emit({ type: "release", ...this.#base(), ...about });
  }

  #base(): { readonly time: number; readonly source: "model"; readonly buffer: number } {
    return { time: this.#log.now(), source: "model", buffer: this.#buffer };
  }
}
