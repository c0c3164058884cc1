import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { buildDeviceTree, type TreeSpec } from "../../src/devicetree/build.js";
import { type BuiltNode, copyNode, treeOf } from "../../src/devicetree/built-node.js";
import { readDeviceTree } from "../../src/devicetree/read.js";
import type { DeviceTree, TreeNode } from "../../src/devicetree/tree.js";
import { writeDeviceTree } from "../../src/devicetree/write.js";
import { CACHE } from "../../tools/project.js";
import type { PlacementCase } from "./placement-case.js";

/** True when the case needs no board, or the board cache has it. */
export function isBoardThere({ board }: PlacementCase): boolean {
  return board === null || existsSync(boardFile(board));
}

/** The tree of a case as the kernel would be given it: read from bytes, edits included. */
export function treeOfCase({ board, built, edit }: PlacementCase): DeviceTree {
  const tree = board === null ? buildDeviceTree(built ?? {}) : readDeviceTree(readFileSync(boardFile(board)));
  if (edit === undefined && board !== null) return tree;
  return readDeviceTree(writeDeviceTree(edit === undefined ? tree : edited(tree, edit)));
}

function boardFile(board: string): string {
  return join(CACHE, "boards", board);
}

function edited(tree: DeviceTree, edit: TreeSpec): DeviceTree {
  const root = copyNode(tree.root, false);
  const added = buildDeviceTree(edit).root;
  mergeInto(root, added);
  return treeOf(root, tree.memReservations, tree.bootCpu);
}

function mergeInto(target: BuiltNode, source: TreeNode): void {
  for (const [name, value] of source.entries()) target.set(name, value);
  for (const child of source.children) mergeInto(target.ensureChild(child.name), child);
}
