import { describe, expect, it } from "vitest";
import { buildDeviceTree, cells, cells64 } from "../../src/devicetree/build.js";
import { readDeviceTree } from "../../src/devicetree/read.js";
import { writeDeviceTree } from "../../src/devicetree/write.js";

const hex = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString("hex");

describe("buildDeviceTree", () => {
  const tree = buildDeviceTree({
    "#address-cells": 2,
    compatible: ["v,board", "v,soc"],
    model: "A board",
    soc: {
      reg: cells(0, 0x1000),
      window: cells64(0x1_2345_6789),
      raw: new Uint8Array([1, 2, 3]),
      "dma-coherent": true,
      "cpu@0": { phandle: 4 },
    },
  });

  it("writes numbers, strings, lists, flags and bytes", () => {
    expect(hex(tree.root.get("#address-cells"))).toBe("00000002");
    expect(Buffer.from(tree.root.get("compatible") ?? []).toString()).toBe("v,board\0v,soc\0");
    const soc = tree.nodeAt("/soc");
    expect(hex(soc?.get("reg"))).toBe("0000000000001000");
    expect(hex(soc?.get("window"))).toBe("0000000123456789");
    expect(hex(soc?.get("raw"))).toBe("010203");
    expect(soc?.get("dma-coherent")).toEqual(new Uint8Array(0));
    expect(soc?.propertyNames).toEqual(["reg", "window", "raw", "dma-coherent"]);
  });

  it("makes a tree that finds its nodes like one that was read", () => {
    expect(tree.nodeByPhandle(4)?.path).toBe("/soc/cpu@0");
    expect([...tree.nodes()].map((node) => node.path)).toEqual(["/", "/soc", "/soc/cpu@0"]);
    expect([...readDeviceTree(writeDeviceTree(tree)).nodes()].map((node) => node.path)).toEqual([
      "/",
      "/soc",
      "/soc/cpu@0",
    ]);
  });

  it("refuses what no tree can hold", () => {
    const wrong = [
      () => buildDeviceTree({ "": 1 }),
      () => buildDeviceTree({ "a/b": {} }),
      () => buildDeviceTree({ ["n".repeat(256)]: 1 }),
      () => buildDeviceTree({ x: -1 }),
      () => buildDeviceTree({ x: 2 ** 32 }),
      () => buildDeviceTree({ x: 0.5 }),
      () => buildDeviceTree({ x: cells64(2 ** 53) }),
      () => buildDeviceTree({}, [{ address: 0, size: 0 }]),
      () => buildDeviceTree({}, [{ address: 2 ** 53, size: 1 }]),
    ];
    for (const build of wrong) expect(build).toThrow(RangeError);
  });

  it("refuses nodes nested deeper than they can be read", () => {
    const nest = (depth: number): Record<string, never> =>
      (depth === 0 ? {} : { n: nest(depth - 1) }) as Record<string, never>;
    expect([...buildDeviceTree(nest(62)).nodes()]).toHaveLength(63);
    expect(() => buildDeviceTree(nest(63))).toThrow("nested deeper than 63");
  });
});
