/**
 * Applying an overlay.
 *
 *   overlay                             base
 *   fragment@0                          soc { i2c0: i2c@40 { ... }; };
 *     target = <&i2c0>;        ---->    the children and properties of __overlay__ go into i2c@40
 *     __overlay__ { sensor@1a { ... }; };
 *   __symbols__                         labels of the overlay become labels of the base, with their new paths
 *   __fixups__, __local_fixups__        where the overlay holds phandles
 *
 * @see Linux 6.12 `drivers/of/overlay.c`
 */

import type { BuiltNode } from "./built-node.js";
import { copyNode, phandleOf, treeOf } from "./built-node.js";
import { DeviceTreeError } from "./error.js";
import { findByPath, resolvePhandles } from "./overlay-phandles.js";
import { MAX_DEPTH } from "./scan.js";
import type { DeviceTree, TreeNode } from "./tree.js";
import { stringOf, u32Property } from "./values.js";

/** Longest path that a label of the overlay may get, so that many labels below one long path stay affordable. */
const MAX_LABEL_PATH = 4095;

interface Fragment {
  readonly name: string;
  readonly content: BuiltNode;
  readonly target: BuiltNode;
}

/** What one overlay has changed so far: Linux refuses an overlay that changes the same thing twice. */
interface Changes {
  readonly addedNodes: Set<BuiltNode>;
  readonly properties: Map<BuiltNode, Set<string>>;
}

/**
 * Applies an overlay as the kernel does. New nodes come before their siblings, new properties after the others.
 *
 * In one thing it follows the boot loader instead, which is who applies overlays before Linux runs: labels of an overlay that was
 * compiled with `dtc -@` are added to a base tree that has none (libfdt makes the node, Linux refuses).
 *
 * @returns a new tree; base and overlay are not changed. The overlay's own memory reservations are left out.
 * @throws DeviceTreeError `unresolved-label` when the base lacks what the overlay refers to, `bad-overlay` for everything else the
 *   kernel refuses, `too-deep` when the result would be
 */
export function applyOverlay(base: DeviceTree, overlay: DeviceTree): DeviceTree {
  const source = copyNode(overlay.root, true);
  resolvePhandles(base, source);
  const root = copyNode(base.root, false);
  const fragments: Fragment[] = [];
  for (const node of source.children) {
    const content = node.child("__overlay__");
    if (content !== undefined)
      fragments.push({ name: node.name, content, target: copyOf(findTarget(base, node), root) });
  }
  const symbols = source.child("__symbols__");
  if (fragments.length === 0 && symbols === undefined) throw refuse("the overlay has neither fragments nor symbols");
  const changes: Changes = { addedNodes: new Set(), properties: new Map() };
  for (const { content, target } of fragments) merge(changes, target, content, true, depthOf(target));
  if (symbols !== undefined) {
    addSymbols(changes, root.child("__symbols__") ?? root.addFirstChild("__symbols__"), symbols, fragments);
  }
  return treeOf(root, base.memReservations, base.bootCpu);
}

/** @see Linux 6.12 `drivers/of/overlay.c` `find_target()` */
function findTarget(base: DeviceTree, fragment: BuiltNode): TreeNode {
  const phandle = u32Property(fragment, "target");
  if (phandle !== undefined) {
    const target = base.nodeByPhandle(phandle);
    if (target === undefined) {
      throw new DeviceTreeError(
        "unresolved-label",
        null,
        `${fragment.path} has target 0x${phandle.toString(16)}, and no node has that phandle`,
      );
    }
    return target;
  }
  const path = fragment.get("target-path");
  if (path?.includes(0) !== true) throw refuse(`${fragment.path} has neither target nor target-path`);
  const target = findByPath(base, stringOf(path));
  if (target === undefined) {
    throw new DeviceTreeError(
      "unresolved-label",
      null,
      `${fragment.path} has target-path ${stringOf(path)}, and there is no such node`,
    );
  }
  return target;
}

/** The node at the same place in a copy of the whole tree. */
function copyOf(node: TreeNode, root: BuiltNode): BuiltNode {
  if (node.parent === null) return root;
  return copyOf(node.parent, root).ensureChild(node.name);
}

function depthOf(node: TreeNode): number {
  let depth = 0;
  for (let above = node.parent; above !== null; above = above.parent) depth += 1;
  return depth;
}

/** @param live - true while `target` is a node of the base tree, false below a node that this overlay adds */
function merge(changes: Changes, target: BuiltNode, content: BuiltNode, live: boolean, depth: number): void {
  for (const [name, value] of content.entries()) setProperty(changes, target, name, value, live);
  for (const child of content.children) {
    const existing = target.child(child.name);
    if (existing === undefined) {
      if (depth + 1 >= MAX_DEPTH) {
        throw new DeviceTreeError(
          "too-deep",
          null,
          `${child.path} would be nested ${depth + 2} deep, at most ${MAX_DEPTH} are read`,
        );
      }
      const added = target.addFirstChild(child.name);
      changes.addedNodes.add(added);
      merge(changes, added, child, false, depth + 1);
    } else {
      if (changes.addedNodes.has(existing)) throw refuse(`several fragments add the node ${existing.path}`);
      if (phandleOf(existing) !== undefined && phandleOf(child) !== undefined) {
        throw refuse(`${child.path} gives a phandle to ${existing.path}, which has one`);
      }
      merge(changes, existing, child, live, depth + 1);
    }
  }
}

function setProperty(changes: Changes, target: BuiltNode, name: string, value: Uint8Array, live: boolean): void {
  if (live && isOwnName(name)) return;
  const existing = target.get(name);
  if (live && existing !== undefined && (name === "#address-cells" || name === "#size-cells")) {
    if (!sameBytes(existing, value)) throw refuse(`the overlay changes ${name} of ${target.path}`);
    return;
  }
  noteProperty(changes, target, name);
  target.set(name, value);
}

/** @see Linux 6.12 `drivers/of/overlay.c` `dup_and_fixup_symbol_prop()` */
function addSymbols(changes: Changes, target: BuiltNode, symbols: BuiltNode, fragments: readonly Fragment[]): void {
  const byName = new Map(fragments.map((fragment) => [fragment.name, fragment]));
  const paths = new Map<Fragment, string>();
  for (const [label, value] of symbols.entries()) {
    if (isOwnName(label)) continue;
    if (target.has(label)) throw refuse(`the base tree has a label "${label}" already`);
    const path = stringOf(value);
    const match = /^\/([^/:]+)\/__overlay__((?:\/.*)?)$/s.exec(path);
    const fragment = match === null ? undefined : byName.get(match[1] as string);
    if (match === null || fragment === undefined || !value.includes(0)) {
      throw refuse(`label "${label}" leads to ${path.slice(0, 200)}, which is in no fragment`);
    }
    let start = paths.get(fragment);
    if (start === undefined) {
      start = fragment.target.path;
      paths.set(fragment, start);
    }
    const tail = match[2] as string;
    if (start.length + tail.length > MAX_LABEL_PATH)
      throw refuse(`the path of label "${label}" has more than ${MAX_LABEL_PATH} bytes`);
    noteProperty(changes, target, label);
    target.set(label, new TextEncoder().encode(`${start === "/" && tail !== "" ? "" : start}${tail}\0`));
  }
}

function noteProperty(changes: Changes, node: BuiltNode, name: string): void {
  let names = changes.properties.get(node);
  if (names === undefined) {
    names = new Set();
    changes.properties.set(node, names);
  }
  if (names.has(name)) throw refuse(`several fragments change the property ${name} of ${node.path}`);
  names.add(name);
}

/** Properties that belong to a node's identity; an overlay never changes those of a node that exists. */
function isOwnName(name: string): boolean {
  return name === "name" || name === "phandle" || name === "linux,phandle";
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}

function refuse(why: string): DeviceTreeError {
  return new DeviceTreeError("bad-overlay", null, why);
}
