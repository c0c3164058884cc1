import { describe, expect, it } from "vitest";
import { buildDeviceTree, cells, type PropertySpec } from "../../src/devicetree/build.js";
import { writeDts } from "../../src/devicetree/dts.js";
import { readDeviceTree } from "../../src/devicetree/read.js";
import { assemble, BEGIN, END, END_NODE, PROP } from "./assemble.js";

/** What stands behind the equals sign for one value. */
function valueText(value: PropertySpec): string {
  const line = writeDts(buildDeviceTree({ x: value })).split("\n")[3] ?? "";
  return line.replace(/^\tx(?: = )?/, "").replace(/;$/, "");
}

describe("writeDts", () => {
  it("writes version, reservations, properties and nodes", () => {
    const tree = buildDeviceTree(
      {
        "#address-cells": 1,
        compatible: ["v,board", "v,soc"],
        soc: { ranges: true, "vop@fdd90000": { reg: cells(0xfdd90000, 0x4200) } },
        chosen: {},
      },
      [{ address: 0x1_0000_0000, size: 0x1000 }],
    );
    expect(writeDts(tree)).toBe(`/dts-v1/;

/memreserve/\t0x100000000 0x1000;

/ {
\t#address-cells = <0x1>;
\tcompatible = "v,board", "v,soc";

\tsoc {
\t\tranges;

\t\tvop@fdd90000 {
\t\t\treg = <0xfdd90000 0x4200>;
\t\t};
\t};

\tchosen {
\t};
};
`);
  });

  const bytes = (...of: number[]): Uint8Array => new Uint8Array(of);
  const values: readonly { name: string; value: PropertySpec; text: string }[] = [
    { name: "a flag has no value", value: true, text: "" },
    { name: "whole cells are cells", value: cells(0, 0x10, 0xffffffff), text: "<0x0 0x10 0xffffffff>" },
    { name: "other lengths are bytes", value: bytes(0, 0x1f, 0xff), text: "[00 1f ff]" },
    { name: "printable characters with a NUL are a string", value: "okay", text: '"okay"' },
    { name: "several strings, also empty ones between", value: ["abc", "", "d"], text: '"abc", "", "d"' },
    { name: "quotes and backslashes are escaped", value: 'a"b\\', text: '"a\\"b\\\\"' },
    { name: "control characters of C are escaped", value: "\u0007\b\t\n\v\f\r", text: '"\\a\\b\\t\\n\\v\\f\\r"' },
    { name: "without a NUL at the end it is no string", value: bytes(0x61, 0x62, 0x63, 0x64), text: "<0x61626364>" },
    { name: "with as many NULs as characters it is no string", value: bytes(0x61, 0, 0x62, 0), text: "<0x61006200>" },
    { name: "a single NUL is a byte", value: bytes(0), text: "[00]" },
    { name: "a character outside ASCII makes it bytes", value: bytes(0x61, 0xe4, 0), text: "[61 e4 00]" },
    { name: "an escape character makes it bytes", value: bytes(0x1b, 0x61, 0), text: "[1b 61 00]" },
    { name: "a delete character makes it bytes", value: bytes(0x61, 0x7f, 0), text: "[61 7f 00]" },
  ];
  for (const { name, value, text } of values) it(name, () => expect(valueText(value)).toBe(text));

  it("refuses names that the language cannot hold", () => {
    const node = assemble({ structure: [BEGIN, "", BEGIN, "a;b", END_NODE, END_NODE, END] });
    const property = assemble({ structure: [BEGIN, "", PROP, 0, 0, END_NODE, END], strings: ["a b"] });
    const empty = assemble({ structure: [BEGIN, "", BEGIN, "", END_NODE, END_NODE, END] });
    const refusal = expect.objectContaining({ code: "unwritable-name", offset: null });
    for (const file of [node, property, empty]) expect(() => writeDts(readDeviceTree(file))).toThrow(refusal);
  });

  it("writes long values whole", () => {
    const text = valueText(new Uint8Array(40000).fill(0xab));
    expect(text).toBe(`<${Array.from({ length: 10000 }, () => "0xabababab").join(" ")}>`);
  });
});
