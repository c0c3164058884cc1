import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";

/** What is put into a root: text or bytes of a file, or where a link leads, from the root on. */
export type RootEntry = string | Uint8Array | { readonly link: string };

/** Makes a folder that stands for `/`. Links are relative, as sysfs makes them. */
export function fakeRoot(entries: Readonly<Record<string, RootEntry>>): string {
  const root = mkdtempSync(join(tmpdir(), "coalloc-root-"));
  for (const [path, entry] of Object.entries(entries)) {
    const at = join(root, path);
    mkdirSync(dirname(at), { recursive: true });
    if (typeof entry === "string" || entry instanceof Uint8Array) writeFileSync(at, entry);
    else symlinkSync(relative(dirname(at), join(root, entry.link)), at);
  }
  return root;
}

/** A board with a tree that holds private data, a camera with its node, and a PCI function. */
export const BOARD: Readonly<Record<string, RootEntry>> = {
  "proc/meminfo": "MemTotal:        2000000 kB\n",
  "proc/cmdline": "console=ttyS2 androidboot.serialno=0123 smsc95xx.macaddr=B8:27:EB:01:02:03 x=b8:27:eb:01:02:03\n",
  "proc/version": "Linux version 6.12.1-board (x@y) #1\n",
  "proc/device-tree/compatible": "vendor,board\0",
  "proc/device-tree/#address-cells": Uint8Array.of(0, 0, 0, 2),
  "proc/device-tree/serial-number": "SECRET0\0",
  "proc/device-tree/chosen/bootargs": "console=ttyS2 serialno=SECRET1\0",
  "proc/device-tree/chosen/kaslr-seed": "SECRET2\0",
  "proc/device-tree/ethernet@1/local-mac-address": "SECRET3",
  "proc/device-tree/ethernet@1/compatible": "vendor,mac\0",
  "boot/config-6.12.1-board": "CONFIG_CMA=y\n",
  "boot/config-other": "CONFIG_CMA=n\n",
  "sys/bus/platform/devices/fd000000.camera": { link: "sys/devices/platform/fd000000.camera" },
  "sys/bus/pci/devices/0000:00:01.0": { link: "sys/devices/pci0000:00/0000:00:01.0" },
  "sys/class/video4linux/video0": { link: "sys/devices/platform/fd000000.camera/video4linux/video0" },
  "sys/devices/platform/fd000000.camera/driver": { link: "sys/bus/platform/drivers/camera" },
  "sys/devices/platform/fd000000.camera/of_node": { link: "sys/firmware/devicetree/base/camera@fd000000" },
  "sys/devices/platform/fd000000.camera/subsystem": { link: "sys/bus/platform" },
  "sys/devices/platform/fd000000.camera/video4linux/video0/device": { link: "sys/devices/platform/fd000000.camera" },
  "sys/devices/platform/fd000000.camera/video4linux/video0/subsystem": { link: "sys/class/video4linux" },
  "sys/devices/platform/fd000000.camera/video4linux/video0/uevent": "DEVNAME=video0\n",
  "sys/devices/platform/fd000000.camera/video4linux/video0/name": "capture\n",
  "sys/bus/platform/drivers/camera/module": "",
  "sys/firmware/devicetree/base/camera@fd000000/compatible": "",
  "sys/devices/pci0000:00/0000:00:01.0/vendor": "0x8086\n",
  "sys/devices/pci0000:00/0000:00:01.0/device": "0x100e\n",
  "sys/devices/pci0000:00/0000:00:01.0/subsystem": { link: "sys/bus/pci" },
  "sys/devices/pci0000:00/0000:00:01.0/iommu_group": { link: "sys/kernel/iommu_groups/3" },
  "sys/kernel/iommu_groups/3/type": "DMA\n",
  "sys/module/udmabuf/parameters/size_limit_mb": "64\n",
  "dev/dma_heap/system": "no device node: not listed",
};
