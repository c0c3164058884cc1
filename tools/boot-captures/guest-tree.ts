import { buildDeviceTree, type PropertySpec, type TreeSpec } from "../../src/devicetree/build.js";
import type { DeviceTree, MemReservation, TreeNode } from "../../src/devicetree/tree.js";

/** What a kernel needs to get to user space: the rest of QEMU's machine only takes time to look for. */
const KEPT = /^(?:psci|pl011@|apb-pclk|timer|intc@|cpus)/;

/** What is added to QEMU's own tree. */
export interface GuestTreeParts {
  /** The node `/chosen`. */
  readonly chosen: TreeSpec;
  /** Further children of the root, memory nodes among them. */
  readonly nodes: TreeSpec;
  readonly memReservations: readonly MemReservation[];
}

/**
 * Cuts QEMU's tree of its machine down to processor, interrupts, timer, console and power, and adds nodes.
 *
 * @param machine - as QEMU wrote it
 */
export function guestTree(machine: DeviceTree, { chosen, nodes, memReservations }: GuestTreeParts): DeviceTree {
  const properties = Object.fromEntries(machine.root.entries());
  const children = machine.root.children.filter(({ name }) => KEPT.test(name));
  return buildDeviceTree(
    { ...properties, chosen, ...nodes, ...Object.fromEntries(children.map((node) => [node.name, specOf(node)])) },
    memReservations,
  );
}

function specOf(node: TreeNode): TreeSpec {
  const spec: Record<string, PropertySpec | TreeSpec> = {};
  for (const [name, value] of node.entries()) spec[name] = value;
  for (const child of node.children) spec[child.name] = specOf(child);
  return spec;
}
