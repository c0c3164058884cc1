import type { DeviceTree, TreeNode } from "../tree.js";
import { cellsOf, stringsOf, u32Property } from "../values.js";

/** One reference of a list, with the cells that follow it. */
export interface PhandleArgs {
  /** Null for an empty entry (phandle 0), or where no node has the phandle and no arguments were asked for. */
  readonly node: TreeNode | null;
  readonly phandle: number;
  readonly args: readonly number[];
}

/**
 * Reads a list of references such as `iommus`.
 *
 * @param cellsProperty - property of the referred node that says how many arguments follow, `#iommu-cells`; null for none
 * @returns the entries up to the first that cannot be read: unknown phandle, no such cells property, too few cells
 * @see Linux 6.12 `drivers/of/base.c` `of_phandle_iterator_next()`
 */
export function phandleList(
  tree: DeviceTree,
  node: TreeNode,
  property: string,
  cellsProperty: string | null,
): readonly PhandleArgs[] {
  const value = node.get(property);
  if (value === undefined) return [];
  const cells = cellsOf(value);
  const list: PhandleArgs[] = [];
  for (let at = 0; at < cells.length; ) {
    const phandle = cells[at] as number;
    at += 1;
    const target = phandle === 0 ? undefined : tree.nodeByPhandle(phandle);
    let count = 0;
    if (phandle !== 0 && cellsProperty !== null) {
      const stated = target === undefined ? undefined : u32Property(target, cellsProperty);
      if (stated === undefined || stated > cells.length - at) return list;
      count = stated;
    }
    list.push({ node: target ?? null, phandle, args: Array.from(cells.subarray(at, at + count)) });
    at += count;
  }
  return list;
}

/** One line of an id map: `length` ids from `inputBase` are ids from `outputBase` at `node`. */
export interface MapEntry {
  readonly inputBase: number;
  /** Null when no node has the phandle. */
  readonly node: TreeNode | null;
  readonly outputBase: number;
  readonly length: number;
}

/** An id map with the bits of an id that count. */
export interface IdMap {
  readonly entries: readonly MapEntry[];
  readonly mask: number;
  /** True when the property is empty or no whole number of entries: Linux then refuses the whole map. */
  readonly malformed: boolean;
}

/**
 * Reads an id map such as `iommu-map` and its mask, `iommu-map-mask`.
 *
 * @returns null when the property is missing
 * @see Linux 6.12 `drivers/of/base.c` `of_map_id()`
 */
export function idMapOf(tree: DeviceTree, node: TreeNode, property: string): IdMap | null {
  const value = node.get(property);
  if (value === undefined) return null;
  const mask = u32Property(node, `${property}-mask`) ?? 0xffffffff;
  if (value.length === 0 || value.length % 16 !== 0) return { entries: [], mask, malformed: true };
  const cells = cellsOf(value);
  const entries: MapEntry[] = [];
  for (let at = 0; at < cells.length; at += 4) {
    entries.push({
      inputBase: cells[at] as number,
      node: tree.nodeByPhandle(cells[at + 1] as number) ?? null,
      outputBase: cells[at + 2] as number,
      length: cells[at + 3] as number,
    });
  }
  return { entries, mask, malformed: false };
}

/**
 * The node that stands above another on the way to memory: the interconnect named `dma-mem`, else the parent.
 *
 * @see Linux 6.12 `drivers/of/address.c` `__of_get_dma_parent()`
 */
export function dmaParentOf(tree: DeviceTree, node: TreeNode): TreeNode | null {
  const names = node.get("interconnect-names");
  if (names === undefined) return node.parent;
  const position = stringsOf(names).indexOf("dma-mem");
  if (position < 0) return node.parent;
  const entry = phandleList(tree, node, "interconnects", "#interconnect-cells")[position];
  return entry?.node ?? node.parent;
}
