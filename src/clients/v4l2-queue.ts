import type { Attachment, DmaBuffer, DmaView } from "../simulate/buffers/dma-buffer.js";
import type { DmaSystem } from "../simulate/dma-system.js";
import { alignUp, type Bytes } from "../units/quantity.js";
import { accepted, type Result, refused } from "../units/result.js";
import type { QueueMemory, QueueRefusal, QueueState } from "./v4l2-refusal.js";

/** A queue of a device, in the manner of V4L2. */
export interface QueueShape {
  /** Any name of the device, `#QUEUE` behind it where its queues differ. */
  readonly device: string;
  /** `capture`: the device writes buffers. `output`: it reads them. */
  readonly type: "capture" | "output";
  /** Bytes of each plane: `sizeimage` of the format. */
  readonly planes: readonly Bytes[];
  /** Buffers that have to be queued before the driver gets the first one: `min_queued_buffers`. Default 1. */
  readonly minQueued?: number;
}

/** A plane as user space brings it along. */
export interface DmabufPlane {
  readonly fd: number;
  /** Bytes that may be used, at most those of the buffer in whole pages. Default, and 0: all of the buffer. */
  readonly length?: Bytes;
}

/** What `VIDIOC_QUERYBUF` tells. */
export interface QueueBuffer {
  readonly index: number;
  readonly state: QueueState;
  readonly memory: QueueMemory;
  readonly planes: readonly { readonly length: Bytes; readonly bytesused: Bytes }[];
}

/** A buffer that the driver works on. */
export interface ActiveBuffer {
  readonly index: number;
  /** What the device sees of each plane. */
  readonly planes: readonly DmaView[];
}

interface Plane {
  buffer: DmaBuffer;
  attachment: Attachment;
  length: Bytes;
  bytesused: Bytes;
}

interface Slot {
  readonly index: number;
  state: QueueState;
  /** Null as long as a slot for dma-bufs has been given none. */
  planes: Plane[] | null;
}

/** Linux 6.12 `include/media/videobuf2-core.h` `VB2_MAX_FRAME`. */
const MOST_BUFFERS = 32;

/**
 * A queue of buffers between a program and a driver: each plane is a buffer of its own.
 *
 *     dequeued ── QBUF ──> queued ── driver takes it ──> active ── driver is done ──> done ── DQBUF ──> dequeued
 *
 * The driver's side is {@link nextActive} and {@link finish}.
 *
 * What differs from Linux 6.12: buffers of `mmap` memory are made with `requestBuffers()` and have memory from the first `queueBuffer()` on, so that
 * whoever imports them before that is heeded; all of a request come together or none. A dma-buf in two planes is attached twice. A slot whose new
 * dma-bufs are refused keeps those it had. What is used of the bytes of an output buffer is not told.
 *
 * @see Linux 6.12 `drivers/media/common/videobuf2/videobuf2-core.c`, `videobuf2-v4l2.c`
 */
export class V4l2Queue {
  readonly #system: DmaSystem;
  readonly #shape: QueueShape;
  readonly #slots: Slot[] = [];
  #memory: QueueMemory = "mmap";
  #isStreaming = false;
  /** The driver has been given a buffer since streaming began. */
  #hasStarted = false;
  /** Indices, in the order they were queued, and in which they were done. */
  readonly #queued: number[] = [];
  readonly #done: number[] = [];

  /** @throws RangeError for no plane, or a plane that has no whole number of bytes from 1 on */
  constructor(system: DmaSystem, shape: QueueShape) {
    if (shape.planes.length === 0) throw new RangeError("a queue whose buffers have no plane");
    for (const size of shape.planes) {
      if (!Number.isSafeInteger(size) || size < 1) {
        throw new RangeError(`a plane of ${size} bytes, not a whole number from 1 to 2^53 - 1`);
      }
    }
    this.#system = system;
    this.#shape = shape;
  }

  /** Buffers of the queue. */
  get count(): number {
    return this.#slots.length;
  }

  get isStreaming(): boolean {
    return this.#isStreaming;
  }

  /**
   * Frees the buffers there are and makes new ones; 0 makes none. Buffers that were exported live on with whoever has them.
   *
   * @returns how many there are: at most 32
   * @throws RangeError for a count that is no whole number from 0 on
   * @see Linux 6.12 `vb2_core_reqbufs()`
   */
  requestBuffers(count: number, memory: QueueMemory): Result<number, QueueRefusal> {
    checkCount(count);
    if (this.#isStreaming) return refused({ code: "streaming", errno: "EBUSY" });
    this.#free();
    this.#memory = memory;
    const added = Math.min(count, MOST_BUFFERS);
    if (added > 0) this.#add(added);
    return accepted(added);
  }

  /**
   * Adds buffers to those there are, as many as there is room for.
   *
   * @returns index of the first one; {@link count} tells how many came
   * @throws RangeError for a count that is no whole number from 0 on
   * @see Linux 6.12 `vb2_core_create_bufs()`
   */
  createBuffers(count: number, memory: QueueMemory): Result<number, QueueRefusal> {
    checkCount(count);
    const first = this.#slots.length;
    if (first > 0 && memory !== this.#memory) {
      return refused({ code: "wrong-memory", errno: "EINVAL", memory: this.#memory, asked: memory });
    }
    if (first === MOST_BUFFERS && count > 0) {
      return refused({ code: "too-many-buffers", errno: "ENOBUFS", count: first + count, most: MOST_BUFFERS });
    }
    this.#memory = memory;
    const added = Math.min(count, MOST_BUFFERS - first);
    if (added > 0) this.#add(added);
    return accepted(first);
  }

  /** What a buffer is doing, and how long its planes are. */
  queryBuffer(index: number): Result<QueueBuffer, QueueRefusal> {
    const slot = this.#slots[index];
    if (slot === undefined) return this.#noSuchBuffer(index);
    const planes = this.#shape.planes.map((size, i) => {
      const { length = size, bytesused = 0 } = slot.planes?.[i] ?? {};
      return { length, bytesused };
    });
    return accepted({ index, state: slot.state, memory: this.#memory, planes });
  }

  /**
   * A descriptor of one plane, for others.
   *
   * @see Linux 6.12 `vb2_core_expbuf()`
   */
  exportBuffer(index: number, plane: number = 0): Result<number, QueueRefusal> {
    const slot = this.#slots[index];
    if (slot === undefined) return this.#noSuchBuffer(index);
    if (this.#memory !== "mmap") {
      return refused({ code: "wrong-memory", errno: "EINVAL", memory: this.#memory, asked: "mmap" });
    }
    const of = slot.planes?.[plane];
    if (of === undefined) {
      return refused({ code: "plane-count", errno: "EINVAL", planes: this.#shape.planes.length, given: plane + 1 });
    }
    return accepted(of.buffer.export());
  }

  /** The buffer of a plane, for the CPU: what mmap() is for. Null for a dma-buf slot that has been given none. @throws RangeError outside the queue */
  plane(index: number, plane: number = 0): DmaBuffer | null {
    const slot = this.#slots[index];
    if (slot === undefined || this.#shape.planes[plane] === undefined) {
      throw new RangeError(`there is no plane ${plane} of a buffer ${index}`);
    }
    return slot.planes?.[plane]?.buffer ?? null;
  }

  /**
   * Hands a buffer to the driver. It is mapped for the device with the first time, and stays so until the queue is freed or, of dma-bufs, another one comes
   * into the slot.
   *
   * @param dmabufs - one for each plane, of a queue of dma-bufs; the queue keeps a reference, and the caller its descriptor
   * @throws RangeError for a descriptor that is not open
   * @see Linux 6.12 `vb2_core_qbuf()`, `__prepare_dmabuf()`
   */
  queueBuffer(index: number, dmabufs: readonly DmabufPlane[] = []): Result<null, QueueRefusal> {
    const slot = this.#slots[index];
    if (slot === undefined) return this.#noSuchBuffer(index);
    if (slot.state !== "dequeued") return refused({ code: "wrong-state", errno: "EINVAL", index, state: slot.state });
    const given = this.#memory === "mmap" ? 0 : this.#shape.planes.length;
    if (dmabufs.length !== given) {
      return refused({ code: "plane-count", errno: "EINVAL", planes: given, given: dmabufs.length });
    }
    if (this.#memory === "dmabuf") {
      const taken = this.#takeDmabufs(slot, dmabufs);
      if (!taken.ok) return taken;
    }
    const mapped = this.#map(slot);
    if (!mapped.ok) {
      if (this.#memory === "dmabuf") forgetPlanes(slot);
      return mapped;
    }
    slot.state = "queued";
    this.#queued.push(index);
    return accepted(null);
  }

  /** Lets the driver begin. @see Linux 6.12 `vb2_core_streamon()` */
  streamOn(): Result<null, QueueRefusal> {
    if (this.#slots.length === 0) return refused({ code: "no-buffers", errno: "EINVAL" });
    this.#isStreaming = true;
    this.#hasStarted = false;
    return accepted(null);
  }

  /** Takes every buffer back from the driver, whatever it has done with it. @see Linux 6.12 `__vb2_queue_cancel()` */
  streamOff(): void {
    this.#isStreaming = false;
    this.#queued.length = 0;
    this.#done.length = 0;
    for (const slot of this.#slots) slot.state = "dequeued";
  }

  /**
   * Takes back the buffer that was done first. Nobody waits: a queue with nothing done says so.
   *
   * @see Linux 6.12 `vb2_core_dqbuf()`
   */
  dequeueBuffer(): Result<QueueBuffer & { readonly isError: boolean }, QueueRefusal> {
    if (!this.#isStreaming) return refused({ code: "not-streaming", errno: "EINVAL" });
    const index = this.#done.shift();
    if (index === undefined) return refused({ code: "nothing-done", errno: "EAGAIN" });
    const slot = this.#slots[index] as Slot;
    const isError = slot.state === "error";
    slot.state = "dequeued";
    const told = this.queryBuffer(index);
    return told.ok ? accepted({ ...told.value, isError }) : told;
  }

  /** The driver takes the buffer that was queued first; null when none is, or nothing streams. */
  nextActive(): ActiveBuffer | null {
    if (!this.#isStreaming || (!this.#hasStarted && this.#queued.length < (this.#shape.minQueued ?? 1))) return null;
    const index = this.#queued.shift();
    if (index === undefined) return null;
    this.#hasStarted = true;
    const slot = this.#slots[index] as Slot;
    slot.state = "active";
    return { index, planes: (slot.planes ?? []).map(({ attachment }) => attachment.view as DmaView) };
  }

  /**
   * The driver is done with a buffer.
   *
   * @param bytesused - of each plane; all of each if left out
   * @throws RangeError when the driver does not have it
   * @see Linux 6.12 `vb2_buffer_done()`
   */
  finish(index: number, state: "done" | "error" = "done", bytesused: readonly Bytes[] = []): void {
    const slot = this.#slots[index];
    if (slot?.state !== "active") throw new RangeError(`buffer ${index} is not with the driver`);
    for (const [i, plane] of (slot.planes ?? []).entries()) plane.bytesused = bytesused[i] ?? plane.length;
    slot.state = state;
    this.#done.push(index);
  }

  /** Frees all buffers, streaming or not: the file is closed. @see Linux 6.12 `vb2_core_queue_release()` */
  close(): void {
    this.streamOff();
    this.#free();
  }

  #add(count: number): void {
    const first = this.#slots.length;
    const groups =
      this.#memory === "dmabuf"
        ? null
        : this.#shape.planes.map((size) =>
            this.#system.createBuffers({ size, count, participants: [this.#participant()] }),
          );
    for (let i = 0; i < count; i += 1) {
      const planes = groups?.map((group, plane): Plane => {
        const buffer = group[i] as DmaBuffer;
        const attachment = buffer.attachments[0] as Attachment;
        return { buffer, attachment, length: this.#shape.planes[plane] as Bytes, bytesused: 0 };
      });
      this.#slots.push({ index: first + i, state: "dequeued", planes: planes ?? null });
    }
  }

  /** The dma-bufs of a slot: those it has stay attached, all others are exchanged. Nothing has changed after a refusal. */
  #takeDmabufs(slot: Slot, dmabufs: readonly DmabufPlane[]): Result<null, QueueRefusal> {
    const buffers = this.#importAll(dmabufs);
    const taken: Plane[] = [];
    let refusal: QueueRefusal | null = null;
    for (const [plane, buffer] of buffers.entries()) {
      const asked = dmabufs[plane]?.length ?? 0;
      const length = asked === 0 ? buffer.size : asked;
      const size = alignUp(buffer.size, this.#system.machine.profile.pageSize);
      const least = this.#shape.planes[plane] as Bytes;
      const before = slot.planes?.[plane];
      if (length < least) {
        refusal = { code: "invalid-length", errno: "EINVAL", plane, length, least };
      } else if (length > size) {
        refusal = { code: "length-beyond-buffer", errno: "EFAULT", plane, length, size };
      } else if (before !== undefined && before.buffer === buffer && before.length === length) {
        taken.push(before);
        buffer.release();
        continue;
      } else {
        const attached = buffer.tryAttach(this.#participant());
        if (attached.ok) taken.push({ buffer, attachment: attached.value, length, bytesused: 0 });
        else refusal = attached.refusal;
      }
      if (refusal !== null) break;
    }
    if (refusal !== null) {
      for (const [i, plane] of taken.entries()) if (plane !== slot.planes?.[i]) leave(plane);
      for (const buffer of buffers.slice(taken.length)) buffer.release();
      return refused(refusal);
    }
    for (const [i, plane] of (slot.planes ?? []).entries()) if (plane !== taken[i]) leave(plane);
    slot.planes = taken;
    return accepted(null);
  }

  /** The buffers of all planes, with a reference each; none when a descriptor is not open. */
  #importAll(dmabufs: readonly DmabufPlane[]): readonly DmaBuffer[] {
    const buffers: DmaBuffer[] = [];
    try {
      for (const { fd } of dmabufs) buffers.push(this.#system.importBuffer(fd));
    } catch (error) {
      for (const buffer of buffers) buffer.release();
      throw error;
    }
    return buffers;
  }

  /** Maps what is not mapped yet; after a refusal nothing is mapped that was not before. */
  #map(slot: Slot): Result<null, QueueRefusal> {
    const direction = this.#shape.type === "capture" ? "from-device" : "to-device";
    const mapped: Attachment[] = [];
    for (const { attachment } of slot.planes ?? []) {
      if (attachment.view !== null) continue;
      const view = attachment.map(direction);
      if (!view.ok) {
        for (const one of mapped) one.unmap();
        return view;
      }
      mapped.push(attachment);
    }
    return accepted(null);
  }

  #free(): void {
    this.#queued.length = 0;
    this.#done.length = 0;
    for (const slot of this.#slots.splice(0)) forgetPlanes(slot);
  }

  #participant(): { readonly device: string; readonly access: "read" | "write" } {
    return { device: this.#shape.device, access: this.#shape.type === "capture" ? "write" : "read" };
  }

  #noSuchBuffer(index: number): { readonly ok: false; readonly refusal: QueueRefusal } {
    return refused({ code: "no-such-buffer", errno: "EINVAL", index, count: this.#slots.length });
  }
}

function forgetPlanes(slot: Slot): void {
  for (const plane of slot.planes ?? []) leave(plane);
  slot.planes = null;
}

/** The device leaves a buffer, and the queue's reference goes. */
function leave({ buffer, attachment }: Plane): void {
  attachment.detach();
  buffer.release();
}

function checkCount(count: number): void {
  if (Number.isSafeInteger(count) && count >= 0) return;
  throw new RangeError(`${count} buffers, not a whole number from 0 on`);
}
