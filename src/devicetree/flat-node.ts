import { nameAt } from "./name-cache.js";
import type { FlatTree } from "./scan.js";
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
import type { NodeIndex } from "./tree.js";
import { TreeNode } from "./tree.js";

/** From this many on, properties and children are looked up in a map instead of one by one. */
const MANY = 24;

/** Nodes of one flattened tree: made when first asked for, kept, so that each node is one object. */
export class FlatNodes implements NodeIndex {
  readonly flat: FlatTree;
  readonly view: DataView;
  readonly #nodes: (FlatNode | undefined)[];
  #complete = false;
  /** Per offset in the strings block: position in `#names`; 0 for a name not read yet, negative for names of phandles. */
  readonly #nameNumbers: Int32Array;
  readonly #names: string[] = [""];
  #byPhandle: Map<number, number> | null = null;

  constructor(flat: FlatTree) {
    const { bytes, header } = flat;
    this.flat = flat;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#nodes = new Array<FlatNode | undefined>(flat.nodeCount);
    this.#nameNumbers = new Int32Array(header.stringsEnd - header.stringsOffset);
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
    const number = (this.#nameNumbers[offset] as number) || this.#readName(offset);
    return this.#names[number < 0 ? -number : number] as string;
  }

  /** Names of the properties from `first` up to `end`. */
  propertyNames(first: number, end: number): string[] {
    const { properties } = this.flat;
    const numbers = this.#nameNumbers;
    const all = this.#names;
    const names = new Array<string>(end - first);
    for (let at = 0, word = first * PROPERTY_FIELDS; at < names.length; at++, word += PROPERTY_FIELDS) {
      const offset = properties[word + PROPERTY_NAME] as number;
      const number = (numbers[offset] as number) || this.#readName(offset);
      names[at] = all[number < 0 ? -number : number] as string;
    }
    return names;
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

  #readName(offset: number): number {
    const { bytes, header } = this.flat;
    const name = nameAt(bytes, this.view, header.stringsOffset + offset);
    const position = this.#names.push(name) - 1;
    const number = name === "phandle" || name === "linux,phandle" ? -position : position;
    this.#nameNumbers[offset] = number;
    return number;
  }

  /** One pass over all properties; the node of a property is only looked for when it is a phandle. */
  #readPhandles(): Map<number, number> {
    const { nodeCount, nodes, properties, propertyCount } = this.flat;
    const numbers = this.#nameNumbers;
    const found = new Map<number, number>();
    let index = 0;
    let settled = -1;
    for (let property = 0, word = 0; property < propertyCount; property++, word += PROPERTY_FIELDS) {
      const offset = properties[word + PROPERTY_NAME] as number;
      const number = (numbers[offset] as number) || this.#readName(offset);
      if (number > 0 || (properties[word + PROPERTY_LENGTH] as number) < 4) continue;
      const phandle = this.view.getUint32(properties[word + PROPERTY_VALUE] as number);
      if (phandle === 0) continue;
      while (index + 1 < nodeCount && (nodes[(index + 1) * NODE_FIELDS + NODE_FIRST_PROPERTY] as number) <= property) {
        index += 1;
      }
      // The first of a node's two phandle properties counts.
      if (settled === index) continue;
      settled = index;
      if (phandle !== 0xffffffff && !found.has(phandle)) found.set(phandle, index);
    }
    return found;
  }
}

/** A node of a flattened tree; reads the columns when asked. */
export class FlatNode extends TreeNode {
  readonly #all: FlatNodes;
  readonly #index: number;
  #name: string | null = null;
  #known: Known | null = null;

  constructor(all: FlatNodes, index: number) {
    super();
    this.#all = all;
    this.#index = index;
  }

  override get name(): string {
    if (this.#name === null) {
      const { flat } = this.#all;
      const begin = flat.nodes[this.#index * NODE_FIELDS + NODE_BEGIN] as number;
      this.#name = this.#index === 0 ? "" : nameAt(flat.bytes, this.#all.view, begin + 4);
    }
    return this.#name;
  }

  override get parent(): TreeNode | null {
    return this.#index === 0 ? null : this.#all.nodeOf(this.#field(NODE_PARENT));
  }

  override get children(): readonly TreeNode[] {
    const known = this.#remember();
    if (known.children === null) {
      const children: TreeNode[] = [];
      const { nodes } = this.#all.flat;
      let index = this.#field(NODE_FIRST_CHILD);
      while (index !== 0) {
        children.push(this.#all.nodeOf(index));
        index = nodes[index * NODE_FIELDS + NODE_NEXT_SIBLING] as number;
      }
      known.children = children;
    }
    return known.children;
  }

  override get propertyNames(): readonly string[] {
    return this.#all.propertyNames(this.#field(NODE_FIRST_PROPERTY), this.#all.propertiesEnd(this.#index));
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
    const known = this.#remember();
    if (known.childByName === null) {
      known.childByName = new Map();
      for (const child of children) if (!known.childByName.has(child.name)) known.childByName.set(child.name, child);
    }
    return known.childByName.get(name);
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
    const known = this.#remember();
    if (known.propertyByName === null) {
      known.propertyByName = new Map();
      for (let property = end - 1; property >= first; property--) {
        known.propertyByName.set(all.propertyName(property), property);
      }
    }
    return known.propertyByName.get(name) ?? -1;
  }

  #remember(): Known {
    this.#known ??= { children: null, childByName: null, propertyByName: null };
    return this.#known;
  }
}

/** What a node has found out so far; most nodes are never asked, and stay small. */
interface Known {
  children: readonly TreeNode[] | null;
  childByName: Map<string, TreeNode> | null;
  propertyByName: Map<string, number> | null;
}
