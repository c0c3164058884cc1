/** What keeps the kernel from finding room, in words. */
import { formatRanges } from "../../placement/explain.js";
import { formatHex, formatSize } from "../../units/quantity.js";
import { intersectRanges, type Range, type RangeSet, toRangeSet } from "../../units/ranges.js";
import type { Board } from "../board.js";
import { LOADED } from "../memory-map.js";

/** Said of a hole whose size hangs on where things are loaded. */
export const USUAL_START = "with kernel and device tree where boot loaders usually put them";

/** Who holds memory, at most four of them, what the kernel takes for its own tables last: `kernel image at 0x40000000 (48 MiB)`. */
export function inTheWay(board: Board, blockers: RangeSet): string {
  const stated = board.input.reservedBeforeScan;
  const { assumptions } = board.boot;
  const known: (Range & { readonly name: string })[] = [];
  for (const { base, size, name = "memory reserved before the scan" } of stated ??
    assumptions.filter((piece) => LOADED.has(piece.name))) {
    known.push({ base, size, name });
  }
  for (const { base, size, name, reserved } of board.boot.regions) {
    if (base !== null && reserved) known.push({ base, size, name });
  }
  for (const { address, size } of board.tree.memReservations) {
    known.push({ base: address, size, name: "a /memreserve/ entry" });
  }
  if (stated === null) known.push(...assumptions.filter((piece) => !LOADED.has(piece.name)));
  const named = known.filter((range) => intersectRanges(blockers, toRangeSet([range])).length > 0);
  if (named.length === 0)
    return blockers.length === 0 ? "nothing, the range holds no more RAM" : formatRanges(blockers);
  const shown = named.slice(0, 4).map(({ name, base, size }) => `${name} at ${formatHex(base)} (${formatSize(size)})`);
  return shown.join(", ") + (named.length > 4 ? ` and ${named.length - 4} more` : "");
}
