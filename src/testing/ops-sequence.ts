import type { Device, Machine } from "../machine/machine.js";
import type { Backing } from "../simulate/heaps/heap.js";
import type { OpsRegistration } from "../simulate/mapping/choose-ops.js";
import { type CoherentBuffer, type Direction, DMA_MAPPING_ERROR } from "../simulate/mapping/dma-map-ops.js";
import type { MappedDevice } from "../simulate/mapping/mapped-device.js";
import { type MappingSystem, makeMappingSystem } from "../simulate/mapping/mapping-system.js";
import type { PhysicalMemory } from "../simulate/memory/physical-memory.js";
import { DmaSegments, type ScatterList } from "../simulate/scatter-list.js";
import { type Bytes, type DmaAddr, formatHex, type PhysAddr } from "../units/quantity.js";
import type { OpsLaw, OpsViolation } from "./ops-law.js";
import { addressLeft, countMappings } from "./ops-leftovers.js";
import { describeRange, type OpsOperation, SLOTS } from "./ops-operation.js";

/** Errors that `mapSg` may return. Linux 6.12 `kernel/dma/mapping.c` `__dma_map_sg_attrs()`; -ENOSPC is this library's own. */
const MAP_ERRORS = [-5, -12, -22, -28, -121];

/** A mapping or allocation that lives. */
interface Live {
  readonly kind: "list" | "block" | "coherent";
  readonly memory: ScatterList;
  /** The bytes that were asked for. */
  readonly size: Bytes;
  readonly segments: DmaSegments;
  readonly direction: Direction;
  readonly backing: Backing | null;
  readonly buffer: CoherentBuffer | null;
}

/** What a sequence did that passed: how many mappings were made, how many refused, and all answers in words. */
export interface OpsRun {
  readonly accepted: number;
  readonly refused: number;
  readonly answers: string;
}

/** Thrown inside a run, caught at its end. */
class Broken extends Error {
  readonly law: OpsLaw;
  constructor(law: OpsLaw, sentence: string) {
    super(sentence);
    this.law = law;
  }
}

/** Carries out a sequence in a fresh system, and looks at every law after every step. */
export function runOpsSequence(
  registration: OpsRegistration,
  machine: Machine,
  device: Device,
  operations: readonly OpsOperation[],
): OpsRun | OpsViolation {
  try {
    const run = new Run(registration, machine, device);
    for (const operation of operations) run.step(operation);
    run.finish();
    return { accepted: run.accepted, refused: run.refused, answers: run.answers.join("\n") };
  } catch (error) {
    if (error instanceof Broken) return { law: error.law, sentence: error.message };
    return { law: "answers", sentence: String(error) };
  }
}

class Run {
  accepted = 0;
  refused = 0;
  readonly answers: string[] = [];
  readonly #system: MappingSystem;
  readonly #memory: PhysicalMemory;
  readonly #device: MappedDevice;
  readonly #registration: OpsRegistration;
  readonly #machine: Machine;
  /** Addresses that were mapped, and how the device could use them. */
  readonly #addresses: Map<DmaAddr, "read" | "write"> = new Map();
  readonly #capacity: number;
  readonly #live: (Live | null)[] = Array.from({ length: SLOTS }, () => null);
  #stamp = 1;

  constructor(registration: OpsRegistration, machine: Machine, device: Device) {
    this.#registration = { ...registration, chooses: (other) => other.path === device.path };
    this.#machine = machine;
    this.#system = makeMappingSystem(machine, { ops: [this.#registration], checks: false });
    const { memory } = this.#system.world;
    if (memory === null) throw new Error("a system without bytes");
    this.#memory = memory;
    this.#device = this.#system.table.deviceFor(device);
    this.#checkSizes();
    this.#capacity = countMappings(this.#system, this.#device);
  }

  step(operation: OpsOperation): void {
    const { slot } = operation;
    const live = this.#live[slot] ?? null;
    switch (operation.kind) {
      case "map":
        if (live === null) this.#live[slot] = this.#map(operation);
        break;
      case "map-block":
        if (live === null) this.#live[slot] = this.#mapBlock(operation);
        break;
      case "alloc":
        if (live === null) this.#live[slot] = this.#alloc(operation);
        break;
      case "sync-for-device":
        if (live !== null && live.kind !== "coherent") this.#syncForDevice(live);
        break;
      case "sync-for-cpu":
        if (live !== null && live.kind !== "coherent") this.#syncForCpu(live);
        break;
      case "release":
        if (live !== null) this.#release(live);
        this.#live[slot] = null;
        break;
    }
    this.#checkExclusive();
  }

  /** Gives everything back, and looks whether it is. */
  finish(): void {
    for (const [slot, live] of this.#live.entries()) {
      if (live !== null) this.#release(live);
      this.#live[slot] = null;
    }
    for (const heap of this.#system.heaps.values()) {
      const { live } = heap.stats();
      if (live > 0 && heap.source.id !== "cma:default") {
        throw new Broken("all-goes-back", `${live} allocations of ${heap.source.id} are left`);
      }
    }
    const fresh = makeMappingSystem(this.#machine, { ops: [this.#registration], checks: false });
    const left = addressLeft(this.#device, fresh.table.deviceFor(this.#device.device), this.#addresses);
    if (left !== null) throw new Broken("unmap", `the device still meets memory at ${formatHex(left)}`);
    const capacity = countMappings(this.#system, this.#device);
    if (capacity !== this.#capacity) {
      throw new Broken(
        "all-goes-back",
        `${this.#capacity} mappings of a page were there at the start, ${capacity} are now`,
      );
    }
    const taken = this.#taken();
    if (taken !== "") throw new Broken("all-goes-back", `left over: ${taken}`);
    this.#system.table.audit();
    this.#system.heaps.audit();
  }

  #map(operation: Extract<OpsOperation, { kind: "map" }>): Live | null {
    const heap = this.#system.heaps.get(operation.heap);
    const got = heap?.allocate({ size: operation.size, alignment: 1, owner: "conformance" });
    if (got?.ok !== true) return null;
    const backing = got.value;
    const { memory } = backing;
    this.#stampMemory({ memory, size: memory.size });
    const segments = new DmaSegments(1);
    const before = this.#taken();
    this.#arm(operation.fault);
    const mapped = this.#device.ops.mapSg(this.#device, memory, operation.direction, {}, segments);
    this.#arm(0);
    this.answers.push(`map ${mapped} ${shown(segments)}`);
    if (mapped < 0) {
      this.refused += 1;
      if (!MAP_ERRORS.includes(mapped)) throw new Broken("errors", `a list fails with ${mapped}`);
      if (segments.count !== 0)
        throw new Broken("failure-changes-nothing", `${segments.count} segments after a failure`);
      this.#checkUntouched(before);
      backing.heap.release(backing);
      return null;
    }
    this.accepted += 1;
    if (mapped !== segments.count || mapped < 1) {
      throw new Broken("within-limits", `${mapped} segments are returned, ${segments.count} are there`);
    }
    const { direction } = operation;
    const live: Live = { kind: "list", memory, size: memory.size, segments, direction, backing, buffer: null };
    this.#checkMapping(live);
    return live;
  }

  #mapBlock(operation: Extract<OpsOperation, { kind: "map-block" }>): Live | null {
    const heap = this.#system.heaps.get("page-block");
    const got = heap?.allocate({ size: operation.size, alignment: 1, owner: "conformance" });
    if (got?.ok !== true) return null;
    const backing = got.value;
    const physAddr = backing.memory.physAddr[0] as PhysAddr;
    const { size, direction } = operation;
    const memory = { count: 1, physAddr: [physAddr], length: [size], size };
    this.#stampMemory({ memory, size });
    const before = this.#taken();
    this.#arm(operation.fault);
    const dmaAddr = this.#device.ops.mapPage(this.#device, physAddr, size, direction, {});
    this.#arm(0);
    this.answers.push(`map-block ${dmaAddr}`);
    if (dmaAddr === DMA_MAPPING_ERROR) {
      this.refused += 1;
      this.#checkUntouched(before);
      backing.heap.release(backing);
      return null;
    }
    this.accepted += 1;
    if (!(dmaAddr >= 0)) throw new Broken("errors", `a block is mapped at ${dmaAddr}`);
    const segments = new DmaSegments(1);
    segments.push(dmaAddr, size);
    const live: Live = { kind: "block", memory, size, segments, direction, backing, buffer: null };
    this.#checkMapping(live);
    return live;
  }

  #alloc(operation: Extract<OpsOperation, { kind: "alloc" }>): Live | null {
    const before = this.#taken();
    const { size, blocking } = operation;
    this.#arm(operation.fault);
    const buffer = this.#device.ops.alloc(this.#device, size, { blocking });
    this.#arm(0);
    this.answers.push(`alloc ${buffer?.dmaAddr ?? "none"}`);
    if (buffer === null) {
      this.refused += 1;
      this.#checkUntouched(before);
      return null;
    }
    this.accepted += 1;
    const segments = new DmaSegments(1);
    segments.push(buffer.dmaAddr, size);
    const memory = this.#device.ops.getSgtable(this.#device, buffer);
    if (memory.size < size) throw new Broken("coherent", `${size} bytes asked for, ${memory.size} are there`);
    const live: Live = { kind: "coherent", memory, size, segments, direction: "bidirectional", backing: null, buffer };
    this.#remember(live);
    this.#eachByte(live, "coherent", (_offset, physAddr, target) => {
      if (target !== physAddr)
        throw new Broken("coherent", `the device meets ${formatHex(target)}, not ${formatHex(physAddr)}`);
      const byte = this.#memory.byteAt(physAddr);
      if (byte !== 0) throw new Broken("coherent", `new memory reads as ${byte}`);
    });
    return live;
  }

  #release(live: Live): void {
    const { ops } = this.#device;
    if (live.buffer !== null) ops.free(this.#device, live.buffer);
    else {
      const wrote = live.direction === "to-device" ? null : this.#deviceWrites(live);
      if (live.kind === "list") ops.unmapSg(this.#device, live.memory, live.segments, live.direction, {});
      else ops.unmapPage(this.#device, live.segments.address[0] as number, live.size, live.direction, {});
      if (wrote !== null) this.#cpuReads(live, wrote, "unmap");
    }
    if (this.#device.domain !== null) this.#checkGone(live);
    if (live.backing !== null) live.backing.heap.release(live.backing);
  }

  /** Behind a guard, the device meets nothing any more. */
  #checkGone(live: Live): void {
    const access = live.direction === "from-device" ? "write" : "read";
    this.#eachSegment(live, (address) => {
      const target = this.#device.ops.translate(this.#device, address, access);
      if (target !== null) throw new Broken("unmap", `the device still meets memory at ${formatHex(address)}`);
    });
  }

  #syncForDevice(live: Live): void {
    this.#stampMemory(live);
    this.#eachSegment(live, (address, length) =>
      this.#device.ops.syncForDevice(this.#device, address, length, live.direction),
    );
    if (live.direction !== "from-device") this.#checkContent(live, "sync-for-device");
  }

  #syncForCpu(live: Live): void {
    if (live.direction === "to-device") return;
    const wrote = this.#deviceWrites(live);
    this.#eachSegment(live, (address, length) =>
      this.#device.ops.syncForCpu(this.#device, address, length, live.direction),
    );
    this.#cpuReads(live, wrote, "sync-for-cpu");
  }

  /** A new mapping: right length, right place, right memory. */
  #checkMapping(live: Live): void {
    this.#remember(live);
    const { maxSegments, streamingLimit, domain } = this.#device;
    if (live.segments.count > maxSegments) {
      throw new Broken("within-limits", `${live.segments.count} segments, the device takes ${maxSegments}`);
    }
    let total = 0;
    this.#eachSegment(live, (address, length) => {
      total += length;
      if (domain === null && address + length - 1 > streamingLimit) {
        throw new Broken(
          "within-limits",
          `${describeRange(address as number, length)} is beyond ${formatHex(streamingLimit)}`,
        );
      }
    });
    if (total !== live.size) throw new Broken("covers", `segments of ${total} bytes for ${live.size}`);
    this.#checkContent(live, "covers");
  }

  /** What the device meets is the memory, or reads like it. */
  #checkContent(live: Live, law: OpsLaw): void {
    this.#eachByte(live, law, (offset, physAddr, target) => {
      if (target === physAddr) return;
      const [wanted, seen] = [this.#memory.byteAt(physAddr), this.#memory.byteAt(target)];
      if (wanted !== seen) {
        throw new Broken(law, `byte ${offset} reads as ${seen} for the device, and as ${wanted} for the CPU`);
      }
    });
  }

  /** The device writes new marks. */
  #deviceWrites(live: Live): number {
    const stamp = this.#nextStamp();
    this.#eachByte(live, "covers", (offset, _physAddr, target) => {
      this.#memory.setByte(target, this.#markAt(stamp, offset));
    });
    return stamp;
  }

  #cpuReads(live: Live, stamp: number, law: OpsLaw): void {
    this.#eachOffset(live, (offset, physAddr) => {
      const [wanted, seen] = [this.#markAt(stamp, offset), this.#memory.byteAt(physAddr)];
      if (seen !== wanted) throw new Broken(law, `the device wrote ${wanted} to byte ${offset}, the CPU reads ${seen}`);
    });
  }

  /** Bytes that are looked at: the first of each page of the list, and the very last. */
  #eachOffset(live: Pick<Live, "memory" | "size">, visit: (offset: number, physAddr: PhysAddr) => void): void {
    const { pageSize } = this.#system.world.machine.profile;
    let start = 0;
    for (let i = 0; i < live.memory.count && start < live.size; i += 1) {
      const length = Math.min(live.memory.length[i] as Bytes, live.size - start);
      const physAddr = live.memory.physAddr[i] as PhysAddr;
      for (let done = 0; done < length; done += pageSize) visit(start + done, physAddr + done);
      if (start + length === live.size) visit(live.size - 1, physAddr + length - 1);
      start += length;
    }
  }

  /** The same, with where the device meets them. */
  #eachByte(live: Live, law: OpsLaw, visit: (offset: number, physAddr: PhysAddr, target: PhysAddr) => void): void {
    const access = live.direction === "from-device" ? "write" : "read";
    let segment = 0;
    let before = 0;
    this.#eachOffset(live, (offset, physAddr) => {
      while (offset - before >= (live.segments.length[segment] ?? Number.POSITIVE_INFINITY)) {
        before += live.segments.length[segment] as number;
        segment += 1;
      }
      const address = (live.segments.address[segment] ?? 0) + offset - before;
      const target = this.#device.ops.translate(this.#device, address, access);
      if (target === null) throw new Broken(law, `the device faults at ${formatHex(address)}, byte ${offset}`);
      visit(offset, physAddr, target.physAddr);
    });
  }

  #eachSegment(live: Live, visit: (address: DmaAddr, length: Bytes) => void): void {
    for (let i = 0; i < live.segments.count; i += 1) {
      visit(live.segments.address[i] as number, live.segments.length[i] as number);
    }
  }

  #remember(live: Live): void {
    const access = live.direction === "from-device" ? "write" : "read";
    this.#eachSegment(live, (address, length) => {
      this.#addresses.set(address, access);
      this.#addresses.set((address + length - 1) as number, access);
    });
  }

  #checkExclusive(): void {
    const all: { from: number; end: number }[] = [];
    for (const live of this.#live) {
      if (live !== null) this.#eachSegment(live, (from, length) => all.push({ from, end: from + length }));
    }
    all.sort((a, b) => a.from - b.from);
    for (let i = 1; i < all.length; i += 1) {
      const [one, next] = [all[i - 1], all[i]];
      if (one !== undefined && next !== undefined && one.end > next.from) {
        throw new Broken("exclusive", `two mappings have ${formatHex(next.from)} in common`);
      }
    }
  }

  #checkSizes(): void {
    const { ops } = this.#device;
    const { pageSize } = this.#system.world.machine.profile;
    const most = ops.maxMappingSize(this.#device);
    const fast = ops.optMappingSize(this.#device);
    const boundary = ops.mergeBoundary(this.#device);
    if (most !== "unlimited" && !(most >= pageSize)) throw new Broken("sizes", `at most ${most} bytes can be mapped`);
    if (fast !== "unlimited" && !(fast >= 1)) throw new Broken("sizes", `${fast} bytes are mapped fast`);
    if (!Number.isInteger(Math.log2(boundary + 1))) throw new Broken("sizes", `the merge boundary is ${boundary}`);
  }

  /** Everything that mappings and coherent memory take, in words; empty when nothing is taken. */
  #taken(): string {
    const { bouncePool, table, heaps } = this.#system;
    const words: string[] = [];
    const slots = bouncePool?.stats().used ?? 0;
    if (slots > 0) words.push(`${slots} bounce slots`);
    for (const domain of table.domains) {
      const { mapped } = domain.stats();
      if (mapped > 0) words.push(`${mapped} bytes of ${domain.name}`);
    }
    for (const pool of heaps.atomicPools.pools) {
      const { live } = pool.stats();
      if (live > 0) words.push(`${live} allocations of ${pool.source.id}`);
    }
    return words.join(", ");
  }

  #checkUntouched(before: string): void {
    const after = this.#taken();
    if (after !== before)
      throw new Broken("failure-changes-nothing", `taken before: ${before || "nothing"}; after: ${after}`);
  }

  #arm(fault: number): void {
    this.#system.world.faults.failNth(fault);
  }

  #nextStamp(): number {
    this.#stamp += 1;
    return this.#stamp;
  }

  /** What a stamp puts into a byte: pages differ, and no mark is 0. */
  #markAt(stamp: number, offset: number): number {
    return ((stamp + Math.floor(offset / this.#system.world.machine.profile.pageSize)) % 255) + 1;
  }

  /** The CPU writes new marks at the start of every page, and at the end. */
  #stampMemory(live: Pick<Live, "memory" | "size">): void {
    const stamp = this.#nextStamp();
    this.#eachOffset(live, (offset, physAddr) => this.#memory.setByte(physAddr, this.#markAt(stamp, offset)));
  }
}

function shown(segments: DmaSegments): string {
  const parts: string[] = [];
  for (let i = 0; i < segments.count; i += 1) parts.push(`${segments.address[i]}+${segments.length[i]}`);
  return parts.join(" ");
}
