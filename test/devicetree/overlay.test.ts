import { describe, expect, it } from "vitest";
import { buildDeviceTree, cells, stringBytes, type TreeSpec } from "../../src/devicetree/build.js";
import { writeDts } from "../../src/devicetree/dts.js";
import { DeviceTreeError } from "../../src/devicetree/error.js";
import { applyOverlay } from "../../src/devicetree/overlay.js";

const UNRESOLVED = 0xffffffff;

const BASE: TreeSpec = {
  aliases: { bus0: "/soc/i2c@40" },
  soc: {
    "#address-cells": 1,
    "i2c@40": { status: "disabled", phandle: 3, "old@1": { reg: 1, phandle: 4 } },
    "clk@80": { phandle: 7 },
  },
  __symbols__: { i2c0: "/soc/i2c@40", clk: "/soc/clk@80", gone: "/soc/none", bare: "/aliases" },
};
const base = buildDeviceTree(BASE, [{ address: 0x1000, size: 0x1000 }]);

/** One fragment for /soc/i2c@40. */
const atBus = (content: TreeSpec, rest: TreeSpec = {}): TreeSpec => ({
  "fragment@0": { "target-path": "/soc/i2c@40", __overlay__: content },
  ...rest,
});
const apply = (overlay: TreeSpec): ReturnType<typeof applyOverlay> => applyOverlay(base, buildDeviceTree(overlay));
const hex = (tree: ReturnType<typeof apply>, path: string, name: string): string =>
  Buffer.from(tree.nodeAt(path)?.get(name) ?? []).toString("hex");

function refusalOf(overlay: TreeSpec, onto = base): string {
  try {
    applyOverlay(onto, buildDeviceTree(overlay));
  } catch (error) {
    if (error instanceof DeviceTreeError) return error.code;
    throw error;
  }
  return "applied";
}

describe("applyOverlay", () => {
  it("merges properties and nodes into the target", () => {
    const tree = apply(atBus({ status: "okay", speed: 9, "sensor@1a": { reg: 0x1a }, "old@1": { reg: 2 } }));
    expect(tree.nodeAt("/soc/i2c@40")?.propertyNames).toEqual(["status", "phandle", "speed"]);
    expect(hex(tree, "/soc/i2c@40", "status")).toBe("6f6b617900");
    expect(hex(tree, "/soc/i2c@40/sensor@1a", "reg")).toBe("0000001a");
    expect(hex(tree, "/soc/i2c@40/old@1", "reg")).toBe("00000002");
    expect(tree.memReservations).toEqual([{ address: 0x1000, size: 0x1000 }]);
  });

  it("leaves base and overlay as they were", () => {
    const before = writeDts(base);
    const overlay = buildDeviceTree(
      atBus(
        { status: "okay", a: { phandle: 1, x: UNRESOLVED } },
        { __fixups__: { clk: "/fragment@0/__overlay__/a:x:0" } },
      ),
    );
    const overlayBefore = writeDts(overlay);
    applyOverlay(base, overlay);
    expect(writeDts(base)).toBe(before);
    expect(writeDts(overlay)).toBe(overlayBefore);
  });

  it("puts new nodes before their siblings, the last one first", () => {
    const tree = apply(atBus({ "a@1": {}, "b@2": {} }));
    expect(tree.nodeAt("/soc/i2c@40")?.children.map((node) => node.name)).toEqual(["b@2", "a@1", "old@1"]);
  });

  it("finds the target by phandle, by path, by alias and by alias with a path behind", () => {
    const at = (target: TreeSpec): string | undefined =>
      [...apply({ "fragment@0": { ...target, __overlay__: { mark: 1 } } }).nodes()].find((node) => node.has("mark"))
        ?.path;
    expect(at({ target: 7 })).toBe("/soc/clk@80");
    expect(at({ "target-path": "/" })).toBe("/");
    expect(at({ "target-path": "/soc/clk@80" })).toBe("/soc/clk@80");
    expect(at({ "target-path": "bus0" })).toBe("/soc/i2c@40");
    expect(at({ "target-path": "bus0/old@1" })).toBe("/soc/i2c@40/old@1");
    expect(at({ "target-path": "/soc/clk@80:115200" })).toBe("/soc/clk@80");
  });

  it("prefers target to target-path, and takes any child with __overlay__ for a fragment", () => {
    const tree = apply({ anything: { target: 7, "target-path": "/soc", __overlay__: { x: 1 } }, other: { x: 2 } });
    expect(hex(tree, "/soc/clk@80", "x")).toBe("00000001");
    expect(tree.nodeAt("/soc")?.has("x")).toBe(false);
    expect(tree.nodeAt("/other")).toBeUndefined();
  });

  it("moves the overlay's phandles and the references to them behind the base's highest", () => {
    const tree = apply(
      atBus(
        { "a@1": { phandle: 1, friends: cells(0x55, 2, 1) }, "b@2": { phandle: 2, "linux,phandle": 2 } },
        { __local_fixups__: { "fragment@0": { __overlay__: { "a@1": { friends: cells(4, 8) } } } } },
      ),
    );
    // The base's highest phandle is 7, so 8 is added: Linux adds one more than libfdt does.
    expect(hex(tree, "/soc/i2c@40/a@1", "phandle")).toBe("00000009");
    expect(hex(tree, "/soc/i2c@40/b@2", "phandle")).toBe("0000000a");
    expect(hex(tree, "/soc/i2c@40/b@2", "linux,phandle")).toBe("0000000a");
    expect(hex(tree, "/soc/i2c@40/a@1", "friends")).toBe("000000550000000a00000009");
    expect(tree.nodeByPhandle(10)?.path).toBe("/soc/i2c@40/b@2");
  });

  it("fills references to labels of the base in every place they are listed for", () => {
    const tree = apply({
      "fragment@0": { target: UNRESOLVED, __overlay__: { clocks: cells(UNRESOLVED, 1, UNRESOLVED, 2) } },
      __fixups__: {
        i2c0: "/fragment@0:target:0",
        clk: ["/fragment@0/__overlay__:clocks:0", "/fragment@0/__overlay__:clocks:8", "/nowhere:clocks:0"],
      },
    });
    expect(hex(tree, "/soc/i2c@40", "clocks")).toBe("00000007000000010000000700000002");
  });

  it("adds the overlay's labels with their new paths", () => {
    const tree = apply({
      "fragment@0": { target: 3, __overlay__: { "a@1": {} } },
      "fragment@1": { "target-path": "/", __overlay__: { "b@2": {} } },
      __symbols__: {
        first: "/fragment@0/__overlay__/a@1",
        second: "/fragment@1/__overlay__/b@2",
        whole: "/fragment@0/__overlay__",
        top: "/fragment@1/__overlay__",
      },
    });
    expect(Object.fromEntries(tree.labels)).toEqual({
      i2c0: "/soc/i2c@40",
      clk: "/soc/clk@80",
      gone: "/soc/none",
      bare: "/aliases",
      first: "/soc/i2c@40/a@1",
      second: "/b@2",
      whole: "/soc/i2c@40",
      top: "/",
    });
  });

  it("applies a second overlay to the labels of the first", () => {
    const first = apply(atBus({ "a@1": { phandle: 1 } }, { __symbols__: { mine: "/fragment@0/__overlay__/a@1" } }));
    const second = buildDeviceTree({
      "fragment@0": { target: UNRESOLVED, __overlay__: { on: true, phandle: 5, sub: { phandle: 5 } } },
      __fixups__: { mine: "/fragment@0:target:0" },
    });
    const tree = applyOverlay(first, second);
    expect(tree.nodeAt("/soc/i2c@40/a@1")?.has("on")).toBe(true);
    expect(hex(tree, "/soc/i2c@40/a@1", "phandle")).toBe("00000009");
    expect(hex(tree, "/soc/i2c@40/a@1/sub", "phandle")).toBe("0000000f");
  });

  it("never changes phandle or name of a node that exists", () => {
    const tree = apply(atBus({ phandle: 1, "linux,phandle": 1, name: "x" }));
    expect(tree.nodeAt("/soc/i2c@40")?.propertyNames).toEqual(["status", "phandle"]);
    expect(hex(tree, "/soc/i2c@40", "phandle")).toBe("00000003");
  });

  it("takes the same #address-cells as the target has, and refuses another", () => {
    const cellsAtSoc = (count: number): TreeSpec => ({
      "fragment@0": { "target-path": "/soc", __overlay__: { "#address-cells": count, "#size-cells": 2 } },
    });
    expect(hex(apply(cellsAtSoc(1)), "/soc", "#size-cells")).toBe("00000002");
    expect(refusalOf(cellsAtSoc(2))).toBe("bad-overlay");
  });

  const local = (fixups: TreeSpec): TreeSpec => atBus({ x: cells(1) }, { __local_fixups__: fixups });
  const fixup = (places: string | Uint8Array): TreeSpec => atBus({ x: cells(1) }, { __fixups__: { clk: places } });
  const refused: readonly { name: string; overlay: TreeSpec; code: string }[] = [
    { name: "nothing to apply", overlay: { soc: {} }, code: "bad-overlay" },
    { name: "a fragment without a target", overlay: { f: { __overlay__: {} } }, code: "bad-overlay" },
    { name: "a target phandle nobody has", overlay: { f: { target: 99, __overlay__: {} } }, code: "unresolved-label" },
    {
      name: "a target path to nowhere",
      overlay: { f: { "target-path": "/x", __overlay__: {} } },
      code: "unresolved-label",
    },
    { name: "an unknown alias", overlay: { f: { "target-path": "x", __overlay__: {} } }, code: "unresolved-label" },
    {
      name: "a label the base does not have",
      overlay: atBus({}, { __fixups__: { none: "/fragment@0:x:0" } }),
      code: "unresolved-label",
    },
    {
      name: "a label of the base that leads nowhere",
      overlay: atBus({}, { __fixups__: { gone: "/fragment@0:x:0" } }),
      code: "unresolved-label",
    },
    {
      name: "a target label without a phandle",
      overlay: { f: { target: UNRESOLVED, __overlay__: {} }, __fixups__: { bare: "/f:target:0" } },
      code: "unresolved-label",
    },
    { name: "a fixup that is no triple", overlay: fixup("/fragment@0/__overlay__:x"), code: "bad-overlay" },
    { name: "a fixup whose offset is no number", overlay: fixup("/fragment@0/__overlay__:x:0x0"), code: "bad-overlay" },
    { name: "a fixup before the value", overlay: fixup("/fragment@0/__overlay__:x:-4"), code: "bad-overlay" },
    { name: "a fixup behind the value", overlay: fixup("/fragment@0/__overlay__:x:1"), code: "bad-overlay" },
    { name: "a fixup of 2^32", overlay: fixup("/fragment@0/__overlay__:x:4294967296"), code: "bad-overlay" },
    {
      name: "a fixup of a property that is not there",
      overlay: fixup("/fragment@0/__overlay__:y:0"),
      code: "bad-overlay",
    },
    {
      name: "a fixup without an end",
      overlay: fixup(stringBytes("/fragment@0/__overlay__:x:0").subarray(0, -1)),
      code: "bad-overlay",
    },
    { name: "a local fixup for a node that is not there", overlay: local({ "fragment@1": {} }), code: "bad-overlay" },
    {
      name: "a local fixup for a property that is not there",
      overlay: local({ "fragment@0": { __overlay__: { y: 0 } } }),
      code: "bad-overlay",
    },
    {
      name: "a local fixup behind the value",
      overlay: local({ "fragment@0": { __overlay__: { x: 4 } } }),
      code: "bad-overlay",
    },
    {
      name: "a local fixup of 2^32 - 1",
      overlay: local({ "fragment@0": { __overlay__: { x: 0xffffffff } } }),
      code: "bad-overlay",
    },
    {
      name: "a local fixup of half a cell",
      overlay: local({ "fragment@0": { __overlay__: { x: "ab" } } }),
      code: "bad-overlay",
    },
    {
      name: "a local fixup without offsets",
      overlay: local({ "fragment@0": { __overlay__: { x: true } } }),
      code: "bad-overlay",
    },
    {
      name: "a phandle with no room above the base's",
      overlay: atBus({ a: { phandle: 0xfffffff8 } }),
      code: "bad-overlay",
    },
    { name: "a phandle for a node that has one", overlay: atBus({ "old@1": { phandle: 1 } }), code: "bad-overlay" },
    {
      name: "two fragments that add one node",
      overlay: atBus({ a: {} }, { "fragment@1": { target: 3, __overlay__: { a: {} } } }),
      code: "bad-overlay",
    },
    {
      name: "two fragments that change one property",
      overlay: atBus({ status: "okay" }, { "fragment@1": { target: 3, __overlay__: { status: "okay" } } }),
      code: "bad-overlay",
    },
    {
      name: "a fragment for a node that another adds",
      overlay: atBus({ a: {} }, { "fragment@1": { "target-path": "/soc/i2c@40/a", __overlay__: {} } }),
      code: "unresolved-label",
    },
    {
      name: "a label that the base has",
      overlay: atBus({}, { __symbols__: { clk: "/fragment@0/__overlay__" } }),
      code: "bad-overlay",
    },
    {
      name: "a label that leads out of the fragments",
      overlay: atBus({}, { __symbols__: { l: "/fragment@9/__overlay__" } }),
      code: "bad-overlay",
    },
    {
      name: "a label that leads to a fragment itself",
      overlay: atBus({}, { __symbols__: { l: "/fragment@0" } }),
      code: "bad-overlay",
    },
  ];
  for (const { name, overlay, code } of refused) it(`refuses ${name}`, () => expect(refusalOf(overlay)).toBe(code));

  it("adds its labels to a base without labels, and finds none there", () => {
    const plain = buildDeviceTree({ soc: {} });
    const fragment = { "target-path": "/soc", __overlay__: { x: 1 } };
    expect(refusalOf({ f: fragment, __fixups__: { a: "/f/__overlay__:x:0" } }, plain)).toBe("unresolved-label");
    expect(refusalOf({ f: fragment }, plain)).toBe("applied");
    const labels = buildDeviceTree({ f: fragment, __symbols__: { a: "/f/__overlay__" } });
    const labelled = applyOverlay(plain, labels);
    expect(labelled.root.children.map(({ name }) => name)).toEqual(["__symbols__", "soc"]);
    expect(labelled.nodeAt("/__symbols__")?.get("a")).toEqual(stringBytes("/soc"));
  });

  it("refuses a result that is nested too deep", () => {
    const nest = (depth: number): TreeSpec => (depth === 0 ? {} : { n: nest(depth - 1) });
    const deep = buildDeviceTree(nest(62));
    const overlay = { f: { "target-path": "/n".repeat(62), __overlay__: { one: {} } } };
    expect(refusalOf(overlay, deep)).toBe("too-deep");
  });
});
