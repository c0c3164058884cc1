/** Properties of one node that cannot both count. */
import type { Rule } from "../rule.js";
import { reservedMemory } from "./reserved-example.js";
import { reservedNodes } from "./reserved-nodes.js";

const REG_AND_SIZE: Rule = {
  id: "reg-and-size",
  severity: "warning",
  title: "a reserved region has both reg and size",
  help: "With reg the region is fixed, and the kernel never reads size, alignment or alloc-ranges. Whoever reads the tree is misled about how large the region is. Keep the one that is meant.",
  source: "Linux 6.12 drivers/of/of_reserved_mem.c fdt_scan_reserved_mem(); https://github.com/armbian/build/pull/9880",
  wrong: {
    dts: reservedMemory(
      'camera@50000000 { compatible = "shared-dma-pool"; reusable; reg = <0 0x50000000 0 0x8000000>; size = <0 0x800000>; };',
    ),
  },
  right: {
    dts: reservedMemory(
      'camera@50000000 { compatible = "shared-dma-pool"; reusable; reg = <0 0x50000000 0 0x8000000>; };',
    ),
  },
  check: ({ tree }) =>
    reservedNodes(tree)
      .filter((node) => node.has("reg") && node.has("size"))
      .map((node) => ({
        severity: "warning",
        text: `${node.name} has reg and size: reg counts, size is never read.`,
        where: { node: node.path, property: "size" },
        numbers: {},
        proposals: [
          {
            kind: "device-tree",
            text: "take size away, and alignment and alloc-ranges with it: with reg they mean nothing",
            edits: ["size", "alignment", "alloc-ranges"]
              .filter((property) => node.has(property))
              .map((property) => ({ node: node.path, property, value: null })),
          },
        ],
      })),
};

/** Rules about properties that exclude each other. */
export const CONTRADICTIONS: readonly Rule[] = [REG_AND_SIZE];
