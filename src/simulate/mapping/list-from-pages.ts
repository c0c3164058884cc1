import { alignDown, type Bytes, type PhysAddr } from "../../units/quantity.js";
import { type ScatterList, scatterList } from "../scatter-list.js";

/** Bytes of the longest entry unless a caller wants shorter ones: `UINT_MAX`. */
const LONGEST_ENTRY: Bytes = 2 ** 32 - 1;

/** Pages one by one, and which bytes of them are meant. */
export interface PageArray {
  /** Physical address of each page, in the order of the bytes; at least one. */
  readonly pages: readonly PhysAddr[];
  readonly pageSize: Bytes;
  /** Bytes of the first page that are left out; less than a page. Default 0. */
  readonly offset?: Bytes;
  /** Bytes from there on, at least 1, at most to the end of the last page. */
  readonly size: Bytes;
}

/**
 * The list of an array of pages: neighbours that follow each other in memory become one entry, from the left, as long as the entry's pages are
 * not longer than a limit.
 *
 *     pages    10 11 12   20 21        limit of two pages, 0x200 bytes left out, and 0x200 at the end
 *     entries  [ 10, 11 ] [12] [ 20, 21 ]
 *
 * Entries are aligned to nothing, and the bytes left out are taken off after the cut: the first entry is shorter than the limit by them.
 *
 * @param maxSegment - the limit; what is no whole page of it does not count
 * @throws RangeError when the limit is less than a page, or the bytes are not in the pages
 * @see Linux 6.12 `lib/scatterlist.c` `sg_alloc_append_table_from_pages()`
 */
export function listFromPages(array: PageArray, maxSegment: Bytes = LONGEST_ENTRY): ScatterList {
  const { pages, pageSize, offset = 0, size } = array;
  const limit = alignDown(maxSegment, pageSize);
  if (!(limit >= pageSize)) throw new RangeError(`entries of ${maxSegment} bytes are less than a page of ${pageSize}`);
  if (!(offset >= 0 && offset < pageSize && size >= 1 && offset + size <= pages.length * pageSize)) {
    throw new RangeError(`${size} bytes from ${offset} on are not in ${pages.length} pages of ${pageSize}`);
  }
  const blocks: { base: PhysAddr; size: Bytes }[] = [];
  let left = size;
  let skip = offset;
  for (let first = 0; first < pages.length && left > 0; ) {
    const base = pages[first] as PhysAddr;
    let end = first + 1;
    while (end < pages.length && (end - first) * pageSize < limit && pages[end] === base + (end - first) * pageSize)
      end += 1;
    const bytes = Math.min(left, (end - first) * pageSize - skip);
    blocks.push({ base: base + skip, size: bytes });
    left -= bytes;
    skip = 0;
    first = end;
  }
  return scatterList(blocks);
}

/** The pages of a list of whole pages, one by one. */
export function pagesOf(memory: ScatterList, pageSize: Bytes): readonly PhysAddr[] {
  const pages: PhysAddr[] = [];
  for (let i = 0; i < memory.count; i += 1) {
    for (let done = 0; done < (memory.length[i] as Bytes); done += pageSize) {
      pages.push((memory.physAddr[i] as PhysAddr) + done);
    }
  }
  return pages;
}
