import { DeviceTreeError } from "../../../src/devicetree/error.js";
import { readTreeFolder } from "../../../src/devicetree/folder.js";
import { readDeviceTree } from "../../../src/devicetree/read.js";
import type { DeviceTree } from "../../../src/devicetree/tree.js";
import { writeDeviceTree } from "../../../src/devicetree/write.js";
import type { Mutation } from "../mutate.js";
import { textMutation } from "../mutate-text.js";

/**
 * Takes every line of a text as a file, its path before the first `=`, and reads the files as a device tree folder.
 *
 * @throws when anything but a tree or a DeviceTreeError comes out, when a file is no property of the tree, when the order of the files counts,
 *   or when the tree cannot be written and read again
 */
export function run(data: Uint8Array): void {
  const files = filesOf(new TextDecoder().decode(data));
  let tree: DeviceTree;
  try {
    tree = readTreeFolder(files);
  } catch (error) {
    if (!(error instanceof DeviceTreeError)) throw error;
    if (error.code !== "not-a-folder" && error.code !== "too-deep") throw error;
    if (error.offset !== null) throw new Error("an offset where there is no file", { cause: error });
    return;
  }
  for (const [path, value] of files) {
    const slash = path.lastIndexOf("/");
    const name = path.slice(slash + 1);
    if (name === "name") continue;
    const node = slash < 0 ? tree.root : tree.nodeAt(`/${path.slice(0, slash)}`);
    if (node === undefined) throw new Error(`the folder of ${path} is no node`);
    if (node.get(name)?.join() !== value.join()) throw new Error(`${path} is no property, or another`);
  }
  const written = writeDeviceTree(tree);
  const again = readDeviceTree(written);
  if ([...again.nodes()].length !== [...tree.nodes()].length) throw new Error("nodes were lost in writing");
  const backwards = writeDeviceTree(readTreeFolder(new Map([...files].reverse())));
  if (backwards.join() !== written.join()) throw new Error("the order of the files counts");
}

function filesOf(text: string): ReadonlyMap<string, Uint8Array> {
  const files = new Map<string, Uint8Array>();
  for (const line of text.split("\n")) {
    const equals = line.indexOf("=");
    if (equals >= 0) files.set(line.slice(0, equals), new TextEncoder().encode(line.slice(equals + 1)));
  }
  return files;
}

const encoder = new TextEncoder();

/** Folders as `/proc/device-tree` has them. */
export const seeds: Uint8Array[] = [
  ["#address-cells=\0\0\0\u0002", "compatible=vendor,board\0", "name=\0"],
  [
    "#size-cells=\0\0\0\u0001",
    "model=Board\0",
    "soc/name=soc\0",
    "soc/ranges=",
    "soc/vop@fdd90000/name=vop\0",
    "soc/vop@fdd90000/compatible=vendor,vop\0vendor,display\0",
    "soc/vop@fdd90000/port/endpoint@0/remote-endpoint=\0\0\0\u0007",
    "soc/vop/name=other\0",
    "a/b/c/d/e/f/g/h=1",
  ],
].map((lines) => encoder.encode(lines.join("\n")));

export const mutation: Mutation = textMutation([
  "/",
  "=",
  "\n",
  "..",
  ".",
  "name",
  "@",
  "a/",
  "x/x/x/x/x/x/x/x/",
  "constructor",
  "compatible=",
]);
