import { phandleList } from "../devicetree/meaning/phandles.js";
import type { DeviceTree, TreeNode } from "../devicetree/tree.js";
import type { AppliesTo, DeviceFact, FactAppliesTo } from "../facts/fact.js";
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
  /** The node whose bus windows, coherency and IOMMU count: another one where the driver has the device configured again. */
  readonly configuring: TreeNode;
  /** For a device configured from a node that is not its own, the search for `dma-ranges` starts at that node, not above it. */
  readonly startsThere: boolean;
  /** False when the tree lacks the node the facts speak of, so that the named node stands in for it. */
  readonly resolved: boolean;
}

/** Decides for this tree which of several aggregates a fact means; the first named one where the tree has none of them. */
export function settledAppliesTo(scan: TreeScan, appliesTo: FactAppliesTo): AppliesTo {
  if (typeof appliesTo === "string" || !("aggregate" in appliesTo)) return appliesTo;
  const names = [appliesTo.aggregate].flat();
  const isEnabled = (name: string): boolean => scan.withCompatible(name)?.enabled === true;
  const aggregate = names.find(isEnabled) ?? names.find((name) => scan.withCompatible(name) !== null) ?? names[0];
  return aggregate === undefined ? "self" : { aggregate };
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
    configuring: info.node,
    startsThere: false,
    resolved: true,
  };
  const other = (node: TreeNode | null | undefined): DmaTarget => {
    if (node === null || node === undefined || node.parent === null) return { ...self, resolved: false };
    if (node === info.node) return self;
    const known = scan.of(node);
    const fact = known === undefined ? null : facts.byCompatible(known.compatible);
    return {
      device: { path: known?.path ?? node.path },
      node,
      fact,
      configuring: node,
      startsThere: false,
      resolved: true,
    };
  };
  if (typeof appliesTo === "object") {
    if ("phandle" in appliesTo) return other(phandleList(tree, info.node, appliesTo.phandle, null)[0]?.node);
    if ("aggregate" in appliesTo) return other(scan.withCompatible(appliesTo.aggregate)?.node);
    const from = scan.withCompatible(appliesTo.configuredFrom);
    return {
      device: { virtual: appliesTo.virtual, configuredFrom: from?.path ?? info.path },
      node: from?.node ?? info.node,
      fact: facts.byPlatformDriver(appliesTo.virtual),
      configuring: from?.node ?? info.node,
      startsThere: true,
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

/**
 * The target after a driver had it configured again from another node of this tree.
 *
 * @param fact - what is known of the driver that owns the target
 */
export function reconfigured(scan: TreeScan, target: DmaTarget, fact: DeviceFact | null): DmaTarget {
  const from = fact?.configuredFrom;
  if (from === undefined) return target;
  for (const { node, compatible } of scan.infos) {
    if (from.property !== undefined && !node.has(from.property)) continue;
    if (!compatible.some((name) => from.compatibles.includes(name))) continue;
    return { ...target, configuring: node, startsThere: node !== target.node };
  }
  return target;
}
