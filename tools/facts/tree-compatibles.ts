import { readFileSync } from "node:fs";
import { join } from "node:path";
import { readDeviceTree } from "../../src/devicetree/read.js";
import { stringsOf } from "../../src/devicetree/values.js";
import { type BoardArchitecture, boardFolder, listTrees } from "../boards/provide.js";

/**
 * Counts the compatibles of every node, disabled ones too, of the boards in the cache.
 *
 * @returns by compatible the number of nodes that have it in their list, on any place; a node of two boards counts twice
 */
export function treeCompatibles(architectures: readonly BoardArchitecture[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const architecture of architectures) {
    const folder = boardFolder(architecture);
    for (const file of listTrees(folder)) {
      for (const node of readDeviceTree(readFileSync(join(folder, file))).nodes()) {
        const value = node.get("compatible");
        for (const name of value === undefined ? [] : new Set(stringsOf(value))) {
          counts.set(name, (counts.get(name) ?? 0) + 1);
        }
      }
    }
  }
  return counts;
}
