import type { PfnRange, ZoneSpan } from "./zone-types.js";
import type { MarkSettings } from "./zone-watermarks.js";

/** Told of every movable block that has been moved: both blocks have `2^order` pages. */
export type OnMigrate = (fromPfn: number, toPfn: number, order: number) => void;

/** Memory as the page allocator finds it at the end of boot. */
export interface PageMemory {
  /** Spans of the configured zones, ascending, not overlapping; a zone that is configured and empty has `startPfn === endPfn`. */
  readonly zones: readonly ZoneSpan[];
  /** Pages to manage: RAM without what boot has reserved. Ascending, not overlapping, inside the zones. */
  readonly free: readonly PfnRange[];
  /** CMA areas, whole pageblocks, ascending; not in `free`. Lent to movable requests. None if left out. */
  readonly cma?: readonly PfnRange[];
  /** Largest order of a block; 10 if left out. At most 15. */
  readonly maxOrder?: number;
  /** Order of a pageblock; 9 if left out, at most `maxOrder`. */
  readonly pageblockOrder?: number;
  /** Keeps the kernel's reserves: `true` with its own settings. Left out: every free page may be had. */
  readonly watermarks?: boolean | MarkSettings;
  /** Told of every block that is moved to make room. */
  readonly onMigrate?: OnMigrate;
}

/** @throws RangeError when {@link PageMemory}'s rules do not hold, naming the range */
export function checkMemory(memory: PageMemory, maxOrder: number, pageblockOrder: number): void {
  if (!Number.isInteger(maxOrder) || maxOrder < 0 || maxOrder > 15)
    throw new RangeError(`largest order ${maxOrder}: 0 to 15`);
  if (!Number.isInteger(pageblockOrder) || pageblockOrder < 0 || pageblockOrder > maxOrder) {
    throw new RangeError(`pageblock order ${pageblockOrder}: 0 to the largest order, ${maxOrder}`);
  }
  const { zones, free, cma = [] } = memory;
  checkAscending("zone", zones);
  for (const [i, zone] of zones.entries()) {
    const before = zones[i - 1];
    if (before !== undefined && before.type >= zone.type)
      throw new RangeError(`zone ${zone.type} follows zone ${before.type}`);
  }
  checkAscending("free range", free);
  checkAscending("CMA area", cma);
  const all = [...free, ...cma].sort((a, b) => a.startPfn - b.startPfn);
  checkAscending("range, with the CMA areas,", all);
  for (const { startPfn, endPfn } of all) {
    for (let at = startPfn; at < endPfn; ) {
      const zone = zones.find((span) => span.startPfn <= at && at < span.endPfn);
      if (zone === undefined) throw new RangeError(`page ${at} lies in no zone`);
      at = zone.endPfn;
    }
  }
  const block = 2 ** pageblockOrder;
  for (const { startPfn, endPfn } of cma) {
    if (startPfn % block !== 0 || endPfn % block !== 0) {
      throw new RangeError(`CMA area ${startPfn} to ${endPfn} is not of whole pageblocks of ${block} pages`);
    }
    if (!zones.some((zone) => zone.startPfn <= startPfn && endPfn <= zone.endPfn)) {
      throw new RangeError(`CMA area ${startPfn} to ${endPfn} lies in more than one zone`);
    }
  }
}

function checkAscending(what: string, ranges: readonly PfnRange[]): void {
  let end = 0;
  for (const { startPfn, endPfn } of ranges) {
    if (!Number.isSafeInteger(startPfn) || !Number.isSafeInteger(endPfn) || startPfn < 0 || endPfn < startPfn) {
      throw new RangeError(`${what} ${startPfn} to ${endPfn}: two pfns from 0 on, ascending, are possible`);
    }
    if (startPfn < end)
      throw new RangeError(`${what} ${startPfn} to ${endPfn} begins before ${end}, where the last one ends`);
    end = Math.max(end, endPfn);
  }
}
