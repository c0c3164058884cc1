/**
 * First half of applying an overlay: its phandles and its references to the base tree become numbers of the base tree.
 *
 * @see Linux 6.12 `drivers/of/resolver.c` `of_resolve_phandles()`
 */

import type { BuiltNode } from "./built-node.js";
import { phandleOf } from "./built-node.js";
import { DeviceTreeError } from "./error.js";
import type { DeviceTree, TreeNode } from "./tree.js";
import { stringOf, u32At } from "./values.js";

const ILLEGAL_PHANDLE = 0xffffffff;

/**
 * Moves the overlay's phandles behind those of the base tree and fills in its references to labels.
 *
 * @param overlay - copy of the overlay's root that owns its values; changed
 * @throws DeviceTreeError `bad-overlay` or `unresolved-label`
 */
export function resolvePhandles(base: DeviceTree, overlay: BuiltNode): void {
  let highest = 0;
  for (const node of base.nodes()) highest = Math.max(highest, phandleOf(node) ?? 0);
  const delta = highest + 1;
  movePhandles(overlay, delta);
  const localFixups = overlay.child("__local_fixups__");
  if (localFixups !== undefined) moveReferences(localFixups, overlay, delta);
  const fixups = overlay.child("__fixups__");
  if (fixups !== undefined) fillReferences(base, overlay, fixups);
}

/**
 * Finds a node as Linux does: a path, or an alias with or without a path behind it; anything from a colon on is left out.
 *
 * @see Linux 6.12 `drivers/of/base.c` `of_find_node_opts_by_path()`
 */
export function findByPath(tree: DeviceTree, path: string): TreeNode | undefined {
  if (path === "/") return tree.root;
  if (path.startsWith("/")) return followPath(tree.root, path);
  const alias = /^[^/:]*/.exec(path)?.[0] ?? "";
  const target = tree.aliases.get(alias);
  if (target === undefined || !target.startsWith("/")) return undefined;
  const start = target === "/" ? tree.root : followPath(tree.root, target);
  return start === undefined ? undefined : followPath(start, path.slice(alias.length));
}

/** Steps down while the path starts with a slash; a path that does not is the node itself. */
function followPath<N extends TreeNode>(start: N, path: string): N | undefined {
  const separator = path.indexOf(":");
  const end = separator < 0 ? path.length : separator;
  let node: TreeNode | undefined = start;
  for (let at = 0; node !== undefined && at < end && path[at] === "/"; ) {
    let next = path.indexOf("/", at + 1);
    if (next < 0 || next > end) next = end;
    node = next === at + 1 ? undefined : node.child(path.slice(at + 1, next));
    at = next;
  }
  return node as N | undefined;
}

function movePhandles(node: BuiltNode, delta: number): void {
  const own = phandleOf(node);
  const moved = own === undefined ? 0 : own + delta;
  if (moved >= ILLEGAL_PHANDLE) {
    // Linux would let the number wrap around.
    throw new DeviceTreeError(
      "bad-overlay",
      null,
      `phandle ${own} of the overlay's ${node.path} leaves no room above the base tree's`,
    );
  }
  for (const name of ["phandle", "linux,phandle"]) {
    const value = node.get(name);
    if (value !== undefined && value.length >= 4 && u32At(value, 0) !== ILLEGAL_PHANDLE) putU32(value, 0, moved);
  }
  for (const child of node.children) movePhandles(child, delta);
}

/** `fixups` mirrors the overlay: a property lists the byte offsets of the local references in its namesake. */
function moveReferences(fixups: BuiltNode, node: BuiltNode, delta: number): void {
  for (const [name, offsets] of fixups.entries()) {
    if (name === "name" || name === "phandle" || name === "linux,phandle") continue;
    const value = node.get(name);
    if (value === undefined) throw badFixup(fixups, name, `${node.path} has no such property`);
    if (offsets.length === 0 || offsets.length % 4 !== 0)
      throw badFixup(fixups, name, "its length is no whole number of cells");
    for (let at = 0; at < offsets.length; at += 4) {
      const offset = u32At(offsets, at);
      if (offset + 4 > value.length)
        throw badFixup(fixups, name, `offset ${offset} is outside a value of ${value.length} bytes`);
      putU32(value, offset, (u32At(value, offset) + delta) % 0x100000000);
    }
  }
  for (const child of fixups.children) {
    const mirrored = node.child(child.name);
    if (mirrored === undefined) throw badFixup(child, null, `${node.path} has no child ${child.name}`);
    moveReferences(child, mirrored, delta);
  }
}

/** Each property of `__fixups__` is a label of the base tree; its strings say where in the overlay the phandle goes. */
function fillReferences(base: DeviceTree, overlay: BuiltNode, fixups: BuiltNode): void {
  const symbols = base.root.child("__symbols__");
  if (symbols === undefined) {
    throw new DeviceTreeError(
      "unresolved-label",
      null,
      "the overlay refers to labels, and the base tree has no /__symbols__ node",
    );
  }
  for (const [label, places] of fixups.entries()) {
    if (label === "name") continue;
    const path = symbols.get(label);
    if (path === undefined || !path.includes(0)) {
      throw new DeviceTreeError(
        "unresolved-label",
        null,
        `the base tree has no label "${label}", which the overlay refers to`,
      );
    }
    const target = findByPath(base, stringOf(path));
    if (target === undefined) {
      throw new DeviceTreeError(
        "unresolved-label",
        null,
        `label "${label}" of the base tree leads to no node: ${stringOf(path)}`,
      );
    }
    // A labelled node without a phandle gives 0, as in Linux.
    fillPlaces(overlay, fixups, label, places, phandleOf(target) ?? 0);
  }
}

function fillPlaces(overlay: BuiltNode, fixups: BuiltNode, label: string, places: Uint8Array, phandle: number): void {
  if (places.length > 0 && places[places.length - 1] !== 0) throw badFixup(fixups, label, "its last string has no end");
  for (let start = 0; start < places.length; ) {
    const end = places.indexOf(0, start);
    const place = stringOf(places.subarray(start, end + 1));
    start = end + 1;
    const match = /^([^:]*):([^:]*):([+-]?\d+)\n?$/.exec(place);
    if (match === null) throw badFixup(fixups, label, `"${place.slice(0, 200)}" is not path:property:offset`);
    const path = match[1] as string;
    const property = match[2] as string;
    const offsetText = match[3] as string;
    const node = followPath(overlay, path);
    if (node === undefined) continue;
    const value = node.get(property);
    const offset = Number(offsetText);
    if (value === undefined) throw badFixup(fixups, label, `${node.path} has no property ${property}`);
    if (offset < 0 || offset + 4 > value.length) {
      throw badFixup(
        fixups,
        label,
        `offset ${offsetText} is outside ${node.path}/${property} of ${value.length} bytes`,
      );
    }
    putU32(value, offset, phandle);
  }
}

function putU32(value: Uint8Array, offset: number, number: number): void {
  new DataView(value.buffer, value.byteOffset, value.byteLength).setUint32(offset, number);
}

function badFixup(node: BuiltNode, property: string | null, why: string): DeviceTreeError {
  const place = property === null ? node.path : `${node.path}/${property}`;
  return new DeviceTreeError("bad-overlay", null, `the overlay's ${place} is wrong: ${why}`);
}
