import { MAX_EXACT } from "../../units/quantity.js";
import type { IommuGroup, ReservedIova } from "../machine.js";
import type { MachineSource } from "../source.js";
import { valueOf } from "./layout.js";

/** A device of a running machine that does DMA, has nodes under `/dev`, or both. */
export interface SysDevice {
  /** Path below `/sys` without links: `devices/pci0000:00/0000:00:04.0`. */
  readonly sysPath: string;
  /** Name on its bus: `0000:00:04.0`, `fdd90000.vop`, `vivid.0`. */
  readonly busId: string;
  /** Name of the bus: `pci`, `platform`, `virtio`, `usb`; null where nothing says. */
  readonly bus: string | null;
  readonly driver: string | null;
  /** Path of its node in the device tree. */
  readonly treePath: string | null;
  readonly pci: { readonly vendor: number; readonly device: number; readonly class: number } | null;
  /** Width of the streaming mask as it is now, where the bus shows it. */
  readonly dmaMaskBits: number | null;
  readonly coherentMaskBits: number | null;
  readonly numaNode: number | null;
  readonly iommuGroup: IommuGroup | null;
  /** Path below `/sys` of the IOMMU that serves it: `devices/virtual/iommu/dmar0`. */
  readonly iommu: string | null;
  /** Sorted by path. */
  readonly nodes: readonly DeviceNode[];
}

/** A node under `/dev` that leads to a device. */
export interface DeviceNode {
  /** `/dev/video0`. */
  readonly path: string;
  /** What the driver calls it: `vivid-000-vid-cap`; null where the class has no names. */
  readonly name: string | null;
}

/** A PCI function as the bus names it. */
const PCI_ID = /^[0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]$/;

/** Classes whose devices are nodes under `/dev` of the device above them. */
const NODE_CLASSES: ReadonlySet<string> = new Set(["drm", "video4linux"]);

/** Paths of sysfs are plain text; others were made up. */
const PRINTABLE = /^[\x21-\x7e]+$/;

const TREE_BASE = "/sys/firmware/devicetree/base";

/**
 * Finds the devices among the files of a running machine: all on the PCI and platform buses, and what has a DRM or V4L2 node. Values of another
 * form than the kernel prints count as missing.
 *
 * @returns sorted by path in sysfs
 */
export function sysDevicesOf(source: MachineSource): readonly SysDevice[] {
  const folders = deviceFolders(source);
  const nodes = new Map<string, DeviceNode[]>();
  const devices = new Set<string>();
  for (const folder of folders) {
    const subsystem = lastPart(valueOf(source, `${folder}/subsystem`));
    if (subsystem !== null && NODE_CLASSES.has(subsystem)) {
      const node = nodeOf(source, folder);
      const parent = parentOf(source, folder, subsystem);
      if (node === null || parent === null) continue;
      devices.add(parent);
      const known = nodes.get(parent);
      if (known === undefined) nodes.set(parent, [node]);
      else known.push(node);
    } else if (subsystem !== "iommu") {
      devices.add(folder);
    }
  }
  return [...devices].sort().map((folder) => readDevice(source, folder, nodes.get(folder) ?? []));
}

/** Folders below `sys/devices/` that hold a file of a device. */
function deviceFolders(source: MachineSource): readonly string[] {
  const folders = new Set<string>();
  for (const path of source.keys()) {
    if (path.startsWith("sys/devices/") && path.endsWith("/subsystem") && PRINTABLE.test(path)) {
      folders.add(path.slice(0, -"/subsystem".length));
    }
  }
  return [...folders];
}

function nodeOf(source: MachineSource, folder: string): DeviceNode | null {
  const name = /^DEVNAME=(?:\/dev\/)?([\w/.-]+)$/m.exec(valueOf(source, `${folder}/uevent`) ?? "")?.[1];
  if (name === undefined || name.includes("..")) return null;
  return { path: `/dev/${name}`, name: valueOf(source, `${folder}/name`) };
}

/** The device behind a class device: what its link says, else the folder above that of its class. */
function parentOf(source: MachineSource, folder: string, subsystem: string): string | null {
  const linked = valueOf(source, `${folder}/device`);
  if (linked?.startsWith("/sys/devices/") === true && PRINTABLE.test(linked)) return linked.slice(1);
  const at = folder.lastIndexOf(`/${subsystem}/`);
  return at < 0 ? null : folder.slice(0, at);
}

function readDevice(source: MachineSource, folder: string, nodes: readonly DeviceNode[]): SysDevice {
  const value = (file: string): string | null => valueOf(source, `${folder}/${file}`);
  const busId = lastPart(folder) ?? folder;
  const treeLink = value("of_node");
  return {
    sysPath: folder.slice("sys/".length),
    busId,
    bus: lastPart(value("subsystem")),
    driver: lastPart(value("driver")),
    treePath: treeLink?.startsWith(`${TREE_BASE}/`) === true ? treeLink.slice(TREE_BASE.length) : null,
    pci: PCI_ID.test(busId) ? pciOf(value("vendor"), value("device"), value("class")) : null,
    dmaMaskBits: bits(value("dma_mask_bits")),
    coherentMaskBits: bits(value("consistent_dma_mask_bits")),
    numaNode: wholeNumber(value("numa_node")),
    iommuGroup: groupOf(source, value("iommu_group")),
    iommu: belowSys(value("iommu")),
    nodes: [...nodes].sort((a, b) => (a.path < b.path ? -1 : 1)),
  };
}

function pciOf(vendor: string | null, device: string | null, pciClass: string | null): SysDevice["pci"] {
  const [v, d, c] = [vendor, device, pciClass].map((text) =>
    /^0x[0-9a-f]{1,6}$/.test(text ?? "") ? Number(text) : null,
  );
  return v == null || d == null || v > 0xffff || d > 0xffff ? null : { vendor: v, device: d, class: c ?? 0 };
}

function groupOf(source: MachineSource, link: string | null): IommuGroup | null {
  const id = wholeNumber(lastPart(link));
  if (id === null) return null;
  const folder = `sys/kernel/iommu_groups/${id}`;
  return {
    id,
    type: valueOf(source, `${folder}/type`),
    reserved: reservedIovas(valueOf(source, `${folder}/reserved_regions`) ?? ""),
  };
}

/** Linux 6.12 `drivers/iommu/iommu.c` `iommu_group_show_resv_regions()`: first and last address, then the kind. */
function reservedIovas(text: string): readonly ReservedIova[] {
  const regions: ReservedIova[] = [];
  for (const line of text.split("\n")) {
    const match = /^0x([0-9a-f]{1,16}) 0x([0-9a-f]{1,16}) ([\w-]+)$/.exec(line.trim());
    if (match === null) continue;
    const base = Number.parseInt(match[1] as string, 16);
    const end = Math.min(Number.parseInt(match[2] as string, 16) + 1, MAX_EXACT);
    if (end > base) regions.push({ base, size: end - base, kind: match[3] as string });
  }
  return regions.sort((a, b) => a.base - b.base);
}

function bits(text: string | null): number | null {
  const number = wholeNumber(text);
  return number === null || number < 1 || number > 64 ? null : number;
}

function wholeNumber(text: string | null): number | null {
  return text !== null && /^\d{1,9}$/.test(text) ? Number(text) : null;
}

function lastPart(path: string | null): string | null {
  if (path === null) return null;
  const part = path.slice(path.lastIndexOf("/") + 1);
  return part === "" ? null : part;
}

function belowSys(link: string | null): string | null {
  return link?.startsWith("/sys/") === true ? link.slice("/sys/".length) : null;
}
