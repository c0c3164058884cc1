import type { ImageLayout } from "../../constraints/image-layout.js";
import type { CpuUse } from "../../placement/request.js";
import type { Bytes } from "../../units/quantity.js";
import type { Result } from "../../units/result.js";
import type { Descriptor } from "../native/descriptor.js";
import type { BrokerRefusal } from "./refusal.js";

/** Buffers that the broker asks its source for. */
export interface SourceRequest {
  /** Bytes of one; null when an image is asked for. */
  readonly size: Bytes | null;
  readonly image: string | null;
  readonly participants: readonly string[];
  readonly count: number;
  readonly cpu: CpuUse;
  readonly name: string | null;
}

/**
 * Says whether buffers may be had, before they are: the source calls it with the heap it has decided for and the bytes of each buffer.
 *
 * @returns why not, or null
 */
export type Admission = (heap: string, bytes: Bytes) => BrokerRefusal | null;

/** A buffer in the broker's hands: its memory stays until {@link free}. */
export interface SourceBuffer {
  /** Bytes, in whole pages: what is charged. */
  readonly size: Bytes;
  /** Id of the heap it came from. */
  readonly heap: string;
  /** A descriptor to hand out. While it, or what became of it elsewhere, is open, {@link isHeld} says so. The caller closes it. */
  open(): Descriptor;
  /** Whether anybody but the broker has the buffer: a descriptor, a mapping, a device. */
  isHeld(): boolean;
  /** Gives the memory back. Only when nobody holds it. */
  free(): void;
  /** Lets go of it without a look at who has it: they keep it, and nobody watches it any more. */
  close(): void;
  /**
   * Makes a part of it zeros, for somebody else: whole pages, from the first on, part by part, until all of it is done; then it can be handed out anew. Only when nobody holds it.
   *
   * @returns false where that cannot be done
   */
  clear(offset: Bytes, size: Bytes): boolean;
}

/** Buffers, and how a picture lies in each. */
export interface SourceBuffers {
  readonly buffers: readonly SourceBuffer[];
  readonly layout: ImageLayout | null;
}

/** Where the broker gets buffers from. It knows of devices and heaps; the broker only of buffers. */
export interface BufferSource {
  /** For people and statistics: `memfd`, `linux`. */
  readonly name: string;
  /** All buffers, or none. What {@link Admission} refuses is refused, or had from elsewhere where that is possible. */
  allocate(request: SourceRequest, admit: Admission): Result<SourceBuffers, BrokerRefusal>;
}
