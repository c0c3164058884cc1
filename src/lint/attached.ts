/** What hangs on the ports of a display or a camera interface. */
import { phandleList } from "../devicetree/meaning/phandles.js";
import { compatiblesOf } from "../devicetree/meaning/status.js";
import type { DeviceTree, TreeNode } from "../devicetree/tree.js";
import { isEnabled } from "./enabled.js";

/** The devices without those that stand for ports on which nothing hangs that is enabled: a display without a screen, a camera interface without a camera. */
export function withPeers<D extends { readonly path: string }>(tree: DeviceTree, devices: readonly D[]): readonly D[] {
  return devices.filter(({ path }) => {
    const node = tree.nodeAt(path);
    return node === undefined || !node.has("ports") || hasPeer(tree, node);
  });
}

/**
 * True for a node whose ports end nowhere: a receiver to which no camera is connected.
 *
 * @see Linux 6.12 `drivers/media/platform/ti/cal/cal.c` `cal_probe()`
 */
export function hasLoosePorts(tree: DeviceTree, path: string): boolean {
  const node = tree.nodeAt(path);
  const ports = node?.children.filter(({ name }) => /^ports?(@|$)/.test(name)) ?? [];
  return ports.length > 0 && ports.every((port) => endpoints(port).length === 0);
}

/** Follows every connection of the ports that a node's `ports` lists, through switches for signals too. */
function hasPeer(tree: DeviceTree, node: TreeNode): boolean {
  const seen = new Set<TreeNode>();
  const open = phandleList(tree, node, "ports", null).flatMap((port) =>
    port.node === null ? [] : endpoints(port.node),
  );
  for (let endpoint = open.pop(); endpoint !== undefined; endpoint = open.pop()) {
    const entry = phandleList(tree, endpoint, "remote-endpoint", null)[0]?.node ?? null;
    const device = entry === null ? null : deviceOf(entry);
    if (device === null || seen.has(device) || !isEnabled(device)) continue;
    if (!compatiblesOf(device).includes("video-mux")) return true;
    seen.add(device);
    open.push(...endpoints(device).filter((each) => each !== entry));
  }
  return false;
}

/** Every node below that names a far end. */
function endpoints(node: TreeNode): readonly TreeNode[] {
  return node.children.flatMap((child) => (child.has("remote-endpoint") ? [child] : endpoints(child)));
}

/** What an endpoint belongs to: the first node above that is no part of the graph itself. */
function deviceOf(endpoint: TreeNode): TreeNode | null {
  for (let node = endpoint.parent; node !== null; node = node.parent) if (!/^ports?(@|$)/.test(node.name)) return node;
  return null;
}
