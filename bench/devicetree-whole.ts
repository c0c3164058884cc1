import { readFileSync } from "node:fs";
import { readDeviceTree } from "../src/devicetree/read.js";
import type { DeviceTree } from "../src/devicetree/tree.js";

/** Makes every node, name and the phandle index of a tree. */
export function buildWhole(tree: DeviceTree): number {
  let count = tree.nodeByPhandle(1) === undefined ? 0 : 1;
  for (const node of tree.nodes()) count += node.name.length + node.propertyNames.length;
  return count;
}

/** Reads and builds every tree named on standard input, then prints the CPU seconds of the whole process as JSON. */
export function buildAllNamed(): void {
  let count = 0;
  for (const file of readFileSync(0, "utf8").split("\n").filter(Boolean)) {
    count += buildWhole(readDeviceTree(readFileSync(file)));
  }
  const { userCPUTime, systemCPUTime } = process.resourceUsage();
  process.stdout.write(JSON.stringify({ count, seconds: (userCPUTime + systemCPUTime) / 1e6 }));
}
