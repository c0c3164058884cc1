import type { ImageLayout } from "../../constraints/image-layout.js";
import type { Access } from "../../constraints/participant.js";
import type { Bytes } from "../../units/quantity.js";
import { accepted, type Result } from "../../units/result.js";
import { beginCpuAccess, endCpuAccess } from "../memory/dma-buf.js";
import type { Descriptor } from "../native/descriptor.js";
import type { Kernel } from "../native/kernel.js";
import type { Mapping } from "../native/mapping.js";
import { attempt, SystemCallError } from "../native/system-call-error.js";
import type { BrokerConnection, BrokerFailure } from "./client.js";
import type { HandedBuffer } from "./protocol.js";

/** A buffer that a broker has handed to this process. It is this process's: the broker's end does not take it away. */
export class BrokerBuffer implements Disposable {
  /** Bytes, in whole pages. */
  readonly size: Bytes;
  /** Id of the heap it came from, for people. */
  readonly heap: string;
  /** How the picture lies in it; null without one, and for a buffer that another client has shared. */
  readonly layout: ImageLayout | null;
  readonly descriptor: Descriptor;
  readonly #broker: BrokerConnection;
  readonly #kernel: Kernel;
  readonly #number: number;
  #mapping: Mapping | null = null;

  constructor(
    broker: BrokerConnection,
    kernel: Kernel,
    given: { readonly handed: HandedBuffer; readonly layout: ImageLayout | null; readonly descriptor: Descriptor },
  ) {
    this.#broker = broker;
    this.#kernel = kernel;
    this.#number = given.handed.buffer;
    this.size = given.handed.size;
    this.heap = given.handed.heap;
    this.layout = given.layout;
    this.descriptor = given.descriptor;
  }

  /** Number of the descriptor, which stays owned here. @throws RangeError when it was closed */
  get fd(): number {
    return this.descriptor.number;
  }

  /**
   * The bytes themselves, mapped when they are first asked for. Zeros once the buffer is closed.
   *
   * @throws SystemCallError when it cannot be mapped; RangeError when it was closed, or is larger than a view can be
   */
  get bytes(): Uint8Array {
    this.#mapping ??= this.#kernel.map(this.descriptor, this.size);
    return this.#mapping.bytes;
  }

  /**
   * The bytes between the calls that make them the same for CPU and devices. Waits, and everything with it, for a device that is at work on the buffer.
   *
   * @throws SystemCallError when the kernel refuses; as {@link bytes}
   */
  cpuAccess<T>(access: Access, use: (bytes: Uint8Array) => T): T {
    const { bytes } = this;
    if (!this.#sync(beginCpuAccess, access)) return use(bytes);
    try {
      return use(bytes);
    } finally {
      this.#sync(endCpuAccess, access);
    }
  }

  /** A secret word by which another client of the broker can open it, until this one releases it or leaves. */
  async share(): Promise<Result<string, BrokerFailure>> {
    const shared = await this.#broker.ask({ op: "share", buffer: this.#number });
    return shared.ok ? accepted(shared.value.token) : shared;
  }

  /**
   * Closes it, and tells the broker.
   *
   * @returns `held` when somebody else holds it still: it stays charged until nobody does
   */
  async release(): Promise<Result<"freed" | "held", BrokerFailure>> {
    this.close();
    const released = await this.#broker.ask({ op: "release", buffers: [this.#number] });
    return released.ok ? accepted(released.value.buffers[0]?.state ?? "freed") : released;
  }

  /** @returns false for a file in memory, which needs no such calls and knows none */
  #sync(call: typeof beginCpuAccess, access: Access): boolean {
    const called = attempt(() => call(this.#kernel, this.descriptor, access));
    if (called.ok) return true;
    if (called.refusal.errno === "ENOTTY") return false;
    throw new SystemCallError(called.refusal.call, called.refusal.path, called.refusal.errno);
  }

  /** Closes it and tells nobody: the broker finds out. A second call does nothing. */
  close(): void {
    this.#mapping?.close();
    this.descriptor.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
