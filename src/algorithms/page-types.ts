import { FREE_HEAD, KIND, MOVABLE_HEAD, MOVABLE_TAIL, ORDER, type PageFrames, USED_HEAD } from "./page-frames.js";
import {
  MIGRATE_CMA,
  MIGRATE_MOVABLE,
  MIGRATE_RECLAIMABLE,
  MIGRATE_TYPES,
  MIGRATE_UNMOVABLE,
  type MigrateType,
  type RequestMigrateType,
  type ZoneType,
} from "./zone-types.js";

/** Types that a request falls back to, in this order. Linux 6.12 `mm/page_alloc.c` `fallbacks`. */
const FALLBACKS: readonly (readonly [MigrateType, MigrateType])[] = [
  [MIGRATE_RECLAIMABLE, MIGRATE_MOVABLE],
  [MIGRATE_RECLAIMABLE, MIGRATE_UNMOVABLE],
  [MIGRATE_UNMOVABLE, MIGRATE_MOVABLE],
];

/**
 * Takes a block out of a zone's lists: which type's list serves a request, and when a pageblock changes its type.
 *
 *     1  movable, and more than half of what is free is CMA: CMA
 *     2  own type
 *     3  movable: CMA
 *     4  claim: the largest block of a fallback type, if its pageblock is worth having; the pageblock takes the request's type
 *     5  take: the smallest block of a fallback type; the pageblock keeps its type, unless `sparing`
 *
 * @param sparing - other types' pageblocks are left alone, but for whole ones
 * @returns first page of a block of that order, which is in no list any more and still marked free; or -1 with nothing changed
 * @see Linux 6.12 `mm/page_alloc.c` `__rmqueue()`
 */
export function removeBlock(
  frames: PageFrames,
  zone: ZoneType,
  order: number,
  type: RequestMigrateType,
  sparing: boolean,
): number {
  let index: number;
  if (type === MIGRATE_MOVABLE) {
    const cma = frames.freeCmaPages[zone] as number;
    if (cma > Math.floor((frames.freePages[zone] as number) / 2)) {
      index = removeSmallest(frames, zone, order, MIGRATE_CMA);
      if (index >= 0) return index;
    }
  }
  index = removeSmallest(frames, zone, order, type);
  if (index >= 0) return index;
  if (type === MIGRATE_MOVABLE) {
    index = removeSmallest(frames, zone, order, MIGRATE_CMA);
    if (index >= 0) return index;
  }
  index = claim(frames, zone, order, type, sparing);
  if (index >= 0 || sparing) return index;
  return takeForeign(frames, zone, order, type);
}

/** Smallest block of one type, the head of its list. Linux 6.12 `mm/page_alloc.c` `__rmqueue_smallest()`. */
function removeSmallest(frames: PageFrames, zone: ZoneType, order: number, type: MigrateType): number {
  const orders = (frames.masks[zone * MIGRATE_TYPES + type] as number) & (-1 << order);
  if (orders === 0) return -1;
  const smallest = 31 - Math.clz32(orders & -orders);
  const index = frames.firstOf(zone, smallest, type);
  frames.takeAndExpand(index, zone, order, smallest, type);
  return index;
}

/** Linux 6.12 `mm/page_alloc.c` `__rmqueue_claim()`. */
function claim(frames: PageFrames, zone: ZoneType, order: number, type: RequestMigrateType, sparing: boolean): number {
  const { pageblockOrder } = frames;
  const least = sparing ? Math.max(order, pageblockOrder) : order;
  for (let current = frames.maxOrder; current >= least; current -= 1) {
    const from = fallbackOf(frames, zone, current, type);
    if (from < 0) continue;
    if (type === MIGRATE_MOVABLE && current < Math.floor(pageblockOrder / 2)) break;
    const index = claimBlock(frames, zone, current, order, type, from as MigrateType);
    if (index >= 0) return index;
  }
  return -1;
}

/** Linux 6.12 `mm/page_alloc.c` `__rmqueue_steal()`. */
function takeForeign(frames: PageFrames, zone: ZoneType, order: number, type: RequestMigrateType): number {
  for (let current = order; current <= frames.maxOrder; current += 1) {
    const from = fallbackOf(frames, zone, current, type);
    if (from < 0) continue;
    const index = frames.firstOf(zone, current, from as MigrateType);
    frames.takeAndExpand(index, zone, order, current, from as MigrateType);
    return index;
  }
  return -1;
}

/** The first fallback type that has a block of an order, or -1. */
function fallbackOf(frames: PageFrames, zone: ZoneType, order: number, type: RequestMigrateType): number {
  const [first, second] = FALLBACKS[type] as readonly [MigrateType, MigrateType];
  const row = zone * MIGRATE_TYPES;
  if ((((frames.masks[row + first] as number) >>> order) & 1) !== 0) return first;
  return (((frames.masks[row + second] as number) >>> order) & 1) !== 0 ? second : -1;
}

/**
 * Gives the pageblocks of a free block to another type, when the block is whole pageblocks or at least half of its pageblock is free or in use by
 * the like.
 *
 * @see Linux 6.12 `mm/page_alloc.c` `try_to_steal_block()`
 */
function claimBlock(
  frames: PageFrames,
  zone: ZoneType,
  current: number,
  order: number,
  type: RequestMigrateType,
  from: MigrateType,
): number {
  const index = frames.firstOf(zone, current, from);
  const pages = 1 << frames.pageblockOrder;
  if (current >= frames.pageblockOrder) {
    frames.setTypes(index, current, type);
    frames.unlink(index, zone, current, from);
    frames.account(zone, -(1 << order), type);
    frames.expand(index, zone, order, current, type);
    return index;
  }
  const first = index - (index % pages);
  if (!frames.zoneSpans(zone, first, first + pages)) return -1;
  let free = 0;
  let movable = 0;
  for (let at = first; at < first + pages; ) {
    const state = frames.state[at] as number;
    const kind = state & KIND;
    const span = kind === FREE_HEAD || kind === USED_HEAD || kind === MOVABLE_HEAD ? 1 << (state & ORDER) : 1;
    const inside = Math.min(span, first + pages - at);
    if (kind === FREE_HEAD) free += inside;
    if (kind === MOVABLE_HEAD || kind === MOVABLE_TAIL) movable += inside;
    at += span;
  }
  let alike = 0;
  if (type === MIGRATE_MOVABLE) alike = movable;
  else if (from === MIGRATE_MOVABLE) alike = pages - free - movable;
  if (free + alike < pages / 2) return -1;
  frames.retype(first, zone, type);
  return removeSmallest(frames, zone, order, type);
}
