/** What the rules about `/reserved-memory` share: its nodes, the kernel's complaints about them, and properties written anew. */
import type { BootFailure, BootRegion } from "../../boot/outcome.js";
import { rootCells } from "../../boot/region-node.js";
import { cells } from "../../devicetree/build.js";
import type { PropertyEdit } from "../../devicetree/edit.js";
import { isAvailable } from "../../devicetree/meaning/status.js";
import type { DeviceTree, TreeNode } from "../../devicetree/tree.js";
import type { Range } from "../../units/ranges.js";
import type { Board } from "../board.js";

/** Children of `/reserved-memory` that the kernel looks at. */
export function reservedNodes(tree: DeviceTree): readonly TreeNode[] {
  return (tree.root.child("reserved-memory")?.children ?? []).filter(isAvailable);
}

/** The kernel's complaints of one kind, in the order of its log; only the first about each node. */
export function failuresOf<K extends BootFailure["kind"]>(
  board: Board,
  kind: K,
): readonly Extract<BootFailure, { readonly kind: K }>[] {
  const seen = new Set<string>();
  return board.boot.failures.filter((failure): failure is Extract<BootFailure, { readonly kind: K }> => {
    if (failure.kind !== kind) return false;
    const key = failure.node ?? "";
    if (failure.node !== null && seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

/** The region of a node after boot. */
export function regionAt(board: Board, node: string | null): BootRegion | undefined {
  return board.boot.regions.find((region) => region.node === node);
}

/** The last part of a node's path. */
export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/**
 * The bytes of numbers in so many cells each.
 *
 * @param values - each with its count of cells
 * @returns null when a number does not fit
 */
export function cellBytes(...values: readonly (readonly [value: number, count: number])[]): Uint8Array | null {
  const out: number[] = [];
  for (const [value, count] of values) {
    const own: number[] = [];
    let rest = value;
    for (let i = 0; i < count; i++) {
      own.unshift(rest % 0x1_0000_0000);
      rest = Math.floor(rest / 0x1_0000_0000);
    }
    if (rest > 0) return null;
    out.push(...own);
  }
  return cells(...out);
}

/** Sets `reg` or `alloc-ranges` of a region; no edit when an address has no room in the root's cells. */
export function rangesEdit(
  board: Board,
  node: string,
  property: "reg" | "alloc-ranges",
  ranges: readonly Range[],
): readonly PropertyEdit[] {
  const root = rootCells(board.tree.root);
  const value = cellBytes(
    ...ranges.flatMap(({ base, size }) => [[base, root.address] as const, [size, root.size] as const]),
  );
  return value === null ? [] : [{ node, property, value }];
}

/** Sets `size` or `alignment` of a region; no edit when the number has no room in the root's cells. */
export function numberEdit(
  board: Board,
  node: string,
  property: "size" | "alignment",
  number: number,
): readonly PropertyEdit[] {
  const root = rootCells(board.tree.root);
  const value = cellBytes([number, property === "size" ? root.size : root.address]);
  return value === null ? [] : [{ node, property, value }];
}

/** Takes properties away that the node has. */
export function withoutProperties(node: TreeNode, ...properties: readonly string[]): readonly PropertyEdit[] {
  return properties
    .filter((property) => node.has(property))
    .map((property) => ({ node: node.path, property, value: null }));
}
