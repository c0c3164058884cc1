import type { FlatTree } from "./scan.js";
import { stringOf } from "./values.js";

/** Memory that nobody may touch: `size` bytes from `address`. */
export interface MemReservation {
  readonly address: number;
  readonly size: number;
}

/** One node. Read-only; two calls that mean the same node of one tree give the same object. */
export abstract class TreeNode {
  /** Name with unit address, `vop@fdd90000`; empty for the root. Bytes outside ASCII are Latin-1 characters. */
  abstract readonly name: string;
  abstract readonly parent: TreeNode | null;
  /** In tree order. */
  abstract get children(): readonly TreeNode[];
  /** In tree order; a name that stands twice is listed twice. */
  abstract get propertyNames(): readonly string[];
  /** Bytes of the first property with that name, as a view of the input; an empty array for a flag. */
  abstract get(name: string): Uint8Array | undefined;
  abstract has(name: string): boolean;
  /** The first child whose name is exactly `name`. */
  abstract child(name: string): TreeNode | undefined;
  /** Names and values in tree order; a name that stands twice comes twice. */
  abstract entries(): Iterable<readonly [name: string, value: Uint8Array]>;

  /** Full path, `/soc/vop@fdd90000`; `/` for the root. */
  get path(): string {
    if (this.parent === null) return "/";
    let path = "";
    for (let node: TreeNode = this; node.parent !== null; node = node.parent) path = `/${node.name}${path}`;
    return path;
  }
}

/** Finds nodes of one tree; how depends on what the tree was made from. */
export interface NodeIndex {
  /** Depth first, tree order, root included. */
  nodes(): readonly TreeNode[];
  /** The first node in that order with this phandle. */
  nodeByPhandle(phandle: number): TreeNode | undefined;
}

/** A whole device tree, immutable. */
export class DeviceTree {
  readonly root: TreeNode;
  readonly memReservations: readonly MemReservation[];
  /** Physical id of the CPU that boots, as the flattened tree's header states it. */
  readonly bootCpu: number;
  /** The flattened form this tree was read from, which writing reproduces; null for a tree made otherwise. */
  readonly flat: FlatTree | null;
  readonly #index: NodeIndex;
  #aliases: ReadonlyMap<string, string> | null = null;
  #labels: ReadonlyMap<string, string> | null = null;

  constructor(
    root: TreeNode,
    memReservations: readonly MemReservation[],
    bootCpu: number,
    index: NodeIndex,
    flat: FlatTree | null,
  ) {
    this.root = root;
    this.memReservations = memReservations;
    this.bootCpu = bootCpu;
    this.flat = flat;
    this.#index = index;
  }

  /** The node at a full path, each part exact: `/` is the root. */
  nodeAt(path: string): TreeNode | undefined {
    if (path === "/") return this.root;
    if (!path.startsWith("/")) return undefined;
    let node: TreeNode | undefined = this.root;
    for (let start = 1; node !== undefined && start <= path.length; ) {
      let end = path.indexOf("/", start);
      if (end < 0) end = path.length;
      node = node.child(path.slice(start, end));
      start = end + 1;
      if (end === path.length - 1) return undefined;
    }
    return node;
  }

  /**
   * The node whose `phandle` or `linux,phandle` is this number; 0 and 0xffffffff name no node.
   *
   * @see Linux 6.12 `drivers/of/fdt.c` `populate_properties()`: the first of the two properties counts
   */
  nodeByPhandle(phandle: number): TreeNode | undefined {
    return this.#index.nodeByPhandle(phandle);
  }

  /** Alias to path, from the `/aliases` node. */
  get aliases(): ReadonlyMap<string, string> {
    this.#aliases ??= pathsIn(this.root.child("aliases"));
    return this.#aliases;
  }

  /** Label to path, from the `/__symbols__` node. */
  get labels(): ReadonlyMap<string, string> {
    this.#labels ??= pathsIn(this.root.child("__symbols__"));
    return this.#labels;
  }

  /** Every node, depth first, in tree order, the root first. */
  nodes(): Iterable<TreeNode> {
    return this.#index.nodes();
  }
}

function pathsIn(node: TreeNode | undefined): ReadonlyMap<string, string> {
  const paths = new Map<string, string>();
  if (node === undefined) return paths;
  for (const [name, value] of node.entries()) {
    if (name === "name" || name === "phandle" || name === "linux,phandle" || paths.has(name)) continue;
    paths.set(name, stringOf(value));
  }
  return paths;
}
