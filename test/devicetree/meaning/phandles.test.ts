import { describe, expect, it } from "vitest";
import { buildDeviceTree, cells, type PropertySpec } from "../../../src/devicetree/build.js";
import { idMapOf, phandleList } from "../../../src/devicetree/meaning/phandles.js";
import { compatiblesOf, isAvailable } from "../../../src/devicetree/meaning/status.js";
import type { DeviceTree, TreeNode } from "../../../src/devicetree/tree.js";

const board = (dev: Readonly<Record<string, PropertySpec>>): { tree: DeviceTree; node: TreeNode } => {
  const tree = buildDeviceTree({
    dev,
    mmu: { phandle: 1, "#iommu-cells": 1 },
    plain: { phandle: 2, "#iommu-cells": 0 },
    other: { phandle: 3 },
    greedy: { phandle: 4, "#iommu-cells": 0xffffffff },
  });
  return { tree, node: tree.nodeAt("/dev") as TreeNode };
};

describe("phandleList", () => {
  const lists: readonly { name: string; value: PropertySpec; counted: string[]; bare: string[] }[] = [
    {
      name: "reads arguments as many as the target asks for",
      value: cells(1, 9, 2, 1, 8),
      counted: ["mmu 9", "plain", "mmu 8"],
      bare: ["mmu", "? 9", "plain", "mmu", "? 8"],
    },
    {
      name: "keeps empty entries in their place",
      value: cells(0, 2),
      counted: ["empty", "plain"],
      bare: ["empty", "plain"],
    },
    {
      name: "stops at a phandle nobody has",
      value: cells(2, 99, 2),
      counted: ["plain"],
      bare: ["plain", "? 99", "plain"],
    },
    {
      name: "stops at a target that does not say how many",
      value: cells(2, 3, 2),
      counted: ["plain"],
      bare: ["plain", "other", "plain"],
    },
    { name: "stops where arguments are missing", value: cells(2, 1), counted: ["plain"], bare: ["plain", "mmu"] },
    {
      name: "stops where more arguments are asked for than can be",
      value: cells(4, 1, 2),
      counted: [],
      bare: ["greedy", "mmu", "plain"],
    },
    {
      name: "drops odd bytes at the end",
      value: new Uint8Array([0, 0, 0, 2, 0, 0]),
      counted: ["plain"],
      bare: ["plain"],
    },
    { name: "is empty for a flag", value: true, counted: [], bare: [] },
  ];
  for (const { name, value, counted, bare } of lists) {
    it(name, () => {
      const { tree, node } = board({ iommus: value });
      const words = (cellsProperty: string | null): string[] =>
        phandleList(tree, node, "iommus", cellsProperty).map((entry) => {
          if (entry.phandle === 0) return "empty";
          return entry.node === null ? `? ${entry.phandle}` : [entry.node.name, ...entry.args].join(" ");
        });
      expect(words("#iommu-cells")).toEqual(counted);
      expect(words(null)).toEqual(bare);
    });
  }

  it("is empty where the property is missing", () => {
    const { tree, node } = board({});
    expect(phandleList(tree, node, "iommus", "#iommu-cells")).toEqual([]);
  });
});

describe("idMapOf", () => {
  it("reads entries and the mask", () => {
    const { tree, node } = board({ "iommu-map": cells(0, 1, 0x1400, 0x100, 0x100, 99, 0, 1), "iommu-map-mask": 0xfff });
    expect(idMapOf(tree, node, "iommu-map")).toEqual({
      entries: [
        { inputBase: 0, node: tree.nodeAt("/mmu"), outputBase: 0x1400, length: 0x100 },
        { inputBase: 0x100, node: null, outputBase: 0, length: 1 },
      ],
      mask: 0xfff,
      malformed: false,
    });
  });
  it("looks at all bits of an id where there is no mask", () => {
    const { tree, node } = board({ "iommu-map": cells(0, 1, 0, 1) });
    expect(idMapOf(tree, node, "iommu-map")?.mask).toBe(0xffffffff);
  });
  it("marks a map that Linux refuses as a whole", () => {
    for (const value of [true, cells(0, 1, 0), cells(0, 1, 0, 1, 0)] as const) {
      const { tree, node } = board({ "iommu-map": value });
      expect(idMapOf(tree, node, "iommu-map")).toEqual({ entries: [], mask: 0xffffffff, malformed: true });
    }
  });
  it("is nothing where the property is missing", () => {
    const { tree, node } = board({});
    expect(idMapOf(tree, node, "iommu-map")).toBeNull();
  });
});

describe("isAvailable", () => {
  const states: readonly [PropertySpec | null, boolean][] = [
    [null, true],
    ["okay", true],
    ["ok", true],
    [["okay", "disabled"], true],
    ["disabled", false],
    ["reserved", false],
    ["fail-sss", false],
    ["okay2", false],
    ["", false],
    [true, false],
  ];
  for (const [status, available] of states) {
    it(`${JSON.stringify(status)} is ${available ? "available" : "not available"}`, () => {
      expect(isAvailable(board(status === null ? {} : { status }).node)).toBe(available);
    });
  }
});

describe("compatiblesOf", () => {
  it("lists the strings, most specific first", () => {
    expect(compatiblesOf(board({ compatible: ["rockchip,rk3588-vop", "rockchip,vop"] }).node)).toEqual([
      "rockchip,rk3588-vop",
      "rockchip,vop",
    ]);
    expect(compatiblesOf(board({}).node)).toEqual([]);
  });
});
