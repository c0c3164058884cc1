import {
  MIGRATE_CMA,
  MIGRATE_ISOLATE,
  MIGRATE_MOVABLE,
  MIGRATE_RECLAIMABLE,
  MIGRATE_TYPES,
  type MigrateType,
  type PfnRange,
  ZONE_TYPES,
  type ZoneSpan,
  type ZoneType,
} from "./zone-types.js";

/** State of a page that the allocator does not manage: a hole, or reserved at boot. */
export const ABSENT = 0;
/** A page of a free block behind the block's first. */
export const FREE_TAIL = 0x10;
/** First page of a free block; the low four bits hold the block's order, here and in the other heads. */
export const FREE_HEAD = 0x20;
/** A page of a block in use behind the block's first. */
export const USED_TAIL = 0x30;
/** First page of a block in use that stays where it is. */
export const USED_HEAD = 0x40;
/** A page of a movable block behind the block's first. */
export const MOVABLE_TAIL = 0x50;
/** First page of a block in use whose contents can be moved elsewhere. */
export const MOVABLE_HEAD = 0x60;
/** Flag of a movable page that is held in place. */
export const PINNED = 0x80;
/** The bits of a state that are not the order. */
export const KIND = 0x70;
/** The order in a head's state. */
export const ORDER = 0x0f;

/** What the frames are made for. */
export interface FramesShape {
  /** Ascending, not overlapping, each type at most once. */
  readonly zones: readonly ZoneSpan[];
  /** Pages that may ever be managed; ascending, not overlapping. Nothing is kept for what lies between. */
  readonly present: readonly PfnRange[];
  /** Largest order; 10 means blocks of 1024 pages. At most 15. */
  readonly maxOrder: number;
  /** Order of a pageblock, the granule of migrate types; at most `maxOrder`. */
  readonly pageblockOrder: number;
}

/**
 * The page frames of a machine and its free blocks: per zone, order and migrate type a list, the mechanism below the policy of the page allocator.
 *
 *     index   0                512               1024                 one number for each present page; RAM banks one behind the
 *             ├─ pageblock 0 ──┼─ pageblock 1 ───┤                    other, each from a multiple of the largest block on
 *     state   H9 t t t ...     H0 u H1 t U0 ...                       a byte a page: head with order, or tail; free, used, movable
 *     list    zone 2, order 9, MOVABLE:  ⇄ 0 ⇄                        first in the list is the first to be used
 *
 * Pages are told by index here; `indexOf` and `pfnOf` convert. Blocks of order `k` start at multiples of `2^k` in both countings.
 *
 * Bookkeeping: 9 bytes a present page (the state, and links for a page that heads a small free block), of which untouched memory needs one: the
 * links of blocks of a pageblock or more are kept apart, so pages of the operating system are touched only where memory is in small pieces.
 *
 * @see Linux 6.12 `mm/page_alloc.c` `__free_one_page()`, `expand()`, `move_freepages_block_isolate()`; per-CPU lists are left out
 */
export class PageFrames {
  readonly maxOrder: number;
  readonly pageblockOrder: number;
  /** Number of indices, absent pages among them. */
  readonly count: number;
  /** A byte a page: kind, flag and order as the constants above say. */
  readonly state: Uint8Array;
  /** Migrate type of each pageblock. */
  readonly blockTypes: Uint8Array;
  /** Free pages of each zone, isolated ones not counted. */
  readonly freePages: Float64Array = new Float64Array(ZONE_TYPES);
  /** Those of them in pageblocks of CMA areas. */
  readonly freeCmaPages: Float64Array = new Float64Array(ZONE_TYPES);
  /** Bit `k` of entry `zone * MIGRATE_TYPES + type`: the list of order `k` is not empty. */
  readonly masks: Int32Array = new Int32Array(ZONE_TYPES * MIGRATE_TYPES);
  /** Free blocks of each list; lists are numbered by {@link listOf}. */
  readonly lengths: Int32Array;
  /** First index of each zone and, one entry on, the first behind it. */
  private readonly zoneBounds: Int32Array = new Int32Array(ZONE_TYPES * 2);
  /** Of each bank, three entries: first pfn, pfn behind the last, index of the first. */
  private readonly banks: Float64Array;
  /** Links of a list's members: pages, then pageblocks, then the lists themselves as ends of their rings. */
  private readonly next: Int32Array;
  private readonly prev: Int32Array;
  private readonly pageblockSlots: number;
  private readonly listSlots: number;

  constructor(shape: FramesShape) {
    this.maxOrder = shape.maxOrder;
    this.pageblockOrder = shape.pageblockOrder;
    const banks = banksOf(shape.present, 2 ** shape.maxOrder);
    this.banks = Float64Array.from(banks);
    const last = banks.length - 3;
    this.count = last < 0 ? 0 : (banks[last + 2] as number) + (banks[last + 1] as number) - (banks[last] as number);
    for (const zone of shape.zones) {
      this.zoneBounds[zone.type * 2] = this.indexBound(zone.startPfn);
      this.zoneBounds[zone.type * 2 + 1] = this.indexBound(zone.endPfn);
    }
    const pageblocks = this.count / 2 ** this.pageblockOrder;
    const lists = ZONE_TYPES * (this.maxOrder + 1) * MIGRATE_TYPES;
    this.state = new Uint8Array(this.count);
    this.blockTypes = new Uint8Array(pageblocks).fill(MIGRATE_MOVABLE);
    this.lengths = new Int32Array(lists);
    this.pageblockSlots = this.count;
    this.listSlots = this.count + pageblocks;
    this.next = new Int32Array(this.listSlots + lists);
    this.prev = new Int32Array(this.listSlots + lists);
    for (let slot = this.listSlots; slot < this.next.length; slot += 1) {
      this.next[slot] = slot;
      this.prev[slot] = slot;
    }
  }

  /** Index of a page, or -1 when the page lies in no bank. */
  indexOf(pfn: number): number {
    const banks = this.banks;
    for (let i = 0; i < banks.length; i += 3) {
      const start = banks[i] as number;
      if (pfn < start) return -1;
      if (pfn < (banks[i + 1] as number)) return pfn - start + (banks[i + 2] as number);
    }
    return -1;
  }

  /** The page at an index, which is below `count`. */
  pfnOf(index: number): number {
    const banks = this.banks;
    let i = banks.length - 3;
    while (index < (banks[i + 2] as number)) i -= 3;
    return (banks[i] as number) + index - (banks[i + 2] as number);
  }

  /** The zone a page lies in. */
  zoneOf(index: number): ZoneType {
    const bounds = this.zoneBounds;
    let zone = 0;
    while (index < (bounds[zone * 2] as number) || index >= (bounds[zone * 2 + 1] as number)) zone += 1;
    return zone as ZoneType;
  }

  /** Whether the zone holds all of these pages. */
  zoneSpans(zone: ZoneType, first: number, end: number): boolean {
    return first >= (this.zoneBounds[zone * 2] as number) && end <= (this.zoneBounds[zone * 2 + 1] as number);
  }

  /** Number of a list, as `lengths` has them. */
  listOf(zone: ZoneType, order: number, type: MigrateType): number {
    return (zone * (this.maxOrder + 1) + order) * MIGRATE_TYPES + type;
  }

  /** First page of the first block of a list, or -1. */
  firstOf(zone: ZoneType, order: number, type: MigrateType): number {
    const slot = this.next[this.listSlots + this.listOf(zone, order, type)] as number;
    if (slot >= this.listSlots) return -1;
    return slot < this.pageblockSlots ? slot : (slot - this.pageblockSlots) << this.pageblockOrder;
  }

  /** The migrate type of the pageblock a page lies in. */
  typeOf(index: number): MigrateType {
    return this.blockTypes[index >>> this.pageblockOrder] as MigrateType;
  }

  /** Gives the pageblocks of a block of at least their order a type. */
  setTypes(index: number, order: number, type: MigrateType): void {
    const first = index >>> this.pageblockOrder;
    this.blockTypes.fill(type, first, first + 2 ** (order - this.pageblockOrder));
  }

  /** Adds free pages to the counts of a zone. */
  account(zone: ZoneType, pages: number, type: MigrateType): void {
    if (type === MIGRATE_ISOLATE) return;
    this.freePages[zone] = (this.freePages[zone] as number) + pages;
    if (type === MIGRATE_CMA) this.freeCmaPages[zone] = (this.freeCmaPages[zone] as number) + pages;
  }

  /** Puts a block into a list; its pages are marked free already. Counts of pages are not touched. */
  link(index: number, zone: ZoneType, order: number, type: MigrateType, toTail: boolean): void {
    const list = this.listOf(zone, order, type);
    const end = this.listSlots + list;
    const slot = order < this.pageblockOrder ? index : this.pageblockSlots + (index >>> this.pageblockOrder);
    const after = toTail ? (this.prev[end] as number) : end;
    const before = this.next[after] as number;
    this.next[after] = slot;
    this.prev[slot] = after;
    this.next[slot] = before;
    this.prev[before] = slot;
    this.state[index] = FREE_HEAD | order;
    this.lengths[list] = (this.lengths[list] as number) + 1;
    const mask = zone * MIGRATE_TYPES + type;
    this.masks[mask] = (this.masks[mask] as number) | (1 << order);
  }

  /** Takes a block out of its list. Counts of pages and states are not touched. */
  unlink(index: number, zone: ZoneType, order: number, type: MigrateType): void {
    const list = this.listOf(zone, order, type);
    const slot = order < this.pageblockOrder ? index : this.pageblockSlots + (index >>> this.pageblockOrder);
    const after = this.prev[slot] as number;
    const before = this.next[slot] as number;
    this.next[after] = before;
    this.prev[before] = after;
    const left = (this.lengths[list] as number) - 1;
    this.lengths[list] = left;
    if (left === 0) {
      const mask = zone * MIGRATE_TYPES + type;
      this.masks[mask] = (this.masks[mask] as number) & ~(1 << order);
    }
  }

  /**
   * Takes the block of order `high` out of its list and keeps the lowest part of order `low`: each upper half goes to the head of its list.
   *
   * @see Linux 6.12 `mm/page_alloc.c` `page_del_and_expand()`
   */
  takeAndExpand(index: number, zone: ZoneType, low: number, high: number, type: MigrateType): void {
    this.unlink(index, zone, high, type);
    this.account(zone, -(1 << low), type);
    this.expand(index, zone, low, high, type);
  }

  /** Puts all but the lowest part of a block into the lists. */
  expand(index: number, zone: ZoneType, low: number, high: number, type: MigrateType): void {
    for (let order = high - 1; order >= low; order -= 1) this.link(index + (1 << order), zone, order, type, false);
  }

  /**
   * Frees a block of one pageblock's type: joins it with free neighbours as long as there are any, and puts the result at the head of its list, or
   * at the tail when it is likely to be joined soon.
   *
   * @param toTail - at the tail in any case
   * @see Linux 6.12 `mm/page_alloc.c` `__free_one_page()`, `buddy_merge_likely()`
   */
  freeBlock(index: number, zone: ZoneType, order: number, type: MigrateType, toTail: boolean): void {
    const state = this.state;
    if (order === 0) state[index] = FREE_TAIL;
    else state.fill(FREE_TAIL, index, index + (1 << order));
    this.account(zone, 1 << order, type);
    while (order < this.maxOrder) {
      const neighbour = index ^ (1 << order);
      if (state[neighbour] !== (FREE_HEAD | order) || !this.zoneSpans(zone, neighbour, neighbour + 1)) break;
      let neighbourType = type;
      if (order >= this.pageblockOrder) {
        neighbourType = this.typeOf(neighbour);
        if (neighbourType !== type && !(isCommon(type) && isCommon(neighbourType))) break;
      }
      this.unlink(neighbour, zone, order, neighbourType);
      state[neighbour] = FREE_TAIL;
      if (neighbourType !== type) this.setTypes(neighbour, order, type);
      index &= ~(1 << order);
      order += 1;
    }
    if (!toTail && order < this.maxOrder - 1) {
      const above = (index & ~(1 << order)) ^ (2 << order);
      toTail = state[above] === (FREE_HEAD | (order + 1)) && this.zoneSpans(zone, above, above + 1);
    }
    this.link(index, zone, order, type, toTail);
  }

  /**
   * Frees a block whose pageblocks may differ in type.
   *
   * @see Linux 6.12 `mm/page_alloc.c` `split_large_buddy()`
   */
  freeByPageblock(index: number, zone: ZoneType, order: number, toTail: boolean): void {
    const part = Math.min(order, this.pageblockOrder);
    const end = index + 2 ** order;
    for (let at = index; at < end; at += 2 ** part) this.freeBlock(at, zone, part, this.typeOf(at), toTail);
  }

  /** First page of the free block that a page lies in, or -1 when the page is not free. */
  freeBlockAt(index: number): number {
    const kind = (this.state[index] as number) & KIND;
    if (kind !== FREE_HEAD && kind !== FREE_TAIL) return -1;
    return this.headAt(index, FREE_HEAD);
  }

  /** First page of the movable block that a page lies in; the page is movable. */
  movableBlockAt(index: number): number {
    return this.headAt(index, MOVABLE_HEAD);
  }

  /**
   * Changes the type of a pageblock and moves its free blocks to the tails of that type's lists. No free block reaches beyond the pageblock.
   *
   * @param first - first page of the pageblock
   * @see Linux 6.12 `mm/page_alloc.c` `__move_freepages_block()`
   */
  retype(first: number, zone: ZoneType, to: MigrateType): void {
    const from = this.typeOf(first);
    const end = first + (1 << this.pageblockOrder);
    for (let at = first; at < end; ) {
      const state = this.state[at] as number;
      if ((state & KIND) !== FREE_HEAD) {
        at += 1;
        continue;
      }
      const order = state & ORDER;
      this.unlink(at, zone, order, from);
      this.link(at, zone, order, to, true);
      this.account(zone, -(1 << order), from);
      this.account(zone, 1 << order, to);
      at += 1 << order;
    }
    this.blockTypes[first >>> this.pageblockOrder] = to;
  }

  /**
   * As {@link retype}, where free blocks may reach beyond the pageblock: they are split into pageblocks first.
   *
   * @returns false when the pageblock reaches beyond its zone: nothing is changed
   * @see Linux 6.12 `mm/page_alloc.c` `move_freepages_block_isolate()`
   */
  retypeSplitting(first: number, zone: ZoneType, to: MigrateType): boolean {
    if (!this.zoneSpans(zone, first, first + (1 << this.pageblockOrder))) return false;
    const head = this.freeBlockAt(first);
    const order = head < 0 ? 0 : (this.state[head] as number) & ORDER;
    if (order <= this.pageblockOrder) {
      this.retype(first, zone, to);
      return true;
    }
    const from = this.typeOf(head);
    this.unlink(head, zone, order, from);
    this.account(zone, -(1 << order), from);
    this.state[head] = FREE_TAIL;
    this.blockTypes[first >>> this.pageblockOrder] = to;
    this.freeByPageblock(head, zone, order, false);
    return true;
  }

  private headAt(index: number, head: number): number {
    for (let order = 0; order <= this.maxOrder; order += 1) {
      const first = (index >>> order) << order;
      const state = this.state[first] as number;
      if ((state & KIND) === head && (state & ORDER) >= order) return first;
    }
    return -1;
  }

  /** Index of the first page at or behind `pfn`. */
  private indexBound(pfn: number): number {
    const banks = this.banks;
    let bound = 0;
    for (let i = 0; i < banks.length; i += 3) {
      const start = banks[i] as number;
      const end = banks[i + 1] as number;
      if (pfn > start) bound = (banks[i + 2] as number) + Math.min(pfn, end) - start;
    }
    return bound;
  }
}

/** Types whose free blocks may be joined with one another's. */
function isCommon(type: MigrateType): boolean {
  return type <= MIGRATE_RECLAIMABLE;
}

/** Ranges widened to whole largest blocks and joined where they touch, each followed by its first index. */
function banksOf(present: readonly PfnRange[], block: number): number[] {
  const banks: number[] = [];
  let index = 0;
  for (const { startPfn, endPfn } of present) {
    const start = Math.floor(startPfn / block) * block;
    const end = Math.ceil(endPfn / block) * block;
    const last = banks.length - 3;
    if (last >= 0 && start <= (banks[last + 1] as number)) {
      index += Math.max(0, end - (banks[last + 1] as number));
      banks[last + 1] = Math.max(end, banks[last + 1] as number);
      continue;
    }
    banks.push(start, end, index);
    index += end - start;
  }
  return banks;
}
