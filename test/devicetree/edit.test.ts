import { describe, expect, it } from "vitest";
import { buildDeviceTree, cells } from "../../src/devicetree/build.js";
import { applyEdits } from "../../src/devicetree/edit.js";

const tree = buildDeviceTree({
  "#address-cells": 2,
  compatible: "vendor,board",
  pool: { size: cells(0, 0x1000), reusable: true },
});

describe("edits of a tree", () => {
  it("set, make and take away, and leave the tree as it was", () => {
    const after = applyEdits(tree, [
      { node: "/pool", property: "size", value: cells(0, 0x2000) },
      { node: "/pool", property: "reusable", value: null },
      { node: "/pool", property: "absent", value: null },
      { node: "/new/inner", property: "flag", value: new Uint8Array(0) },
    ]);
    expect(after.nodeAt("/pool")?.get("size")).toEqual(cells(0, 0x2000));
    expect(after.nodeAt("/pool")?.has("reusable")).toBe(false);
    expect(after.nodeAt("/new/inner")?.has("flag")).toBe(true);
    expect(tree.nodeAt("/pool")?.has("reusable")).toBe(true);
    expect(tree.nodeAt("/new")).toBeUndefined();
  });

  it("refuse a node without a full path", () => {
    expect(() => applyEdits(tree, [{ node: "pool", property: "a", value: null }])).toThrow(RangeError);
  });
});
