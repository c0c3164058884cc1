import type { Attachment, DmaBuffer, DmaView } from "../simulate/buffers/dma-buffer.js";
import type { DmaSystem } from "../simulate/dma-system.js";
import { alignUp, type Bytes } from "../units/quantity.js";
import { accepted, type Result, refused } from "../units/result.js";
import type { ActiveBuffer, DmabufPlane, QueueBuffer, QueueShape } from "./v4l2-buffer.js";
import { checkPayloads, type PlanePayload, type QueuedPayload } from "./v4l2-payload.js";
import type { QueueMemory, QueueRefusal, QueueState } from "./v4l2-refusal.js";

interface Plane {
  readonly buffer: DmaBuffer;
  /** The same one in all planes of a slot that have the same buffer. */
  readonly attachment: Attachment;
  readonly length: Bytes;
  bytesused: Bytes;
  dataOffset: Bytes;
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
 * whoever imports them before that is heeded; all of a request come together or none. A `queueBuffer()` whose dma-bufs are refused leaves the slot with those
 * it had, where vb2 lets go of them first. A length that is left to the dma-buf counts as its size when `bytesused` is checked, where vb2 compares with the 0.
 *
 * @see Linux 6.12 `drivers/media/common/videobuf2/videobuf2-core.c`, `videobuf2-v4l2.c`
 */
export class V4l2Queue {
  readonly #system: DmaSystem;
  readonly #shape: QueueShape;
  readonly #slots: Slot[] = [];
  #memory: QueueMemory = "mmap";
  #isStreaming = false;
  /** The driver has begun: enough buffers were queued once while streaming. */
  #isStarted = false;
  /** Indices, in the order they were queued, and in which they were done. */
  readonly #queued: number[] = [];
  readonly #done: number[] = [];

  /** @throws RangeError for no plane, a plane that has no whole number of bytes from 1 on, or a `minQueued` that is none */
  constructor(system: DmaSystem, shape: QueueShape) {
    if (shape.planes.length === 0) throw new RangeError("a queue whose buffers have no plane");
    for (const size of shape.planes) {
      if (!Number.isSafeInteger(size) || size < 1) {
        throw new RangeError(`a plane of ${size} bytes, not a whole number from 1 to 2^53 - 1`);
      }
    }
    const { minQueued = 0 } = shape;
    if (!(Number.isInteger(minQueued) && minQueued >= 0 && minQueued < MOST_BUFFERS)) {
      throw new RangeError(`minQueued is ${minQueued}, not a whole number from 0 to ${MOST_BUFFERS - 1}`);
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
   * @returns how many there are: at most 32, and one more than `minQueued` at least
   * @throws RangeError for a count that is no whole number from 0 on
   * @see Linux 6.12 `vb2_core_reqbufs()`, `vb2_core_queue_init()`
   */
  requestBuffers(count: number, memory: QueueMemory): Result<number, QueueRefusal> {
    checkCount(count);
    if (this.#isStreaming) return refused({ code: "streaming", errno: "EBUSY" });
    this.#free();
    this.#memory = memory;
    if (count === 0) return accepted(0);
    const added = Math.min(Math.max(count, this.#minQueued + 1), MOST_BUFFERS);
    this.#add(added);
    return accepted(added);
  }

  /**
   * Adds buffers to those there are, up to 32 in all; {@link count} tells how many came.
   *
   * @returns index of the first one
   * @throws RangeError for a count that is no whole number from 0 on
   * @see Linux 6.12 `vb2_core_create_bufs()`
   */
  createBuffers(count: number, memory: QueueMemory): Result<number, QueueRefusal> {
    checkCount(count);
    const first = this.#slots.length;
    if (first === MOST_BUFFERS && count > 0) {
      return refused({ code: "too-many-buffers", errno: "ENOBUFS", count: first + count, most: MOST_BUFFERS });
    }
    if (first > 0 && memory !== this.#memory) {
      return refused({ code: "wrong-memory", errno: "EINVAL", memory: this.#memory, asked: memory });
    }
    this.#memory = memory;
    if (count > 0) this.#add(Math.min(count, MOST_BUFFERS - first));
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
   * @param payloads - what is in each plane, of an `output` queue; all planes full if left out. Nobody looks at it for `capture`
   * @throws RangeError for a descriptor that is not open
   * @see Linux 6.12 `vb2_core_qbuf()`, `__prepare_dmabuf()`, `__verify_length()`
   */
  queueBuffer(
    index: number,
    dmabufs: readonly DmabufPlane[] = [],
    payloads: readonly PlanePayload[] = [],
  ): Result<null, QueueRefusal> {
    const slot = this.#slots[index];
    if (slot === undefined) return this.#noSuchBuffer(index);
    if (slot.state !== "dequeued") return refused({ code: "wrong-state", errno: "EINVAL", index, state: slot.state });
    const given = this.#memory === "mmap" ? 0 : this.#shape.planes.length;
    if (dmabufs.length !== given) {
      return refused({ code: "plane-count", errno: "EINVAL", planes: given, given: dmabufs.length });
    }
    const taken = this.#memory === "dmabuf" ? this.#takeDmabufs(slot, dmabufs, payloads) : this.#fill(slot, payloads);
    if (!taken.ok) return taken;
    const mapped = this.#map(slot);
    if (!mapped.ok) {
      if (this.#memory === "dmabuf") forgetPlanes(slot);
      return mapped;
    }
    slot.state = "queued";
    this.#queued.push(index);
    this.#startIfEnough();
    return accepted(null);
  }

  /**
   * Lets the driver begin: at once, or as soon as `minQueued` buffers are queued.
   *
   * @see Linux 6.12 `vb2_core_streamon()`, `vb2_start_streaming()`
   */
  streamOn(): Result<null, QueueRefusal> {
    const count = this.#slots.length;
    if (count === 0) return refused({ code: "no-buffers", errno: "EINVAL" });
    if (count < this.#minQueued)
      return refused({ code: "too-few-buffers", errno: "EINVAL", count, least: this.#minQueued });
    this.#isStreaming = true;
    this.#startIfEnough();
    return accepted(null);
  }

  /** Takes every buffer back from the driver, whatever it has done with it. @see Linux 6.12 `__vb2_queue_cancel()` */
  streamOff(): void {
    this.#isStreaming = false;
    this.#isStarted = false;
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

  /** The driver takes the buffer that was queued first; null when none is, nothing streams, or `minQueued` have not been queued yet. */
  nextActive(): ActiveBuffer | null {
    const index = this.#isStarted ? this.#queued.shift() : undefined;
    if (index === undefined) return null;
    const slot = this.#slots[index] as Slot;
    slot.state = "active";
    const planes = slot.planes ?? [];
    return {
      index,
      planes: planes.map(({ attachment }) => attachment.view as DmaView),
      payloads: planes.map(({ bytesused, dataOffset }) => ({ bytesused, dataOffset })),
    };
  }

  /**
   * The driver is done with a buffer.
   *
   * @param bytesused - of each plane; if left out all of each for `capture`, and what was queued for `output`
   * @throws RangeError when the driver does not have it
   * @see Linux 6.12 `vb2_buffer_done()`
   */
  finish(index: number, state: "done" | "error" = "done", bytesused: readonly Bytes[] = []): void {
    const slot = this.#slots[index];
    if (slot?.state !== "active") throw new RangeError(`buffer ${index} is not with the driver`);
    const isCapture = this.#shape.type === "capture";
    for (const [i, plane] of (slot.planes ?? []).entries()) {
      plane.bytesused = bytesused[i] ?? (isCapture ? plane.length : plane.bytesused);
    }
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
        return { buffer, attachment, length: this.#shape.planes[plane] as Bytes, bytesused: 0, dataOffset: 0 };
      });
      this.#slots.push({ index: first + i, state: "dequeued", planes: planes ?? null });
    }
  }

  get #minQueued(): number {
    return this.#shape.minQueued ?? 0;
  }

  #startIfEnough(): void {
    if (this.#isStreaming && this.#queued.length >= this.#minQueued) this.#isStarted = true;
  }

  /** Notes what is in the planes of a slot that has them already. */
  #fill(slot: Slot, payloads: readonly PlanePayload[]): Result<null, QueueRefusal> {
    const planes = slot.planes ?? [];
    const checked = this.#payloads(
      planes.map(({ length }) => length),
      payloads,
    );
    if (!checked.ok) return checked;
    for (const [i, plane] of planes.entries()) Object.assign(plane, checked.value[i]);
    return accepted(null);
  }

  #payloads(
    lengths: readonly Bytes[],
    payloads: readonly PlanePayload[],
  ): Result<readonly QueuedPayload[], QueueRefusal> {
    if (this.#shape.type === "capture") return accepted(lengths.map(() => ({ bytesused: 0, dataOffset: 0 })));
    return checkPayloads(lengths, payloads);
  }

  /** The dma-bufs of a slot: those it has stay attached, all others are exchanged. Nothing has changed after a refusal. */
  #takeDmabufs(
    slot: Slot,
    dmabufs: readonly DmabufPlane[],
    payloads: readonly PlanePayload[],
  ): Result<null, QueueRefusal> {
    const buffers = this.#importAll(dmabufs);
    const before = slot.planes ?? [];
    const taken = this.#attachAll(before, buffers, dmabufs, payloads);
    if (!taken.ok) {
      for (const buffer of buffers) buffer.release();
      return taken;
    }
    leave(before, taken.value);
    slot.planes = taken.value;
    return accepted(null);
  }

  /** Planes that take over the references of `buffers`; a buffer that is attached for `before`, or for another plane, is not attached again. */
  #attachAll(
    before: readonly Plane[],
    buffers: readonly DmaBuffer[],
    dmabufs: readonly DmabufPlane[],
    payloads: readonly PlanePayload[],
  ): Result<Plane[], QueueRefusal> {
    const { pageSize } = this.#system.machine.profile;
    const lengths: Bytes[] = [];
    for (const [plane, buffer] of buffers.entries()) {
      const size = alignUp(buffer.size, pageSize);
      const asked = dmabufs[plane]?.length ?? 0;
      const length = asked === 0 ? buffer.size : asked;
      const least = this.#shape.planes[plane] as Bytes;
      if (!(Number.isInteger(length) && length >= least))
        return refused({ code: "invalid-length", errno: "EINVAL", plane, length, least });
      if (length > size) return refused({ code: "length-beyond-buffer", errno: "EFAULT", plane, length, size });
      lengths.push(length);
    }
    const checked = this.#payloads(lengths, payloads);
    if (!checked.ok) return checked;
    const attachments = new Map(before.map(({ buffer, attachment }) => [buffer, attachment]));
    const attached: Attachment[] = [];
    const planes: Plane[] = [];
    for (const [i, buffer] of buffers.entries()) {
      let attachment = attachments.get(buffer);
      if (attachment === undefined) {
        const joined = buffer.tryAttach(this.#participant());
        if (!joined.ok) {
          for (const one of attached) one.detach();
          return joined;
        }
        attachment = joined.value;
        attachments.set(buffer, attachment);
        attached.push(attachment);
      }
      planes.push({ buffer, attachment, length: lengths[i] as Bytes, ...(checked.value[i] as QueuedPayload) });
    }
    return accepted(planes);
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
  leave(slot.planes ?? []);
  slot.planes = null;
}

/** The device leaves the buffers of planes, but for those that planes to come have too, and the queue's references go. */
function leave(planes: readonly Plane[], next: readonly Plane[] = []): void {
  const staying = new Set(next.map(({ attachment }) => attachment));
  for (const attachment of new Set(planes.map((plane) => plane.attachment))) {
    if (!staying.has(attachment)) attachment.detach();
  }
  for (const { buffer } of planes) buffer.release();
}

function checkCount(count: number): void {
  if (Number.isSafeInteger(count) && count >= 0) return;
  throw new RangeError(`${count} buffers, not a whole number from 0 on`);
}
