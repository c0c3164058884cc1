import type { Access, Participant } from "../../constraints/participant.js";
import { accepted, type Result, refused } from "../../units/result.js";
import { checkDirection, type DmaApi } from "../mapping/dma-api.js";
import { type Direction, type DmaAttrs, NO_ATTRS, OWN_MEMORY } from "../mapping/dma-map-ops.js";
import { explainMapFailure } from "../mapping/map-failure.js";
import type { MappedDevice } from "../mapping/mapped-device.js";
import type { MappingOrigin } from "../mapping/mapping-events.js";
import { DmaSegments, type ScatterList } from "../scatter-list.js";
import type { AllocationRefusal, MapRefusal } from "./buffer-refusal.js";
import { CountedAttachment } from "./counted-attachment.js";
import type { Attachment, DmaBuffer, ModelAllocation } from "./dma-buffer.js";
import type { KnownParticipant } from "./plan.js";
import { SegmentView } from "./view.js";

/** What an attachment asks of its buffer. */
export interface AttachedBuffer extends DmaBuffer {
  readonly allocation: ModelAllocation | null;
  allocate(): Result<ModelAllocation, AllocationRefusal>;
  /** True when its memory came by the participant's own allocation path, in a way that leaves nothing to be mapped by the DMA API. */
  isOwnMemoryOf(participant: Participant): boolean;
  /** Strikes the attachment out, and gives its reference back. */
  leave(attachment: BufferAttachment): void;
  /** Takes back what the last {@link DmaBuffer.allocate} of this buffer gave to its group. */
  undoAllocate(): void;
}

/** One device's part in a simulated buffer. */
export class BufferAttachment extends CountedAttachment<ModelAllocation, SegmentView> implements Attachment {
  readonly known: KnownParticipant;
  readonly #host: AttachedBuffer;
  readonly #api: DmaApi;
  readonly #mapped: MappedDevice;
  readonly #origin: MappingOrigin;
  /** Shared by all attachments of a system: a list is taken with a map, and given back with the view. */
  readonly #spareSegments: DmaSegments[];
  /** What is mapped, as the device sees it; null while nothing is. */
  #segments: DmaSegments | null = null;
  #attrs: DmaAttrs = NO_ATTRS;
  #view: SegmentView | null = null;
  /** The list that is mapped. */
  #memory: ScatterList | null = null;

  constructor(
    host: AttachedBuffer,
    api: DmaApi,
    spareSegments: DmaSegments[],
    known: KnownParticipant,
    onMove: ((attachment: Attachment) => void) | null,
  ) {
    super(onMove);
    this.known = known;
    this.#host = host;
    this.#api = api;
    this.#spareSegments = spareSegments;
    this.#mapped = known.mapped;
    this.#origin = { buffer: host.id, participant: known.request.device.path };
  }

  get buffer(): AttachedBuffer {
    return this.#host;
  }

  get device(): string {
    return this.known.request.device.path;
  }

  get dmaDevice(): string {
    return this.#mapped.path;
  }

  get access(): Access {
    return this.known.request.access;
  }

  get view(): SegmentView | null {
    return this.#view;
  }

  map(direction: Direction): Result<SegmentView, MapRefusal> {
    this.checkAttached();
    checkDirection(direction);
    const again = this.mapAgain(direction);
    if (again !== null) return again;
    const isFirst = this.#host.allocation === null;
    const allocated = this.#host.allocate();
    if (!allocated.ok) return allocated;
    const { memory } = allocated.value;
    this.#attrs = this.#host.isOwnMemoryOf(this.known.participant) ? OWN_MEMORY : NO_ATTRS;
    const segments = this.#spareSegments.pop() ?? new DmaSegments();
    const entries = this.#api.mapSg(this.#mapped, memory, direction, this.#attrs, segments, this.#origin);
    if (entries < 0) {
      this.#spareSegments.push(segments);
      const failure = explainMapFailure(this.#mapped, memory, entries);
      if (isFirst) this.#host.undoAllocate();
      return refused(failure);
    }
    const { name } = this.#attrs === OWN_MEMORY ? this.#mapped.ownOps : this.#mapped.ops;
    const made = new SegmentView(this.device, direction, memory.size, name, segments);
    this.#segments = segments;
    this.#view = made;
    this.#memory = memory;
    this.mapped();
    return accepted(made);
  }

  /** Ends the view, however often it was mapped. @returns false when there was none */
  revoke(): boolean {
    const view = this.#view;
    const segments = this.#segments;
    if (view === null || segments === null || this.#memory === null) return false;
    this.#api.unmapSg(this.#mapped, this.#memory, segments, view.direction, this.#attrs, this.#origin);
    view.end();
    this.#spareSegments.push(segments);
    this.#segments = null;
    this.#view = null;
    this.#memory = null;
    return true;
  }

  /** Before the CPU looks: Linux 6.12 `drivers/dma-buf/heaps/system_heap.c` `system_heap_dma_buf_begin_cpu_access()`. */
  syncForCpu(): void {
    if (this.#view === null || this.#segments === null) return;
    this.#api.syncSgForCpu(this.#mapped, this.#segments, this.#view.direction, this.#attrs);
  }

  /** When it is done: Linux 6.12 `drivers/dma-buf/heaps/system_heap.c` `system_heap_dma_buf_end_cpu_access()`. */
  syncForDevice(): void {
    if (this.#view === null || this.#segments === null) return;
    this.#api.syncSgForDevice(this.#mapped, this.#segments, this.#view.direction, this.#attrs);
  }

  protected leave(): void {
    this.#host.leave(this);
  }
}
