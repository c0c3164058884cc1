import { buildDeviceTree, cells, cells64, type TreeSpec } from "../../src/devicetree/build.js";
import type { DeviceFact } from "../../src/facts/fact.js";
import { FactBase, type FactOverride } from "../../src/facts/lookup.js";
import type { Device, Machine } from "../../src/machine/machine.js";
import { EMBEDDED_6_12 } from "../../src/machine/profiles.js";
import { type MachineOptions, readMachine } from "../../src/machine/read.js";

/** 2 GiB of RAM from 1 GiB on, arm64, two cells for everything. */
export const PLAIN: TreeSpec = {
  "#address-cells": 2,
  "#size-cells": 2,
  cpus: { "#address-cells": 1, "#size-cells": 0, "cpu@0": { device_type: "cpu", compatible: "arm,cortex-a55" } },
  "memory@40000000": { device_type: "memory", reg: cells64(0x4000_0000, 0x8000_0000) },
};

/** A simple bus of the root, one to one. */
export function soc(children: TreeSpec): TreeSpec {
  return { soc: { compatible: "simple-bus", "#address-cells": 2, "#size-cells": 2, ranges: true, ...children } };
}

/** An IOMMU node with one cell, phandle 1. */
export function iommu(compatible: string | readonly string[], more: TreeSpec = {}): TreeSpec {
  return {
    "iommu@f0000000": { compatible, reg: cells64(0xf000_0000, 0x1000), "#iommu-cells": 1, phandle: 1, ...more },
  };
}

/** A reference to stream 7 of the IOMMU with phandle 1. */
export const BEHIND: TreeSpec = { iommus: cells(1, 7) };

/** A fact that sets nothing, with what the test is about over it. */
export function fact(compatible: string, more: Partial<DeviceFact> = {}): DeviceFact {
  const nothing = { kind: "default", sources: [{ file: "drivers/x.c", line: 10 }] } as const;
  return {
    match: { compatible },
    driver: { file: "drivers/x.c", line: 1, module: "x", kernel: "6.12" },
    role: "other",
    appliesTo: "self",
    dmaMask: nothing,
    coherentDmaMask: nothing,
    maxSegmentSize: { kind: "default", setBy: "default" },
    segmentBoundaryMask: { kind: "default", sources: [] },
    buffers: [{ queue: "capture", kind: "contig" }],
    mmu: "none",
    slaveDma: false,
    confidence: "A",
    reviewed: true,
    ...more,
  };
}

/** The machine of a tree laid over {@link PLAIN}. */
export function machineOf(
  tree: TreeSpec,
  facts: readonly DeviceFact[] = [],
  more: Partial<MachineOptions> & { overrides?: readonly FactOverride[] } = {},
): Machine {
  const { overrides, ...options } = more;
  return readMachine({
    tree: buildDeviceTree({ ...PLAIN, ...tree }),
    facts: new FactBase(facts, overrides),
    profile: EMBEDDED_6_12,
    ...options,
  });
}

/** The device at a path. */
export function deviceAt(machine: Machine, path: string): Device {
  const device = machine.devices.find((one) => one.path === path);
  if (device === undefined) throw new Error(`no device ${path}: ${machine.devices.map((one) => one.path).join(" ")}`);
  return device;
}
