import type { DmaAddr } from "../units/quantity.js";
import { accepted, type Result, refused } from "../units/result.js";
import type { DmaApi } from "./mapping/dma-api.js";
import type { MappedDevice } from "./mapping/mapped-device.js";

/** An access that met nothing: what an IOMMU, or the bus, reports. */
export interface BusFault {
  readonly code: "bus-fault";
  /** Path of the device that maps, or its name. */
  readonly device: string;
  /** The first address that nothing answers. */
  readonly address: DmaAddr;
  /** Which of the IOMMU's clients it is; null when no IOMMU serves it, or its tree does not say. */
  readonly streamId: number | null;
  readonly access: "read" | "write";
}

/** One sentence for people. */
export function describeBusFault({ device, address, streamId, access }: BusFault): string {
  const stream = streamId === null ? "" : `, stream id 0x${streamId.toString(16)}`;
  return `${device} ${access === "read" ? "reads from" : "writes to"} 0x${address.toString(16)}${stream}, where nothing is mapped for it`;
}

/**
 * A device that reads and writes memory by itself, at addresses it was given: through its bus windows, its IOMMU, its own tables, to a bounce copy or the
 * original, whatever is mapped there.
 *
 *     emits 0xfff3b000 ── translation ──> physical pages ── snoops the CPU's caches, or not ──> bytes
 *                             └ nothing there: fault, and nothing behind it is touched
 */
export class BusMaster {
  readonly device: string;
  readonly #api: DmaApi;
  readonly #mapped: MappedDevice;

  constructor(api: DmaApi, mapped: MappedDevice) {
    this.device = mapped.path;
    this.#api = api;
    this.#mapped = mapped;
  }

  /**
   * Reads bytes; those in front of a fault have been read.
   *
   * @param out - written whole; zeros when only numbers are simulated
   * @returns bytes read
   */
  read(address: DmaAddr, out: Uint8Array): Result<number, BusFault> {
    const { cache, world } = this.#api.context;
    if (world.memory === null) out.fill(0);
    return this.#each(address, out.length, "read", (physAddr, done, size) => {
      const piece = out.subarray(done, done + size);
      if (cache !== null && this.#mapped.coherent) cache.snoop(physAddr, piece);
      else world.memory?.read(physAddr, piece);
    });
  }

  /** Writes bytes; those in front of a fault have been written. @returns bytes written */
  write(address: DmaAddr, bytes: Uint8Array): Result<number, BusFault> {
    const { cache, world } = this.#api.context;
    return this.#each(address, bytes.length, "write", (physAddr, done, size) => {
      const piece = bytes.subarray(done, done + size);
      if (cache !== null && this.#mapped.coherent) cache.overwrite(physAddr, piece);
      else world.memory?.write(physAddr, piece);
    });
  }

  #each(
    address: DmaAddr,
    size: number,
    access: "read" | "write",
    visit: (physAddr: number, done: number, size: number) => void,
  ): Result<number, BusFault> {
    if (!Number.isSafeInteger(address) || address < 0 || !Number.isSafeInteger(address + size)) {
      throw new RangeError(`${size} bytes from ${address} on leave the addresses 0 to 2^53 - 1`);
    }
    for (let done = 0; done < size; ) {
      const target = this.#api.translate(this.#mapped, address + done, access);
      if (target === null) {
        const { path: device, streamId } = this.#mapped;
        return refused({ code: "bus-fault", device, address: address + done, streamId, access });
      }
      const length = Math.min(target.bytes, size - done);
      visit(target.physAddr, done, length);
      done += length;
    }
    return accepted(size);
  }
}
