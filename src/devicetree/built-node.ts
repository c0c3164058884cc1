import { DeviceTree, TreeNode } from "./tree.js";
import type { MemReservation, NodeIndex } from "./tree.js";
import { u32At } from "./values.js";

/** A node made property by property: by a builder, from a folder, or as a copy that an overlay changes. */
export class BuiltNode extends TreeNode {
  override readonly name: string;
  override readonly parent: BuiltNode | null;
  readonly #properties = new Map<string, Uint8Array>();
  readonly #children = new Map<string, BuiltNode>();

  constructor(name: string, parent: BuiltNode | null) {
    super();
    this.name = name;
    this.parent = parent;
  }

  override get children(): readonly BuiltNode[] {
    return [...this.#children.values()];
  }

  override get propertyNames(): readonly string[] {
    return [...this.#properties.keys()];
  }

  override get(name: string): Uint8Array | undefined {
    return this.#properties.get(name);
  }

  override has(name: string): boolean {
    return this.#properties.has(name);
  }

  override child(name: string): BuiltNode | undefined {
    return this.#children.get(name);
  }

  override entries(): Iterable<readonly [name: string, value: Uint8Array]> {
    return this.#properties.entries();
  }

  /** Adds a property, or replaces its value and keeps its place. The bytes are kept, not copied. */
  set(name: string, value: Uint8Array): void {
    this.#properties.set(name, value);
  }

  /** The child with that name, added at the end when there is none. */
  ensureChild(name: string): BuiltNode {
    let child = this.#children.get(name);
    if (child === undefined) {
      child = new BuiltNode(name, this);
      this.#children.set(name, child);
    }
    return child;
  }
}

/** Makes a tree of finished nodes; `root` must not change afterwards. */
export function treeOf(root: BuiltNode, memReservations: readonly MemReservation[], bootCpu: number): DeviceTree {
  return new DeviceTree(root, memReservations, bootCpu, new BuiltIndex(root), null);
}

/** The phandle of a node; undefined for none, for 0 and for the illegal 0xffffffff. */
export function phandleOf(node: TreeNode): number | undefined {
  for (const [name, value] of node.entries()) {
    if ((name !== "phandle" && name !== "linux,phandle") || value.length !== 4) continue;
    const phandle = u32At(value, 0);
    if (phandle === 0) continue;
    return phandle === 0xffffffff ? undefined : phandle;
  }
  return undefined;
}

class BuiltIndex implements NodeIndex {
  readonly #root: BuiltNode;
  #nodes: readonly TreeNode[] | null = null;
  #byPhandle: Map<number, TreeNode> | null = null;

  constructor(root: BuiltNode) {
    this.#root = root;
  }

  nodes(): readonly TreeNode[] {
    if (this.#nodes === null) {
      const nodes: TreeNode[] = [];
      collect(this.#root, nodes);
      this.#nodes = nodes;
    }
    return this.#nodes;
  }

  nodeByPhandle(phandle: number): TreeNode | undefined {
    if (this.#byPhandle === null) {
      this.#byPhandle = new Map();
      for (const node of this.nodes()) {
        const own = phandleOf(node);
        if (own !== undefined && !this.#byPhandle.has(own)) this.#byPhandle.set(own, node);
      }
    }
    return this.#byPhandle.get(phandle);
  }
}

function collect(node: TreeNode, into: TreeNode[]): void {
  into.push(node);
  for (const child of node.children) collect(child, into);
}
