import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { buildDeviceTree, stringBytes } from "../../../src/devicetree/build.js";
import { readDeviceTree } from "../../../src/devicetree/read.js";
import { writeDeviceTree } from "../../../src/devicetree/write.js";
import { loadFacts } from "../../../src/facts/load.js";
import { readLiveSource } from "../../../src/linux/live/read-live-source.js";
import { machineFromSource } from "../../../src/machine/source.js";
import { BOARD, fakeRoot } from "./fake-root.js";

const root = fakeRoot(BOARD);
afterAll(() => rmSync(root, { recursive: true }));
const source = readLiveSource(root);
const text = (path: string): string | undefined => {
  const bytes = source.get(path);
  return bytes === undefined ? undefined : new TextDecoder().decode(bytes);
};

describe("readLiveSource", () => {
  it("takes what the layout names, sorted, and nothing else", () => {
    expect([...source.keys()]).toEqual([
      "config",
      "proc/cmdline",
      "proc/meminfo",
      "proc/version",
      "sys/devices/pci0000:00/0000:00:01.0/device",
      "sys/devices/pci0000:00/0000:00:01.0/iommu_group",
      "sys/devices/pci0000:00/0000:00:01.0/subsystem",
      "sys/devices/pci0000:00/0000:00:01.0/vendor",
      "sys/devices/platform/fd000000.camera/driver",
      "sys/devices/platform/fd000000.camera/of_node",
      "sys/devices/platform/fd000000.camera/subsystem",
      "sys/devices/platform/fd000000.camera/video4linux/video0/device",
      "sys/devices/platform/fd000000.camera/video4linux/video0/name",
      "sys/devices/platform/fd000000.camera/video4linux/video0/subsystem",
      "sys/devices/platform/fd000000.camera/video4linux/video0/uevent",
      "sys/kernel/iommu_groups/3/type",
      "sys/module/udmabuf/parameters/size_limit_mb",
      "tree/#address-cells",
      "tree/chosen/bootargs",
      "tree/compatible",
      "tree/ethernet@1/compatible",
    ]);
  });

  it("writes where links lead, and reads files of the same name", () => {
    expect(text("sys/devices/platform/fd000000.camera/video4linux/video0/device")).toBe(
      "/sys/devices/platform/fd000000.camera",
    );
    expect(text("sys/devices/pci0000:00/0000:00:01.0/device")).toBe("0x100e\n");
    expect(text("sys/devices/platform/fd000000.camera/driver")).toBe("/sys/bus/platform/drivers/camera");
  });

  it("takes the configuration of the kernel that runs", () => {
    expect(text("config")).toBe("CONFIG_CMA=y\n");
  });

  it("leaves out serial numbers, hardware addresses and seeds", () => {
    expect(text("proc/cmdline")).toBe("console=ttyS2 x=00:00:00:00:00:00");
    expect(text("tree/chosen/bootargs")).toBe("console=ttyS2\0");
    expect([...source.values()].map((bytes) => new TextDecoder().decode(bytes)).join("")).not.toMatch(/SECRET|0123/);
  });

  it("prefers the flattened tree, which keeps the order of nodes, and leaves the same out of it", () => {
    const flat = buildDeviceTree({
      compatible: stringBytes("vendor,board"),
      "serial-number": stringBytes("SECRET"),
      zebra: { x: stringBytes("1") },
      ant: { "local-mac-address": stringBytes("SECRET"), y: stringBytes("2") },
    });
    const other = fakeRoot(BOARD);
    mkdirSync(join(other, "sys/firmware"), { recursive: true });
    writeFileSync(join(other, "sys/firmware/fdt"), writeDeviceTree(flat));
    const bytes = readLiveSource(other).get("tree.dtb");
    rmSync(other, { recursive: true });
    const tree = readDeviceTree(bytes ?? new Uint8Array(0));
    expect(tree.root.children.map((node) => node.name)).toEqual(["zebra", "ant"]);
    expect([...tree.root.propertyNames, ...(tree.nodeAt("/ant")?.propertyNames ?? [])]).toEqual(["compatible", "y"]);
  });

  it("gives nothing for a root that has nothing", () => {
    const empty = fakeRoot({});
    expect(readLiveSource(empty).size).toBe(0);
    rmSync(empty, { recursive: true });
  });

  it.runIf(process.platform === "linux")("makes a machine of the system the tests run on", async () => {
    const machine = await machineFromSource(readLiveSource(), { facts: await loadFacts() });
    expect(machine.banks.length).toBeGreaterThan(0);
    expect(machine.profile.name).toMatch(/^live-\d/);
  });
});
