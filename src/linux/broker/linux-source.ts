import { describeBufferRefusal } from "../../simulate/buffers/buffer-refusal.js";
import type { Bytes } from "../../units/quantity.js";
import { oneLine } from "../../units/quote.js";
import { accepted, type Result, refused } from "../../units/result.js";
import type { LinuxBuffer } from "../buffers/linux-buffer.js";
import type { LinuxSystem } from "../buffers/linux-system.js";
import { dmaBufField } from "../memory/dma-buf.js";
import { Descriptor } from "../native/descriptor.js";
import type { Kernel } from "../native/kernel.js";
import { SystemCallError } from "../native/system-call-error.js";
import type { Admission, BufferSource, SourceBuffer, SourceBuffers, SourceRequest } from "./buffer-source.js";
import type { BrokerRefusal } from "./refusal.js";

/**
 * Buffers that devices can use, from wherever this machine's kernel has them. Whether somebody holds one is told by the number of references to its file:
 * docs/decisions/0012-who-holds-a-buffer.md.
 */
export class LinuxSource implements BufferSource {
  readonly name = "linux";
  readonly #system: LinuxSystem;
  readonly #references: CountReferences;

  /**
   * @param system - used by this source alone, and open as long as it
   * @param references - for tests
   */
  constructor(system: LinuxSystem, references: CountReferences = referencesTo) {
    this.#system = system;
    this.#references = references;
  }

  allocate(request: SourceRequest, admit: Admission): Result<SourceBuffers, BrokerRefusal> {
    const { size, image, participants, count, cpu, name } = request;
    if (participants.length === 0) {
      return refused({ code: "unplaceable", text: "no device is named; name those that use the buffer" });
    }
    let group: readonly LinuxBuffer[];
    try {
      group = this.#system.createBuffers({
        ...(size === null ? {} : { size }),
        ...(image === null ? {} : { image }),
        ...(name === null ? {} : { name }),
        participants,
        count,
        cpu,
      });
    } catch (error) {
      // A device that is not there, an image that is none: wrong use in a program, and here a client's.
      if (error instanceof RangeError) return refused({ code: "unplaceable", text: oneLine(error.message) });
      throw error;
    }
    const made = this.#allocate(group, admit);
    if (!made.ok) for (const buffer of group) buffer.destroy();
    return made;
  }

  #allocate(group: readonly LinuxBuffer[], admit: Admission): Result<SourceBuffers, BrokerRefusal> {
    const [first] = group as readonly [LinuxBuffer];
    const placement = first.place();
    const expected = placement.chosen?.source.id ?? null;
    // Before memory is taken, which may need long to be zeroed; what cannot be placed is refused by the allocation, with all reasons.
    const refusal = expected === null ? null : admit(expected, placement.size);
    if (refusal !== null) return refused(refusal);
    const allocated = first.allocate();
    if (!allocated.ok) return refused(refusalOf(allocated.refusal));
    const { heap, size } = allocated.value;
    // The best way may have failed, and another heap given the memory.
    const late = heap === expected && size === placement.size ? null : admit(heap, size);
    if (late !== null) return refused(late);
    const made = { kernel: this.#system.kernel, heap, size, references: this.#references };
    return accepted({ buffers: group.map((buffer) => new LinuxSourceBuffer(buffer, made)), layout: first.layout });
  }
}

/** How often the file behind a descriptor is referred to. */
type CountReferences = (fd: number, path: string) => number;

class LinuxSourceBuffer implements SourceBuffer {
  readonly heap: string;
  readonly size: Bytes;
  readonly #kernel: Kernel;
  readonly #buffer: LinuxBuffer;
  readonly #path: string;
  readonly #references: CountReferences;
  /** References that are there without any holder: the broker's own, and those of the driver that made it. */
  #own: number;

  constructor(
    buffer: LinuxBuffer,
    made: {
      readonly kernel: Kernel;
      readonly heap: string;
      readonly size: Bytes;
      readonly references: CountReferences;
    },
  ) {
    this.#kernel = made.kernel;
    this.#buffer = buffer;
    this.heap = made.heap;
    this.size = made.size;
    this.#path = `dmabuf:${buffer.name}`;
    this.#references = made.references;
    this.#own = this.#count();
  }

  open(): Descriptor {
    // The number is the buffer's; the object that names it here is let go of without closing it.
    const own = new Descriptor(this.#buffer.fd, this.#path);
    try {
      return this.#kernel.duplicate(own);
    } finally {
      own.release();
    }
  }

  isHeld(): boolean {
    return this.#count() > this.#own;
  }

  free(): void {
    this.#buffer.destroy();
  }

  close(): void {
    this.#buffer.destroy();
  }

  clear(offset: Bytes, size: Bytes): boolean {
    const cleared = this.#buffer.cpuAccess("write", (bytes) => bytes.fill(0), { offset, size });
    // The mapping that this took stays, and refers to the file as well.
    if (offset + size === this.size) this.#own = this.#count();
    return cleared.ok;
  }

  #count(): number {
    return this.#references(this.#buffer.fd, this.#path);
  }
}

/** @throws SystemCallError when that cannot be read */
function referencesTo(fd: number, path: string): number {
  const count = dmaBufField(fd, path, "count");
  if (count === null) throw new SystemCallError("read fdinfo", path, "ENODATA");
  return Number(count);
}

function refusalOf(refusal: Parameters<typeof describeBufferRefusal>[0]): BrokerRefusal {
  return refusal.code === "system-call"
    ? refusal
    : { code: "unplaceable", text: oneLine(describeBufferRefusal(refusal)) };
}
