import type { Bytes, DmaAddr, PhysAddr } from "../../units/quantity.js";
import { type Direction, DMA_MAPPING_ERROR } from "../mapping/dma-map-ops.js";
import type { MappedDevice } from "../mapping/mapped-device.js";
import { DmaSegments, type ScatterList } from "../scatter-list.js";
import { CallSite, NO_CALL_SITE } from "./call-site.js";
import type { Finding, MappingKind } from "./finding.js";
import { type MappedGroup, MappedMemory } from "./mapped-memory.js";

/** Findings kept; what is found beyond is only counted. */
const MOST_FINDINGS = 1000;
/** Unmapped addresses remembered of each device, to tell a second unmap from one that never had a mapping. */
const REMEMBERED = 256;

/** A mapping as it was made. */
interface Record {
  readonly device: MappedDevice;
  readonly owner: string;
  readonly kind: MappingKind;
  readonly dmaAddr: DmaAddr;
  readonly size: Bytes;
  readonly direction: Direction;
  readonly mappedAt: CallSite;
  /** Entries the device sees; null when it is one range. */
  readonly segments: DmaSegments | null;
  /** Lowest address, and exclusive end of the highest. */
  readonly low: DmaAddr;
  readonly end: DmaAddr;
  readonly memory: ScatterList | null;
  group: MappedGroup<Record> | null;
  isChecked: boolean;
  /** Another mapping of the device that starts at the same address: directly mapped devices may have the same memory twice. */
  next: Record | null;
}

/** A mapping to enter. */
export interface MappingEntry {
  readonly device: MappedDevice;
  /** On whose behalf, for reports of what was left. */
  readonly owner: string;
  readonly kind: MappingKind;
  readonly dmaAddr: DmaAddr;
  readonly size: Bytes;
  readonly direction: Direction;
  /** As the device sees it; copied. Null for one range. */
  readonly segments: DmaSegments | null;
  /** What is mapped; null for a block. */
  readonly memory: ScatterList | null;
  readonly physAddr: PhysAddr;
  /** The caller looks after caches: then mappings may overlap. */
  readonly skipsSync: boolean;
}

/**
 * Watches how mappings are used, in the manner of the kernel's `dma-debug`: what was unmapped twice, by another device, in another direction, with
 * another size or call; synced outside of every mapping; mapped although it overlaps another mapping; used without a look at whether
 * mapping failed; or left behind.
 *
 * Unlike there, mappings of the same scatter list may overlap: sharing a buffer between devices is what this system is for. And a call that would
 * take away somebody else's mapping, or none, is reported and not carried out.
 *
 * @see Linux 6.12 `kernel/dma/debug.c`
 */
export class UsageChecks {
  readonly #live: Map<MappedDevice, Map<DmaAddr, Record>> = new Map();
  readonly #unmapped: Map<MappedDevice, Map<DmaAddr, CallSite>> = new Map();
  readonly #memory: MappedMemory<Record> = new MappedMemory();
  readonly #findings: Finding[] = [];
  readonly #takesSites: boolean;
  #found = 0;
  #mappings = 0;

  /** @param takesSites - whether findings name the calls they are about, which costs a few microseconds a mapping */
  constructor(takesSites: boolean = true) {
    this.#takesSites = takesSites;
  }

  /** In the order they were found; at most 1000. */
  get findings(): readonly Finding[] {
    return this.#findings;
  }

  /** How many there were, those not kept included. */
  get found(): number {
    return this.#found;
  }

  /** Mappings that live. */
  get mappings(): number {
    return this.#mappings;
  }

  /** Enters a mapping that has been made. */
  mapped(entry: MappingEntry): void {
    const { device, dmaAddr, size, direction, memory } = entry;
    const segments = entry.segments === null || entry.segments.count === 1 ? null : copyOf(entry.segments);
    const length = segments === null ? (entry.segments?.length[0] ?? size) : 0;
    const bounds = segments === null ? { low: dmaAddr, end: dmaAddr + length } : boundsOf(segments);
    const record: Record = {
      device,
      owner: entry.owner,
      kind: entry.kind,
      dmaAddr,
      size,
      direction,
      mappedAt: this.#callSite(),
      segments,
      ...bounds,
      memory,
      group: null,
      isChecked: entry.kind !== "page",
      next: null,
    };
    const live = this.#liveOf(device);
    record.next = live.get(dmaAddr) ?? null;
    live.set(dmaAddr, record);
    this.#mappings += 1;
    if (entry.skipsSync || entry.kind === "coherent") return;
    const writes = direction !== "to-device";
    const { group, clash } =
      memory === null
        ? this.#memory.addBlock(entry.physAddr, size, writes, record)
        : this.#memory.addList(memory, writes, record);
    record.group = group;
    if (clash === null) return;
    const other = clash.holder;
    this.#add({
      code: "overlap",
      device: device.path,
      dmaAddr,
      size,
      at: record.mappedAt,
      mappedAt: null,
      other: other.device.path,
      otherAddr: other.dmaAddr,
      otherMappedAt: other.mappedAt,
    });
  }

  /**
   * Strikes a mapping out that is about to be unmapped.
   *
   * @param size - bytes the caller gives: of a list, those of all its entries
   * @returns false when there is no such mapping: nothing may be unmapped then. Coherent memory is no mapping that can be unmapped, and mapped
   *   memory none that can be given back
   */
  unmapping(device: MappedDevice, kind: MappingKind, dmaAddr: DmaAddr, size: Bytes, direction: Direction): boolean {
    const base = { device: device.path, dmaAddr, size };
    if (dmaAddr === DMA_MAPPING_ERROR && kind !== "coherent") {
      this.#add({ code: "unmap-failed-mapping", ...base, at: this.#callSite(), mappedAt: null });
      return false;
    }
    const live = this.#liveOf(device);
    const record = bestOf(live.get(dmaAddr) ?? null, kind, size, direction);
    if (record === null) {
      this.#reportUnknown(device, dmaAddr, size);
      return false;
    }
    if ((record.kind === "coherent") !== (kind === "coherent")) {
      const about = { ...base, at: this.#callSite(), mappedAt: record.mappedAt };
      this.#add({ code: "wrong-function", ...about, mapped: record.kind, used: kind });
      return false;
    }
    const isSame = record.kind === kind && record.direction === direction && size === record.size;
    if (!isSame || !record.isChecked) this.#compare(record, kind, size, direction);
    this.#strike(live, record);
    this.#remember(device, dmaAddr, record.mappedAt);
    return true;
  }

  /** Looks at a sync. */
  syncing(device: MappedDevice, dmaAddr: DmaAddr, size: Bytes, direction: Direction): void {
    const record = this.#recordAround(device, dmaAddr, size, direction);
    if (record === null) {
      this.#add({ code: "sync-outside", device: device.path, dmaAddr, size, at: this.#callSite(), mappedAt: null });
      return;
    }
    if (covers(record.direction, direction)) return;
    this.#add({
      code: "wrong-direction",
      device: device.path,
      dmaAddr,
      size,
      at: this.#callSite(),
      mappedAt: record.mappedAt,
      mapped: record.direction,
      used: direction,
      call: "sync",
    });
  }

  /** The caller has looked whether mapping failed. */
  checked(device: MappedDevice, dmaAddr: DmaAddr): void {
    for (let record = this.#liveOf(device).get(dmaAddr) ?? null; record !== null; record = record.next) {
      if (record.isChecked) continue;
      record.isChecked = true;
      return;
    }
  }

  /** Bytes from an address on that lie in one live mapping of the device; 0 when it lies in none. */
  bytesMapped(device: MappedDevice, dmaAddr: DmaAddr): Bytes {
    let bytes = 0;
    this.#eachAround(device, dmaAddr, (_record, left) => {
      if (left > bytes) bytes = left;
    });
    return bytes;
  }

  /** What is mapped now, as findings by device and owner; nothing is struck out. */
  leaks(device: MappedDevice | null = null): readonly Finding[] {
    const leaks: Finding[] = [];
    for (const [of, live] of this.#live) {
      if (device !== null && of !== device) continue;
      const byOwner = new Map<string, { first: Record; count: number }>();
      for (const first of live.values()) {
        for (let record: Record | null = first; record !== null; record = record.next) {
          const known = byOwner.get(record.owner);
          if (known === undefined) byOwner.set(record.owner, { first: record, count: 1 });
          else known.count += 1;
        }
      }
      for (const [owner, { first, count }] of byOwner) {
        const { dmaAddr, size, kind, mappedAt } = first;
        leaks.push({ code: "leak", device: of.path, dmaAddr, size, at: null, mappedAt, owner, count, kind });
      }
    }
    return leaks;
  }

  /** Reports in what an unmap differs from the mapping. */
  #compare(record: Record, kind: MappingKind, size: Bytes, direction: Direction): void {
    const { device, dmaAddr, mappedAt } = record;
    const about = { device: device.path, dmaAddr, size, at: this.#callSite(), mappedAt };
    if (record.kind !== kind) this.#add({ code: "wrong-function", ...about, mapped: record.kind, used: kind });
    if (size !== record.size) this.#add({ code: "wrong-size", ...about, mapped: record.size });
    if (record.direction !== direction) {
      this.#add({ code: "wrong-direction", ...about, mapped: record.direction, used: direction, call: "unmap" });
    }
    if (!record.isChecked) this.#add({ code: "error-not-checked", ...about });
  }

  #callSite(): CallSite {
    return this.#takesSites ? new CallSite() : NO_CALL_SITE;
  }

  #liveOf(device: MappedDevice): Map<DmaAddr, Record> {
    let live = this.#live.get(device);
    if (live === undefined) {
      live = new Map();
      this.#live.set(device, live);
    }
    return live;
  }

  #strike(live: Map<DmaAddr, Record>, record: Record): void {
    const first = live.get(record.dmaAddr) ?? null;
    if (first === record) {
      if (record.next === null) live.delete(record.dmaAddr);
      else live.set(record.dmaAddr, record.next);
    } else {
      for (let at = first; at !== null; at = at.next) if (at.next === record) at.next = record.next;
    }
    this.#mappings -= 1;
    const { group, memory, direction } = record;
    if (group === null) return;
    this.#memory.remove(group, memory, direction !== "to-device");
  }

  #remember(device: MappedDevice, dmaAddr: DmaAddr, mappedAt: CallSite): void {
    let history = this.#unmapped.get(device);
    if (history === undefined) {
      history = new Map();
      this.#unmapped.set(device, history);
    }
    history.delete(dmaAddr);
    history.set(dmaAddr, mappedAt);
    if (history.size <= REMEMBERED) return;
    for (const oldest of history.keys()) {
      history.delete(oldest);
      return;
    }
  }

  #reportUnknown(device: MappedDevice, dmaAddr: DmaAddr, size: Bytes): void {
    const about = { device: device.path, dmaAddr, size, at: this.#callSite() };
    const before = this.#unmapped.get(device)?.get(dmaAddr);
    if (before !== undefined) {
      this.#add({ code: "double-unmap", ...about, mappedAt: before });
      return;
    }
    for (const [other, live] of this.#live) {
      const record = live.get(dmaAddr);
      if (record === undefined) continue;
      this.#add({ code: "wrong-device", ...about, mappedAt: record.mappedAt, owner: other.path });
      return;
    }
    this.#add({ code: "unmap-unknown", ...about, mappedAt: null });
  }

  /** A mapping around all of these bytes; of several one that may be synced in this direction. */
  #recordAround(device: MappedDevice, dmaAddr: DmaAddr, size: Bytes, direction: Direction): Record | null {
    const first = this.#liveOf(device).get(dmaAddr) ?? null;
    if (first !== null && bytesIn(first, dmaAddr) >= size && covers(first.direction, direction)) return first;
    let found: Record | null = null;
    this.#eachAround(device, dmaAddr, (record, left) => {
      if (left < size) return;
      if (found === null || (!covers(found.direction, direction) && covers(record.direction, direction)))
        found = record;
    });
    return found;
  }

  /** Mappings of a device around an address, with the bytes from there to the end of the segment. */
  #eachAround(device: MappedDevice, dmaAddr: DmaAddr, visit: (record: Record, left: Bytes) => void): void {
    for (const first of this.#liveOf(device).values()) {
      for (let record: Record | null = first; record !== null; record = record.next) {
        if (dmaAddr < record.low || dmaAddr >= record.end) continue;
        const left = bytesIn(record, dmaAddr);
        if (left > 0) visit(record, left);
      }
    }
  }

  #add(finding: Finding): void {
    this.#found += 1;
    if (this.#findings.length < MOST_FINDINGS) this.#findings.push(finding);
  }
}

/** Of mappings that start at one address, the one that fits the call best, the latest first. */
function bestOf(first: Record | null, kind: MappingKind, size: Bytes, direction: Direction): Record | null {
  let best = first;
  let bestFit = -1;
  for (let record = first; record !== null; record = record.next) {
    const fit =
      ((record.kind === "coherent") === (kind === "coherent") ? 8 : 0) +
      (record.kind === kind ? 4 : 0) +
      (record.size === size ? 2 : 0) +
      (record.direction === direction ? 1 : 0);
    if (fit > bestFit) {
      best = record;
      bestFit = fit;
    }
  }
  return best;
}

/** A mapping for both directions may be synced for one. */
function covers(mapped: Direction, synced: Direction): boolean {
  return mapped === synced || mapped === "bidirectional";
}

function copyOf(segments: DmaSegments): DmaSegments {
  const copy = new DmaSegments(Math.max(1, segments.count));
  copy.address.set(segments.address.subarray(0, segments.count));
  copy.length.set(segments.length.subarray(0, segments.count));
  copy.count = segments.count;
  return copy;
}

function boundsOf(segments: DmaSegments): { readonly low: DmaAddr; readonly end: DmaAddr } {
  let low = Number.POSITIVE_INFINITY;
  let end = 0;
  for (let i = 0; i < segments.count; i += 1) {
    const address = segments.address[i] as number;
    if (address < low) low = address;
    if (address + (segments.length[i] as number) > end) end = address + (segments.length[i] as number);
  }
  return { low, end };
}

/** Bytes of a mapping from an address on that lies between its lowest and its highest. */
function bytesIn(record: Record, dmaAddr: DmaAddr): Bytes {
  return record.segments === null ? record.end - dmaAddr : bytesLeft(record.segments, dmaAddr);
}

/** Bytes from an address on, across segments that follow each other without a gap. */
function bytesLeft(segments: DmaSegments, dmaAddr: DmaAddr): Bytes {
  for (let i = 0; i < segments.count; i += 1) {
    const from = segments.address[i] as number;
    let end = from + (segments.length[i] as number);
    if (dmaAddr < from || dmaAddr >= end) continue;
    for (let next = i + 1; next < segments.count && segments.address[next] === end; next += 1) {
      end += segments.length[next] as number;
    }
    return end - dmaAddr;
  }
  return 0;
}
