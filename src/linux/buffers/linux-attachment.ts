import type { Access, ParticipantRequest } from "../../constraints/participant.js";
import type { AllocationRefusal, ImportRefusal, MapRefusal } from "../../simulate/buffers/buffer-refusal.js";
import { CountedAttachment } from "../../simulate/buffers/counted-attachment.js";
import type { Allocation, Attachment, DmaView } from "../../simulate/buffers/dma-buffer.js";
import { checkDirection } from "../../simulate/mapping/dma-api.js";
import type { Direction } from "../../simulate/mapping/dma-map-ops.js";
import type { Bytes } from "../../units/quantity.js";
import { accepted, type Result, refused } from "../../units/result.js";
import type { DeviceImport } from "../memory/linux-memory.js";
import type { LinuxBuffer } from "./linux-buffer.js";

/** What an attachment asks of its buffer. */
export interface AttachedLinuxBuffer {
  /** Lets the device take the buffer's memory. */
  importInto(participant: ParticipantRequest): Result<DeviceImport, ImportRefusal | AllocationRefusal>;
  /** Takes back what the last allocation of this buffer gave to its group. */
  undoAllocate(): void;
  /** Strikes the attachment out, and gives its reference back. */
  leave(attachment: LinuxAttachment): void;
  /** Tells of a map that began, ended or failed. */
  told(event: "map" | "unmap", attachment: LinuxAttachment, view: DmaView): void;
}

/** How a device was seen to take a buffer. */
export interface ImportProof {
  readonly via: DeviceImport["via"];
  /** The node it was asked through. */
  readonly path: string;
}

/** A buffer that a device's driver holds. Only the kernel knows its addresses. */
class ImportedView implements DmaView {
  readonly device: string;
  readonly direction: Direction;
  readonly size: Bytes;
  readonly via: string;
  readonly nents: null = null;
  readonly dmaAddr: null = null;
  readonly segments: null = null;
  readonly isContiguous: null = null;
  readonly taken: DeviceImport;
  #isLive = true;

  constructor(device: string, direction: Direction, size: Bytes, taken: DeviceImport) {
    this.device = device;
    this.direction = direction;
    this.size = size;
    this.via = taken.via;
    this.taken = taken;
  }

  get isLive(): boolean {
    return this.#isLive;
  }

  addressOf(offset: Bytes): null {
    if (!this.#isLive) throw new RangeError(`the view of ${this.device} has ended`);
    if (offset >= 0 && offset < this.size) return null;
    throw new RangeError(`offset ${offset} is not one of the ${this.size} bytes mapped for ${this.device}`);
  }

  end(): void {
    this.#isLive = false;
    this.taken.close();
  }
}

/** One device's part in a buffer on real Linux. */
export class LinuxAttachment extends CountedAttachment<Allocation, DmaView> implements Attachment {
  readonly buffer: LinuxBuffer;
  readonly participant: ParticipantRequest;
  readonly #host: AttachedLinuxBuffer;
  #view: ImportedView | null = null;

  constructor(
    buffer: LinuxBuffer,
    host: AttachedLinuxBuffer,
    participant: ParticipantRequest,
    onMove: ((attachment: Attachment) => void) | null,
  ) {
    super(onMove);
    this.buffer = buffer;
    this.participant = participant;
    this.#host = host;
  }

  get device(): string {
    return this.participant.device.path;
  }

  get dmaDevice(): string {
    const { dmaDevice } = this.participant.device;
    return "path" in dmaDevice ? dmaDevice.path : dmaDevice.virtual;
  }

  get access(): Access {
    return this.participant.access;
  }

  get view(): DmaView | null {
    return this.#view;
  }

  /**
   * Lets a graphics device take the buffer, and hold it until {@link unmap}. A video device takes one when it is queued there, by whoever streams: give its
   * queue the buffer's descriptor, and see {@link probe} for whether it would take it.
   */
  map(direction: Direction): Result<DmaView, MapRefusal> {
    this.checkAttached();
    checkDirection(direction);
    const again = this.mapAgain(direction);
    if (again !== null) return again;
    const isFirst = this.buffer.allocation === null;
    const taken = this.#host.importInto(this.participant);
    if (!taken.ok) {
      if (isFirst) this.#host.undoAllocate();
      return taken;
    }
    if (taken.value.via === "v4l2") {
      taken.value.close();
      const nodes = this.participant.device.devNodes ?? [];
      return refused({ code: "no-importer", errno: "EOPNOTSUPP", device: this.device, nodes });
    }
    const size = (this.buffer.allocation as Allocation).size;
    this.#view = new ImportedView(this.device, direction, size, taken.value);
    this.mapped();
    this.#host.told("map", this, this.#view);
    return accepted(this.#view);
  }

  /** Lets the device's driver take the buffer for a moment: what it says is what it will say in earnest. Gets memory if there is none. */
  probe(): Result<ImportProof, ImportRefusal | AllocationRefusal> {
    this.checkAttached();
    const taken = this.#host.importInto(this.participant);
    if (!taken.ok) return taken;
    const { via, path } = taken.value;
    taken.value.close();
    return accepted({ via, path });
  }

  /** Ends the view, however often it was mapped. @returns false when there was none */
  revoke(): boolean {
    const view = this.#view;
    if (view === null) return false;
    this.#view = null;
    view.end();
    this.#host.told("unmap", this, view);
    return true;
  }

  protected leave(): void {
    this.#host.leave(this);
  }
}
