import { describe, expect, it } from "vitest";
import { buildDeviceTree, cells } from "../../src/devicetree/build.js";
import { editsOverlay, editsSource } from "../../src/devicetree/edit-source.js";

const tree = buildDeviceTree({
  "#address-cells": 2,
  "#size-cells": 1,
  compatible: "vendor,board",
  pool: { size: cells(0, 0x1000), reusable: true },
  bus: { "#address-cells": 1, "#size-cells": 1, ranges: true, "device@1000": { reg: cells(0x1000, 0x10) } },
});
const none = new Uint8Array();

describe("edits of a tree", () => {
  it("read as source, with nodes that are not there opened inside their parents", () => {
    const edits = [
      { node: "/pool", property: "size", value: cells(0, 0x2000) },
      { node: "/pool", property: "reusable", value: null },
      { node: "/new/inner", property: "flag", value: none },
    ];
    expect(editsSource(tree, edits)).toBe(
      "&{/pool} {\n\tsize = <0x0 0x2000>;\n\t/delete-property/ reusable;\n};\n\n" +
        "&{/} {\n\tnew {\n\t\tinner {\n\t\t\tflag;\n\t\t};\n\t};\n};\n",
    );
  });

  it("are an overlay only where the kernel takes one", () => {
    const cell = { property: "#address-cells", value: cells(1) };
    expect(editsOverlay(tree, [{ node: "/pool", property: "size", value: cells(0, 1) }])).toMatch(
      /^\/dts-v1\/;\n\/plugin\/;/,
    );
    expect(editsOverlay(tree, [{ node: "/pool", property: "size", value: null }])).toBeNull();
    expect(editsOverlay(tree, [{ node: "/", ...cell }])).toBeNull();
    expect(editsOverlay(tree, [{ node: "/pool", ...cell }])).not.toBeNull();
  });

  it("that give a node reg are an overlay of the node above, which repeats its cells", () => {
    const edits = [
      { node: "/bus/device@1000", property: "reg", value: cells(0x2000, 0x10) },
      { node: "/bus/device@1000", property: "flag", value: none },
      { node: "/pool", property: "flag", value: none },
    ];
    expect(editsOverlay(tree, edits)?.split("\n").slice(3)).toEqual([
      "&{/bus} {",
      "\t#address-cells = <0x1>;",
      "\t#size-cells = <0x1>;",
      "\tdevice@1000 {",
      "\t\treg = <0x2000 0x10>;",
      "\t\tflag;",
      "\t};",
      "};",
      "",
      "&{/pool} {",
      "\tflag;",
      "};",
      "",
    ]);
    const made = [{ node: "/bus/device@3000", property: "reg", value: cells(0x3000, 0x10) }];
    expect(editsOverlay(tree, made)?.split("\n").slice(3, 8)).toEqual([
      "&{/bus} {",
      "\t#address-cells = <0x1>;",
      "\t#size-cells = <0x1>;",
      "\tdevice@3000 {",
      "\t\treg = <0x3000 0x10>;",
    ]);
    expect(editsSource(tree, edits.slice(0, 1))).toBe("&{/bus/device@1000} {\n\treg = <0x2000 0x10>;\n};\n");
  });

  it("that give a node ranges repeat its own cells too, unless they are given with them", () => {
    const ranges = { node: "/bus", property: "ranges", value: none };
    const text = (cellsOf: string): string =>
      `/dts-v1/;\n/plugin/;\n\n&{/} {\n\t#address-cells = <0x2>;\n\t#size-cells = <0x1>;\n\t${cellsOf}\n\t};\n};\n`;
    expect(editsOverlay(tree, [ranges])).toBe(
      text("bus {\n\t\t#address-cells = <0x1>;\n\t\t#size-cells = <0x1>;\n\t\tranges;"),
    );
    const given = { node: "/pool", property: "#size-cells", value: cells(1) };
    expect(editsOverlay(tree, [given, { ...ranges, node: "/pool" }])).toBe(
      text("pool {\n\t\t#size-cells = <0x1>;\n\t\tranges;"),
    );
  });

  it("that make nodes open the nearest above once", () => {
    const edits = ["/new", "/new/inner", "/other"].map((node) => ({ node, property: "flag", value: none }));
    expect(editsSource(tree, edits)).toBe(
      "&{/} {\n\tnew {\n\t\tflag;\n\t\tinner {\n\t\t\tflag;\n\t\t};\n\t};\n\tother {\n\t\tflag;\n\t};\n};\n",
    );
  });
});
