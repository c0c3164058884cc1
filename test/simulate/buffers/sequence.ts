import * as fc from "fast-check";
import { expect } from "vitest";
import type { SharedBuffer } from "../../../src/simulate/buffers/shared-buffer.js";
import { createDmaSystem, type SimulatedSystem } from "../../../src/simulate/dma-system.js";
import type { Direction } from "../../../src/simulate/mapping/dma-map-ops.js";
import { type Question, questions } from "../../random-board.js";

/** One step of a program. Numbers pick one of what is there, modulo how many there are. */
export type Step =
  | {
      readonly do: "create";
      readonly pages: number;
      readonly count: number;
      readonly devices: readonly number[];
      readonly heap: number | null;
    }
  | { readonly do: "attach"; readonly buffer: number; readonly device: number; readonly dynamic: boolean }
  | { readonly do: "allocate" | "move" | "export" | "acquire" | "release"; readonly buffer: number }
  | { readonly do: "map"; readonly attachment: number; readonly direction: Direction }
  | { readonly do: "unmap" | "pin" | "unpin" | "detach"; readonly attachment: number }
  | { readonly do: "cpu"; readonly buffer: number; readonly offset: number; readonly byte: number }
  | { readonly do: "device"; readonly attachment: number; readonly offset: number; readonly byte: number }
  | { readonly do: "close"; readonly descriptor: number };

/** A step, and which internal allocation within it fails; 0 for none. */
export interface FaultyStep {
  readonly step: Step;
  readonly fault: number;
}

const pick = fc.nat({ max: 1000 });
const direction = fc.constantFrom<Direction>("to-device", "from-device", "bidirectional", "bidirectional");
const byte = fc.integer({ min: 1, max: 255 });

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("create" as const),
      pages: fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 1500 })),
      count: fc.constantFrom(1, 1, 1, 2, 3),
      devices: fc.uniqueArray(fc.nat({ max: 3 }), { maxLength: 3 }),
      heap: fc.oneof({ weight: 5, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: fc.nat({ max: 7 }) }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("attach" as const),
      buffer: pick,
      device: fc.nat({ max: 3 }),
      dynamic: fc.boolean(),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constantFrom(
        "allocate" as const,
        "move" as const,
        "export" as const,
        "acquire" as const,
        "release" as const,
      ),
      buffer: pick,
    }),
  },
  { weight: 6, arbitrary: fc.record({ do: fc.constant("map" as const), attachment: pick, direction }) },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constantFrom("unmap" as const, "unmap" as const, "pin" as const, "unpin" as const, "detach" as const),
      attachment: pick,
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("cpu" as const), buffer: pick, offset: pick, byte }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("device" as const), attachment: pick, offset: pick, byte }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("close" as const), descriptor: pick }) },
);

/** A machine, and a program that runs on it while internal allocations fail now and then. */
export const programs: fc.Arbitrary<{ readonly question: Question; readonly steps: readonly FaultyStep[] }> = fc.record(
  {
    question: questions,
    steps: fc.array(
      fc.record({
        step,
        fault: fc.oneof(
          { weight: 2, arbitrary: fc.constant(0) },
          { weight: 1, arbitrary: fc.integer({ min: 1, max: 6 }) },
        ),
      }),
      { minLength: 1, maxLength: 25 },
    ),
  },
);

/** What is known of a buffer besides what the system says. */
interface Shadow {
  readonly buffer: SharedBuffer;
  /** Bytes that were written, by offset. */
  readonly bytes: Map<number, number>;
  /** References of the program. */
  held: number;
}

/** What is out of each heap; boot itself has taken some of the default area. */
function usageOf(system: SimulatedSystem): unknown {
  return system.heaps().map(({ id, live, used, free, largestHole }) => ({ id, live, used, free, largestHole }));
}

/** Everything a step must leave as it was when it is refused. */
function stateOf(system: SimulatedSystem): unknown {
  const heaps = usageOf(system);
  // Failures are counted, and what was taken for a moment has been the most so far.
  // Domains are made when they are first asked for: one without mappings is as good as none.
  const domains = system.mapping.table.domains
    .map((domain) => ({ ...domain.stats(), failures: 0, highWater: 0 }))
    .filter(({ mappings }) => mappings > 0);
  const bounced = system.mapping.bouncePool?.stats().used ?? 0;
  const buffers = system.buffers.map((b) => [b.id, b.references, b.allocation, b.attachments.map((a) => a.view)]);
  return { heaps, domains, bounced, buffers, mapped: system.mapping.api.checks?.mappings };
}

/** A program on a system, checked after every step. */
export class Program {
  readonly system: SimulatedSystem;
  readonly #devices: readonly string[];
  readonly #atStart: unknown;
  readonly #shadows: Shadow[] = [];
  readonly #descriptors: { readonly descriptor: number; readonly shadow: Shadow }[] = [];
  /** Steps that were refused, for those who want to know how much of a program ran. */
  refusals = 0;

  constructor({ machine }: Question) {
    this.system = createDmaSystem(machine);
    this.#devices = machine.devices.map((device) => device.path);
    this.#atStart = usageOf(this.system);
  }

  run(steps: readonly FaultyStep[]): void {
    for (const { step: one, fault } of steps) {
      const before = stateOf(this.system);
      this.system.faults.failNth(fault);
      const refused = this.#step(one);
      this.system.faults.failNth(0);
      if (refused) {
        this.refusals += 1;
        expect(stateOf(this.system), `${one.do} was refused, and left something behind`).toEqual(before);
      }
      this.system.audit();
      for (const shadow of this.#shadows) this.#compare(shadow);
    }
  }

  /** Gives everything back: the system must be as new. */
  drain(): void {
    for (const { descriptor } of this.#descriptors.splice(0)) this.system.closeDescriptor(descriptor);
    for (const { buffer, held } of this.#shadows.splice(0)) {
      for (const attachment of buffer.attachments) attachment.detach();
      for (let i = 0; i < held; i += 1) buffer.release();
    }
    expect(this.system.buffers).toEqual([]);
    expect(this.system.findings(true)).toEqual([]);
    expect(usageOf(this.system)).toEqual(this.#atStart);
    for (const domain of this.system.mapping.table.domains) expect(domain.stats().mapped).toBe(0);
    expect(this.system.mapping.bouncePool?.stats().used ?? 0).toBe(0);
    expect(this.system.mapping.world.memory?.residentPages).toBe(0);
    this.system.audit();
  }

  /** @returns true when it was refused; false as well when there was nothing to do it with */
  #step(step: Step): boolean {
    switch (step.do) {
      case "create":
        return this.#create(step.pages, step.count, step.devices, step.heap);
      case "attach": {
        const shadow = this.#shadow(step.buffer);
        if (shadow === null) return false;
        const device = this.#devices[step.device % this.#devices.length]!;
        const dynamic = step.dynamic ? { onMove: (): void => {} } : {};
        return !shadow.buffer.tryAttach({ device, ...dynamic }).ok;
      }
      case "allocate":
      case "move": {
        const buffer = this.#shadow(step.buffer)?.buffer;
        return buffer !== undefined && !(step.do === "move" ? buffer.move() : buffer.allocate()).ok;
      }
      case "export": {
        const shadow = this.#shadow(step.buffer);
        if (shadow !== null) this.#descriptors.push({ descriptor: shadow.buffer.export(), shadow });
        return false;
      }
      case "acquire": {
        const shadow = this.#shadow(step.buffer);
        if (shadow === null) return false;
        shadow.buffer.acquire();
        shadow.held += 1;
        return false;
      }
      case "release": {
        const shadow = this.#shadow(step.buffer);
        if (shadow === null || shadow.held === 0) return false;
        shadow.held -= 1;
        shadow.buffer.release();
        this.#forgetFreed();
        return false;
      }
      case "map": {
        const attachment = this.#attachment(step.attachment);
        return attachment !== null && !attachment.map(step.direction).ok;
      }
      case "unmap":
      case "pin":
      case "unpin":
      case "detach":
        return this.#useAttachment(step.do, step.attachment);
      case "cpu": {
        const shadow = this.#shadow(step.buffer);
        // What a device may write belongs to it as long as it is mapped: a copy for bouncing comes back over what the CPU wrote.
        if (shadow === null || shadow.buffer.attachments.some((a) => a.view?.direction === "from-device")) return false;
        const offset = step.offset % shadow.buffer.size;
        const written = shadow.buffer.cpuAccess("write", (bytes) => bytes.fill(step.byte), { offset, size: 1 });
        if (written.ok) shadow.bytes.set(offset, step.byte);
        return !written.ok;
      }
      case "device":
        this.#writeByDevice(step.attachment, step.offset, step.byte);
        return false;
      case "close": {
        const { length } = this.#descriptors;
        if (length === 0) return false;
        const [entry] = this.#descriptors.splice(step.descriptor % length, 1);
        const again = this.system.importBuffer(entry!.descriptor);
        expect(again).toBe(entry!.shadow.buffer);
        again.release();
        this.system.closeDescriptor(entry!.descriptor);
        this.#forgetFreed();
        return false;
      }
    }
  }

  #create(pages: number, count: number, devices: readonly number[], heap: number | null): boolean {
    const ids = [...this.system.mapping.heaps.keys()];
    const group = this.system.createBuffers({
      size: pages * 4096 - 7,
      count,
      participants: devices.map((device) => this.#devices[device % this.#devices.length]!),
      ...(heap === null ? {} : { heap: ids[heap % ids.length]! }),
    });
    for (const buffer of group) this.#shadows.push({ buffer, bytes: new Map(), held: 1 });
    return false;
  }

  #useAttachment(what: "unmap" | "pin" | "unpin" | "detach", index: number): boolean {
    const attachment = this.#attachment(index);
    if (attachment === null) return false;
    if (what === "pin") return !attachment.pin().ok;
    if (what === "detach") {
      attachment.detach();
      this.#forgetFreed();
    } else if (what === "unmap" && attachment.view !== null) {
      attachment.unmap();
    } else if (what === "unpin" && attachment.holds === "pin") {
      attachment.unpin();
    }
    return false;
  }

  /** A device writes a byte through its own addresses, and gives the CPU what it wrote by ending its mapping. */
  #writeByDevice(index: number, offset: number, byte: number): void {
    const attachment = this.#attachment(index);
    if (attachment === null || attachment.view === null || attachment.view.direction === "to-device") return;
    // Bounced mappings of one buffer are copies of their own, and a queue that the CPU copies for has none: nobody shares bytes there.
    if (attachment.view.via === "cpu") return;
    const buffer = attachment.buffer as SharedBuffer;
    if (buffer.attachments.some((other) => other !== attachment && other.view !== null)) return;
    const shadow = this.#shadows.find((one) => one.buffer === buffer)!;
    const at = offset % buffer.size;
    const master = this.system.busMaster(attachment.device);
    if (!master.write(attachment.view.addressOf(at), Uint8Array.of(byte)).ok) throw new Error("a mapped byte faults");
    while (attachment.view !== null) attachment.unmap();
    shadow.bytes.set(at, byte);
  }

  #compare({ buffer, bytes }: Shadow): void {
    if (buffer.allocation === null) return;
    for (const [offset, byte] of bytes) {
      const seen = buffer.cpuAccess("read", (read) => read[0], { offset, size: 1 });
      expect(seen, `byte ${offset} of ${buffer.name}`).toEqual({ ok: true, value: byte });
    }
  }

  #shadow(index: number): Shadow | null {
    return this.#shadows.length === 0 ? null : this.#shadows[index % this.#shadows.length]!;
  }

  #attachment(index: number): SharedBuffer["attachments"][number] | null {
    const all = this.#shadows.flatMap(({ buffer }) => buffer.attachments);
    return all.length === 0 ? null : all[index % all.length]!;
  }

  #forgetFreed(): void {
    const live = new Set(this.system.buffers);
    for (let i = this.#shadows.length - 1; i >= 0; i -= 1) {
      if (!live.has(this.#shadows[i]!.buffer)) this.#shadows.splice(i, 1);
    }
  }
}
