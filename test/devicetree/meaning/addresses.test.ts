import { describe, expect, it } from "vitest";
import { buildDeviceTree, cells, type TreeSpec } from "../../../src/devicetree/build.js";
import { busRangesOf, regOf, translateAddress } from "../../../src/devicetree/meaning/addresses.js";
import { addressCells, sizeCells } from "../../../src/devicetree/meaning/cells.js";
import { dmaParentOf } from "../../../src/devicetree/meaning/phandles.js";
import type { TreeNode } from "../../../src/devicetree/tree.js";

const WIDE = { "#address-cells": 2, "#size-cells": 2 };
const NARROW = { "#address-cells": 1, "#size-cells": 1 };

function nodeOf(spec: TreeSpec, path: string): TreeNode {
  const node = buildDeviceTree(spec).nodeAt(path);
  if (node === undefined) throw new Error(`no node ${path}`);
  return node;
}

describe("addressCells and sizeCells", () => {
  it("are the node's own", () => {
    const node = nodeOf({ ...NARROW, bus: WIDE }, "/bus");
    expect([addressCells(node), sizeCells(node)]).toEqual([2, 2]);
  });
  it("come from the nearest ancestor that has them, each on its own", () => {
    const node = nodeOf({ ...WIDE, a: { "#size-cells": 0, b: {} } }, "/a/b");
    expect([addressCells(node), sizeCells(node)]).toEqual([2, 0]);
  });
  it("are 1 where nobody has them, as in Linux", () => {
    const node = nodeOf({ a: {} }, "/a");
    expect([addressCells(node), sizeCells(node)]).toEqual([1, 1]);
  });
});

describe("regOf", () => {
  it("reads every entry in the parent's cells, without translating", () => {
    const node = nodeOf({ ...WIDE, memory: { reg: cells(0, 0x200000, 0, 0xefe00000, 1, 0, 3, 0) } }, "/memory");
    expect(regOf(node)).toEqual([
      { address: 0x200000, size: 0xefe00000, flags: null },
      { address: 0x1_0000_0000, size: 0x3_0000_0000, flags: null },
    ]);
  });
  it("gives size 0 where sizes have no cells", () => {
    const node = nodeOf(
      { cpus: { "#address-cells": 1, "#size-cells": 0, "cpu@1": { reg: cells(0x100, 0x101) } } },
      "/cpus/cpu@1",
    );
    expect(regOf(node)).toEqual([
      { address: 0x100, size: 0, flags: null },
      { address: 0x101, size: 0, flags: null },
    ]);
  });
  it("keeps the first cell of a PCI address as flags", () => {
    const pcie = {
      device_type: "pci",
      "#address-cells": 3,
      "#size-cells": 2,
      "dev@0": { reg: cells(0x10000, 0, 0x20, 0, 0x30) },
    };
    expect(regOf(nodeOf({ pcie }, "/pcie/dev@0"))).toEqual([{ address: 0x20, size: 0x30, flags: 0x10000 }]);
  });
  it("keeps the first of three cells as flags on other buses, and of two on ISA", () => {
    const bus = { "#address-cells": 3, "#size-cells": 1, "dev@0": { reg: cells(5, 1, 2, 3) } };
    expect(regOf(nodeOf({ bus }, "/bus/dev@0"))).toEqual([{ address: 0x1_0000_0002, size: 3, flags: 5 }]);
    expect(regOf(nodeOf({ "isa@9": { "rtc@70": { reg: cells(1, 0x70, 2) } } }, "/isa@9/rtc@70"))).toEqual([
      { address: 0x70, size: 2, flags: 1 },
    ]);
  });
  it("is empty where reg is missing, of a wrong length, or in cells that Linux does not read", () => {
    const dev = { reg: cells(1, 2, 3) };
    expect(regOf(nodeOf({ ...NARROW, dev: {} }, "/dev"))).toEqual([]);
    expect(regOf(nodeOf({ ...NARROW, dev }, "/dev"))).toEqual([]);
    expect(regOf(nodeOf({ "#address-cells": 0, "#size-cells": 1, dev }, "/dev"))).toEqual([]);
    expect(regOf(nodeOf({ "#address-cells": 5, "#size-cells": 1, dev }, "/dev"))).toEqual([]);
    expect(regOf(nodeOf({ "#address-cells": 1, "#size-cells": 0xffffffff, dev }, "/dev"))).toEqual([]);
    expect(regOf(nodeOf({ ...NARROW, dev: { reg: new Uint8Array(9) } }, "/dev"))).toEqual([]);
  });
});

describe("busRangesOf", () => {
  const soc = (ranges: Uint8Array | true): TreeSpec => ({ ...WIDE, soc: { ...NARROW, ranges } });

  it("tells missing from empty", () => {
    expect(busRangesOf(nodeOf({ soc: {} }, "/soc"), "ranges")).toBeNull();
    expect(busRangesOf(nodeOf(soc(true), "/soc"), "ranges")).toBe("identity");
  });
  it("reads child, parent and size in their own cells", () => {
    const node = nodeOf(soc(cells(0xc0000000, 0, 0, 0x40000000, 0x7c000000, 1, 0xfc000000, 0x3800000)), "/soc");
    expect(busRangesOf(node, "ranges")).toEqual([
      { child: 0xc0000000, parent: 0, size: 0x40000000, flags: null },
      { child: 0x7c000000, parent: 0x1_fc00_0000, size: 0x3800000, flags: null },
    ]);
  });
  it("leaves out a rest that is no whole window", () => {
    expect(busRangesOf(nodeOf(soc(cells(1, 0, 2, 3, 4, 5)), "/soc"), "ranges")).toEqual([
      { child: 1, parent: 2, size: 3, flags: null },
    ]);
    expect(busRangesOf(nodeOf(soc(cells(1)), "/soc"), "ranges")).toEqual([]);
  });
  it("splits the flags off PCI addresses", () => {
    const dmaRanges = cells(0x02000000, 0, 0, 0, 0, 0, 0xc0000000);
    const node = nodeOf({ ...WIDE, "pcie@1": { device_type: "pci", "dma-ranges": dmaRanges } }, "/pcie@1");
    expect(busRangesOf(node, "dma-ranges")).toEqual([{ child: 0, parent: 0, size: 0xc0000000, flags: 0x02000000 }]);
  });
});

describe("translateAddress", () => {
  // The Raspberry Pi 4: peripherals at bus addresses, memory for DMA aliased at 0xc0000000.
  const board: TreeSpec = {
    "#address-cells": 2,
    "#size-cells": 1,
    soc: {
      ...NARROW,
      ranges: cells(0x7e000000, 0, 0xfe000000, 0x1800000, 0x40000000, 0, 0xff800000, 0x800000),
      "dma-ranges": cells(0xc0000000, 0, 0, 0x40000000),
      "dev@7e300000": {},
      inner: { ...NARROW, ranges: cells(0, 0x7e800000, 0x1000), "dma-ranges": true, "dev@0": {} },
      bare: { ...NARROW, "dev@0": {} },
    },
  };

  const cases: readonly {
    name: string;
    path: string;
    address: number;
    property: "ranges" | "dma-ranges";
    is: number | null;
  }[] = [
    { name: "through one bus", path: "/soc/dev@7e300000", address: 0x7e300000, property: "ranges", is: 0xfe300000 },
    {
      name: "through the second window",
      path: "/soc/dev@7e300000",
      address: 0x40000010,
      property: "ranges",
      is: 0xff800010,
    },
    {
      name: "at a window's first byte",
      path: "/soc/dev@7e300000",
      address: 0x7e000000,
      property: "ranges",
      is: 0xfe000000,
    },
    {
      name: "at a window's last byte",
      path: "/soc/dev@7e300000",
      address: 0x7f7fffff,
      property: "ranges",
      is: 0xff7fffff,
    },
    { name: "not behind a window", path: "/soc/dev@7e300000", address: 0x7f800000, property: "ranges", is: null },
    { name: "through two buses", path: "/soc/inner/dev@0", address: 0x10, property: "ranges", is: 0xfe800010 },
    { name: "not through a bus without ranges", path: "/soc/bare/dev@0", address: 0, property: "ranges", is: null },
    {
      name: "for DMA, back from the alias",
      path: "/soc/dev@7e300000",
      address: 0xc1000000,
      property: "dma-ranges",
      is: 0x1000000,
    },
    {
      name: "for DMA, through empty dma-ranges",
      path: "/soc/inner/dev@0",
      address: 0xc1000000,
      property: "dma-ranges",
      is: 0x1000000,
    },
    {
      name: "for DMA, 1:1 through missing dma-ranges",
      path: "/soc/bare/dev@0",
      address: 0xc1000000,
      property: "dma-ranges",
      is: 0x1000000,
    },
    {
      name: "for DMA, not outside the window",
      path: "/soc/dev@7e300000",
      address: 0x1000,
      property: "dma-ranges",
      is: null,
    },
    { name: "on the root bus as it is", path: "/soc", address: 0x1_2345_6789, property: "ranges", is: 0x1_2345_6789 },
    { name: "not for the root itself", path: "/", address: 0, property: "ranges", is: null },
  ];
  for (const { name, path, address, property, is } of cases) {
    it(name, () => expect(translateAddress(nodeOf(board, path), address, property)).toBe(is));
  }

  it("keeps addresses above 4 GiB whole", () => {
    const spec = { ...WIDE, bus: { ...WIDE, ranges: cells(0x10, 0, 0x48, 0x1000, 8, 0), dev: {} } };
    expect(translateAddress(nodeOf(spec, "/bus/dev"), 0x17_ffff_ffff, "ranges")).toBe(0x50_0000_0fff);
  });

  it("gives up where sizes have no cells, and where a result is not exact", () => {
    const i2c: TreeSpec = { "#address-cells": 1, "#size-cells": 0, ranges: true, dev: {} };
    expect(translateAddress(nodeOf({ ...NARROW, i2c }, "/i2c/dev"), 1, "ranges")).toBeNull();
    const far = { ...WIDE, ranges: cells(0, 0, 0x1fffff, 0xffffffff, 1, 0), dev: {} };
    expect(translateAddress(nodeOf({ ...WIDE, far }, "/far/dev"), 0, "ranges")).toBe(Number.MAX_SAFE_INTEGER);
    expect(translateAddress(nodeOf({ ...WIDE, far }, "/far/dev"), 1, "ranges")).toBeNull();
  });

  it("takes PCI addresses as memory: I/O windows do not hold them", () => {
    const ranges = cells(0x01000000, 0, 0, 0, 0x1000, 0, 0x10000, 0x02000000, 0, 0, 0, 0x40000000, 0, 0x10000000);
    const pcie = { device_type: "pci", ranges, "dma-ranges": cells(0x43000000, 0, 0, 1, 0, 1, 0), dev: {} };
    expect(translateAddress(nodeOf({ ...WIDE, pcie }, "/pcie/dev"), 0x10, "ranges")).toBe(0x40000010);
    expect(translateAddress(nodeOf({ ...WIDE, pcie }, "/pcie/dev"), 0x10, "dma-ranges")).toBe(0x1_0000_0010);
  });

  it("follows a DMA parent that an interconnect names", () => {
    // An Allwinner memory bus: devices reach memory through it, 1 GiB lower than the CPU.
    const tree = buildDeviceTree({
      ...NARROW,
      soc: {
        ...NARROW,
        ranges: true,
        "mbus@1c62000": { phandle: 9, "#interconnect-cells": 1, "dma-ranges": cells(0, 0x40000000, 0xc0000000) },
        "de@1": { interconnects: cells(9, 5), "interconnect-names": "dma-mem" },
        "usb@2": { interconnects: cells(9, 5), "interconnect-names": "other" },
      },
    });
    const at = (path: string): number | null => {
      const node = tree.nodeAt(path);
      if (node === undefined) throw new Error(path);
      return translateAddress(node, 0x1000, "dma-ranges", (of) => dmaParentOf(tree, of));
    };
    expect(at("/soc/de@1")).toBe(0x40001000);
    expect(at("/soc/usb@2")).toBe(0x1000);
  });

  it("ends where DMA parents form a ring", () => {
    const ring = { "interconnect-names": "dma-mem", "#interconnect-cells": 0 };
    const tree = buildDeviceTree({
      ...NARROW,
      a: { ...ring, phandle: 1, interconnects: 2 },
      b: { ...ring, phandle: 2, interconnects: 1 },
    });
    const node = tree.nodeAt("/a");
    if (node === undefined) throw new Error("/a");
    expect(translateAddress(node, 0, "dma-ranges", (of) => dmaParentOf(tree, of))).toBeNull();
  });
});
