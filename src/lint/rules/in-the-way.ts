/** What keeps the kernel from finding room, in words. */
import { formatRanges } from "../../placement/explain.js";
import { formatHex, formatSize } from "../../units/quantity.js";
import { intersectRanges, type Range, type RangeSet, toRangeSet } from "../../units/ranges.js";
import type { Board } from "../board.js";
import { LOADED } from "../memory-map.js";

/** Who holds memory, at most four of them, what the kernel takes for its own tables last: `kernel image at 0x40000000 (48 MiB)`. */
export function inTheWay(board: Board, blockers: RangeSet): string {
  const known: (Range & { readonly name: string })[] = [];
  const tables: typeof known = [];
  for (const { base, size, name = "memory reserved before the scan" } of board.input.reservedBeforeScan ??
    board.boot.assumptions) {
    (board.input.reservedBeforeScan !== null || LOADED.has(name) ? known : tables).push({ base, size, name });
  }
  for (const { base, size, name, reserved } of board.boot.regions) {
    if (base !== null && reserved) known.push({ base, size, name });
  }
  for (const { address, size } of board.tree.memReservations) {
    known.push({ base: address, size, name: "a /memreserve/ entry" });
  }
  const named = [...known, ...tables].filter((range) => intersectRanges(blockers, toRangeSet([range])).length > 0);
  if (named.length === 0)
    return blockers.length === 0 ? "nothing, the range holds no more RAM" : formatRanges(blockers);
  const shown = named.slice(0, 4).map(({ name, base, size }) => `${name} at ${formatHex(base)} (${formatSize(size)})`);
  return shown.join(", ") + (named.length > 4 ? ` and ${named.length - 4} more` : "");
}
