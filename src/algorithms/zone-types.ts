/** Parts of memory by what may be kept there, lowest first; a request names the highest it can use. Linux 6.12 `include/linux/mmzone.h` `enum zone_type`. */
export const ZONE_DMA = 0;
/** Below 4 GiB, where the first zone ends lower. */
export const ZONE_DMA32 = 1;
/** What the kernel itself can address at once. */
export const ZONE_NORMAL = 2;
/** Beyond that, on 32-bit processors. */
export const ZONE_HIGHMEM = 3;
/** Movable pages only. */
export const ZONE_MOVABLE = 4;

/** One of the zones, or as a request's `gfpZone`, the highest zone it can use. */
export type ZoneType = 0 | 1 | 2 | 3 | 4;

/** Zones there can be. */
export const ZONE_TYPES = 5;

/**
 * What the pages of a pageblock are used for. Linux 6.12 `include/linux/mmzone.h` `enum migratetype`, the numbers of trace events; 3 is
 * `MIGRATE_HIGHATOMIC`, kept for atomic requests of several pages, of which the model reserves none.
 */
export const MIGRATE_UNMOVABLE = 0;
/** Contents can be moved elsewhere: anonymous memory, page cache. */
export const MIGRATE_MOVABLE = 1;
/** Can be given back on demand: caches of the kernel. */
export const MIGRATE_RECLAIMABLE = 2;
/** Belongs to a CMA area, lent to movable requests. */
export const MIGRATE_CMA = 4;
/** Taken from use while a range is being emptied. */
export const MIGRATE_ISOLATE = 5;

/** Type of a pageblock, or of a request: only the first three may be asked for. */
export type MigrateType = 0 | 1 | 2 | 3 | 4 | 5;

/** Types a pageblock can have. */
export const MIGRATE_TYPES = 6;

/** What a request may be: DMA buffers are unmovable. */
export type RequestMigrateType = typeof MIGRATE_UNMOVABLE | typeof MIGRATE_MOVABLE | typeof MIGRATE_RECLAIMABLE;

/** Whole pages from `startPfn` up to `endPfn`, exclusive. */
export interface PfnRange {
  readonly startPfn: number;
  readonly endPfn: number;
}

/** One zone: what it spans, holes and reserved pages included. */
export interface ZoneSpan extends PfnRange {
  readonly type: ZoneType;
}

/**
 * The zones a request may be served from, the one it prefers first: from the highest it can use down to the lowest.
 *
 * A zone that the kernel is not configured with counts as {@link ZONE_NORMAL}, as far as the DMA zones go, and as the next lower one beyond it.
 *
 * @param configured - types the kernel knows, populated or not
 * @see Linux 6.12 `include/linux/gfp.h` `gfp_zone()`, `GFP_ZONE_TABLE`
 */
export function zoneList(gfpZone: ZoneType, configured: readonly ZoneType[]): readonly ZoneType[] {
  let highest: number = gfpZone;
  if (!configured.includes(gfpZone)) {
    highest = ZONE_NORMAL;
    if (gfpZone === ZONE_MOVABLE && configured.includes(ZONE_HIGHMEM)) highest = ZONE_HIGHMEM;
  }
  return configured.filter((type) => type <= highest).sort((a, b) => b - a);
}
