import type { Image, ImageLayout } from "../../constraints/image-layout.js";
import type { Access } from "../../constraints/participant.js";
import type { RouteKind } from "../../heaps/route.js";
import type { Placement } from "../../placement/place.js";
import type { CpuUse } from "../../placement/request.js";
import type { Bytes, DmaAddr } from "../../units/quantity.js";
import type { Result } from "../../units/result.js";
import type { Direction } from "../mapping/dma-map-ops.js";
import type { ScatterList } from "../scatter-list.js";
import type { AllocationRefusal, AttachRefusal, CpuAccessRefusal, MapRefusal, MoveRefusal } from "./buffer-refusal.js";

/** What a buffer is to be. Either `size` or `image`, not both. */
export interface BufferRequest {
  /** Bytes of one buffer, at least 1. */
  readonly size?: Bytes;
  /** A picture, as `WIDTHxHEIGHT:FOURCC[:MODIFIER]` or taken apart; its size follows from what the participants want of it. */
  readonly image?: string | Image;
  /** Buffers that are allocated together or not at all. Default 1. */
  readonly count?: number;
  /** Devices attached from the start. Default none. */
  readonly participants?: readonly ParticipantSpec[];
  /** How often the CPU touches the bytes. Default `rare`. */
  readonly cpu?: CpuUse;
  /** For events and reports. Default `buffer N`. */
  readonly name?: string;
  /**
   * Id of a heap that the memory comes from whatever the devices need, as programs do that have a heap's name in them. Nothing is checked then before a
   * mapping fails. Default: the heap that suits all.
   */
  readonly heap?: string;
}

/** A device that takes part: any name of it, `#QUEUE` behind it where queues differ, or more. */
export type ParticipantSpec = string | ParticipantOptions;

/** A participant with what a name alone does not say. */
export interface ParticipantOptions {
  readonly device: string;
  /** Default `read-write`. */
  readonly access?: Access;
  /**
   * Told when the buffer has gone to other memory while it was mapped here: the view is dead, and must be mapped anew before the device goes on. A
   * participant without it holds the buffer where it is while it has it mapped.
   *
   * @see Linux 6.12 `include/linux/dma-buf.h` `struct dma_buf_attach_ops`
   */
  readonly onMove?: (attachment: Attachment) => void;
}

/**
 * Memory that several devices share. There is none before {@link DmaBuffer.allocate}, which the first map calls, so that whoever attaches before
 * that is heeded.
 *
 *     created ── attach, attach ──> allocate ── map ──> unmap ── detach, detach ──> freed with the last reference
 *                                      └ attach late: suits, or moves there, or is refused
 *
 * Methods throw on a buffer that was freed.
 *
 * @see Linux 6.12 `drivers/dma-buf/dma-buf.c`
 */
export interface DmaBuffer {
  /** Counts from 1 within its system, never used again. */
  readonly id: number;
  readonly name: string;
  /** Bytes asked for. Of a picture: what the participants attached so far make of it; fixed with the allocation. */
  readonly size: Bytes;
  /** Planes of a picture, as {@link size}; null for plain bytes, and as long as nobody is attached. */
  readonly layout: ImageLayout | null;
  /** The buffers made together with this one, itself among them: allocated all or not at all. */
  readonly group: readonly DmaBuffer[];
  /** In the order they came. */
  readonly attachments: readonly Attachment[];
  /** Where its memory is; null before it has any. */
  readonly allocation: Allocation | null;
  /** Who keeps it: its maker, each attachment, each descriptor. */
  readonly references: number;

  /**
   * Lets a device take part. Never refused as long as there is no memory; afterwards a device whom the memory does not suit makes it move, unless
   * somebody holds it where it is.
   *
   * @throws RangeError for an unknown device, or, with the refusal as its cause, when {@link tryAttach} refuses
   */
  attach(participant: ParticipantSpec): Attachment;
  /** {@link attach}, with the refusal as a value. @throws RangeError for an unknown device */
  tryAttach(participant: ParticipantSpec): Result<Attachment, AttachRefusal>;
  /** What would be decided now: every source with every way to it, judged. @throws RangeError while nobody is attached */
  place(): Placement;
  /** Gets memory for the whole group that suits everybody attached; what there is already stays. */
  allocate(): Result<Allocation, AllocationRefusal>;
  /**
   * Goes to other memory that suits everybody attached; contents stay, mappings of participants that allow it are revoked and these are told.
   *
   * @param heap - id of the heap to go to; any other place if left out
   */
  move(heap?: string): Result<Allocation, MoveRefusal>;

  /** Before the CPU looks or writes: mapped devices' writes become visible. Gets memory if there is none. */
  beginCpuAccess(access: Access): Result<Allocation, CpuAccessRefusal>;
  /** Afterwards: what the CPU wrote becomes visible to mapped devices. @throws RangeError without the begin that belongs to it */
  endCpuAccess(access: Access): void;
  /**
   * Both around a function that gets the bytes, valid until it returns; after write access they are what the function left.
   *
   * @param part - bytes from `offset` on; all if left out
   */
  cpuAccess<T>(
    access: Access,
    use: (bytes: Uint8Array) => T,
    part?: { readonly offset: Bytes; readonly size: Bytes },
  ): Result<T, CpuAccessRefusal>;

  /** A descriptor that others get the buffer by; holds a reference until it is closed. */
  export(): number;
  /** Takes a further reference. */
  acquire(): void;
  /** Gives one reference back; with the last one the memory goes. @throws RangeError when all that are left belong to attachments and descriptors */
  release(): void;
}

/** One device's part in a buffer. */
export interface Attachment {
  readonly buffer: DmaBuffer;
  /** Path of the device as it was named. */
  readonly device: string;
  /** Path, or name, of the device that maps for it. */
  readonly dmaDevice: string;
  readonly access: Access;
  /** What it sees; null while nothing is mapped. */
  readonly view: DmaView | null;
  /**
   * Addresses for the device; gets memory if there is none. A second map returns the same view when its direction covers the one asked, and counts.
   */
  map(direction: Direction): Result<DmaView, MapRefusal>;
  /** Takes one map back; the last one ends the view. @throws RangeError when nothing is mapped */
  unmap(): void;
  /** Holds the buffer where it is, allocated if need be, until {@link unpin}. */
  pin(): Result<Allocation, AllocationRefusal>;
  /** @throws RangeError when it is not pinned here */
  unpin(): void;
  /** Ends it: what is mapped or pinned is taken back, and its reference. @throws RangeError when it has ended */
  detach(): void;
}

/**
 * A buffer as one device sees it, until it is unmapped. Reading one that has ended throws.
 *
 * Addresses are null where the kernel keeps them to itself: a process on Linux learns them only of devices that it drives itself. On a simulated
 * system, and there, it is an {@link AddressedView}.
 */
export interface DmaView {
  readonly device: string;
  readonly direction: Direction;
  /** Bytes mapped: the buffer's, in whole pages. */
  readonly size: Bytes;
  /** How it got its addresses: name of the operations. */
  readonly via: string;
  /** Number of segments. */
  readonly nents: number | null;
  /** Address the device emits for the first byte. */
  readonly dmaAddr: DmaAddr | null;
  /** What `sg_dma_address()` and `sg_dma_len()` tell, entry by entry. */
  readonly segments: readonly DmaSegment[] | null;
  /** True when each segment begins where the one before ends: one range for the device, whatever the number of segments. */
  readonly isContiguous: boolean | null;
  readonly isLive: boolean;
  /** Address of a byte of the buffer. @throws RangeError outside of it */
  addressOf(offset: Bytes): DmaAddr | null;
}

/** One entry of a mapped list. */
export interface DmaSegment {
  readonly dmaAddr: DmaAddr;
  readonly length: Bytes;
}

/** A view with its addresses. */
export interface AddressedView extends DmaView {
  readonly nents: number;
  readonly dmaAddr: DmaAddr;
  readonly segments: readonly DmaSegment[];
  readonly isContiguous: boolean;
  addressOf(offset: Bytes): DmaAddr;
}

/** Memory of a buffer. */
export interface Allocation {
  /** Id of the heap. */
  readonly heap: string;
  /** How a process gets it. */
  readonly route: RouteKind;
  /** Path of the device whose allocation path it came by; null when it came by none. */
  readonly exporter: string | null;
  /** Bytes, in whole pages. */
  readonly size: Bytes;
  /** Bytes the heap gave up for it; null where it does not tell. */
  readonly taken: Bytes | null;
  /** Blocks, as the CPU sees them; null where the kernel keeps them to itself. */
  readonly memory: ScatterList | null;
  /** The decision it rests on; null for a heap that the request named. */
  readonly placement: Placement | null;
}

/** Memory of a buffer on a simulated system, where everything is known. */
export interface ModelAllocation extends Allocation {
  readonly taken: Bytes;
  readonly memory: ScatterList;
}
