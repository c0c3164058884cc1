import { type BuiltNode, copyNode, treeOf } from "./built-node.js";
import type { DeviceTree } from "./tree.js";

/** One change to a tree: a property gets a value (bytes as they stand in the tree), or goes away with `null`. */
export interface PropertyEdit {
  /** Full path; what is missing of it is made when a value is set. */
  readonly node: string;
  readonly property: string;
  readonly value: Uint8Array | null;
}

/**
 * A copy of the tree with the changes made in order. Taking away what is not there changes nothing.
 *
 * @throws RangeError for a node that is no full path
 */
export function applyEdits(tree: DeviceTree, edits: readonly PropertyEdit[]): DeviceTree {
  const root = copyNode(tree.root, false);
  for (const { node: path, property, value } of edits) {
    const node = nodeOf(root, path);
    if (value === null) node.delete(property);
    else node.set(property, value);
  }
  return treeOf(root, tree.memReservations, tree.bootCpu);
}

function nodeOf(root: BuiltNode, path: string): BuiltNode {
  if (!path.startsWith("/")) throw new RangeError(`${path} is no full path of a node`);
  let node = root;
  for (const name of path.split("/").filter((each) => each !== "")) node = node.ensureChild(name);
  return node;
}
