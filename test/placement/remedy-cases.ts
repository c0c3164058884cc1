/** Small boards on which a request is refused, and the remedies that are offered there. */
import { buildDeviceTree, cells, cells64, type TreeSpec } from "../../src/devicetree/build.js";
import type { DeviceTree } from "../../src/devicetree/tree.js";
import type { DeviceFact, QueueFact } from "../../src/facts/fact.js";
import { FactBase } from "../../src/facts/lookup.js";
import type { Machine } from "../../src/machine/machine.js";
import { EMBEDDED_6_12 } from "../../src/machine/profiles.js";
import { readMachine } from "../../src/machine/read.js";
import { type Placement, placeBuffer } from "../../src/placement/place.js";
import type { Remedy } from "../../src/placement/remedy.js";

const MIB = 2 ** 20;

/** What is asked of a board: 1 MiB, once, where nothing is said. */
export interface Asked {
  readonly size?: number | undefined;
  readonly count?: number | undefined;
}

/** The answer to a request that all of these devices shall share. */
export function ask(machine: Machine, names: readonly string[], { size = MIB, count = 1 }: Asked): Placement {
  const participants = names.map((name) => ({
    device: machine.devices.find((d) => d.name === name)!,
    queue: null,
    access: "read-write" as const,
  }));
  return placeBuffer(machine, { participants, size, image: null, count, cpu: "none" });
}

/** A driver as facts describe it. */
function fact(compatible: string, mask: string, queue: QueueFact, more: Partial<DeviceFact> = {}): DeviceFact {
  const sources = [{ file: "drivers/test.c", line: 1 }];
  return {
    match: { compatible },
    driver: { file: "drivers/test.c", line: 1, module: "test", kernel: "6.12" },
    role: "codec",
    appliesTo: "self",
    dmaMask: { kind: "exact", value: mask, sources },
    coherentDmaMask: { kind: "exact", value: mask, sources },
    maxSegmentSize: { kind: "exact", value: "unlimited", sources },
    segmentBoundaryMask: { kind: "default", sources },
    buffers: [queue],
    pictureQueue: queue.queue,
    import: { v4l2Dmabuf: true },
    export: { v4l2Mmap: true },
    memoryRegionUse: "buffers",
    mmu: "none",
    slaveDma: false,
    confidence: "A",
    reviewed: true,
    ...more,
  };
}

const FACTS = new FactBase([
  fact("test,vpu", "0xffffffff", { queue: "capture", kind: "contig" }),
  fact("test,cam", "0x7fffffff", { queue: "capture", kind: "contig" }, { export: {}, memoryRegionUse: "none" }),
  fact("test,isp", "0xffffffff", { queue: "capture", kind: "sg" }, { export: {} }),
]);

const tree = (extra: TreeSpec = {}): DeviceTree =>
  buildDeviceTree({
    "#address-cells": 2,
    "#size-cells": 2,
    model: "board",
    compatible: "test,board",
    cpus: {
      "#address-cells": 1,
      "#size-cells": 0,
      "cpu@0": { device_type: "cpu", compatible: "arm,cortex-a53", reg: 0 },
    },
    "memory@40000000": { device_type: "memory", reg: cells64(0x4000_0000, 0xc000_0000, 0x1_0000_0000, 0x4000_0000) },
    soc: {
      compatible: "simple-bus",
      "#address-cells": 2,
      "#size-cells": 2,
      ranges: true,
      "vpu@10000000": { compatible: "test,vpu", reg: cells64(0x1000_0000, 0x1000) },
      "cam@11000000": { compatible: "test,cam", reg: cells64(0x1100_0000, 0x1000) },
      "isp@12000000": { compatible: "test,isp", reg: cells64(0x1200_0000, 0x1000) },
      "codec@14000000": { compatible: "test,vpu", reg: cells64(0x1400_0000, 0x1000), iommus: cells(9) },
      "iommu@15000000": {
        compatible: "rockchip,iommu",
        reg: cells64(0x1500_0000, 0x100),
        "#iommu-cells": 0,
        phandle: 9,
        status: "disabled",
      },
    },
    ...extra,
  });

/** The board of a tree whose devices have the drivers of these cases. */
export function readCase(tree: DeviceTree, cmdline = ""): Machine {
  return readMachine({ tree, facts: FACTS, profile: EMBEDDED_6_12, cmdline });
}

const reserved: TreeSpec = {
  "reserved-memory": {
    "#address-cells": 2,
    "#size-cells": 2,
    ranges: true,
    "firmware@50000000": { reg: cells64(0x5000_0000, 0x100_0000), "no-map": true },
  },
};

/** A default area without a place, one that must stay in a part of RAM, one that has its place. */
const area = (properties: TreeSpec, name = "linux,cma"): TreeSpec => ({
  "reserved-memory": {
    "#address-cells": 2,
    "#size-cells": 2,
    ranges: true,
    [name]: { compatible: "shared-dma-pool", reusable: true, "linux,cma-default": true, ...properties },
  },
});
const size64 = cells64(64 * MIB);

const low: TreeSpec = { "memory@40000000": { device_type: "memory", reg: cells64(0x4000_0000, 0x8000_0000) } };

/** A board whose root has one size cell, and as many address cells. */
const narrow = (addressCells: number): DeviceTree => {
  const range = (base: number, size: number): Uint8Array => cells(...Array(addressCells - 1).fill(0), base, size);
  return buildDeviceTree({
    "#address-cells": addressCells,
    "#size-cells": 1,
    model: "narrow board",
    compatible: "test,narrow",
    "memory@40000000": { device_type: "memory", reg: range(0x4000_0000, 0x8000_0000) },
    soc: {
      compatible: "simple-bus",
      "#address-cells": addressCells,
      "#size-cells": 1,
      ranges: true,
      "vpu@10000000": { compatible: "test,vpu", reg: range(0x1000_0000, 0x1000) },
    },
  });
};

/** A request that its board refuses. */
export interface RemedyCase extends Asked {
  readonly name: string;
  readonly tree: DeviceTree;
  readonly devices: readonly string[];
  readonly kinds: readonly Remedy["kind"][];
}

/** One case for every way to answer. */
export const REMEDY_CASES: readonly RemedyCase[] = [
  {
    name: "a large picture for one device",
    tree: tree(),
    devices: ["vpu@10000000"],
    size: 100 * MIB,
    kinds: ["command-line", "reserved-memory", "reserved-memory"],
  },
  {
    name: "two devices, one of 31 bits",
    tree: tree(),
    devices: ["cam@11000000", "vpu@10000000"],
    size: 24 * MIB,
    // With less RAM boot makes the same area again, further down: mem= costs RAM but helps.
    kinds: ["command-line", "limit-memory", "reserved-memory", "reserved-memory"],
  },
  {
    name: "on a board with reserved memory",
    tree: tree(reserved),
    devices: ["cam@11000000", "vpu@10000000"],
    size: 24 * MIB,
    count: 3,
    kinds: ["command-line", "reserved-memory", "reserved-memory"],
  },
  {
    name: "a default area of the tree",
    tree: tree(area({ size: size64 })),
    devices: ["isp@12000000"],
    size: 200 * MIB,
    kinds: ["command-line", "limit-memory", "reserved-memory"],
  },
  {
    name: "a default area of the tree out of reach",
    tree: tree(area({ size: size64, "alloc-ranges": cells64(0xc000_0000, 0x4000_0000) })),
    devices: ["cam@11000000"],
    size: 24 * MIB,
    kinds: ["command-line", "limit-memory", "reserved-memory"],
  },
  {
    name: "a default area of the tree that cannot grow where it is",
    tree: tree(area({ size: size64, "alloc-ranges": cells64(0xc000_0000, 0x500_0000) })),
    devices: ["isp@12000000"],
    size: 200 * MIB,
    kinds: ["command-line", "limit-memory", "reserved-memory"],
  },
  {
    name: "a default area of the tree that has its place",
    tree: tree(area({ reg: cells64(0xc000_0000, 0x400_0000) }, "linux,cma@c0000000")),
    devices: ["cam@11000000"],
    size: 24 * MIB,
    kinds: ["command-line", "reserved-memory"],
  },
  {
    name: "scattered pages out of reach",
    tree: tree(),
    devices: ["isp@12000000"],
    size: 200 * MIB,
    kinds: ["command-line", "limit-memory", "reserved-memory"],
  },
  {
    name: "an IOMMU that is off",
    tree: tree(low),
    devices: ["codec@14000000"],
    size: 100 * MIB,
    kinds: ["command-line", "enable-iommu", "reserved-memory", "reserved-memory"],
  },
  ...[1, 2].map((addressCells) => ({
    name: `a root of ${addressCells} and 1 cells`,
    tree: narrow(addressCells),
    devices: ["vpu@10000000"],
    size: 100 * MIB,
    kinds: ["command-line", "reserved-memory", "reserved-memory"] as const,
  })),
];
