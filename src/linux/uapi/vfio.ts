import { type Ioctl, io } from "../native/ioctl.js";

/**
 * Devices for user-space drivers: containers, groups, devices, and the IOMMU behind them (`type1`). Linux 6.12 `include/uapi/linux/vfio.h`.
 *
 * Every structure begins with its own length, `argsz`. No request has a size in its number.
 */

const TYPE = ";";
const BASE = 100;

/** What {@link VFIO_GET_API_VERSION} answers. */
export const VFIO_API_VERSION = 0;
/** Mappings of a process's pages, each taken back as a whole. */
export const VFIO_TYPE1v2_IOMMU = 3;

/** Container: asks for the version. */
export const VFIO_GET_API_VERSION: Ioctl = io("VFIO_GET_API_VERSION", TYPE, BASE);
/** Container: asks whether a kind of IOMMU, a whole number, is served. */
export const VFIO_CHECK_EXTENSION: Ioctl = io("VFIO_CHECK_EXTENSION", TYPE, BASE + 1);
/** Container with a group: chooses the kind of IOMMU, a whole number. */
export const VFIO_SET_IOMMU: Ioctl = io("VFIO_SET_IOMMU", TYPE, BASE + 2);

/** State of a group. */
export const vfioGroupStatus = {
  name: "struct vfio_group_status",
  size: 8,
  fields: { argsz: ["u32", 0], flags: ["u32", 4] },
} as const;
/** All devices of the group are with VFIO, or with no driver. */
export const VFIO_GROUP_FLAGS_VIABLE = 0x1;

/** Group: asks for its state. */
export const VFIO_GROUP_GET_STATUS: Ioctl = io("VFIO_GROUP_GET_STATUS", TYPE, BASE + 3);
/** Group: joins a container; the argument points at its descriptor, an `int`. */
export const VFIO_GROUP_SET_CONTAINER: Ioctl = io("VFIO_GROUP_SET_CONTAINER", TYPE, BASE + 4);
/** Group in a container: opens a device; the argument is its name, with a zero byte at the end. Returns the descriptor. */
export const VFIO_GROUP_GET_DEVICE_FD: Ioctl = io("VFIO_GROUP_GET_DEVICE_FD", TYPE, BASE + 6);

/** What a device has. */
export const vfioDeviceInfo = {
  name: "struct vfio_device_info",
  size: 20,
  fields: {
    argsz: ["u32", 0],
    flags: ["u32", 4],
    num_regions: ["u32", 8],
    num_irqs: ["u32", 12],
    cap_offset: ["u32", 16],
  },
} as const;
/** {@link VFIO_DEVICE_RESET} is possible. */
export const VFIO_DEVICE_FLAGS_RESET = 0x1;
/** Regions and interrupts are numbered as those of PCI functions. */
export const VFIO_DEVICE_FLAGS_PCI = 0x2;

/** Device: asks for what it has. */
export const VFIO_DEVICE_GET_INFO: Ioctl = io("VFIO_DEVICE_GET_INFO", TYPE, BASE + 7);

/** A range of the device's file that stands for registers; `index` is passed. */
export const vfioRegionInfo = {
  name: "struct vfio_region_info",
  size: 32,
  fields: {
    argsz: ["u32", 0],
    flags: ["u32", 4],
    index: ["u32", 8],
    cap_offset: ["u32", 12],
    size: ["u64", 16],
    offset: ["u64", 24],
  },
} as const;
/** The region can be read. */
export const VFIO_REGION_INFO_FLAG_READ = 0x1;
/** The region can be written. */
export const VFIO_REGION_INFO_FLAG_WRITE = 0x2;
/** The region can be mapped into a process. */
export const VFIO_REGION_INFO_FLAG_MMAP = 0x4;

/** Device: asks for a region; size 0 for one that is not there. */
export const VFIO_DEVICE_GET_REGION_INFO: Ioctl = io("VFIO_DEVICE_GET_REGION_INFO", TYPE, BASE + 8);

/** A kind of interrupts; `index` is passed. */
export const vfioIrqInfo = {
  name: "struct vfio_irq_info",
  size: 16,
  fields: { argsz: ["u32", 0], flags: ["u32", 4], index: ["u32", 8], count: ["u32", 12] },
} as const;
/** They can be told by event counters. */
export const VFIO_IRQ_INFO_EVENTFD = 0x1;
/** The kernel masks one when it has told it. */
export const VFIO_IRQ_INFO_AUTOMASKED = 0x4;

/** Device: asks for a kind of interrupts; count 0 for one that is not there. */
export const VFIO_DEVICE_GET_IRQ_INFO: Ioctl = io("VFIO_DEVICE_GET_IRQ_INFO", TYPE, BASE + 9);

/** What is to be done with interrupts `start` to `start + count - 1`; data follow it. */
export const vfioIrqSet = {
  name: "struct vfio_irq_set",
  size: 20,
  fields: { argsz: ["u32", 0], flags: ["u32", 4], index: ["u32", 8], start: ["u32", 12], count: ["u32", 16] },
} as const;
/** No data follow. */
export const VFIO_IRQ_SET_DATA_NONE = 0x1;
/** Descriptors of event counters follow, an `int` each. */
export const VFIO_IRQ_SET_DATA_EVENTFD = 0x4;
/** They are let through again. */
export const VFIO_IRQ_SET_ACTION_UNMASK = 0x10;
/** How they are told; with no data and a count of 0 they end. */
export const VFIO_IRQ_SET_ACTION_TRIGGER = 0x20;

/** Device: does that. */
export const VFIO_DEVICE_SET_IRQS: Ioctl = io("VFIO_DEVICE_SET_IRQS", TYPE, BASE + 10);
/** Device: resets it. */
export const VFIO_DEVICE_RESET: Ioctl = io("VFIO_DEVICE_RESET", TYPE, BASE + 11);

/** The first memory or port region of a PCI function; five more follow. */
export const VFIO_PCI_BAR0_REGION_INDEX = 0;
/** Its expansion ROM. */
export const VFIO_PCI_ROM_REGION_INDEX = 6;
/** Its configuration space. */
export const VFIO_PCI_CONFIG_REGION_INDEX = 7;

/** Its interrupt line. */
export const VFIO_PCI_INTX_IRQ_INDEX = 0;
/** Its message interrupts. */
export const VFIO_PCI_MSI_IRQ_INDEX = 1;
/** The same with a table of their own. */
export const VFIO_PCI_MSIX_IRQ_INDEX = 2;
/** Raised by the kernel itself: it wants the device back, and waits. */
export const VFIO_PCI_REQ_IRQ_INDEX = 4;

/** What an IOMMU offers; capabilities follow it, the first at `cap_offset`. */
export const vfioIommuType1Info = {
  name: "struct vfio_iommu_type1_info",
  size: 24,
  fields: { argsz: ["u32", 0], flags: ["u32", 4], iova_pgsizes: ["mask64", 8], cap_offset: ["u32", 16] },
} as const;
/** `iova_pgsizes` is told: a bit for each size of pages. */
export const VFIO_IOMMU_INFO_PGSIZES = 0x1;
/** Capabilities are told. */
export const VFIO_IOMMU_INFO_CAPS = 0x2;

/** Head of a capability; `next` counts from the start of the structure, 0 after the last. */
export const vfioInfoCapHeader = {
  name: "struct vfio_info_cap_header",
  size: 8,
  fields: { id: ["u16", 0], version: ["u16", 2], next: ["u32", 4] },
} as const;
/** Capability: I/O addresses that can be mapped. */
export const VFIO_IOMMU_TYPE1_INFO_CAP_IOVA_RANGE = 1;
/** That capability: its head, then ranges. */
export const vfioIommuType1InfoCapIovaRange = {
  name: "struct vfio_iommu_type1_info_cap_iova_range",
  size: 16,
  fields: { nr_iovas: ["u32", 8] },
} as const;
/** One range, `end` inclusive. */
export const vfioIovaRange = {
  name: "struct vfio_iova_range",
  size: 16,
  fields: { start: ["mask64", 0], end: ["mask64", 8] },
} as const;
/** Capability: how many more mappings can be made now. */
export const VFIO_IOMMU_TYPE1_INFO_DMA_AVAIL = 3;
/** That capability. */
export const vfioIommuType1InfoDmaAvail = {
  name: "struct vfio_iommu_type1_info_dma_avail",
  size: 12,
  fields: { avail: ["u32", 8] },
} as const;

/** Container: asks for what the IOMMU offers. */
export const VFIO_IOMMU_GET_INFO: Ioctl = io("VFIO_IOMMU_GET_INFO", TYPE, BASE + 12);

/** Memory of this process at `vaddr`, for devices at `iova`. */
export const vfioIommuType1DmaMap = {
  name: "struct vfio_iommu_type1_dma_map",
  size: 32,
  fields: { argsz: ["u32", 0], flags: ["u32", 4], vaddr: ["mask64", 8], iova: ["u64", 16], size: ["u64", 24] },
} as const;
/** Devices can read it. */
export const VFIO_DMA_MAP_FLAG_READ = 0x1;
/** Devices can write it. */
export const VFIO_DMA_MAP_FLAG_WRITE = 0x2;

/** Container: maps memory and pins its pages. */
export const VFIO_IOMMU_MAP_DMA: Ioctl = io("VFIO_IOMMU_MAP_DMA", TYPE, BASE + 13);

/** A mapping as it was made; `size` says afterwards how many bytes were taken back. */
export const vfioIommuType1DmaUnmap = {
  name: "struct vfio_iommu_type1_dma_unmap",
  size: 24,
  fields: { argsz: ["u32", 0], flags: ["u32", 4], iova: ["u64", 8], size: ["u64", 16] },
} as const;

/** Container: takes a mapping back. */
export const VFIO_IOMMU_UNMAP_DMA: Ioctl = io("VFIO_IOMMU_UNMAP_DMA", TYPE, BASE + 14);
