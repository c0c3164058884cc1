import { nameAt } from "./name-cache.js";
import {
  NODE_BEGIN,
  NODE_FIELDS,
  NODE_FIRST_CHILD,
  NODE_FIRST_PROPERTY,
  NODE_NEXT_SIBLING,
  NODE_PARENT,
  PROPERTY_FIELDS,
  PROPERTY_LENGTH,
  PROPERTY_NAME,
  PROPERTY_VALUE,
} from "./scan.js";
import type { FlatTree } from "./scan.js";
import { TreeNode } from "./tree.js";
import type { NodeIndex } from "./tree.js";

/** From this many on, properties and children are looked up in a map instead of one by one. */
const MANY = 24;

/** Nodes of one flattened tree: made when first asked for, kept, so that each node is one object. */
export class FlatNodes implements NodeIndex {
  readonly flat: FlatTree;
  readonly #nodes: (FlatNode | undefined)[];
  #complete = false;
  /** Per offset in the strings block: 1 + position in `#names`, 0 for a name not read yet. */
  #nameNumbers: Int32Array | null = null;
  readonly #names: string[] = [];
  #byPhandle: Map<number, number> | null = null;

  constructor(flat: FlatTree) {
    this.flat = flat;
    this.#nodes = new Array<FlatNode | undefined>(flat.nodeCount);
  }

  nodeOf(index: number): FlatNode {
    let node = this.#nodes[index];
    if (node === undefined) {
      node = new FlatNode(this, index);
      this.#nodes[index] = node;
    }
    return node;
  }

  nodes(): readonly TreeNode[] {
    if (!this.#complete) {
      for (let index = 0; index < this.flat.nodeCount; index++) this.nodeOf(index);
      this.#complete = true;
    }
    return this.#nodes as readonly TreeNode[];
  }

  /** Exclusive end of a node's properties. */
  propertiesEnd(index: number): number {
    const { nodes, nodeCount, propertyCount } = this.flat;
    return index + 1 < nodeCount ? (nodes[(index + 1) * NODE_FIELDS + NODE_FIRST_PROPERTY] as number) : propertyCount;
  }

  propertyName(property: number): string {
    const offset = this.flat.properties[property * PROPERTY_FIELDS + PROPERTY_NAME] as number;
    const { header, bytes } = this.flat;
    this.#nameNumbers ??= new Int32Array(header.stringsEnd - header.stringsOffset);
    const number = this.#nameNumbers[offset] as number;
    if (number !== 0) return this.#names[number - 1] as string;
    const name = nameAt(bytes, header.stringsOffset + offset);
    this.#nameNumbers[offset] = this.#names.push(name);
    return name;
  }

  propertyValue(property: number): Uint8Array {
    const word = property * PROPERTY_FIELDS;
    const { properties, bytes } = this.flat;
    const start = properties[word + PROPERTY_VALUE] as number;
    return bytes.subarray(start, start + (properties[word + PROPERTY_LENGTH] as number));
  }

  nodeByPhandle(phandle: number): TreeNode | undefined {
    this.#byPhandle ??= this.#readPhandles();
    const index = this.#byPhandle.get(phandle);
    return index === undefined ? undefined : this.nodeOf(index);
  }

  #readPhandles(): Map<number, number> {
    const { nodeCount, bytes, nodes, properties } = this.flat;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const found = new Map<number, number>();
    for (let index = 0; index < nodeCount; index++) {
      const end = this.propertiesEnd(index);
      for (let property = nodes[index * NODE_FIELDS + NODE_FIRST_PROPERTY] as number; property < end; property++) {
        const word = property * PROPERTY_FIELDS;
        if ((properties[word + PROPERTY_LENGTH] as number) < 4) continue;
        const name = this.propertyName(property);
        if (name !== "phandle" && name !== "linux,phandle") continue;
        const phandle = view.getUint32(properties[word + PROPERTY_VALUE] as number);
        if (phandle === 0) continue;
        if (phandle !== 0xffffffff && !found.has(phandle)) found.set(phandle, index);
        break;
      }
    }
    return found;
  }
}

/** A node of a flattened tree; reads the columns when asked. */
export class FlatNode extends TreeNode {
  readonly #all: FlatNodes;
  readonly #index: number;
  #name: string | null = null;
  #children: readonly TreeNode[] | null = null;
  #childMap: Map<string, TreeNode> | null = null;
  #propertyMap: Map<string, number> | null = null;

  constructor(all: FlatNodes, index: number) {
    super();
    this.#all = all;
    this.#index = index;
  }

  override get name(): string {
    if (this.#name === null) {
      const { flat } = this.#all;
      const begin = flat.nodes[this.#index * NODE_FIELDS + NODE_BEGIN] as number;
      this.#name = this.#index === 0 ? "" : nameAt(flat.bytes, begin + 4);
    }
    return this.#name;
  }

  override get parent(): TreeNode | null {
    return this.#index === 0 ? null : this.#all.nodeOf(this.#field(NODE_PARENT));
  }

  override get children(): readonly TreeNode[] {
    if (this.#children === null) {
      const children: TreeNode[] = [];
      const { nodes } = this.#all.flat;
      let index = this.#field(NODE_FIRST_CHILD);
      while (index !== 0) {
        children.push(this.#all.nodeOf(index));
        index = nodes[index * NODE_FIELDS + NODE_NEXT_SIBLING] as number;
      }
      this.#children = children;
    }
    return this.#children;
  }

  override get propertyNames(): readonly string[] {
    const names: string[] = [];
    const end = this.#all.propertiesEnd(this.#index);
    for (let property = this.#field(NODE_FIRST_PROPERTY); property < end; property++) {
      names.push(this.#all.propertyName(property));
    }
    return names;
  }

  override get(name: string): Uint8Array | undefined {
    const property = this.#find(name);
    return property < 0 ? undefined : this.#all.propertyValue(property);
  }

  override has(name: string): boolean {
    return this.#find(name) >= 0;
  }

  override child(name: string): TreeNode | undefined {
    const children = this.children;
    if (children.length < MANY) return children.find((child) => child.name === name);
    if (this.#childMap === null) {
      this.#childMap = new Map();
      for (const child of children) if (!this.#childMap.has(child.name)) this.#childMap.set(child.name, child);
    }
    return this.#childMap.get(name);
  }

  override *entries(): Iterable<readonly [name: string, value: Uint8Array]> {
    const end = this.#all.propertiesEnd(this.#index);
    for (let property = this.#field(NODE_FIRST_PROPERTY); property < end; property++) {
      yield [this.#all.propertyName(property), this.#all.propertyValue(property)];
    }
  }

  #field(field: number): number {
    return this.#all.flat.nodes[this.#index * NODE_FIELDS + field] as number;
  }

  /** Number of the first property with that name, -1 for none. */
  #find(name: string): number {
    const all = this.#all;
    const first = this.#field(NODE_FIRST_PROPERTY);
    const end = all.propertiesEnd(this.#index);
    if (end - first < MANY) {
      for (let property = first; property < end; property++) if (all.propertyName(property) === name) return property;
      return -1;
    }
    if (this.#propertyMap === null) {
      this.#propertyMap = new Map();
      for (let property = end - 1; property >= first; property--)
        this.#propertyMap.set(all.propertyName(property), property);
    }
    return this.#propertyMap.get(name) ?? -1;
  }
}
