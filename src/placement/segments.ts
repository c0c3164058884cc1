import { countJoinedBlocks, countPageBlocks, SYSTEM_HEAP_ORDERS } from "../algorithms/page-orders.js";
import type { Participant } from "../constraints/participant.js";
import type { Route } from "../heaps/route.js";
import type { MemorySource } from "../heaps/source.js";
import type { Bytes } from "../units/quantity.js";
import type { Board } from "./board.js";

/** Entries of the scatter list that a participant gets. */
export type SegmentCount = (participant: Participant) => number;

/** What stands for "blocks are not joined" among the pages per entry, of which there may be 0: a segment smaller than a page. */
const NOT_JOINED = -1;

/**
 * Counts the scatter list entries of a buffer of `size` bytes, on memory that is not fragmented. What participants have in common is counted once.
 *
 * An exporter that asks for larger blocks than the system heap is not counted on to get them: a running system soon has few, and a detour for a
 * shorter list would not pay.
 */
export function segmentCount(board: Board, source: MemorySource, route: Route, size: Bytes): SegmentCount {
  if (source.contiguous) return ({ translation }) => (translation === "cpu" ? 0 : 1);
  const { pageSize } = board.machine.profile;
  const pages = Math.ceil(size / pageSize);
  const own = board.blockOrders(source, route);
  const asked = route.exporter === null ? [own] : [own, SYSTEM_HEAP_ORDERS];
  const known = new Map<number, number>();
  return (participant) => {
    if (participant.translation === "cpu") return 0;
    const perEntry = pagesPerEntry(participant, pageSize);
    if (perEntry === Number.POSITIVE_INFINITY) return 1;
    let entries = known.get(perEntry);
    if (entries === undefined) {
      entries = Math.max(
        ...asked.map((orders) =>
          perEntry === NOT_JOINED ? countPageBlocks(pages, orders) : countJoinedBlocks(pages, orders, perEntry),
        ),
      );
      known.set(perEntry, entries);
    }
    return entries;
  };
}

/** Pages that one entry may grow to: the DMA API joins blocks behind an IOMMU up to the device's largest segment. */
function pagesPerEntry({ translation, alternatives }: Participant, pageSize: Bytes): number {
  if (translation !== "iommu") return NOT_JOINED;
  const { maxSegmentSize } = alternatives[0].constraints;
  return maxSegmentSize === "unlimited" ? Number.POSITIVE_INFINITY : Math.floor(maxSegmentSize / pageSize);
}
