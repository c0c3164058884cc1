import { type BuiltNode, copyNode, treeOf } from "./built-node.js";
import { valueSource } from "./dts.js";
import type { DeviceTree } from "./tree.js";

const CELL_COUNTS: ReadonlySet<string> = new Set(["#address-cells", "#size-cells"]);

/** One change to a tree: a property gets a value (bytes as they stand in the tree), or goes away with `null`. */
export interface PropertyEdit {
  /** Full path; what is missing of it is made when a value is set. */
  readonly node: string;
  readonly property: string;
  readonly value: Uint8Array | null;
}

/**
 * A copy of the tree with the changes made in order. Taking away what is not there changes nothing.
 *
 * @throws RangeError for a node that is no full path
 */
export function applyEdits(tree: DeviceTree, edits: readonly PropertyEdit[]): DeviceTree {
  const root = copyNode(tree.root, false);
  for (const { node: path, property, value } of edits) {
    const node = nodeOf(root, path);
    if (value === null) node.delete(property);
    else node.set(property, value);
  }
  return treeOf(root, tree.memReservations, tree.bootCpu);
}

/**
 * The changes as device tree source to be merged into the board's: `&{/path} { property = <...>; };`, a node after the other. A node that the tree
 * does not have is opened inside the nearest that it has.
 */
export function editsSource(tree: DeviceTree, edits: readonly PropertyEdit[]): string {
  const blocks = new Map<string, string[]>();
  for (const { node: path, property, value } of edits) {
    const lines = blocks.get(path) ?? [];
    lines.push(value === null ? `/delete-property/ ${property};` : `${property}${valueSource(value)};`);
    blocks.set(path, lines);
  }
  return [...blocks].map(([path, lines]) => blockSource(tree, path, lines)).join("\n");
}

/**
 * The changes as an overlay; null for what no overlay can do: take something away, or change the cells of a node that has them.
 *
 * @see Linux 6.12 `drivers/of/overlay.c` `add_changeset_property()`
 */
export function editsOverlay(tree: DeviceTree, edits: readonly PropertyEdit[]): string | null {
  const isFixed = ({ node, property, value }: PropertyEdit): boolean =>
    value === null || (CELL_COUNTS.has(property) && tree.nodeAt(node)?.has(property) === true);
  if (edits.some(isFixed)) return null;
  return `/dts-v1/;\n/plugin/;\n\n${editsSource(tree, edits)}`;
}

function blockSource(tree: DeviceTree, path: string, lines: readonly string[]): string {
  const names = namesIn(path);
  let known = names.length;
  while (known > 0 && tree.nodeAt(`/${names.slice(0, known).join("/")}`) === undefined) known--;
  let body = lines;
  for (const name of names.slice(known).reverse()) body = [`${name} {`, ...body.map((line) => `\t${line}`), "};"];
  return `&{/${names.slice(0, known).join("/")}} {\n${body.map((line) => `\t${line}\n`).join("")}};\n`;
}

function nodeOf(root: BuiltNode, path: string): BuiltNode {
  if (!path.startsWith("/")) throw new RangeError(`${path} is no full path of a node`);
  let node = root;
  for (const name of namesIn(path)) node = node.ensureChild(name);
  return node;
}

/** Names of the nodes on a path from the root down; none for the root. */
function namesIn(path: string): string[] {
  return path.split("/").filter((name) => name !== "");
}
