import { describe, expect, it } from "vitest";
import { DeviceTreeError } from "../../src/devicetree/error.js";
import { readDeviceTree } from "../../src/devicetree/read.js";
import { type Assembly, assemble, BEGIN, EMPTY_TREE, END, END_NODE, PROP, SMALL_TREE } from "./assemble.js";

/** Code and byte offset of the refusal; the header takes 40 bytes, the reservations 16, so structures start at 56. */
function refusalOf(bytes: Uint8Array): readonly [code: string, offset: number | null] {
  try {
    readDeviceTree(bytes);
  } catch (error) {
    if (error instanceof DeviceTreeError) return [error.code, error.offset];
    throw error;
  }
  throw new Error("the tree was read");
}

const structure = (...words: (number | string)[]): Uint8Array => assemble({ structure: words, strings: ["x"] });
const small = (changes: Partial<Assembly>): Uint8Array => assemble({ ...SMALL_TREE, ...changes });
const nested = (depth: number): Assembly["structure"] => [
  ...Array.from({ length: depth }, (_, level) => [BEGIN, level === 0 ? "" : "n"]).flat(),
  ...Array.from({ length: depth }, () => END_NODE),
  END,
];

describe("readDeviceTree refuses", () => {
  const cases: readonly { name: string; bytes: Uint8Array; is: readonly [string, number] }[] = [
    { name: "a file without bytes", bytes: new Uint8Array(0), is: ["empty", 0] },
    { name: "a PNG", bytes: new Uint8Array([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10]), is: ["not-a-tree", 0] },
    { name: "three bytes of magic", bytes: new Uint8Array([0xd0, 0x0d, 0xfe]), is: ["not-a-tree", 0] },
    { name: "the magic alone", bytes: new Uint8Array([0xd0, 0x0d, 0xfe, 0xed]), is: ["truncated", 4] },
    { name: "version 15", bytes: small({ header: { 20: 15 } }), is: ["unsupported-version", 20] },
    {
      name: "a tree only version 18 can read",
      bytes: small({ header: { 20: 18, 24: 18 } }),
      is: ["unsupported-version", 20],
    },
    { name: "a total size of 4 GiB - 1", bytes: small({ header: { 4: 0xffffffff } }), is: ["truncated", 4] },
    { name: "a total size below the header's", bytes: small({ header: { 4: 39 } }), is: ["bad-offset", 4] },
    { name: "a structure outside the file", bytes: small({ header: { 8: 0xfffffffc } }), is: ["bad-offset", 8] },
    { name: "a structure inside the header", bytes: small({ header: { 8: 8 } }), is: ["bad-offset", 8] },
    { name: "a structure at an odd offset", bytes: small({ header: { 8: 57 } }), is: ["bad-offset", 8] },
    { name: "strings outside the file", bytes: small({ header: { 12: 0x7fffffff } }), is: ["bad-offset", 12] },
    { name: "reservations outside the file", bytes: small({ header: { 16: 0x10000 } }), is: ["bad-offset", 16] },
    { name: "strings that end outside the file", bytes: small({ header: { 32: 0xffffffff } }), is: ["bad-offset", 32] },
    {
      name: "a structure that ends outside the file",
      bytes: small({ header: { 36: 0xfffffff0 } }),
      is: ["bad-offset", 36],
    },
    { name: "a structure of no bytes", bytes: small({ header: { 36: 0 } }), is: ["truncated", 56] },
    { name: "a structure cut before its end token", bytes: small({ header: { 36: 24 } }), is: ["truncated", 80] },
    {
      name: "strings over the structure",
      bytes: assemble({ ...EMPTY_TREE, header: { 12: 56, 32: 4 } }),
      is: ["overlapping-blocks", 12],
    },
    {
      name: "reservations over the structure",
      bytes: assemble({
        structure: [BEGIN, "", PROP, 16, 0, 0, 0, 0, 0, END_NODE, END],
        strings: ["x"],
        header: { 16: 72 },
      }),
      is: ["overlapping-blocks", 16],
    },
    {
      name: "reservations without an end",
      bytes: assemble({ ...EMPTY_TREE, order: ["structure", "strings", "reservations"], header: { 4: 70 } }),
      is: ["bad-reservation", 56],
    },
    {
      name: "a reservation above 2^53 - 1",
      bytes: assemble({ ...EMPTY_TREE, reservations: [[2 ** 63, 4096]] }),
      is: ["bad-reservation", 40],
    },
    { name: "a word that is no token", bytes: structure(BEGIN, "", 5, END_NODE, END), is: ["bad-token", 64] },
    {
      name: "a value longer than the structure",
      bytes: structure(BEGIN, "", PROP, 17, 0, END_NODE, END),
      is: ["bad-property", 68],
    },
    {
      name: "a value of 4 GiB - 1",
      bytes: structure(BEGIN, "", PROP, 0xffffffff, 0, END_NODE, END),
      is: ["bad-property", 68],
    },
    {
      name: "a value of 2 GiB",
      bytes: structure(BEGIN, "", PROP, 0x80000000, 0, END_NODE, END),
      is: ["bad-property", 68],
    },
    { name: "a property cut off", bytes: structure(BEGIN, "", PROP, 0), is: ["truncated", 64] },
    {
      name: "a name offset outside the strings",
      bytes: structure(BEGIN, "", PROP, 0, 2, END_NODE, END),
      is: ["bad-property", 72],
    },
    {
      name: "a name offset of 4 GiB - 1",
      bytes: structure(BEGIN, "", PROP, 0, 0xffffffff, END_NODE, END),
      is: ["bad-property", 72],
    },
    {
      name: "a property name without end",
      bytes: assemble({ structure: [BEGIN, "", PROP, 0, 2, END_NODE, END], strings: new Uint8Array([0x61, 0, 0x62]) }),
      is: ["unterminated-string", 86],
    },
    {
      name: "strings without any end",
      bytes: assemble({ structure: [BEGIN, "", PROP, 0, 0, END_NODE, END], strings: new Uint8Array([0x61]) }),
      is: ["unterminated-string", 84],
    },
    {
      name: "a property name of 256 bytes",
      bytes: assemble({ structure: [BEGIN, "", PROP, 0, 0, END_NODE, END], strings: ["n".repeat(256)] }),
      is: ["name-too-long", 84],
    },
    {
      name: "a node name of 256 bytes",
      bytes: structure(BEGIN, "", BEGIN, "n".repeat(256), END_NODE, END_NODE, END),
      is: ["name-too-long", 68],
    },
    {
      name: "a node name without end",
      bytes: structure(BEGIN, "", BEGIN, 0x61616161),
      is: ["unterminated-string", 68],
    },
    {
      name: "a property outside a node",
      bytes: structure(PROP, 0, 0, BEGIN, "", END_NODE, END),
      is: ["misplaced-property", 56],
    },
    {
      name: "a property after a child",
      bytes: structure(BEGIN, "", BEGIN, "a", END_NODE, PROP, 0, 0, END_NODE, END),
      is: ["misplaced-property", 76],
    },
    { name: "an end without a begin", bytes: structure(END_NODE, END), is: ["unbalanced", 56] },
    { name: "an end inside open nodes", bytes: structure(BEGIN, "", END), is: ["unbalanced", 64] },
    { name: "a tree without a root", bytes: structure(END), is: ["unbalanced", 56] },
    { name: "two roots", bytes: structure(BEGIN, "", END_NODE, BEGIN, "", END_NODE, END), is: ["unbalanced", 68] },
    { name: "nodes nested 64 deep", bytes: assemble({ structure: nested(64) }), is: ["too-deep", 56 + 63 * 8] },
    { name: "nodes nested 100000 deep", bytes: assemble({ structure: nested(100000) }), is: ["too-deep", 56 + 63 * 8] },
  ];
  for (const c of cases) it(c.name, () => expect(refusalOf(c.bytes)).toEqual(c.is));

  it("a tree cut at any byte", () => {
    for (const version of [16, 17] as const) {
      const whole = assemble({ ...SMALL_TREE, version, reservations: [[0x1000, 0x1000]] });
      for (let length = 0; length < whole.length; length++) {
        const [code, offset] = refusalOf(whole.slice(0, length));
        expect([length, code]).toEqual([length, length === 0 ? "empty" : length < 4 ? "not-a-tree" : "truncated"]);
        expect(offset).toBeLessThanOrEqual(length);
      }
    }
  });

  it("a tree cut at any byte whose header was made to fit", () => {
    const whole = assemble({ ...SMALL_TREE, order: ["reservations", "strings", "structure"] });
    for (let length = 40; length < whole.length; length++) {
      const cut = whole.slice(0, length);
      new DataView(cut.buffer).setUint32(4, length);
      expect(refusalOf(cut)[1]).toBeLessThanOrEqual(length);
    }
  });
});

describe("readDeviceTree", () => {
  it("reads 63 levels and names of 255 bytes, the most it takes", () => {
    expect([...readDeviceTree(assemble({ structure: nested(63) })).nodes()]).toHaveLength(63);
    const name = "n".repeat(255);
    const tree = readDeviceTree(
      assemble({ structure: [BEGIN, "", PROP, 0, 0, BEGIN, name, END_NODE, END_NODE, END], strings: [name] }),
    );
    expect([tree.root.propertyNames, tree.root.children[0]?.name]).toEqual([[name], name]);
  });

  it("names the byte in the sentence too", () => {
    expect(() => readDeviceTree(structure(BEGIN, "", 5, END_NODE, END))).toThrow("0x5 is no token (at byte 64)");
  });

  it("costs the same per byte when every property has its own place in one long name", () => {
    // 250 places in each of 240 long names: reading all names costs at most the limit of a name for each property.
    const names = Array.from({ length: 240 }, () => "n".repeat(250));
    const words: (number | string)[] = [BEGIN, ""];
    for (let place = 0; place < 240 * 251; place++) words.push(PROP, 0, place);
    const tree = readDeviceTree(assemble({ structure: [...words, END_NODE, END], strings: names }));
    expect(tree.root.propertyNames).toHaveLength(60240);
    expect(tree.root.propertyNames.reduce((sum, name) => sum + name.length, 0)).toBe(240 * 31375);
  });
});
