import type { TreeNode } from "../tree.js";
import { numberFromCells, u32At } from "../values.js";
import type { BusCells } from "./cells.js";
import { busCells, isReadable } from "./cells.js";

/** `size` bytes from `address`, in the address space of one bus. */
export interface AddressRange {
  readonly address: number;
  readonly size: number;
  /** First cell of a PCI, ISA or other address that carries flags; null elsewhere. */
  readonly flags: number | null;
}

/** A window of a bus: `size` bytes from `child` on the bus are seen at `parent` on the bus above. */
export interface BusRange {
  readonly child: number;
  readonly parent: number;
  readonly size: number;
  /** First cell of the child address where it carries flags; null elsewhere. */
  readonly flags: number | null;
}

/**
 * The `reg` entries of a node, in its parent's address space, not translated. Empty when there is no `reg`, its length is no
 * whole number of entries, or the cell counts are outside what Linux reads (1 to 4 address cells).
 */
export function regOf(node: TreeNode): readonly AddressRange[] {
  const value = node.get("reg");
  if (value === undefined) return [];
  const cells = busCells(node.parent ?? node);
  if (!isReadable(cells)) return [];
  const entry = cells.address + cells.size;
  if (value.length % (entry * 4) !== 0) return [];
  const ranges: AddressRange[] = [];
  for (let cell = 0; cell * 4 < value.length; cell += entry) {
    ranges.push({
      address: addressAt(value, cell, cells),
      size: numberFromCells(value, cell + cells.address, cells.size),
      flags: flagsAt(value, cell, cells),
    });
  }
  return ranges;
}

/**
 * The windows of a bus node, in the order written; a rest that is no whole window is left out, as Linux does.
 *
 * @returns `"identity"` when the property is present and empty, null when it is missing
 */
export function busRangesOf(
  node: TreeNode,
  property: "ranges" | "dma-ranges",
): readonly BusRange[] | "identity" | null {
  const value = node.get(property);
  if (value === undefined) return null;
  if (value.length === 0) return "identity";
  const own = busCells(node);
  const above = busCells(node.parent ?? node);
  if (!isReadable(own) || !isReadable(above)) return [];
  const entry = own.address + above.address + own.size;
  const count = Math.floor(value.length / (entry * 4));
  return Array.from({ length: count }, (_, position) => {
    const cell = position * entry;
    return {
      child: addressAt(value, cell, own),
      parent: addressAt(value, cell + own.address, above),
      size: numberFromCells(value, cell + own.address + above.address, own.size),
      flags: flagsAt(value, cell, own),
    };
  });
}

/**
 * Translates an address from the bus a node sits on up to the root, through every bus's `ranges` or `dma-ranges`.
 *
 * A missing `ranges` ends it, a missing `dma-ranges` is 1:1, as in Linux 6.12 `drivers/of/address.c` `of_translate_one()`.
 * On PCI and ISA buses the address is taken as memory; elsewhere flags given with an address must match exactly.
 *
 * @param address - as in the node's `reg`, without flags
 * @param parentOf - the bus above a node: its parent, or for DMA what `dmaParentOf` says
 * @returns null when no window holds the address, a cell count is outside what Linux reads, or the result is not exact
 */
export function translateAddress(
  node: TreeNode,
  address: number,
  property: "ranges" | "dma-ranges",
  parentOf: (node: TreeNode) => TreeNode | null = (of) => of.parent,
): number | null {
  let bus = parentOf(node);
  if (bus === null) return null;
  let cells = busCells(bus, node.parent ?? node);
  if (!isReadable(cells) || cells.size === 0) return null;
  let at = address;
  let flags: number | null = null;
  // DMA parents can form a ring in a faulty tree; no real chain is longer than a tree is deep.
  for (let step = 0; step < 64; step++) {
    const above: TreeNode | null = parentOf(bus);
    if (above === null) return Number.isSafeInteger(at) ? at : null;
    const aboveCells: BusCells = busCells(above, bus.parent ?? bus);
    if (!isReadable(aboveCells) || aboveCells.size === 0) return null;
    const value: Uint8Array | undefined = bus.get(property);
    if (value === undefined && property === "ranges") return null;
    if (value !== undefined && value.length > 0) {
      const cell = findWindow(value, at, flags, cells, aboveCells);
      if (cell < 0) return null;
      const parent = cell + cells.address;
      flags = flagsAt(value, parent, aboveCells);
      at = at - addressAt(value, cell, cells) + addressAt(value, parent, aboveCells);
    } else if (cells.flagCells !== aboveCells.flagCells) {
      flags = null;
    }
    bus = above;
    cells = aboveCells;
  }
  return null;
}

/** First cell of the window that holds `address`, -1 for none. */
function findWindow(value: Uint8Array, address: number, flags: number | null, own: BusCells, above: BusCells): number {
  const entry = own.address + above.address + own.size;
  for (let cell = 0; (cell + entry) * 4 <= value.length; cell += entry) {
    const start = addressAt(value, cell, own);
    const size = numberFromCells(value, cell + own.address + above.address, own.size);
    if (address < start || address >= start + size) continue;
    if (own.flagCells === 0 || sameSpace(own, flags, u32At(value, cell * 4))) return cell;
  }
  return -1;
}

/** True when an address with these flags can lie in a window with those. */
function sameSpace(cells: BusCells, flags: number | null, window: number): boolean {
  if (cells.kind === "pci") return pciSpace(flags) === pciSpace(window);
  if (cells.kind === "isa") return (flags ?? 0) % 2 === window % 2;
  return flags === null || flags === window;
}

/** Memory of either width is one space; 0x01 is I/O, 0x00 configuration. */
function pciSpace(flags: number | null): "memory" | "io" | "configuration" {
  const code = flags === null ? 2 : Math.floor(flags / 0x1000000) % 4;
  if (code === 0) return "configuration";
  return code === 1 ? "io" : "memory";
}

function addressAt(value: Uint8Array, cell: number, cells: BusCells): number {
  return numberFromCells(value, cell + cells.flagCells, cells.address - cells.flagCells);
}

function flagsAt(value: Uint8Array, cell: number, cells: BusCells): number | null {
  return cells.flagCells === 0 ? null : u32At(value, cell * 4);
}
