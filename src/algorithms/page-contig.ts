import {
  ABSENT,
  FREE_HEAD,
  FREE_TAIL,
  KIND,
  MOVABLE_HEAD,
  MOVABLE_TAIL,
  ORDER,
  type PageFrames,
  PINNED,
  USED_HEAD,
  USED_TAIL,
} from "./page-frames.js";
import {
  MIGRATE_CMA,
  MIGRATE_ISOLATE,
  type MIGRATE_MOVABLE,
  type MigrateType,
  ZONE_MOVABLE,
  type ZoneType,
} from "./zone-types.js";

/** A page of the range stays where it is: pinned, or not movable. */
export const EBUSY = 16;
/** A movable page of the range finds no other place. */
export const ENOMEM = 12;

/** What stood in the way of a range. */
export type ContigFailure = typeof EBUSY | typeof ENOMEM;

/** Type of the pageblocks that a range is taken from. */
export type ContigType = typeof MIGRATE_CMA | typeof MIGRATE_MOVABLE;

/**
 * Takes exact ranges of pages out of use.
 *
 *     pageblocks   |  CMA           |  CMA           |
 *     range                 [------------)                  1  isolate both pageblocks: nothing new comes in
 *     pages        . . m m . m . . m . . . . m . .          2  move what is movable inside the range
 *                  . . m m . . . . . . . . . m . .          3  all free? take it, else busy
 *     taken                 ^^^^^^^^^^^^^                   4  pageblocks back to their type
 *
 * @see Linux 6.12 `mm/page_alloc.c` `alloc_contig_range()`, `mm/page_isolation.c` `start_isolate_page_range()`
 */
export class PageContig {
  /** Index of the page that stood in the way of the last range, or -1. */
  busyIndex = -1;
  private readonly frames: PageFrames;
  private readonly migrate: (index: number, order: number) => boolean;

  /** @param migrate - moves a movable block elsewhere and frees its pages; false when it finds no place */
  constructor(frames: PageFrames, migrate: (index: number, order: number) => boolean) {
    this.frames = frames;
    this.migrate = migrate;
  }

  /**
   * Takes the pages from `first` to `end`, exclusive; they are in use as single pages then.
   *
   * @param type - of all their pageblocks
   * @returns 0, or why not: no page is taken then, but moved pages stay where they went
   */
  take(first: number, end: number, type: ContigType): 0 | ContigFailure {
    const zone = this.frames.zoneOf(first);
    this.busyIndex = -1;
    const pages = 1 << this.frames.pageblockOrder;
    const from = first - (first % pages);
    const to = Math.ceil(end / pages) * pages;
    const result = this.isolate(from, to, zone, type, first, end) ? this.empty(first, end) : EBUSY;
    if (result === 0) this.grab(first, end, zone);
    for (let block = from; block < to; block += pages) {
      if (this.frames.typeOf(block) === MIGRATE_ISOLATE) this.unisolate(block, zone, type);
    }
    return result;
  }

  /** Gives back pages in use as single pages, in blocks as large as their places allow: the same free blocks come of it as page by page. */
  giveBack(first: number, end: number): void {
    const { frames } = this;
    for (let at = first; at < end; ) {
      const aligned = at === 0 ? frames.maxOrder : 31 - Math.clz32(at & -at);
      const order = Math.min(aligned, frames.maxOrder, 31 - Math.clz32(end - at));
      frames.freeByPageblock(at, frames.zoneOf(at), order, false);
      at += 1 << order;
    }
  }

  private isolate(from: number, to: number, zone: ZoneType, type: ContigType, first: number, end: number): boolean {
    const { frames } = this;
    if (this.straddles(from) || this.straddles(to)) return false;
    const pages = 1 << frames.pageblockOrder;
    for (let block = from; block < to; block += pages) {
      this.busyIndex = this.unmovablePage(Math.max(block, first), Math.min(block + pages, end), zone, type);
      if (this.busyIndex >= 0) return false;
      if (!frames.retypeSplitting(block, zone, MIGRATE_ISOLATE)) {
        this.busyIndex = block;
        return false;
      }
    }
    return true;
  }

  /** Whether a block in use reaches across a border of pageblocks. Linux 6.12 `mm/page_isolation.c` `isolate_single_pageblock()`. */
  private straddles(border: number): boolean {
    const kind = (this.frames.state[border] ?? ABSENT) & KIND;
    if (kind !== USED_TAIL && kind !== MOVABLE_TAIL) return false;
    this.busyIndex = border;
    return true;
  }

  /** First page that cannot be moved, or -1. Within CMA pageblocks it is not looked for. Linux 6.12 `has_unmovable_pages()`. */
  private unmovablePage(first: number, end: number, zone: ZoneType, type: MigrateType): number {
    const { frames } = this;
    if (frames.typeOf(first) === MIGRATE_CMA) return type === MIGRATE_CMA ? -1 : first;
    for (let at = first; at < end; at += 1) {
      const state = frames.state[at] as number;
      const kind = state & KIND;
      if (kind === FREE_HEAD) at += (1 << (state & ORDER)) - 1;
      else if (state === ABSENT) return at;
      else if ((kind === USED_HEAD || kind === USED_TAIL) && zone !== ZONE_MOVABLE) return at;
    }
    return -1;
  }

  /** Moves what is movable, then looks whether all is free. Linux 6.12 `__alloc_contig_migrate_range()`, `test_pages_isolated()`. */
  private empty(first: number, end: number): 0 | ContigFailure {
    const { state } = this.frames;
    for (let at = first; at < end; ) {
      const page = state[at] as number;
      // A block that begins before the range is not moved: the kernel takes hold of blocks by their first page.
      if ((page & KIND) !== MOVABLE_HEAD) {
        at += (page & KIND) === FREE_HEAD ? 1 << (page & ORDER) : 1;
        continue;
      }
      const order = page & ORDER;
      const pinned = this.isPinned(at, at + (1 << order));
      if (!pinned && !this.migrate(at, order)) {
        this.busyIndex = at;
        return ENOMEM;
      }
      at += 1 << order;
    }
    for (let at = first; at < end; at += 1) {
      const kind = (state[at] as number) & KIND;
      if (kind === FREE_HEAD || kind === FREE_TAIL) continue;
      this.busyIndex = at;
      return EBUSY;
    }
    return 0;
  }

  private isPinned(first: number, end: number): boolean {
    for (let at = first; at < end; at += 1) if ((this.frames.state[at] as number) >= PINNED) return true;
    return false;
  }

  /** Takes pages that are all free and isolated; the blocks' parts outside the range stay free. */
  private grab(first: number, end: number, zone: ZoneType): void {
    const { frames } = this;
    const outerFirst = frames.freeBlockAt(first);
    let at = outerFirst;
    while (at < end) {
      const order = (frames.state[at] as number) & ORDER;
      frames.unlink(at, zone, order, MIGRATE_ISOLATE);
      at += 1 << order;
    }
    frames.state.fill(USED_HEAD, outerFirst, at);
    this.giveBack(outerFirst, first);
    this.giveBack(end, at);
  }

  /** Linux 6.12 `mm/page_isolation.c` `unset_migratetype_isolate()`. */
  private unisolate(block: number, zone: ZoneType, type: ContigType): void {
    const { frames } = this;
    const state = frames.state[block] as number;
    const order = state & ORDER;
    if ((state & KIND) === FREE_HEAD && order >= frames.pageblockOrder && order < frames.maxOrder) {
      const neighbour = block ^ (1 << order);
      const joins =
        frames.state[neighbour] === (FREE_HEAD | order) &&
        frames.zoneSpans(zone, neighbour, neighbour + 1) &&
        frames.typeOf(neighbour) !== MIGRATE_ISOLATE;
      if (joins) {
        frames.unlink(block, zone, order, MIGRATE_ISOLATE);
        frames.setTypes(block, frames.pageblockOrder, type);
        frames.freeBlock(block, zone, order, type, true);
        return;
      }
    }
    frames.retypeSplitting(block, zone, type);
  }
}
