import { phandleList } from "../devicetree/meaning/phandles.js";
import type { DeviceTree, TreeNode } from "../devicetree/tree.js";
import type { AppliesTo, DeviceFact } from "../facts/fact.js";
import type { FactBase } from "../facts/lookup.js";
import type { DmaDevice } from "./machine.js";
import type { NodeInfo, TreeScan } from "./tree-scan.js";

/** The device the DMA API sees for a node, and what is known of it. */
export interface DmaTarget {
  readonly device: DmaDevice;
  /** The node whose properties configure it. */
  readonly node: TreeNode;
  /** Facts about that node or virtual device itself; null when it is the node that was named, or nothing is known. */
  readonly fact: DeviceFact | null;
  /** For a device without a node of its own the search for `dma-ranges` starts at the node that configures it, not above it. */
  readonly isVirtual: boolean;
  /** False when the tree lacks the node the facts speak of, so that the named node stands in for it. */
  readonly resolved: boolean;
}

/** Finds the device that a driver hands to the DMA API. */
export function dmaTargetOf(
  tree: DeviceTree,
  scan: TreeScan,
  facts: FactBase,
  info: NodeInfo,
  appliesTo: AppliesTo,
): DmaTarget {
  const self: DmaTarget = {
    device: { path: info.path },
    node: info.node,
    fact: null,
    isVirtual: false,
    resolved: true,
  };
  const other = (node: TreeNode | null | undefined): DmaTarget => {
    if (node === null || node === undefined || node.parent === null) return { ...self, resolved: false };
    if (node === info.node) return self;
    const known = scan.of(node);
    const fact = known === undefined ? null : facts.byCompatible(known.compatible);
    return { device: { path: known?.path ?? node.path }, node, fact, isVirtual: false, resolved: true };
  };
  if (typeof appliesTo === "object") {
    if ("phandle" in appliesTo) return other(phandleList(tree, info.node, appliesTo.phandle, null)[0]?.node);
    if ("aggregate" in appliesTo) return other(scan.withCompatible(appliesTo.aggregate)?.node);
    const from = scan.withCompatible(appliesTo.configuredFrom);
    return {
      device: { virtual: appliesTo.virtual, configuredFrom: from?.path ?? info.path },
      node: from?.node ?? info.node,
      fact: facts.byPlatformDriver(appliesTo.virtual),
      isVirtual: true,
      resolved: from !== null,
    };
  }
  switch (appliesTo) {
    case "self":
      return self;
    case "parent":
      return other(info.node.parent);
    case "dma-channel":
      return other(phandleList(tree, info.node, "dmas", "#dma-cells")[0]?.node);
    case "card":
      return { ...self, resolved: false };
  }
}
