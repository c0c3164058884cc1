import { describe, expect, it } from "vitest";
import { readDeviceTree } from "../../src/devicetree/read.js";
import { assemble, BEGIN, EMPTY_TREE, END, END_NODE, NOP, PROP, SMALL_TREE } from "./assemble.js";

describe("readDeviceTree", () => {
  it("reads nodes, properties and flags in the order they stand", () => {
    const { root } = readDeviceTree(assemble(SMALL_TREE));
    expect(root.name).toBe("");
    expect(root.parent).toBeNull();
    expect(root.propertyNames).toEqual(["compatible"]);
    expect(root.children.map((child) => child.name)).toEqual(["soc@0", "chosen"]);
    const soc = root.child("soc@0");
    expect(soc?.propertyNames).toEqual(["reg", "dma-coherent", "phandle"]);
    expect([...(soc?.get("reg") ?? [])]).toEqual([0, 0, 0, 0, 0, 0, 0x10, 0]);
    expect(soc?.get("dma-coherent")).toEqual(new Uint8Array(0));
    expect(soc?.get("status")).toBeUndefined();
    expect([soc?.has("dma-coherent"), soc?.has("status")]).toEqual([true, false]);
    expect(soc?.parent).toBe(root);
  });

  it("gives values as views of the input, not as copies", () => {
    const bytes = assemble(SMALL_TREE);
    expect(readDeviceTree(bytes).root.get("compatible")?.buffer).toBe(bytes.buffer);
  });

  it("reads a tree that starts in the middle of a larger buffer, at an odd address", () => {
    const file = assemble(SMALL_TREE);
    const buffer = new Uint8Array(file.length + 3);
    buffer.set(file, 3);
    expect(readDeviceTree(buffer.subarray(3)).nodeAt("/soc@0")?.path).toBe("/soc@0");
  });

  it("reads version 16, whose header does not say how long the structure is", () => {
    const tree = readDeviceTree(assemble({ ...SMALL_TREE, version: 16 }));
    expect(tree.nodeAt("/soc@0")?.propertyNames).toEqual(["reg", "dma-coherent", "phandle"]);
  });

  it("reads blocks in any order with gaps between them", () => {
    const order = ["strings", "structure", "reservations"] as const;
    const tree = readDeviceTree(assemble({ ...SMALL_TREE, order, gap: [0xaa, 0xbb, 0xcc, 0xdd] }));
    expect([...tree.nodes()].map((node) => node.path)).toEqual(["/", "/soc@0", "/chosen"]);
  });

  it("passes over no-operation tokens everywhere", () => {
    const structure = [NOP, BEGIN, "", NOP, PROP, 0, 0, NOP, BEGIN, "a", NOP, END_NODE, NOP, END_NODE, NOP, END];
    const tree = readDeviceTree(assemble({ structure, strings: ["flag"] }));
    expect(tree.root.has("flag")).toBe(true);
    expect(tree.nodeAt("/a")?.children).toEqual([]);
  });

  it("ignores bytes behind the size that the header states", () => {
    const file = assemble(EMPTY_TREE);
    const longer = new Uint8Array(file.length + 100).fill(0x55);
    longer.set(file);
    expect(readDeviceTree(longer).root.children).toEqual([]);
  });

  it("reads memory reservations and the boot CPU", () => {
    const reservations = [
      [0x80000000, 0x10000],
      [0x8_4000_0000, 0x2_0000_0000],
    ] as const;
    const tree = readDeviceTree(assemble({ ...EMPTY_TREE, reservations, bootCpu: 0x100 }));
    expect(tree.memReservations).toEqual([
      { address: 0x80000000, size: 0x10000 },
      { address: 0x8_4000_0000, size: 0x2_0000_0000 },
    ]);
    expect(tree.bootCpu).toBe(0x100);
  });

  it("names the root with nothing, also where the file calls it a slash", () => {
    const tree = readDeviceTree(assemble({ structure: [BEGIN, "/", BEGIN, "a", END_NODE, END_NODE, END] }));
    expect([tree.root.name, tree.root.path, tree.root.children[0]?.path]).toEqual(["", "/", "/a"]);
  });

  it("takes the first of two properties or nodes with one name, and lists both", () => {
    const structure = [
      BEGIN,
      "",
      PROP,
      4,
      0,
      1,
      PROP,
      4,
      0,
      2,
      BEGIN,
      "n",
      END_NODE,
      BEGIN,
      "n",
      END_NODE,
      END_NODE,
      END,
    ];
    const { root } = readDeviceTree(assemble({ structure, strings: ["x"] }));
    expect(root.propertyNames).toEqual(["x", "x"]);
    expect([...(root.get("x") ?? [])]).toEqual([0, 0, 0, 1]);
    expect(root.child("n")).toBe(root.children[0]);
    expect([...root.entries()].map(([, value]) => value[3])).toEqual([1, 2]);
  });

  it("shares the end of a longer name when the file does", () => {
    const structure = [BEGIN, "", PROP, 4, 0, 9, PROP, 4, 6, 5, END_NODE, END];
    const tree = readDeviceTree(assemble({ structure, strings: ["linux,phandle"] }));
    expect(tree.root.propertyNames).toEqual(["linux,phandle", "phandle"]);
    expect(tree.nodeByPhandle(9)).toBe(tree.root);
    expect(tree.nodeByPhandle(5)).toBeUndefined();
  });

  it("keeps name bytes outside ASCII as Latin-1 characters", () => {
    const structure = [BEGIN, "", BEGIN, [0x61, 0xe9, 0xff, 0], END_NODE, END_NODE, END];
    expect(readDeviceTree(assemble({ structure })).root.children[0]?.name).toBe("a\u00e9\u00ff");
  });

  it("finds every one of many properties and children", () => {
    const many = Array.from({ length: 100 }, (_, position) => `p${position}`);
    const offsets = many.map((_, position) => many.slice(0, position).join("\0").length + (position > 0 ? 1 : 0));
    const structure = [
      [BEGIN, "", ...offsets.flatMap((offset, position) => [PROP, 4, offset, position])],
      many.flatMap((name) => [BEGIN, name, END_NODE]),
      [END_NODE, END],
    ].flat();
    const { root } = readDeviceTree(assemble({ structure, strings: many }));
    expect(many.map((name) => root.get(name)?.[3])).toEqual(many.map((_, position) => position));
    expect(many.map((name) => root.child(name)?.name)).toEqual(many);
    expect([root.get("p100"), root.child("p100")]).toEqual([undefined, undefined]);
  });
});

describe("DeviceTree", () => {
  const tree = readDeviceTree(assemble(SMALL_TREE));

  it("finds a node by its exact path", () => {
    expect(tree.nodeAt("/")).toBe(tree.root);
    expect(tree.nodeAt("/soc@0")?.name).toBe("soc@0");
    const wrong = ["", "soc@0", "/soc", "/soc@0/", "//soc@0", "/soc@0/reg", "/none"];
    expect(wrong.map((path) => tree.nodeAt(path))).toEqual(wrong.map(() => undefined));
  });

  it("finds a node by phandle, and none for 0 or an unknown one", () => {
    expect(tree.nodeByPhandle(7)).toBe(tree.nodeAt("/soc@0"));
    expect([0, 8, 0xffffffff].map((phandle) => tree.nodeByPhandle(phandle))).toEqual([undefined, undefined, undefined]);
  });

  it("gives the same object for the same node however it is reached", () => {
    const node = tree.nodeAt("/soc@0");
    expect(tree.root.children[0]).toBe(node);
    expect([...tree.nodes()][1]).toBe(node);
    expect(tree.nodeByPhandle(7)).toBe(node);
  });

  it("lets the first of several nodes with one phandle have it", () => {
    const node = (name: string): (number | string)[] => [BEGIN, name, PROP, 4, 0, 3, END_NODE];
    const twice = readDeviceTree(
      assemble({ structure: [BEGIN, "", ...node("a"), ...node("b"), END_NODE, END], strings: ["phandle"] }),
    );
    expect(twice.nodeByPhandle(3)?.name).toBe("a");
  });

  it("reads aliases and labels", () => {
    const structure = [
      [BEGIN, "", BEGIN, "aliases", PROP, 5, 0, "/soc", END_NODE],
      [BEGIN, "__symbols__", PROP, 6, 7, "/soc@", PROP, 4, 12, 1, END_NODE, END_NODE, END],
    ].flat();
    const named = readDeviceTree(assemble({ structure, strings: ["serial", "gpio", "phandle"] }));
    expect([...named.aliases]).toEqual([["serial", "/soc"]]);
    expect([...named.labels]).toEqual([["gpio", "/soc@"]]);
    expect([...tree.aliases, ...tree.labels]).toEqual([]);
  });
});
