import type { TreeNode } from "../tree.js";
import { stringOf, stringsOf } from "../values.js";

/**
 * True when the node's own `status` is absent, `okay` or `ok`; a parent's status does not count.
 *
 * @see Linux 6.12 `drivers/of/base.c` `__of_device_is_available()`
 */
export function isAvailable(node: TreeNode): boolean {
  const status = node.get("status");
  if (status === undefined) return true;
  if (status.length === 0) return false;
  const text = stringOf(status);
  return text === "okay" || text === "ok";
}

/** The `compatible` strings, most specific first; empty when there are none. */
export function compatiblesOf(node: TreeNode): string[] {
  const value = node.get("compatible");
  return value === undefined ? [] : stringsOf(value);
}
