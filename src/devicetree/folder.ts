import { BuiltNode, treeOf } from "./built-node.js";
import { DeviceTreeError } from "./error.js";
import { MAX_DEPTH, MAX_NAME_LENGTH } from "./scan.js";
import type { DeviceTree } from "./tree.js";
import { stringOf } from "./values.js";

/** One of these stands in the root of every tree Linux boots with. */
const ROOT_PROPERTIES = ["#address-cells", "#size-cells", "compatible"];

/**
 * Reads the folder form of a tree, `/proc/device-tree`: every folder a node, every file a property.
 *
 * A file system keeps no tree order, so nodes and properties are sorted by name; the `name` files that the kernel adds are left
 * out. Memory reservations are not in the folder form.
 *
 * @param files - path relative to the root, `soc/vop@fdd90000/compatible`, to the file's bytes, which are kept
 * @throws DeviceTreeError `not-a-folder` or `too-deep`, with offset null
 */
export function readTreeFolder(files: ReadonlyMap<string, Uint8Array>): DeviceTree {
  if (!ROOT_PROPERTIES.some((name) => files.has(name))) {
    throw new DeviceTreeError(
      "not-a-folder",
      null,
      "the folder is no device tree: #address-cells, #size-cells and compatible are all missing",
    );
  }
  const root = new BuiltNode("", null);
  const entries = [...files].map(([path, value]) => ({ parts: path.split("/"), value }));
  for (const { parts, value } of entries.sort((a, b) => compareParts(a.parts, b.parts))) {
    const bad = parts.find((part) => part === "" || part === "." || part === ".." || !isLatin1Name(part));
    if (bad !== undefined) {
      throw new DeviceTreeError("not-a-folder", null, `"${parts.join("/").slice(0, 200)}" is no path of a property`);
    }
    if (parts.length > MAX_DEPTH) {
      throw new DeviceTreeError(
        "too-deep",
        null,
        `folders are nested ${parts.length} deep, at most ${MAX_DEPTH} are read`,
      );
    }
    let node = root;
    for (let depth = 0; depth < parts.length - 1; depth++) node = node.ensureChild(parts[depth] as string);
    const name = parts[parts.length - 1] as string;
    if (name === "name" && stringOf(value) === node.name.split("@", 1)[0]) continue;
    node.set(name, value);
  }
  return treeOf(root, [], 0);
}

function isLatin1Name(part: string): boolean {
  if (part.length > MAX_NAME_LENGTH) return false;
  for (let at = 0; at < part.length; at++) {
    const code = part.charCodeAt(at);
    if (code === 0 || code > 0xff) return false;
  }
  return true;
}

/** Part by part, by code unit; a path before those it leads to. */
function compareParts(a: readonly string[], b: readonly string[]): number {
  const common = Math.min(a.length, b.length);
  for (let depth = 0; depth < common; depth++) {
    const x = a[depth] as string;
    const y = b[depth] as string;
    if (x !== y) return x < y ? -1 : 1;
  }
  return a.length - b.length;
}
