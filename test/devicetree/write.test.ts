import { describe, expect, it } from "vitest";
import { buildDeviceTree } from "../../src/devicetree/build.js";
import { readDeviceTree } from "../../src/devicetree/read.js";
import { writeDeviceTree } from "../../src/devicetree/write.js";
import { type Assembly, assemble, BEGIN, EMPTY_TREE, END, END_NODE, NOP, PROP, SMALL_TREE } from "./assemble.js";

describe("writeDeviceTree", () => {
  it("writes header, reservations, structure and strings of a tree that was built", () => {
    const tree = buildDeviceTree({ compatible: "v,b", a: { compatible: "c", on: true } }, [
      { address: 2 ** 32, size: 4096 },
    ]);
    const expected = assemble({
      reservations: [[2 ** 32, 4096]],
      structure: [
        [BEGIN, "", PROP, 4, 0, "v,b"],
        [BEGIN, "a", PROP, 2, 0, "c", PROP, 0, 11, END_NODE],
        [END_NODE, END],
      ].flat(),
      strings: ["compatible", "on"],
    });
    expect([...writeDeviceTree(tree)]).toEqual([...expected]);
  });

  const asRead: readonly { name: string; assembly: Assembly }[] = [
    { name: "a plain tree", assembly: SMALL_TREE },
    { name: "a tree without strings", assembly: EMPTY_TREE },
    { name: "version 16", assembly: { ...SMALL_TREE, version: 16 } },
    { name: "reservations and boot CPU", assembly: { ...SMALL_TREE, reservations: [[1, 2]], bootCpu: 3 } },
    { name: "another order of blocks", assembly: { ...SMALL_TREE, order: ["strings", "structure", "reservations"] } },
    { name: "gaps that are not zero", assembly: { ...SMALL_TREE, gap: [0xde, 0xad, 0xbe, 0xef] } },
    {
      name: "no-operation tokens",
      assembly: { structure: [NOP, BEGIN, "", NOP, BEGIN, "a", NOP, END_NODE, NOP, END_NODE, NOP, END] },
    },
    {
      name: "padding that is not zero",
      assembly: { structure: [BEGIN, [0, 1, 2, 3], PROP, 1, 0, [9, 8, 7, 6], END_NODE, END], strings: ["x"] },
    },
    {
      name: "names that share an end",
      assembly: { structure: [BEGIN, "", PROP, 0, 6, PROP, 0, 0, END_NODE, END], strings: ["linux,phandle"] },
    },
    { name: "names that nobody uses", assembly: { ...EMPTY_TREE, strings: ["unused", "too"] } },
    {
      name: "a property that stands twice",
      assembly: { structure: [BEGIN, "", PROP, 0, 0, PROP, 0, 0, END_NODE, END], strings: ["x"] },
    },
    { name: "a root called slash", assembly: { structure: [BEGIN, "/", END_NODE, END] } },
    { name: "words behind the end token", assembly: { structure: [BEGIN, "", END_NODE, END, 0x12345678] } },
    {
      name: "a last reservation with an address and no size",
      assembly: {
        ...EMPTY_TREE,
        reservations: [
          [1, 2],
          [3, 0],
        ],
      },
    },
    { name: "a later version that 17 can read", assembly: { ...SMALL_TREE, header: { 20: 18, 24: 17 } } },
  ];
  for (const { name, assembly } of asRead) {
    it(`writes the bytes it read: ${name}`, () => {
      const bytes = assemble(assembly);
      expect([...writeDeviceTree(readDeviceTree(bytes))]).toEqual([...bytes]);
    });
  }

  it("writes the bytes it read: bytes behind the tree", () => {
    const bytes = new Uint8Array([...assemble(SMALL_TREE), 1, 2, 3]);
    expect([...writeDeviceTree(readDeviceTree(bytes))]).toEqual([...bytes]);
  });

  it("gives bytes of its own", () => {
    const bytes = assemble(SMALL_TREE);
    expect(writeDeviceTree(readDeviceTree(bytes)).buffer).not.toBe(bytes.buffer);
  });

  it("keeps names outside ASCII", () => {
    const bytes = assemble({ structure: [BEGIN, "", BEGIN, [0x61, 0xe9, 0xff, 0], END_NODE, END_NODE, END] });
    expect([...writeDeviceTree(readDeviceTree(bytes))]).toEqual([...bytes]);
  });
});
