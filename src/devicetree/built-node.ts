import type { MemReservation, NodeIndex } from "./tree.js";
import { DeviceTree, TreeNode } from "./tree.js";
import { u32At } from "./values.js";

/** A node made property by property: by a builder, from a folder, or as a copy that an overlay changes. */
export class BuiltNode extends TreeNode {
  override readonly name: string;
  override readonly parent: BuiltNode | null;
  readonly #properties = new Map<string, Uint8Array>();
  readonly #byName = new Map<string, BuiltNode>();
  /** Children put before the others, the latest last. */
  readonly #front: BuiltNode[] = [];
  readonly #back: BuiltNode[] = [];

  constructor(name: string, parent: BuiltNode | null) {
    super();
    this.name = name;
    this.parent = parent;
  }

  override get children(): readonly BuiltNode[] {
    return [...this.#front.toReversed(), ...this.#back];
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
    return this.#byName.get(name);
  }

  override entries(): Iterable<readonly [name: string, value: Uint8Array]> {
    return this.#properties.entries();
  }

  /** Adds a property, or replaces its value and keeps its place. The bytes are kept, not copied. */
  set(name: string, value: Uint8Array): void {
    this.#properties.set(name, value);
  }

  /** Takes a property away; nothing happens where there is none. */
  delete(name: string): void {
    this.#properties.delete(name);
  }

  /** The child with that name, added at the end when there is none. */
  ensureChild(name: string): BuiltNode {
    return this.#byName.get(name) ?? this.#add(name, this.#back);
  }

  /**
   * Adds a child before all others, where Linux and libfdt put the nodes of an overlay.
   *
   * @throws RangeError when there is a child with that name
   */
  addFirstChild(name: string): BuiltNode {
    if (this.#byName.has(name)) throw new RangeError(`${this.path} has a child ${name}`);
    return this.#add(name, this.#front);
  }

  #add(name: string, to: BuiltNode[]): BuiltNode {
    const child = new BuiltNode(name, this);
    this.#byName.set(name, child);
    to.push(child);
    return child;
  }
}

/**
 * Copies a node with everything below it. Of a property or child that stands twice the first value counts, children are merged.
 *
 * @param copyValues - true to own the value bytes, false to share them
 */
export function copyNode(source: TreeNode, copyValues: boolean): BuiltNode {
  const root = new BuiltNode("", null);
  copyInto(root, source, copyValues);
  return root;
}

function copyInto(target: BuiltNode, source: TreeNode, copyValues: boolean): void {
  for (const [name, value] of source.entries()) {
    if (!target.has(name)) target.set(name, copyValues ? value.slice() : value);
  }
  for (const child of source.children) copyInto(target.ensureChild(child.name), child, copyValues);
}

/** Makes a tree of finished nodes; `root` must not change afterwards. */
export function treeOf(root: BuiltNode, memReservations: readonly MemReservation[], bootCpu: number): DeviceTree {
  return new DeviceTree(root, memReservations, bootCpu, new BuiltIndex(root), null);
}

/** The phandle of a node; undefined for none, for 0 and for the illegal 0xffffffff. */
export function phandleOf(node: TreeNode): number | undefined {
  for (const [name, value] of node.entries()) {
    if ((name !== "phandle" && name !== "linux,phandle") || value.length < 4) continue;
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
