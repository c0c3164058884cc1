import { type ContigFailure, type ContigType, PageContig } from "./page-contig.js";
import { ABSENT, KIND, MOVABLE_HEAD, MOVABLE_TAIL, PageFrames, PINNED, USED_HEAD, USED_TAIL } from "./page-frames.js";
import { checkMemory, type PageMemory } from "./page-memory.js";
import { removeBlock } from "./page-types.js";
import {
  MIGRATE_CMA,
  MIGRATE_MOVABLE,
  MIGRATE_RECLAIMABLE,
  MIGRATE_TYPES,
  MIGRATE_UNMOVABLE,
  type MigrateType,
  type PfnRange,
  type RequestMigrateType,
  ZONE_DMA32,
  ZONE_HIGHMEM,
  ZONE_MOVABLE,
  ZONE_NORMAL,
  ZONE_TYPES,
  type ZoneType,
  zoneList,
} from "./zone-types.js";
import { type ZoneMarks, zoneMarks } from "./zone-watermarks.js";

/** The page allocator has no block for a request. */
export const NO_PAGE = -1;
/** A request may go to half of the lowest mark: what the kernel calls high priority. Linux 6.12 `mm/internal.h` `ALLOC_MIN_RESERVE`. */
export const ALLOC_MIN_RESERVE = 1;
/** A request that may not wait goes a quarter lower still, with {@link ALLOC_MIN_RESERVE}. Linux 6.12 `mm/internal.h` `ALLOC_NON_BLOCK`. */
export const ALLOC_NON_BLOCK = 2;

/**
 * The kernel's page allocator: zones, blocks of `2^order` pages, migrate types by pageblock.
 *
 *     request (order 2, highest zone NORMAL, UNMOVABLE)
 *       zone NORMAL   own lists, orders 2 to 10      ── smallest block, head of its list, lowest part; the rest back to the lists
 *                     movable only: CMA lists           (first of all when most of what is free is CMA)
 *                     claim a pageblock of another type ── largest block first, the pageblock changes its type
 *                     take a block of another type      ── smallest first, the pageblock keeps its type
 *       zone DMA32    the same
 *       zone DMA      the same
 *
 * Same answers as Linux 6.12 `mm/page_alloc.c` `__alloc_pages_noprof()` and `__free_pages()` on one node without per-CPU lists, reclaim,
 * compaction, reserved blocks for atomic requests and boosted watermarks: what these would bring is refused here.
 *
 * Pages are told by pfn, a physical address divided by the page size; exact up to 2^53 - 1.
 * Time: a few list operations, one more an order split or joined. Bookkeeping: 9 bytes a page, see {@link PageFrames}.
 */
export class PageAllocator {
  /** Largest order that can be had. */
  readonly maxOrder: number;
  /** Order of a pageblock. */
  readonly pageblockOrder: number;
  /** Pages that have been moved to make room, since the start. */
  pagesMigrated = 0;
  /** The page that stood in the way of the last range that was refused as busy, or -1. */
  busyPfn = -1;

  private readonly frames: PageFrames;
  private readonly contig: PageContig;
  private readonly zoneLists: readonly Int32Array[];
  /** By highest zone: whether the first try keeps off the pageblocks of other types. */
  private readonly sparesTypes: readonly boolean[];
  /** By the highest zone asked for: the highest that is configured. */
  private readonly highest: readonly ZoneType[];
  private readonly managed: Float64Array = new Float64Array(ZONE_TYPES);
  private readonly marks: readonly ZoneMarks[] | null;
  private readonly onMigrate: PageMemory["onMigrate"];

  /**
   * @throws RangeError when ranges overlap, leave their zones, or an area is not of whole pageblocks
   */
  constructor(memory: PageMemory) {
    const { zones, free, cma = [], maxOrder = 10, pageblockOrder = Math.min(9, maxOrder), watermarks = false } = memory;
    checkMemory(memory, maxOrder, pageblockOrder);
    this.maxOrder = maxOrder;
    this.pageblockOrder = pageblockOrder;
    const present = [...free, ...cma].sort((a, b) => a.startPfn - b.startPfn);
    this.frames = new PageFrames({ zones, present, maxOrder, pageblockOrder });
    for (const range of free) this.addRange(range);
    for (const area of cma) this.addCma(area);
    const configured = zones.map((zone) => zone.type);
    const lists = ([0, 1, 2, 3, 4] as const).map((gfpZone) => zoneList(gfpZone, configured));
    this.highest = lists.map((list) => list[0] ?? ZONE_NORMAL);
    const populated = lists.map((list) => list.filter((type) => (this.managed[type] as number) > 0));
    this.zoneLists = populated.map((list) => Int32Array.from(list));
    this.sparesTypes = populated.map((list) => list[0] === ZONE_NORMAL && configured.includes(ZONE_DMA32));
    this.marks =
      watermarks === false
        ? null
        : zoneMarks(Array.from(this.managed), {
            pageblockPages: 2 ** pageblockOrder,
            ...(watermarks === true ? {} : watermarks),
          });
    this.onMigrate = memory.onMigrate;
    this.contig = new PageContig(this.frames, (index, order) => this.migrateBlock(index, order));
  }

  /**
   * Takes a block of `2^order` pages that starts at a multiple of its length.
   *
   * @param order - 0 to `maxOrder`; more is refused, as the kernel does
   * @param gfpZone - highest zone the caller can use; lower ones serve when it is empty
   * @param migrateType - what DMA buffers ask for is unmovable
   * @param allocFlags - `ALLOC_MIN_RESERVE`, `ALLOC_NON_BLOCK` or both; of effect only with watermarks
   * @returns first pfn, or {@link NO_PAGE} with nothing changed
   */
  allocPages(order: number, gfpZone: ZoneType, migrateType: RequestMigrateType, allocFlags = 0): number {
    if (!Number.isInteger(order) || order < 0)
      throw new RangeError(`order ${order}: a whole number from 0 is possible`);
    if (order > this.maxOrder) return NO_PAGE;
    const index = this.takeIndex(order, gfpZone, migrateType, allocFlags);
    if (index < 0) return NO_PAGE;
    this.markUsed(index, order, migrateType);
    return this.frames.pfnOf(index);
  }

  /**
   * Gives a block back as it was allocated.
   *
   * @throws RangeError when no block in use of that order begins at `pfn`, or one of its pages is pinned; nothing is changed
   */
  freePages(pfn: number, order: number): void {
    const frames = this.frames;
    const index = this.usedBlock(pfn, order);
    const state = frames.state;
    if ((state[index] as number) >= MOVABLE_HEAD) {
      for (let at = index; at < index + 2 ** order; at += 1) {
        if ((state[at] as number) >= PINNED) throw new RangeError(`page ${frames.pfnOf(at)} is pinned`);
      }
    }
    frames.freeByPageblock(index, frames.zoneOf(index), order, false);
  }

  /**
   * Makes single pages of a block in use, each to be given back on its own. Linux 6.12 `mm/page_alloc.c` `split_page()`.
   *
   * @throws RangeError when no block in use of that order begins at `pfn`
   */
  splitPages(pfn: number, order: number): void {
    const index = this.usedBlock(pfn, order);
    const state = this.frames.state;
    const head = (state[index] as number) & KIND;
    for (let at = index; at < index + 2 ** order; at += 1) state[at] = ((state[at] as number) & PINNED) | head;
  }

  /**
   * Takes exactly these pages, whatever their use: movable ones are moved elsewhere first.
   *
   * @param migrateType - type of all their pageblocks: CMA, or movable for memory outside of the areas
   * @returns 0, or {@link EBUSY} when a page stays where it is, or {@link ENOMEM} when a movable page finds no other place. Then no page of the range
   *   has been taken, but what was moved stays moved
   * @throws RangeError when the range is empty or holds pages that are not managed
   * @see Linux 6.12 `mm/page_alloc.c` `alloc_contig_range()`
   */
  allocContigRange(pfn: number, nrPages: number, migrateType: ContigType = MIGRATE_CMA): 0 | ContigFailure {
    const first = this.managedRange(pfn, nrPages);
    const result = this.contig.take(first, first + nrPages, migrateType);
    this.busyPfn = this.contig.busyIndex < 0 ? -1 : this.frames.pfnOf(this.contig.busyIndex);
    return result;
  }

  /**
   * Gives back pages taken by {@link allocContigRange}, or a part of them.
   *
   * @throws RangeError when one of them is not in use as a single page; nothing is changed
   */
  freeContigRange(pfn: number, nrPages: number): void {
    const first = this.managedRange(pfn, nrPages);
    this.checkSingle(first, nrPages);
    this.contig.giveBack(first, first + nrPages);
  }

  /**
   * Makes pages in use as single pages movable, as if a movable request had got just these: what {@link allocContigRange} has taken becomes memory of
   * somebody who lets it be moved.
   *
   * @throws RangeError when one of them is not in use as a single page; nothing is changed
   */
  makeMovable(pfn: number, nrPages: number): void {
    const first = this.managedRange(pfn, nrPages);
    this.checkSingle(first, nrPages);
    this.frames.state.fill(MOVABLE_HEAD, first, first + nrPages);
  }

  /**
   * Holds movable pages in place until {@link unpinPages}: a range with such a page cannot be emptied.
   *
   * @throws RangeError when one of them is not in use by a movable request; nothing is changed
   */
  pinPages(pfn: number, nrPages: number): void {
    this.setPins(pfn, nrPages, PINNED);
  }

  /** Lets pages move again. @throws RangeError as {@link pinPages} */
  unpinPages(pfn: number, nrPages: number): void {
    this.setPins(pfn, nrPages, 0);
  }

  /** Pages of a zone that the allocator manages. */
  managedPages(zone: ZoneType): number {
    return this.managed[zone] as number;
  }

  /** Free pages of a zone, those of CMA areas included; of all zones when left out. */
  freePageCount(zone?: ZoneType): number {
    return sumOf(this.frames.freePages, zone);
  }

  /** Free pages in pageblocks of CMA areas: for movable requests only. */
  freeCmaPageCount(zone?: ZoneType): number {
    return sumOf(this.frames.freeCmaPages, zone);
  }

  /** Free blocks of a zone and order, of one type or of all: what `/proc/buddyinfo` and `/proc/pagetypeinfo` show. */
  freeBlockCount(zone: ZoneType, order: number, type?: MigrateType): number {
    const { lengths } = this.frames;
    const list = this.frames.listOf(zone, order, MIGRATE_UNMOVABLE);
    if (type !== undefined) return lengths[list + type] as number;
    let sum = 0;
    for (let i = 0; i < MIGRATE_TYPES; i += 1) sum += lengths[list + i] as number;
    return sum;
  }

  /** Largest order of which a request could get a block from its zones, or -1; reserves are not looked at. */
  largestOrder(gfpZone: ZoneType, migrateType: RequestMigrateType): number {
    let mask = 0;
    for (const zone of this.zoneLists[gfpZone] as Int32Array) {
      const row = zone * MIGRATE_TYPES;
      for (let type = MIGRATE_UNMOVABLE; type <= MIGRATE_RECLAIMABLE; type += 1)
        mask |= this.frames.masks[row + type] as number;
      if (migrateType === MIGRATE_MOVABLE) mask |= this.frames.masks[row + MIGRATE_CMA] as number;
    }
    return 31 - Math.clz32(mask);
  }

  /** Zones that serve a request, first one first. */
  zonesFor(gfpZone: ZoneType): readonly ZoneType[] {
    return Array.from(this.zoneLists[gfpZone] as Int32Array) as ZoneType[];
  }

  /** The zone of a managed page. @throws RangeError when the page is not managed */
  zoneOf(pfn: number): ZoneType {
    return this.frames.zoneOf(this.managedRange(pfn, 1));
  }

  /** The migrate type of a managed page's pageblock. @throws RangeError when the page is not managed */
  migrateTypeOf(pfn: number): MigrateType {
    return this.frames.typeOf(this.managedRange(pfn, 1));
  }

  /** The reserves of a zone, or null when none are kept. */
  marksOf(zone: ZoneType): ZoneMarks | null {
    return this.marks?.[zone] ?? null;
  }

  /** What one page is doing. */
  pageUse(pfn: number): "absent" | "free" | "used" | "movable" | "pinned" {
    const index = this.frames.indexOf(pfn);
    const state = index < 0 ? ABSENT : (this.frames.state[index] as number);
    if (state === ABSENT) return "absent";
    if (state >= PINNED) return "pinned";
    if (state >= MOVABLE_TAIL) return "movable";
    return state >= USED_TAIL ? "used" : "free";
  }

  /** Zones in turn, as `get_page_from_freelist()` does: sparing other types first where that is the rule, then at the lower mark. */
  private takeIndex(order: number, gfpZone: ZoneType, type: RequestMigrateType, allocFlags: number): number {
    const zones = this.zoneLists[gfpZone] as Int32Array;
    const spare = this.sparesTypes[gfpZone] as boolean;
    const tries = this.marks === null ? 1 : 2;
    for (let tried = 0; tried < tries; tried += 1) {
      for (let pass = spare ? 0 : 1; pass < 2; pass += 1) {
        for (let i = 0; i < zones.length; i += 1) {
          const zone = zones[i] as ZoneType;
          if (this.marks !== null && !this.passesMark(zone, order, gfpZone, type, tried === 0, allocFlags)) continue;
          const index = removeBlock(this.frames, zone, order, type, pass === 0);
          if (index >= 0) return index;
        }
      }
    }
    return -1;
  }

  /** Linux 6.12 `mm/page_alloc.c` `__zone_watermark_ok()`. */
  private passesMark(
    zone: ZoneType,
    order: number,
    gfpZone: ZoneType,
    type: MigrateType,
    first: boolean,
    allocFlags: number,
  ): boolean {
    const { frames } = this;
    const marks = (this.marks as readonly ZoneMarks[])[zone] as ZoneMarks;
    let mark = first ? marks.low : marks.min;
    if (!first && (allocFlags & ALLOC_MIN_RESERVE) !== 0) {
      mark -= Math.floor(mark / 2);
      if ((allocFlags & ALLOC_NON_BLOCK) !== 0) mark -= Math.floor(mark / 4);
    }
    let unusable = 2 ** order - 1;
    if (type !== MIGRATE_MOVABLE) unusable += frames.freeCmaPages[zone] as number;
    const free = (frames.freePages[zone] as number) - unusable;
    if (free <= mark + (marks.lowmemReserve[this.highest[gfpZone] as number] as number)) return false;
    if (order === 0) return true;
    const row = zone * MIGRATE_TYPES;
    let mask = 0;
    for (let common = MIGRATE_UNMOVABLE; common <= MIGRATE_RECLAIMABLE; common += 1)
      mask |= frames.masks[row + common] as number;
    if (type === MIGRATE_MOVABLE) mask |= frames.masks[row + MIGRATE_CMA] as number;
    return mask >>> order !== 0;
  }

  private markUsed(index: number, order: number, type: MigrateType): void {
    const { state } = this.frames;
    const movable = type === MIGRATE_MOVABLE;
    state[index] = (movable ? MOVABLE_HEAD : USED_HEAD) | order;
    if (order > 0) state.fill(movable ? MOVABLE_TAIL : USED_TAIL, index + 1, index + (1 << order));
  }

  /** Index of a block in use as its caller tells it. */
  private usedBlock(pfn: number, order: number): number {
    const index = this.frames.indexOf(pfn);
    const state = index < 0 || order > this.maxOrder ? ABSENT : (this.frames.state[index] as number) & ~PINNED;
    if (state !== (USED_HEAD | order) && state !== (MOVABLE_HEAD | order)) {
      throw new RangeError(`no block in use of order ${order} begins at page ${pfn}`);
    }
    return index;
  }

  /** Index of the first of these pages, which lie one behind the other. */
  private managedRange(pfn: number, nrPages: number): number {
    const first = this.frames.indexOf(pfn);
    const last = this.frames.indexOf(pfn + nrPages - 1);
    if (
      !Number.isInteger(pfn) ||
      !Number.isInteger(nrPages) ||
      nrPages < 1 ||
      first < 0 ||
      last - first !== nrPages - 1
    ) {
      throw new RangeError(`${nrPages} pages from ${pfn} on are not all managed`);
    }
    return first;
  }

  private checkSingle(first: number, nrPages: number): void {
    const { state } = this.frames;
    for (let at = first; at < first + nrPages; at += 1) {
      if (state[at] !== USED_HEAD) throw new RangeError(`page ${this.frames.pfnOf(at)} is not in use as a single page`);
    }
  }

  private setPins(pfn: number, nrPages: number, pinned: typeof PINNED | 0): void {
    const { state } = this.frames;
    const first = this.managedRange(pfn, nrPages);
    for (let at = first; at < first + nrPages; at += 1) {
      if (((state[at] as number) & ~PINNED) < MOVABLE_TAIL)
        throw new RangeError(`page ${pfn + at - first} is not movable`);
    }
    for (let at = first; at < first + nrPages; at += 1) state[at] = ((state[at] as number) & ~PINNED) | pinned;
  }

  /**
   * Moves a movable block, as a whole if there is room for that, else page by page.
   *
   * @returns false when not all of it has found a place
   * @see Linux 6.12 `mm/migrate.c` `alloc_migration_target()`
   */
  private migrateBlock(index: number, order: number): boolean {
    const { frames } = this;
    const zone = frames.zoneOf(index);
    const anyZone = order > 0 || zone === ZONE_HIGHMEM || zone === ZONE_MOVABLE;
    const target = this.takeIndex(order, anyZone ? ZONE_MOVABLE : ZONE_NORMAL, MIGRATE_MOVABLE, 0);
    if (target >= 0) {
      this.markUsed(target, order, MIGRATE_MOVABLE);
      frames.freeByPageblock(index, zone, order, false);
      this.pagesMigrated += 2 ** order;
      this.onMigrate?.(frames.pfnOf(index), frames.pfnOf(target), order);
      return true;
    }
    if (order === 0) return false;
    const end = index + 2 ** order;
    frames.state.fill(MOVABLE_HEAD, index, end);
    for (let at = index; at < end; at += 1) if (!this.migrateBlock(at, 0)) return false;
    return true;
  }

  /** Gives the allocator a range at boot, ascending, as Linux 6.12 `mm/memblock.c` `__free_pages_memory()` does. */
  private addRange(range: PfnRange): void {
    const { frames } = this;
    const largest = 2 ** this.maxOrder;
    for (let pfn = range.startPfn; pfn < range.endPfn; ) {
      const index = frames.indexOf(pfn);
      const zone = frames.zoneOf(index);
      let pages = largest;
      while (index % pages !== 0 || pfn + pages > range.endPfn || !frames.zoneSpans(zone, index, index + pages))
        pages /= 2;
      frames.freeBlock(index, zone, Math.log2(pages), MIGRATE_MOVABLE, true);
      this.managed[zone] = (this.managed[zone] as number) + pages;
      pfn += pages;
    }
  }

  /** Lends an area, pageblock by pageblock. Linux 6.12 `mm/mm_init.c` `init_cma_reserved_pageblock()`. */
  private addCma(area: PfnRange): void {
    const { frames, pageblockOrder } = this;
    const first = frames.indexOf(area.startPfn);
    const zone = frames.zoneOf(first);
    const pages = area.endPfn - area.startPfn;
    for (let at = first; at < first + pages; at += 2 ** pageblockOrder) {
      frames.setTypes(at, pageblockOrder, MIGRATE_CMA);
      frames.freeBlock(at, zone, pageblockOrder, MIGRATE_CMA, false);
    }
    this.managed[zone] = (this.managed[zone] as number) + pages;
  }
}

function sumOf(pages: Float64Array, zone: ZoneType | undefined): number {
  if (zone !== undefined) return pages[zone] as number;
  return pages.reduce((sum, count) => sum + count, 0);
}
