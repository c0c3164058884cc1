import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { PciSysfs } from "../../../src/linux/vfio/pci-sysfs.js";

const root = mkdtempSync(join(tmpdir(), "coalloc-sysfs-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** A folder with two functions of group 9: a bridge with a driver, and one without. */
function build(): PciSysfs {
  const group = join(root, "kernel/iommu_groups/9/devices");
  for (const folder of [group, join(root, "bus/pci/devices"), join(root, "bus/pci/drivers/e1000e")]) {
    mkdirSync(folder, { recursive: true });
  }
  writeFileSync(join(root, "bus/pci/drivers_probe"), "");
  for (const address of ["0000:00:1f.0", "0000:00:1f.3"]) {
    const device = join(root, "devices/pci0000:00", address);
    mkdirSync(device, { recursive: true });
    symlinkSync(join(root, "kernel/iommu_groups/9"), join(device, "iommu_group"));
    symlinkSync(device, join(root, "bus/pci/devices", address));
    symlinkSync(device, join(group, address));
    writeFileSync(join(device, "driver_override"), "");
  }
  symlinkSync(join(root, "bus/pci/drivers/e1000e"), join(root, "devices/pci0000:00/0000:00:1f.3/driver"));
  return new PciSysfs(root);
}

describe("PCI functions in sysfs", () => {
  const sysfs = build();

  it("are there, with driver and group, or without", () => {
    expect(sysfs.hasFunction("0000:00:1f.3")).toBe(true);
    expect(sysfs.hasFunction("0000:00:1f.4")).toBe(false);
    expect(sysfs.driverOf("0000:00:1f.3")).toBe("e1000e");
    expect(sysfs.driverOf("0000:00:1f.0")).toBeNull();
    expect(sysfs.groupOf("0000:00:1f.3")).toBe(9);
    expect(sysfs.groupOf("0000:00:1f.4")).toBeNull();
    expect(sysfs.hasDriver("e1000e")).toBe(true);
    expect(sysfs.hasDriver("vfio-pci")).toBe(false);
  });

  it("are listed with the others of their group", () => {
    expect(sysfs.membersOf(9)).toEqual([
      { address: "0000:00:1f.0", driver: null },
      { address: "0000:00:1f.3", driver: "e1000e" },
    ]);
    expect(sysfs.membersOf(10)).toEqual([]);
  });

  it("take words that say who is to have them", () => {
    sysfs.overrideDriver("0000:00:1f.0", "vfio-pci");
    sysfs.probe("0000:00:1f.0");
    expect(readFileSync(join(root, "devices/pci0000:00/0000:00:1f.0/driver_override"), "utf8")).toBe("vfio-pci\n");
    expect(readFileSync(join(root, "bus/pci/drivers_probe"), "utf8")).toBe("0000:00:1f.0");
    sysfs.unbind("0000:00:1f.3");
    expect(readFileSync(join(root, "bus/pci/drivers/e1000e/unbind"), "utf8")).toBe("0000:00:1f.3");
  });

  it("fail with call, path and errno", () => {
    expect(() => sysfs.overrideDriver("0000:00:1f.4", "vfio-pci")).toThrow(
      `open on ${root}/bus/pci/devices/0000:00:1f.4/driver_override: ENOENT`,
    );
  });
});
