import type { Bytes, DmaAddr } from "../../units/quantity.js";
import type { Direction } from "../mapping/dma-map-ops.js";
import type { DmaSegments } from "../scatter-list.js";
import type { AddressedView, DmaSegment } from "./dma-buffer.js";

/** A view over the segments that the DMA API wrote. */
export class SegmentView implements AddressedView {
  readonly device: string;
  readonly direction: Direction;
  readonly size: Bytes;
  readonly via: string;
  #segments: DmaSegments | null;

  constructor(device: string, direction: Direction, size: Bytes, via: string, segments: DmaSegments) {
    this.device = device;
    this.direction = direction;
    this.size = size;
    this.via = via;
    this.#segments = segments;
  }

  get nents(): number {
    return this.#live().count;
  }

  get dmaAddr(): DmaAddr {
    return this.#live().address[0] as number;
  }

  get segments(): readonly DmaSegment[] {
    const { count, address, length } = this.#live();
    return Array.from({ length: count }, (_, i) => ({ dmaAddr: address[i] as number, length: length[i] as number }));
  }

  get isContiguous(): boolean {
    const { count, address, length } = this.#live();
    for (let i = 1; i < count; i += 1) {
      if (address[i] !== (address[i - 1] as number) + (length[i - 1] as number)) return false;
    }
    return true;
  }

  get isLive(): boolean {
    return this.#segments !== null;
  }

  addressOf(offset: Bytes): DmaAddr {
    const { count, address, length } = this.#live();
    if (!Number.isSafeInteger(offset)) throw new RangeError(`offset ${offset} is no whole number of bytes`);
    let start = 0;
    for (let i = 0; i < count; i += 1) {
      const end = start + (length[i] as number);
      if (offset >= start && offset < end) return (address[i] as number) + offset - start;
      start = end;
    }
    throw new RangeError(`offset ${offset} is not one of the ${this.size} bytes mapped for ${this.device}`);
  }

  /** The view ends; its segments are free for the next one. */
  end(): void {
    this.#segments = null;
  }

  #live(): DmaSegments {
    if (this.#segments === null)
      throw new Error(`the view of ${this.device} has ended: it was unmapped, or the buffer moved`);
    return this.#segments;
  }
}
