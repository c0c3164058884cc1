import { describe, expect, it } from "vitest";
import { DeviceTreeError } from "../../src/devicetree/error.js";
import { readTreeFolder } from "../../src/devicetree/folder.js";
import { stringOf } from "../../src/devicetree/values.js";

const folder = (files: Readonly<Record<string, string>>): ReadonlyMap<string, Uint8Array> =>
  new Map(Object.entries(files).map(([path, text]) => [path, new TextEncoder().encode(text)]));

function codeOf(files: Readonly<Record<string, string>>): string {
  try {
    readTreeFolder(folder(files));
  } catch (error) {
    if (error instanceof DeviceTreeError && error.offset === null) return error.code;
    throw error;
  }
  return "read";
}

describe("readTreeFolder", () => {
  it("makes a node of every folder and a property of every file", () => {
    const tree = readTreeFolder(
      folder({
        "soc/vop@fdd90000/status": "okay\0",
        "soc/vop@fdd90000/dma-coherent": "",
        "soc/compatible": "simple-bus\0",
        "soc/gpio@2/phandle": "\0\0\0\u0009",
        compatible: "v,board\0",
      }),
    );
    expect([...tree.nodes()].map((node) => node.path)).toEqual(["/", "/soc", "/soc/gpio@2", "/soc/vop@fdd90000"]);
    expect(tree.nodeAt("/soc/vop@fdd90000")?.propertyNames).toEqual(["dma-coherent", "status"]);
    expect(stringOf(tree.root.get("compatible") ?? new Uint8Array())).toBe("v,board");
    expect(tree.nodeByPhandle(9)?.path).toBe("/soc/gpio@2");
    expect(tree.memReservations).toEqual([]);
  });

  it("gives the same tree whatever order the files come in", () => {
    const files = { compatible: "x\0", "b/x": "", "a@1/y": "", "a/z": "", "a/c/z": "" };
    const turned = Object.fromEntries(Object.entries(files).reverse());
    const paths = (of: typeof files): string[] => [...readTreeFolder(folder(of)).nodes()].map((node) => node.path);
    expect(paths(files)).toEqual(["/", "/a", "/a/c", "/a@1", "/b"]);
    expect(paths(turned as typeof files)).toEqual(paths(files));
  });

  it("leaves out the name files that the kernel adds, and keeps a name that says something else", () => {
    const tree = readTreeFolder(
      folder({ compatible: "x\0", name: "\0", "vop@1/name": "vop\0", "wifi@2/name": "radio\0" }),
    );
    expect([...tree.nodes()].map((node) => node.propertyNames)).toEqual([["compatible"], [], ["name"]]);
  });

  const refused: readonly { name: string; files: Readonly<Record<string, string>>; code: string }[] = [
    { name: "no files at all", files: {}, code: "not-a-folder" },
    { name: "a folder of other files", files: { "README.md": "hello", "src/index.ts": "" }, code: "not-a-folder" },
    { name: "a tree that is not at the top", files: { "device-tree/compatible": "x\0" }, code: "not-a-folder" },
    { name: "an absolute path", files: { compatible: "x\0", "/soc/reg": "" }, code: "not-a-folder" },
    { name: "a path that climbs out", files: { compatible: "x\0", "../reg": "" }, code: "not-a-folder" },
    { name: "a name of 256 characters", files: { compatible: "x\0", ["n".repeat(256)]: "" }, code: "not-a-folder" },
    { name: "a name no tree can hold", files: { compatible: "x\0", "a\u20ac": "" }, code: "not-a-folder" },
    { name: "folders nested 63 deep", files: { compatible: "x\0", [`${"n/".repeat(63)}x`]: "" }, code: "too-deep" },
  ];
  for (const { name, files, code } of refused) it(`refuses ${name}`, () => expect(codeOf(files)).toBe(code));

  it("reads folders nested 62 deep", () => {
    expect(codeOf({ compatible: "x\0", [`${"n/".repeat(62)}x`]: "" })).toBe("read");
  });
});
