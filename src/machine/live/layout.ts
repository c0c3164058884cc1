/**
 * What is read of a running machine, and under which names. The reader of this machine (`src/linux/live/`) and the collector script give the
 * same files, so that a tarball of a board and the board itself make the same machine:
 *
 *   tree.dtb, or tree/PROPERTY and tree/NODE/PROPERTY       the device tree; without one the machine has none
 *   proc/iomem proc/meminfo proc/zoneinfo proc/cmdline proc/version proc/sys/kernel/arch
 *   config or config.gz                                     the kernel's configuration
 *   sys/devices/...                                         devices, under the one path that sysfs keeps for each
 *   sys/kernel/iommu_groups/N/type, .../reserved_regions
 *   sys/kernel/debug/cma/AREA/base_pfn, .../count           where debugfs may be read
 *   sys/module/MODULE/parameters/NAME
 *   sys/class/dmi/id/sys_vendor, .../product_name           the model of a machine without a tree
 *   dev/...                                                 nodes: mode as `ls` prints it, owner and group, `crw-rw---- 0 44`
 *
 * Files hold what the kernel prints. A symbolic link is a file that holds the path it leads to in the end, `/sys/bus/pci/drivers/e1000`. What cannot
 * be read is left out. Serial numbers, hardware addresses and keys are left out as well (`private-data.ts`).
 */

/** A file that every running Linux has: its presence makes a source a running machine. */
export const LIVE_MARK = "proc/meminfo";

/** Files below `/proc`. */
export const PROC_FILES = ["iomem", "meminfo", "zoneinfo", "cmdline", "version", "sys/kernel/arch"] as const;

/** Folders of sysfs whose entries are links to devices: buses, and classes of devices that have nodes. */
export const DEVICE_FOLDERS = [
  "sys/bus/pci/devices",
  "sys/bus/platform/devices",
  "sys/class/drm",
  "sys/class/video4linux",
  "sys/class/iommu",
] as const;

/**
 * Files and links of a device. `device` is a number for a PCI function, and for a class device the link to the one that does the work. `intel-iommu/cap`
 * is the capability register of an Intel IOMMU.
 */
export const DEVICE_ENTRIES = [
  "class",
  "consistent_dma_mask_bits",
  "device",
  "dma_mask_bits",
  "driver",
  "intel-iommu/cap",
  "iommu",
  "iommu_group",
  "name",
  "numa_node",
  "of_node",
  "subsystem",
  "uevent",
  "vendor",
] as const;

/** Files of an IOMMU group. */
export const GROUP_FILES = ["reserved_regions", "type"] as const;

/** Parameters of modules that decide about buffers. */
export const MODULE_PARAMETERS = [
  "udmabuf/parameters/list_limit",
  "udmabuf/parameters/size_limit_mb",
  "vivid/parameters/allocators",
  "vivid/parameters/n_devs",
] as const;

/** Files of `/sys/class/dmi/id` that name a model, and no single machine. */
export const MODEL_FILES = ["product_name", "sys_vendor"] as const;

/** Files of a CMA area under debugfs. */
export const CMA_FILES = ["base_pfn", "count"] as const;

/** Nodes that buffers come from or go to. A name that ends in `/` is a folder, one that ends in `*` a beginning. */
export const DEVICE_NODES = ["dma_heap/", "dri/", "udmabuf", "video*", "vfio/"] as const;

/** Text of a file of a source, or null where there is none; without the line end the kernel puts behind single values. */
export function valueOf(source: ReadonlyMap<string, Uint8Array>, path: string): string | null {
  const bytes = source.get(path);
  return bytes === undefined ? null : new TextDecoder().decode(bytes).trim();
}
