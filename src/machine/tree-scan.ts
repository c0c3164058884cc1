import { compatiblesOf, isAvailable } from "../devicetree/meaning/status.js";
import type { DeviceTree, TreeNode } from "../devicetree/tree.js";
import { stringOf } from "../devicetree/values.js";

/** A node that may be a device, with what its place in the tree says. */
export interface NodeInfo {
  readonly node: TreeNode;
  readonly path: string;
  /** Neither the node nor one above it is disabled. */
  readonly enabled: boolean;
  readonly compatible: readonly string[];
  /** The bridge of the PCI bus the node sits on, at any depth; null elsewhere. The bridge itself has null. */
  readonly pciHost: TreeNode | null;
  readonly isPciHost: boolean;
}

/** Root children below which there are no devices that do DMA. */
const NO_DEVICES: ReadonlySet<string> = new Set([
  "__symbols__",
  "__fixups__",
  "__local_fixups__",
  "aliases",
  "chosen",
  "cpus",
  "memory",
  "reserved-memory",
  "thermal-zones",
]);

/** Children of devices that describe wiring, never a device. */
const NO_DEVICE_CHILDREN: ReadonlySet<string> = new Set(["ports", "port", "endpoint", "opp-table"]);

/** One walk over a tree: every node with a compatible or on a PCI bus, in tree order. */
export class TreeScan {
  readonly infos: readonly NodeInfo[];
  readonly #byNode = new Map<TreeNode, NodeInfo>();
  #byCompatible: ReadonlyMap<string, NodeInfo> | null = null;

  constructor(tree: DeviceTree) {
    const infos: NodeInfo[] = [];
    const visit = (parent: TreeNode, parentPath: string, parentEnabled: boolean, pciHost: TreeNode | null): void => {
      for (const node of parent.children) {
        const { name } = node;
        const at = name.indexOf("@");
        const baseName = at < 0 ? name : name.slice(0, at);
        if (parent.parent === null ? NO_DEVICES.has(baseName) : NO_DEVICE_CHILDREN.has(baseName)) continue;
        const path = `${parentPath}/${name}`;
        const enabled = parentEnabled && isAvailable(node);
        const type = node.get("device_type");
        const isPci = type !== undefined && stringOf(type) === "pci";
        const isPciHost = isPci && pciHost === null;
        const compatible = compatiblesOf(node);
        if (compatible.length > 0 || (pciHost !== null && !isPci && node.has("reg"))) {
          const info: NodeInfo = { node, path, enabled, compatible, pciHost, isPciHost };
          infos.push(info);
          this.#byNode.set(node, info);
        }
        visit(node, path, enabled, isPciHost ? node : pciHost);
      }
    };
    visit(tree.root, "", true, null);
    this.infos = infos;
  }

  /** The information of a node; undefined for one without a compatible or outside the parts that hold devices. */
  of(node: TreeNode): NodeInfo | undefined {
    return this.#byNode.get(node);
  }

  /** True when neither the node nor one above it is disabled. */
  isEnabled(node: TreeNode): boolean {
    const known = this.#byNode.get(node);
    if (known !== undefined) return known.enabled;
    for (let at: TreeNode | null = node; at !== null; at = at.parent) if (!isAvailable(at)) return false;
    return true;
  }

  /** The first enabled node with a compatible, else the first one, else null. */
  withCompatible(compatible: string): NodeInfo | null {
    this.#byCompatible ??= firstByCompatible(this.infos);
    return this.#byCompatible.get(compatible) ?? null;
  }
}

function firstByCompatible(infos: readonly NodeInfo[]): ReadonlyMap<string, NodeInfo> {
  const first = new Map<string, NodeInfo>();
  for (const info of infos) {
    for (const compatible of info.compatible) {
      const known = first.get(compatible);
      if (known === undefined || (!known.enabled && info.enabled)) first.set(compatible, info);
    }
  }
  return first;
}
