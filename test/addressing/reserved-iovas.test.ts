import { describe, expect, it } from "vitest";
import { iovaRoom } from "../../src/addressing/reach.js";
import { reservedIovas } from "../../src/addressing/reserved-iovas.js";
import { importerOf } from "../../src/constraints/importer.js";
import type { Device, Machine, ReservedIova } from "../../src/machine/machine.js";
import { board, device, iommu } from "../machine-builder.js";
import { mapList, rig } from "../simulate/mapping/rig.js";

/** A camera behind an IOMMU, in a group of a running machine that keeps these addresses. */
function camera(reserved: readonly ReservedIova[], spec: Parameters<typeof device>[1] = {}): Device {
  const cam = device("cam", { iommu: "/iommu", ...spec });
  return { ...cam, running: { busId: "cam", driver: "cam", iommuGroup: { id: 3, type: "DMA", reserved } } };
}

function machineWith(cam: Device): Machine {
  return board({ ram: "0x40000000+1G", iommus: [iommu("/iommu")], devices: [cam] });
}

const MSI: ReservedIova = { kind: "msi", base: 0xfee0_0000, size: 0x10_0000 };
const TABLES: ReservedIova = { kind: "direct", base: 0xfff0_0000, size: 0x10_0000 };
/** What Arm's drivers show for the window that the kernel itself manages. */
const DOORBELLS: ReservedIova = { kind: "msi", base: 0x800_0000, size: 0x10_0000 };

describe("addresses that the driver of an IOMMU keeps", () => {
  it("are those of the device's group, without the window for doorbells of the kernel", () => {
    expect(reservedIovas(camera([DOORBELLS, MSI, TABLES]))).toEqual([MSI, TABLES]);
    expect(reservedIovas(device("cam"))).toEqual([]);
  });

  it("cut the room of a device: the longest run is left", () => {
    const cam = camera([MSI, TABLES]);
    expect(iovaRoom(machineWith(cam), cam)).toEqual({ base: 0x1000, size: 0xfee0_0000 - 0x1000 });
    const low = camera([{ kind: "reserved", base: 0, size: 0xf000_0000 }]);
    expect(iovaRoom(machineWith(low), low)).toEqual({ base: 0xf000_0000, size: 0x1000_0000 });
    const all = camera([{ kind: "reserved", base: 0, size: 2 ** 53 - 1 }]);
    expect(iovaRoom(machineWith(all), all)?.size).toBe(0);
  });

  it("leave a domain alone that the device's own driver runs", () => {
    const cam = camera([MSI], { translation: "driver-domain" });
    expect(iovaRoom(machineWith(cam), cam)).toEqual({ base: 0x1000, size: 2 ** 32 - 0x1000 });
  });

  it("are what the limit of the room is read from", () => {
    const cam = camera([MSI]);
    const importer = importerOf(machineWith(cam), { device: cam, queue: null, access: "write" });
    expect(importer.alternatives[0]?.constraints.iovaRoom).toBe(0xfee0_0000 - 0x1000);
    expect(importer.provenance.iovaRoom).toEqual({
      kind: "live",
      source: "/sys/kernel/iommu_groups/3/reserved_regions",
    });
  });

  it("are handed out to nobody by a simulated system of the machine", () => {
    const cam = camera([MSI, TABLES]);
    const r = rig({ ram: "0x40000000+1G", iommus: [iommu("/iommu")], devices: [cam] });
    expect(mapList(r, r.device("cam"), "0x50000000+0x8000")).toEqual(["0xffef8000+0x8000"]);
    expect(mapList(r, r.device("cam"), "0x40000000+16M")).toEqual(["0xfd000000+0x1000000"]);
    expect(r.device("cam").domain?.stats().failures).toBe(0);
  });
});
