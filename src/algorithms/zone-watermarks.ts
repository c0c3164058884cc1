import {
  ZONE_DMA,
  ZONE_DMA32,
  ZONE_HIGHMEM,
  ZONE_MOVABLE,
  ZONE_NORMAL,
  ZONE_TYPES,
  type ZoneType,
} from "./zone-types.js";

/** How many pages of a zone stay free, as ordinary requests see it. */
export interface ZoneMarks {
  /** Pages. Requests that may not wait go below it, others never. */
  readonly min: number;
  /** Pages. Below it reclaim begins. */
  readonly low: number;
  /** Pages. Where reclaim ends. */
  readonly high: number;
  /** Pages kept from requests that could use a higher zone, by the highest zone they can use; added to the mark. */
  readonly lowmemReserve: readonly number[];
}

/** What the marks depend on besides the zones. */
export interface MarkSettings {
  /** Bytes; 4096 if left out. */
  readonly pageSize?: number;
  /** Pages of a pageblock; 512 if left out. */
  readonly pageblockPages?: number;
  /** Whether transparent huge pages are on, which raises the marks; true if left out. */
  readonly hugePages?: boolean;
  /** `vm.min_free_kbytes`; computed as the kernel does if left out. */
  readonly minFreeKbytes?: number;
}

/** Managed pages of a zone below for every page kept in it; 0 keeps none. Linux 6.12 `mm/page_alloc.c` `sysctl_lowmem_reserve_ratio`. */
const LOWMEM_RESERVE_RATIO: readonly number[] = [256, 256, 32, 0, 0];
/** Ten-thousandths of a zone between two marks. Linux 6.12 `mm/page_alloc.c` `watermark_scale_factor`. */
const WATERMARK_SCALE_FACTOR = 10;

/**
 * The watermarks of every zone.
 *
 * @param managed - pages of each zone that the page allocator manages, in the order of the types; 0 for a zone that is empty or not configured
 * @returns as many entries as there are zone types
 * @see Linux 6.12 `mm/page_alloc.c` `__setup_per_zone_wmarks()`, `setup_per_zone_lowmem_reserve()`, `calculate_min_free_kbytes()`,
 *   `mm/khugepaged.c` `set_recommended_min_free_kbytes()`
 */
export function zoneMarks(managed: readonly number[], settings: MarkSettings = {}): readonly ZoneMarks[] {
  const { pageSize = 4096, pageblockPages = 512, hugePages = true } = settings;
  const pagesOf = (type: ZoneType): number => managed[type] ?? 0;
  const low = pagesOf(ZONE_DMA) + pagesOf(ZONE_DMA32) + pagesOf(ZONE_NORMAL);
  const perPage = pageSize / 1024;
  let minFree = settings.minFreeKbytes;
  if (minFree === undefined) {
    minFree = Math.min(Math.max(Math.floor(Math.sqrt(low * perPage * 16)), 128), 262144);
    if (hugePages) {
      const first = marksOf(managed, low, minFree, perPage);
      const beyondHigh = first.reduce((sum, marks, type) => {
        return type > ZONE_NORMAL ? sum : sum + Math.max((managed[type] ?? 0) - marks.high, 0);
      }, 0);
      const populated = [ZONE_DMA, ZONE_DMA32, ZONE_NORMAL].filter((type) => (managed[type] ?? 0) > 0).length;
      // Two pageblocks a zone, and for each pair of the three common types one.
      const recommended = Math.min(pageblockPages * populated * 11, Math.floor(beyondHigh / 20));
      minFree = Math.max(minFree, recommended * perPage);
    }
  }
  return marksOf(managed, low, minFree, perPage);
}

function marksOf(
  managed: readonly number[],
  lowPages: number,
  minFreeKbytes: number,
  perPage: number,
): readonly ZoneMarks[] {
  const minPages = Math.floor(minFreeKbytes / perPage);
  const marks: ZoneMarks[] = [];
  for (let type = 0; type < ZONE_TYPES; type += 1) {
    const pages = managed[type] ?? 0;
    const share = lowPages === 0 ? 0 : Math.floor((minPages * pages) / lowPages);
    const high = type === ZONE_HIGHMEM || type === ZONE_MOVABLE;
    const min = high ? Math.min(Math.max(Math.floor(pages / 1024), 32), 128) : share;
    const step = Math.max(Math.floor(share / 4), Math.floor((pages * WATERMARK_SCALE_FACTOR) / 10000));
    marks.push({ min, low: min + step, high: min + 2 * step, lowmemReserve: lowmemReserveOf(type, managed) });
  }
  return marks;
}

function lowmemReserveOf(type: number, managed: readonly number[]): readonly number[] {
  const ratio = LOWMEM_RESERVE_RATIO[type] ?? 0;
  const reserve: number[] = [];
  let above = 0;
  for (let highest = 0; highest < ZONE_TYPES; highest += 1) {
    if (highest > type) above += managed[highest] ?? 0;
    reserve.push(highest <= type || ratio === 0 || (managed[type] ?? 0) === 0 ? 0 : Math.floor(above / ratio));
  }
  return reserve;
}
