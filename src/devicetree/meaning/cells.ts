import type { TreeNode } from "../tree.js";
import { stringOf, u32Property } from "../values.js";

/**
 * Cells of an address in the node's children: its own `#address-cells`, else that of the nearest ancestor that has one, else 1.
 * The specification says 2 and no inheritance; this is what Linux does.
 *
 * @see Linux 6.12 `drivers/of/base.c` `of_bus_n_addr_cells()`
 */
export function addressCells(node: TreeNode): number {
  return inherited(node, "#address-cells");
}

/**
 * Cells of a size in the node's children: its own `#size-cells`, else that of the nearest ancestor that has one, else 1.
 *
 * @see Linux 6.12 `drivers/of/base.c` `of_bus_n_size_cells()`
 */
export function sizeCells(node: TreeNode): number {
  return inherited(node, "#size-cells");
}

function inherited(start: TreeNode, property: string): number {
  for (let node: TreeNode | null = start; node !== null; node = node.parent) {
    const cells = u32Property(node, property);
    if (cells !== undefined) return cells;
  }
  return 1;
}

/** What kind of addresses a bus node gives its children: `flags` and `isa` and `pci` addresses start with a cell of flags. */
export type BusKind = "pci" | "isa" | "flags" | "plain";

/** Widths of addresses and sizes in one place of the tree, in cells; `address` includes the flag cell. */
export interface BusCells {
  readonly kind: BusKind;
  readonly address: number;
  readonly size: number;
  /** 1 when an address starts with a cell of flags, else 0. */
  readonly flagCells: number;
}

/**
 * How Linux reads addresses on a bus.
 *
 * @param bus - the bus node, which decides the kind
 * @param cellsFrom - the node whose `#address-cells` and `#size-cells` count; differs from `bus` only for a DMA parent
 * @see Linux 6.12 `drivers/of/address.c` `of_match_bus()`
 */
export function busCells(bus: TreeNode, cellsFrom: TreeNode = bus): BusCells {
  const type = bus.get("device_type");
  const baseName = bus.name.split("@", 1)[0];
  if (baseName === "pcie" || (type !== undefined && PCI_TYPES.has(stringOf(type)))) {
    return { kind: "pci", address: 3, size: 2, flagCells: 1 };
  }
  if (baseName === "isa") return { kind: "isa", address: 2, size: 1, flagCells: 1 };
  const address = addressCells(cellsFrom);
  const size = sizeCells(cellsFrom);
  if (addressCells(bus) === 3) return { kind: "flags", address, size, flagCells: 1 };
  return { kind: "plain", address, size, flagCells: 0 };
}

const PCI_TYPES: ReadonlySet<string> = new Set(["pci", "pciex", "vci", "ht"]);

/** True when Linux can read addresses of that width; it gives up otherwise. */
export function isReadable(cells: BusCells): boolean {
  return cells.address > 0 && cells.address <= 4;
}
