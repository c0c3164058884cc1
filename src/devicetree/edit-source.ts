/**
 * Changes to a tree as text: source to be merged into the board's, or an overlay for its compiled tree.
 *
 * To the compiler every node that an overlay opens is a tree of its own, in which the cells of the node above are unknown: it warns. So a node that
 * gets `reg` or `ranges` is opened inside the node above it, whose cells are repeated. Neither the kernel nor libfdt takes that for a change.
 */
import { valueSource } from "./dts.js";
import type { PropertyEdit } from "./edit.js";
import type { DeviceTree, TreeNode } from "./tree.js";

const CELL_COUNTS: readonly string[] = ["#address-cells", "#size-cells"];

/** Properties that the compiler reads by the cells of the node above. */
const READ_BY_CELLS_ABOVE: ReadonlySet<string> = new Set(["reg", "ranges"]);

/**
 * The changes as device tree source to be merged into the board's: `&{/path} { property = <...>; };`, a node after the other. Nodes that the tree
 * does not have are opened inside the nearest that it has.
 */
export function editsSource(tree: DeviceTree, edits: readonly PropertyEdit[]): string {
  const source = new OpenedNodes(tree, new Set());
  for (const edit of edits) source.change(edit);
  return source.toString();
}

/**
 * The changes as an overlay; null for what no overlay can do: take something away, or change the cells of a node that has them.
 *
 * @see Linux 6.12 `drivers/of/overlay.c` `add_changeset_property()`
 */
export function editsOverlay(tree: DeviceTree, edits: readonly PropertyEdit[]): string | null {
  const isFixed = ({ node, property, value }: PropertyEdit): boolean =>
    value === null || (CELL_COUNTS.includes(property) && tree.nodeAt(node)?.has(property) === true);
  if (edits.some(isFixed)) return null;
  const read = edits.filter(({ property }) => READ_BY_CELLS_ABOVE.has(property));
  const source = new OpenedNodes(tree, new Set(read.map(({ node }) => node)));
  for (const { node, property } of read) {
    const above = node.slice(0, node.lastIndexOf("/"));
    for (const path of property === "ranges" ? [above, node] : [above]) {
      const known = tree.nodeAt(path === "" ? "/" : path);
      if (known !== undefined && node !== "/") source.repeatCells(known);
    }
  }
  for (const edit of edits) source.change(edit);
  return `/dts-v1/;\n/plugin/;\n\n${source}`;
}

/** What changes in a node: lines of source by property, and nodes below it. */
interface Block {
  readonly properties: Map<string, string>;
  readonly children: Map<string, Block>;
}

/** Source that opens nodes of a tree by their paths: each once, in the order of the first change. */
class OpenedNodes {
  readonly #tree: DeviceTree;
  readonly #inner: ReadonlySet<string>;
  readonly #blocks = new Map<string, Block>();

  /** @param inner - paths of nodes that are opened inside the node above them */
  constructor(tree: DeviceTree, inner: ReadonlySet<string>) {
    this.#tree = tree;
    this.#inner = inner;
  }

  change({ node, property, value }: PropertyEdit): void {
    const line = value === null ? `/delete-property/ ${property};` : `${property}${valueSource(value)};`;
    this.#blockOf(node).properties.set(property, line);
  }

  repeatCells(node: TreeNode): void {
    for (const property of CELL_COUNTS) {
      const value = node.get(property);
      if (value !== undefined) this.change({ node: node.path, property, value });
    }
  }

  toString(): string {
    return [...this.#blocks].map(([path, block]) => `&{${path}} {\n${linesOf(block).join("\n")}\n};\n`).join("\n");
  }

  #blockOf(path: string): Block {
    const names = path.split("/").filter((name) => name !== "");
    let opened = names.length;
    while (opened > 0 && this.#isInner(names.slice(0, opened))) opened--;
    let block = childOf(this.#blocks, pathOf(names.slice(0, opened)));
    for (const name of names.slice(opened)) block = childOf(block.children, name);
    return block;
  }

  #isInner(names: readonly string[]): boolean {
    const path = pathOf(names);
    return this.#inner.has(path) || this.#tree.nodeAt(path) === undefined;
  }
}

function pathOf(names: readonly string[]): string {
  return `/${names.join("/")}`;
}

function childOf(blocks: Map<string, Block>, name: string): Block {
  const known = blocks.get(name);
  if (known !== undefined) return known;
  const made: Block = { properties: new Map(), children: new Map() };
  blocks.set(name, made);
  return made;
}

function linesOf({ properties, children }: Block): readonly string[] {
  const lines = [...properties.values()];
  for (const [name, child] of children) lines.push(`${name} {`, ...linesOf(child), "};");
  return lines.map((line) => `\t${line}`);
}
