import { PageAllocator } from "../../algorithms/page-allocator.js";
import type { PageMemory } from "../../algorithms/page-memory.js";
import {
  MIGRATE_CMA,
  MIGRATE_UNMOVABLE,
  ZONE_HIGHMEM,
  type ZoneSpan,
  type ZoneType,
  zoneList,
} from "../../algorithms/zone-types.js";
import type { Machine } from "../../machine/machine.js";
import type { Bytes, PhysAddr } from "../../units/quantity.js";
import { pageMemoryOf } from "./machine-zones.js";
import { MovablePages } from "./movable-pages.js";
import type { PhysicalMemory } from "./physical-memory.js";

/** An area whose pages are lent to movable users as long as it does not need them. */
export interface LentArea {
  /** Tells every range of pages that the area has handed out. */
  eachTaken(visit: (pfn: number, nrPages: number) => void): void;
}

/** All that a range of an area can come to. `busy`: a page stays where it is. `no-room`: a page that would move has nowhere to go. */
export type RangeOutcome = "taken" | "busy" | "no-room";

/**
 * The pages of one machine: the page allocator that all page-made heaps share, and the CMA areas that it borrows.
 *
 *     RAM     | free pages ......... | CMA area      | free pages ........ |
 *     heaps     system, page-block     cma:default     system, page-block
 *     others    movable users          movable users   movable users
 *
 * No zone keeps a reserve back: every free page may be had, where a kernel would reclaim, or refuse, at its watermarks.
 *
 * The allocator is made at the first request for a page. As long as there is no movable user, nothing but an area itself can be in its pages,
 * so areas keep to their bitmaps; with the first movable user they begin to take their pages out of the allocator.
 */
export class MachinePages {
  readonly pageSize: Bytes;
  /** Spans of the zones, ascending. */
  readonly zones: readonly ZoneSpan[];
  readonly #shape: Required<Pick<PageMemory, "zones" | "free" | "cma">> & PageMemory;
  readonly #memory: PhysicalMemory | null;
  readonly #areas: LentArea[] = [];
  #allocator: PageAllocator | null = null;
  #movable: MovablePages | null = null;

  /** @param memory - bytes to move along with pages; null for none */
  constructor(machine: Machine, memory: PhysicalMemory | null) {
    this.pageSize = machine.profile.pageSize;
    this.#shape = pageMemoryOf(machine);
    this.zones = this.#shape.zones;
    this.#memory = memory;
  }

  /** The page allocator. Movable requests go through {@link movable}. */
  get allocator(): PageAllocator {
    this.#allocator ??= new PageAllocator({
      ...this.#shape,
      onMigrate: (from, to, order) => this.#moved(from, to, order),
    });
    return this.#allocator;
  }

  /** Those whose pages can be moved: what a page cache and processes are. From now on areas may meet them. */
  get movable(): MovablePages {
    if (this.#movable === null) {
      this.#movable = new MovablePages(this.allocator);
      for (const area of this.#areas) area.eachTaken((pfn, nrPages) => this.#claim(pfn, nrPages));
    }
    return this.#movable;
  }

  /** True when pages of areas may be in use by others: areas take and give back every range then. */
  get lending(): boolean {
    return this.#movable !== null;
  }

  /** Pages moved so far, to make room for areas. */
  get pagesMigrated(): number {
    return this.#allocator?.pagesMigrated ?? 0;
  }

  /** The page that stood in the way of the last range that was busy or found no room; null when none did. */
  get busyPage(): PhysAddr | null {
    const pfn = this.#allocator?.busyPfn ?? -1;
    return pfn < 0 ? null : pfn * this.pageSize;
  }

  /** Makes an area known. @returns false when these pages are not lent: the area keeps them to itself */
  join(base: PhysAddr, size: Bytes, area: LentArea): boolean {
    const startPfn = base / this.pageSize;
    const endPfn = (base + size) / this.pageSize;
    if (!this.#shape.cma.some((range) => range.startPfn === startPfn && range.endPfn === endPfn)) return false;
    this.#areas.push(area);
    if (this.#movable !== null) area.eachTaken((pfn, nrPages) => this.#claim(pfn, nrPages));
    return true;
  }

  /** Empties a range of an area and takes it; only while {@link lending}. */
  takeRange(pfn: number, nrPages: number): RangeOutcome {
    const result = this.allocator.allocContigRange(pfn, nrPages, MIGRATE_CMA);
    return result === 0 ? "taken" : result === 16 ? "busy" : "no-room";
  }

  /** Gives back a range taken by {@link takeRange}, or handed out before lending began. */
  giveRange(pfn: number, nrPages: number): void {
    this.allocator.freeContigRange(pfn, nrPages);
  }

  /** Pages that an unmovable request could get: those of CMA areas do not count. */
  freePages(gfpZone: ZoneType): number {
    const allocator = this.#allocator;
    let pages = 0;
    for (const type of this.zonesFor(gfpZone)) {
      pages +=
        allocator === null ? this.#managed(type) : allocator.freePageCount(type) - allocator.freeCmaPageCount(type);
    }
    return pages;
  }

  /** Pages outside of CMA areas that the zones of a request have in all. */
  managedPages(gfpZone: ZoneType): number {
    let pages = 0;
    for (const type of this.zonesFor(gfpZone)) pages += this.#managed(type);
    return pages;
  }

  /** Order of the largest block an unmovable request could get, or -1. */
  largestOrder(gfpZone: ZoneType): number {
    if (this.#allocator !== null) return this.#allocator.largestOrder(gfpZone, MIGRATE_UNMOVABLE);
    const { free, maxOrder = 10 } = this.#shape;
    const zones = this.zonesFor(gfpZone);
    for (let order = maxOrder; order >= 0; order -= 1) {
      const block = 2 ** order;
      for (const { type, startPfn, endPfn } of this.zones) {
        if (!zones.includes(type)) continue;
        for (const range of free) {
          const first = Math.ceil(Math.max(range.startPfn, startPfn) / block) * block;
          if (first + block <= Math.min(range.endPfn, endPfn)) return order;
        }
      }
    }
    return -1;
  }

  /** Zones that serve a request, first one first. */
  zonesFor(gfpZone: ZoneType): readonly ZoneType[] {
    return zoneList(
      gfpZone,
      this.zones.map((zone) => zone.type),
    );
  }

  /**
   * The highest zone of which every page that serves a request lies below an address: what a device that reaches no further allocates from.
   *
   * @param limit - exclusive
   * @returns null when even the lowest zone with pages has some above
   */
  zoneBelow(limit: PhysAddr): ZoneType | null {
    let highest: ZoneType | null = null;
    for (const zone of this.zones) {
      if (this.#managed(zone.type) > 0 && this.#lastOf(zone) * this.pageSize > limit) break;
      highest = zone.type;
    }
    if (highest === null || this.managedPages(highest) === 0) return null;
    return highest === this.zones[this.zones.length - 1]?.type ? ANY_ZONE : highest;
  }

  /**
   * Every page is accounted for: handed out by an area, lent, or free; outside of areas, free, lent, or in one of the heaps made of pages.
   *
   * @param heapPages - pages that all heaps made of pages have out
   * @throws Error when one is lost, or in two hands
   */
  audit(heapPages: number): void {
    const allocator = this.#allocator;
    const movable = this.#movable;
    const lentInAreas = movable?.countInAreas() ?? 0;
    const lentElsewhere = (movable?.count ?? 0) - lentInAreas;
    const outside = this.freePages(ANY_ZONE) + lentElsewhere + heapPages;
    if (outside !== this.managedPages(ANY_ZONE)) {
      throw new Error(`${outside} pages are free, lent or in heaps, of ${this.managedPages(ANY_ZONE)}`);
    }
    if (allocator === null || movable === null) return;
    let taken = 0;
    for (const area of this.#areas) {
      area.eachTaken((pfn, nrPages) => {
        taken += nrPages;
        for (let at = pfn; at < pfn + nrPages; at += 1) {
          const use = allocator.pageUse(at);
          if (use !== "used") throw new Error(`page ${at} is handed out, and ${use}`);
        }
      });
    }
    let inAreas = 0;
    for (const { startPfn, endPfn } of this.#shape.cma) inAreas += endPfn - startPfn;
    const known = allocator.freeCmaPageCount() + lentInAreas + taken;
    if (known !== inAreas) throw new Error(`${known} pages of areas are free, lent or handed out, of ${inAreas}`);
    movable.audit();
  }

  #claim(pfn: number, nrPages: number): void {
    const outcome = this.takeRange(pfn, nrPages);
    if (outcome !== "taken") throw new Error(`pages ${pfn} to ${pfn + nrPages} of an area: ${outcome}`);
  }

  #managed(type: ZoneType): number {
    const zone = this.zones.find((span) => span.type === type);
    if (zone === undefined) return 0;
    let pages = 0;
    for (const { startPfn, endPfn } of this.#shape.free) {
      pages += Math.max(0, Math.min(endPfn, zone.endPfn) - Math.max(startPfn, zone.startPfn));
    }
    return pages;
  }

  /** Exclusive end of the last page outside of areas that a zone manages. */
  #lastOf(zone: ZoneSpan): number {
    let last = 0;
    for (const { startPfn, endPfn } of this.#shape.free) {
      if (startPfn < zone.endPfn && endPfn > zone.startPfn) last = Math.min(endPfn, zone.endPfn);
    }
    return last;
  }

  #moved(fromPfn: number, toPfn: number, order: number): void {
    this.#movable?.moved(fromPfn, toPfn, order);
    if (this.#memory === null) return;
    const size = this.pageSize * 2 ** order;
    this.#memory.copy(toPfn * this.pageSize, fromPfn * this.pageSize, size);
    this.#memory.clear(fromPfn * this.pageSize, size);
  }
}

/** Highest zone of a request that takes any page: what heaps and IOMMU paths ask for. */
export const ANY_ZONE: ZoneType = ZONE_HIGHMEM;
