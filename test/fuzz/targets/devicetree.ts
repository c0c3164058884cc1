import { buildDeviceTree, cells } from "../../../src/devicetree/build.js";
import { writeDts } from "../../../src/devicetree/dts.js";
import { DeviceTreeError } from "../../../src/devicetree/error.js";
import { busRangesOf, regOf, translateAddress } from "../../../src/devicetree/meaning/addresses.js";
import { dmaParentOf, idMapOf, phandleList } from "../../../src/devicetree/meaning/phandles.js";
import { compatiblesOf, isAvailable } from "../../../src/devicetree/meaning/status.js";
import { readDeviceTree } from "../../../src/devicetree/read.js";
import type { DeviceTree, TreeNode } from "../../../src/devicetree/tree.js";
import { writeDeviceTree } from "../../../src/devicetree/write.js";

/**
 * Reads a file as a device tree and asks every question of it.
 *
 * @throws when anything but a tree or a DeviceTreeError with an offset inside the file comes out, or the tree is not written back
 *   as it was
 */
export function run(data: Uint8Array): void {
  let tree: DeviceTree;
  try {
    tree = readDeviceTree(data);
  } catch (error) {
    if (!(error instanceof DeviceTreeError)) throw error;
    if (error.offset === null || error.offset < 0 || error.offset > data.length) {
      throw new Error(`offset ${error.offset} of ${error.code} is outside the file`, { cause: error });
    }
    return;
  }
  const written = writeDeviceTree(tree);
  if (written.length !== data.length || written.some((byte, at) => byte !== data[at])) {
    throw new Error("written bytes differ from those read");
  }
  for (const node of tree.nodes()) ask(tree, node);
  try {
    writeDts(tree);
  } catch (error) {
    if (!(error instanceof DeviceTreeError) || error.code !== "unwritable-name") throw error;
  }
}

function ask(tree: DeviceTree, node: TreeNode): void {
  if (hasPath(node) && tree.nodeAt(node.path)?.path !== node.path) throw new Error(`${node.path} is not found`);
  isAvailable(node);
  compatiblesOf(node);
  phandleList(tree, node, "iommus", "#iommu-cells");
  phandleList(tree, node, "memory-region", null);
  idMapOf(tree, node, "iommu-map");
  busRangesOf(node, "ranges");
  busRangesOf(node, "dma-ranges");
  for (const { address } of regOf(node)) {
    translateAddress(node, address, "ranges");
    translateAddress(node, address, "dma-ranges", (of) => dmaParentOf(tree, of));
  }
}

/** False when a name on the way is empty, contains a slash or is that of an earlier sibling, so that its path means something else. */
function hasPath(node: TreeNode): boolean {
  for (let at = node; at.parent !== null; at = at.parent) {
    if (at.name === "" || at.name.includes("/") || at.parent.child(at.name) !== at) return false;
  }
  return true;
}

/** Valid trees to start from: small, with buses, with references, with reservations. */
export const seeds: Uint8Array[] = [
  writeDeviceTree(buildDeviceTree({})),
  writeDeviceTree(
    buildDeviceTree(
      {
        "#address-cells": 2,
        "#size-cells": 2,
        compatible: ["vendor,board", "vendor,soc"],
        aliases: { serial0: "/soc/serial@7e201000" },
        "memory@0": { device_type: "memory", reg: cells(0, 0, 0, 0x40000000) },
        "reserved-memory": {
          ranges: true,
          "linux,cma": { compatible: "shared-dma-pool", reusable: true, size: cells(0, 0x4000000), phandle: 1 },
        },
        soc: {
          "#address-cells": 1,
          "#size-cells": 1,
          ranges: cells(0x7e000000, 0, 0xfe000000, 0x1800000),
          "dma-ranges": cells(0xc0000000, 0, 0, 0x40000000),
          "iommu@1": { phandle: 2, "#iommu-cells": 1, reg: cells(1, 1), "#interconnect-cells": 0 },
          "serial@7e201000": { reg: cells(0x7e201000, 0x200), iommus: cells(2, 7), status: "disabled" },
          "gpu@2": { "memory-region": 1, interconnects: 2, "interconnect-names": "dma-mem" },
        },
        "pcie@5": {
          device_type: "pci",
          "#address-cells": 3,
          "#size-cells": 2,
          ranges: cells(0x02000000, 0, 0xf8000000, 6, 0, 0, 0x4000000),
          "iommu-map": cells(0, 2, 0, 0x10000),
          "dev@0": { reg: cells(0, 0, 0, 0, 0) },
        },
        __symbols__: { uart: "/soc/serial@7e201000" },
      },
      [{ address: 0x1000, size: 0x1000 }],
    ),
  ),
];
