import { describe, expect, it } from "vitest";
import { buildDeviceTree, cells, cells64, type TreeSpec } from "../../src/devicetree/build.js";
import type { DeviceTree, TreeNode } from "../../src/devicetree/tree.js";
import { DmaBuses } from "../../src/machine/dma-bus.js";

/** Two cells for every address and size, as on most 64-bit boards. */
const WIDE = { "#address-cells": 2, "#size-cells": 2 } as const;

function nodeAt(tree: DeviceTree, path: string): TreeNode {
  const node = tree.nodeAt(path);
  if (node === undefined) throw new Error(`no ${path}`);
  return node;
}

/** What limits a platform device: `[bus path, windows, last bus address]`, or null. */
function limitOf(root: TreeSpec, path: string): unknown {
  const tree = buildDeviceTree({ ...WIDE, ...root });
  const buses = new DmaBuses(tree);
  const bus = buses.busFrom(buses.parentOf(nodeAt(tree, path)));
  return bus === null ? null : [bus.path, bus.windows, bus.dmaLimit];
}

/** Bus address 0xc0000000 is CPU address 0, 1 GiB long. */
const ALIAS = cells64(0xc000_0000, 0, 0x4000_0000);
const ALIAS_WINDOW = { cpu: 0, dma: 0xc000_0000, size: 0x4000_0000 };
const EMPTY = true as const;
const device = { "d@0": { compatible: "x,y" } };

describe("the bus that limits a platform device", () => {
  it("is none where no dma-ranges stand anywhere", () => {
    expect(limitOf({ p: { b: device } }, "/p/b/d@0")).toBeNull();
  });

  it("is none where the search meets a second bus without the property, whatever stands above", () => {
    const above = { ...WIDE, "dma-ranges": ALIAS };
    expect(limitOf({ g: { ...above, p: { ...WIDE, b: { ...WIDE, ...device } } } }, "/g/p/b/d@0")).toBeNull();
    expect(
      limitOf({ g: { ...above, p: { ...WIDE, b: { ...WIDE, "dma-ranges": EMPTY, ...device } } } }, "/g/p/b/d@0"),
    ).toBeNull();
  });

  it("is the parent's bus where the bus itself has no dma-ranges, or empty ones", () => {
    const p = { ...WIDE, "dma-ranges": ALIAS };
    expect(limitOf({ p: { ...p, b: { ...WIDE, ...device } } }, "/p/b/d@0")).toEqual([
      "/p",
      [ALIAS_WINDOW],
      0xffff_ffff,
    ]);
    expect(limitOf({ p: { ...p, b: { ...WIDE, "dma-ranges": EMPTY, ...device } } }, "/p/b/d@0")).toEqual([
      "/p",
      [ALIAS_WINDOW],
      0xffff_ffff,
    ]);
  });

  it("is looked for through any number of empty dma-ranges", () => {
    const empty = { ...WIDE, "dma-ranges": EMPTY };
    const tree = { g: { ...WIDE, "dma-ranges": ALIAS, p: { ...empty, b: { ...empty, ...device } } } };
    expect(limitOf(tree, "/g/p/b/d@0")).toEqual(["/g", [ALIAS_WINDOW], 0xffff_ffff]);
  });

  it("is none where dma-ranges are empty all the way up", () => {
    const empty = { ...WIDE, "dma-ranges": EMPTY };
    expect(limitOf({ "dma-ranges": EMPTY, p: { ...empty, b: { ...empty, ...device } } }, "/p/b/d@0")).toBeNull();
  });

  it("sees the CPU one to one where no bus above has dma-ranges", () => {
    expect(limitOf({ p: { ...WIDE, b: { ...WIDE, "dma-ranges": ALIAS, ...device } } }, "/p/b/d@0")).toEqual([
      "/p/b",
      [ALIAS_WINDOW],
      0xffff_ffff,
    ]);
  });

  it("runs the CPU side through the windows of the bus above, and drops what starts outside them", () => {
    const p = { ...WIDE, "dma-ranges": cells64(0x1000_0000, 0x8000_0000, 0x1000_0000) };
    const b = {
      ...WIDE,
      // The second starts inside and ends outside: its size stays. The third starts outside.
      "dma-ranges": cells64(0, 0x1000_0000, 0x100, 0x5000, 0x1fff_0000, 0x10_0000, 0x9000_0000, 0x2000_0000, 0x100),
      ...device,
    };
    expect(limitOf({ p: { ...p, b } }, "/p/b/d@0")).toEqual([
      "/p/b",
      [
        { cpu: 0x8000_0000, dma: 0, size: 0x100 },
        { cpu: 0x8fff_0000, dma: 0x5000, size: 0x10_0000 },
      ],
      0x10_4fff,
    ]);
  });

  it("is none where no window can be translated", () => {
    const p = { ...WIDE, "dma-ranges": cells64(0x1000_0000, 0x8000_0000, 0x1000_0000) };
    const b = { ...WIDE, "dma-ranges": cells64(0, 0x2000_0000, 0x100), ...device };
    expect(limitOf({ p: { ...p, b } }, "/p/b/d@0")).toBeNull();
  });

  it("is never the device itself", () => {
    const d = { "d@0": { ...WIDE, compatible: "x,y", "dma-ranges": ALIAS } };
    expect(limitOf({ b: { ...WIDE, ...d } }, "/b/d@0")).toBeNull();
  });

  it("is what an interconnect named dma-mem says instead of the parent", () => {
    const tree = {
      b: {
        ...WIDE,
        "dma-ranges": cells64(0, 0, 0x1000),
        "d@0": { interconnects: cells(1, 5, 2, 6), "interconnect-names": ["cpu-cfg", "dma-mem"] },
      },
      other: { "#interconnect-cells": 1, phandle: 1 },
      mbus: { ...WIDE, "#interconnect-cells": 1, phandle: 2, "dma-ranges": cells64(0, 0x4000_0000, 0xc000_0000) },
    };
    expect(limitOf(tree, "/b/d@0")).toEqual(["/mbus", [{ cpu: 0x4000_0000, dma: 0, size: 0xc000_0000 }], 0xbfff_ffff]);
  });

  it("joins neighbours that go on in both address spaces, and only those", () => {
    const joined = cells64(0, 0x4000_0000, 0x1000, 0x1000, 0x4000_1000, 0x1000);
    const apart = cells64(0, 0x4000_0000, 0x1000, 0x1000, 0x5000_0000, 0x1000);
    expect(limitOf({ b: { ...WIDE, "dma-ranges": joined, ...device } }, "/b/d@0")).toEqual([
      "/b",
      [{ cpu: 0x4000_0000, dma: 0, size: 0x2000 }],
      0x1fff,
    ]);
    expect(limitOf({ b: { ...WIDE, "dma-ranges": apart, ...device } }, "/b/d@0")).toEqual([
      "/b",
      [
        { cpu: 0x4000_0000, dma: 0, size: 0x1000 },
        { cpu: 0x5000_0000, dma: 0x1000, size: 0x1000 },
      ],
      0x1fff,
    ]);
  });

  it("has the end of its highest window as limit, wherever that window stands in the list", () => {
    const two = cells64(0x1_0000_0000, 0x1_0000_0000, 0x1000, 0, 0, 0x1000);
    expect(limitOf({ b: { ...WIDE, "dma-ranges": two, ...device } }, "/b/d@0")).toEqual([
      "/b",
      [
        { cpu: 0x1_0000_0000, dma: 0x1_0000_0000, size: 0x1000 },
        { cpu: 0, dma: 0, size: 0x1000 },
      ],
      0x1_0000_0fff,
    ]);
  });

  it("starts at the node itself for a device that is configured from another node", () => {
    const tree = buildDeviceTree({ ...WIDE, b: { ...WIDE, "dma-ranges": ALIAS, "gpu@0": {} } });
    expect(new DmaBuses(tree).busFrom(nodeAt(tree, "/b/gpu@0"))?.path).toBe("/b");
    const deeper = buildDeviceTree({ ...WIDE, p: { ...WIDE, "dma-ranges": ALIAS, b: { ...WIDE, "gpu@0": {} } } });
    expect(new DmaBuses(deeper).busFrom(nodeAt(deeper, "/p/b/gpu@0"))).toBeNull();
  });

  it("is the host bridge for what sits on a PCI bus, without the flag cell", () => {
    const tree = buildDeviceTree({
      ...WIDE,
      scb: {
        ...WIDE,
        "dma-ranges": cells64(0, 0, 0xfc00_0000),
        "pcie@7d500000": {
          device_type: "pci",
          "#address-cells": 3,
          "#size-cells": 2,
          "dma-ranges": cells(0x0200_0000, 0, 0, 0, 0, 0, 0xc000_0000),
        },
      },
    });
    const bus = new DmaBuses(tree).busFrom(nodeAt(tree, "/scb/pcie@7d500000"));
    expect(bus).toMatchObject({ windows: [{ cpu: 0, dma: 0, size: 0xc000_0000 }], dmaLimit: 0xbfff_ffff });
  });

  it("ends for a ring of interconnects", () => {
    const ring = { "#interconnect-cells": 0, "interconnect-names": "dma-mem", "dma-ranges": EMPTY };
    const tree = buildDeviceTree({
      a: { ...ring, phandle: 1, interconnects: cells(2) },
      b: { ...ring, phandle: 2, interconnects: cells(1) },
    });
    expect(new DmaBuses(tree).busFrom(nodeAt(tree, "/a"))).toBeNull();
  });
});

describe("coherency", () => {
  const at = (root: TreeSpec, path: string): unknown => {
    const tree = buildDeviceTree({ ...WIDE, ...root });
    const said = new DmaBuses(tree).coherency(nodeAt(tree, path));
    return said === null ? null : [said.coherent, said.at.path];
  };

  it("is what the nearest node upwards says", () => {
    expect(at({ b: { "dma-coherent": true, "d@0": {} } }, "/b/d@0")).toEqual([true, "/b"]);
    expect(at({ b: { "dma-coherent": true, "d@0": { "dma-noncoherent": true } } }, "/b/d@0")).toEqual([
      false,
      "/b/d@0",
    ]);
    expect(at({ b: { "d@0": { "dma-coherent": true } } }, "/b/d@0")).toEqual([true, "/b/d@0"]);
  });

  it("is not said where no node says it", () => expect(at({ b: { "d@0": {} } }, "/b/d@0")).toBeNull());
});
