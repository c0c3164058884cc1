import type { Bytes, PhysAddr } from "../../units/quantity.js";
import { MIB } from "../../units/quantity.js";
import type { ScatterList } from "../scatter-list.js";

const BUCKET = 2 * MIB;

/** The blocks of a list by address, neighbours joined: starts and ends in turn. */
type Extents = Float64Array;

/** Memory, and the buckets it touches, ascending. */
interface Place {
  readonly extents: Extents;
  readonly buckets: readonly number[];
}

/** Memory that is mapped, as one or more mappings of the same list. `Holder` is whatever the caller wants to find again. */
export interface MappedGroup<Holder> {
  readonly place: Place;
  /** Mappings through which a device writes. */
  writers: number;
  mappings: number;
  /** The first mapping. */
  holder: Holder;
}

/**
 * Finds mapped memory that overlaps other mapped memory, by physical address.
 *
 *     buckets of 2 MiB    | A A | A B | B |   | C |       a newcomer is compared with those in its own buckets
 *
 * Mappings of the same list are one group and never overlap each other: that is what sharing a buffer means.
 *
 * Time: a step per bucket the memory touches, and per extent there where others are. A list is sorted once.
 */
export class MappedMemory<Holder> {
  readonly #buckets: Map<number, MappedGroup<Holder>[]> = new Map();
  readonly #lists: WeakMap<ScatterList, Place> = new WeakMap();
  readonly #groups: Map<ScatterList, MappedGroup<Holder>> = new Map();

  /**
   * Adds a mapping.
   *
   * @returns its group for {@link remove}, and what it overlaps, if one of the two is written; else null
   */
  addList(
    memory: ScatterList,
    writes: boolean,
    holder: Holder,
  ): { readonly group: MappedGroup<Holder>; readonly clash: MappedGroup<Holder> | null } {
    const known = this.#groups.get(memory);
    if (known !== undefined) {
      known.mappings += 1;
      if (writes) known.writers += 1;
      // The first writer among readers may clash where readers alone did not.
      return { group: known, clash: writes && known.writers === 1 ? this.#clashOf(known) : null };
    }
    let place = this.#lists.get(memory);
    if (place === undefined) {
      place = placeOf(extentsOf(memory));
      this.#lists.set(memory, place);
    }
    const group = { place, writers: writes ? 1 : 0, mappings: 1, holder };
    this.#groups.set(memory, group);
    return { group, clash: this.#insert(group) };
  }

  /** As {@link addList} for one block, which is shared with nobody. */
  addBlock(
    physAddr: PhysAddr,
    size: Bytes,
    writes: boolean,
    holder: Holder,
  ): { readonly group: MappedGroup<Holder>; readonly clash: MappedGroup<Holder> | null } {
    const place = placeOf(Float64Array.of(physAddr, physAddr + size));
    const group = { place, writers: writes ? 1 : 0, mappings: 1, holder };
    return { group, clash: this.#insert(group) };
  }

  /** @param memory - the list, or null for a block */
  remove(group: MappedGroup<Holder>, memory: ScatterList | null, writes: boolean): void {
    group.mappings -= 1;
    if (writes) group.writers -= 1;
    if (group.mappings > 0) return;
    if (memory !== null) this.#groups.delete(memory);
    for (const bucket of group.place.buckets) {
      const groups = this.#buckets.get(bucket) ?? [];
      const at = groups.indexOf(group);
      if (at >= 0) groups.splice(at, 1);
      if (groups.length === 0) this.#buckets.delete(bucket);
    }
  }

  #insert(group: MappedGroup<Holder>): MappedGroup<Holder> | null {
    const clash = this.#clashOf(group);
    for (const bucket of group.place.buckets) {
      const groups = this.#buckets.get(bucket);
      if (groups === undefined) this.#buckets.set(bucket, [group]);
      else groups.push(group);
    }
    return clash;
  }

  #clashOf(group: MappedGroup<Holder>): MappedGroup<Holder> | null {
    for (const bucket of group.place.buckets) {
      for (const other of this.#buckets.get(bucket) ?? []) {
        if (other === group || (group.writers === 0 && other.writers === 0)) continue;
        if (overlapIn(group.place.extents, other.place.extents, bucket * BUCKET)) return other;
      }
    }
    return null;
  }
}

function extentsOf(memory: ScatterList): Extents {
  const order = memory.physAddr.map((_, i) => i).sort((a, b) => (memory.physAddr[a] ?? 0) - (memory.physAddr[b] ?? 0));
  const extents = new Float64Array(2 * memory.count);
  let used = 0;
  for (const i of order) {
    const start = memory.physAddr[i] as PhysAddr;
    const end = start + (memory.length[i] as Bytes);
    if (used > 0 && extents[used - 1] === start) extents[used - 1] = end;
    else {
      extents[used] = start;
      extents[used + 1] = end;
      used += 2;
    }
  }
  return extents.slice(0, used);
}

function placeOf(extents: Extents): Place {
  const buckets: number[] = [];
  let next = 0;
  for (let i = 0; i < extents.length; i += 2) {
    const last = Math.floor(((extents[i + 1] as number) - 1) / BUCKET);
    for (let bucket = Math.max(next, Math.floor((extents[i] as number) / BUCKET)); bucket <= last; bucket += 1) {
      buckets.push(bucket);
      next = bucket + 1;
    }
  }
  return { extents, buckets };
}

/** True when two extents overlap that touch a bucket. */
function overlapIn(a: Extents, b: Extents, base: PhysAddr): boolean {
  const end = base + BUCKET;
  let i = firstEndingAbove(a, base);
  let j = firstEndingAbove(b, base);
  while (i < a.length && j < b.length && (a[i] as number) < end && (b[j] as number) < end) {
    if ((a[i + 1] as number) <= (b[j] as number)) i += 2;
    else if ((b[j + 1] as number) <= (a[i] as number)) j += 2;
    else return true;
  }
  return false;
}

function firstEndingAbove(extents: Extents, address: PhysAddr): number {
  let low = 0;
  let high = extents.length / 2;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if ((extents[2 * middle + 1] as number) > address) high = middle;
    else low = middle + 1;
  }
  return 2 * low;
}
