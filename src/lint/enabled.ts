import { isAvailable } from "../devicetree/meaning/status.js";
import type { DeviceTree, TreeNode } from "../devicetree/tree.js";

/** Every node that is enabled with all that stand above it, the root first, in tree order. */
export function enabledNodes(tree: DeviceTree): readonly TreeNode[] {
  const known = enabled.get(tree);
  if (known !== undefined) return known;
  const nodes = enabledBelow(tree.root);
  enabled.set(tree, nodes);
  return nodes;
}

/** Of trees that rules look at again and again; a tree never changes. */
const enabled = new WeakMap<DeviceTree, readonly TreeNode[]>();

/** The node and what stands below it, as far as it is enabled, in tree order. */
export function enabledBelow(top: TreeNode): readonly TreeNode[] {
  const nodes: TreeNode[] = [];
  const visit = (node: TreeNode): void => {
    if (!isAvailable(node)) return;
    nodes.push(node);
    for (const child of node.children) visit(child);
  };
  visit(top);
  return nodes;
}

/** True when neither the node nor one above it is disabled. */
export function isEnabled(node: TreeNode): boolean {
  for (let at: TreeNode | null = node; at !== null; at = at.parent) if (!isAvailable(at)) return false;
  return true;
}
