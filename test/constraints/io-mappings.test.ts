import { describe, expect, it } from "vitest";
import { importerOf } from "../../src/constraints/importer.js";
import { ioMappingsOf } from "../../src/constraints/io-mappings.js";
import type { Device, Iommu } from "../../src/machine/machine.js";
import { board, device, iommu } from "../machine-builder.js";

const SHARED: Iommu = { ...iommu("/shared"), grouping: "instance" };
const APART: Iommu = { ...iommu("/apart"), grouping: "device" };

/** Mappings of a buffer in the space of each device, `NAME` or `NAME#QUEUE`. */
function mappings(
  devices: readonly Device[],
  named: readonly string[] = devices.map((d) => d.name),
): readonly number[] {
  const machine = board({ ram: "0x40000000+1G", iommus: [SHARED, APART], devices });
  const participants = named.map((name) => {
    const [of, queue = null] = name.split("#");
    return importerOf(machine, { device: machine.devices.find((d) => d.name === of)!, queue, access: "read-write" });
  });
  const counted = ioMappingsOf(machine, participants);
  return participants.map((p) => counted.get(p) ?? 0);
}

describe("mappings of a buffer in an I/O address space", () => {
  it("are one for each device of a group", () =>
    expect(mappings([device("a", { iommu: "/shared" }), device("b", { iommu: "/shared" })])).toEqual([2, 2]));
  it("are one where each device is a group of its own", () =>
    expect(mappings([device("a", { iommu: "/apart" }), device("b", { iommu: "/apart" })])).toEqual([1, 1]));
  it("are none for devices without I/O addresses", () =>
    expect(
      mappings([device("a", { iommu: "/shared" }), device("b"), device("c", { queue: "vmalloc", iommu: "/shared" })]),
    ).toEqual([1, 0, 0]));
  it("are one for each V4L2 queue", () => {
    const queues = [
      { queue: "capture", kind: "contig" },
      { queue: "output", kind: "contig" },
    ] as const;
    expect(mappings([device("m2m", { iommu: "/apart", queues })], ["m2m#capture", "m2m#output"])).toEqual([2, 2]);
  });
  it("are one for all blocks of a DRM device", () => {
    const block = (name: string): Device => ({
      ...device(name, { queue: "gem-dma", iommu: "/shared" }),
      dmaDevice: { path: "/display" },
    });
    expect(mappings([block("ovl"), block("rdma"), device("vpu", { iommu: "/shared" })])).toEqual([2, 2, 2]);
  });
  it("leave out those of devices that reach higher: addresses come from the top", () =>
    expect(
      mappings([device("high", { iommu: "/shared" }), device("low", { iommu: "/shared", mask: "0x3fffffff" })]),
    ).toEqual([2, 1]));
  it("are apart from those of a driver's own domain behind the same IOMMU", () =>
    expect(
      mappings([
        device("gpu", { iommu: "/shared", translation: "driver-domain" }),
        device("vpu", { iommu: "/shared" }),
      ]),
    ).toEqual([1, 1]));
});
