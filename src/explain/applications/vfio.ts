import type { Explanation, Recogniser } from "../recogniser.js";
import { errnoIn } from "./errno-text.js";
import { wordedLine } from "./worded-line.js";

interface Mapping {
  readonly [name: string]: string | null;
  readonly errno: string | null;
}

/** `VFIO_MAP_DMA failed: Cannot allocate memory`, `Failed to MAP DMA memory: Invalid argument`: the IOMMU took no mapping. */
const mapDma = wordedLine<Mapping>({
  id: "vfio-map-dma",
  topic: "memory mapped for a VFIO device",
  wordings: [
    {
      hint: "MAP_DMA failed",
      pattern: /(?<!UN)MAP_DMA failed(?<rest>.*)/,
      source: "QEMU hw/vfio/container.c vfio_legacy_dma_map()",
    },
    {
      hint: "MAP DMA memory",
      pattern: /Failed to MAP DMA memory(?<rest>.*)/,
      source: "https://github.com/chimera-nas/libevpl/pull/86",
    },
    {
      hint: "IommuDmaMap(",
      pattern: /IommuDmaMap(?<rest>\(Error\(\d+\)\))/,
      source: "rust-vmm vfio-ioctls VfioError::IommuDmaMap, printed by Cloud Hypervisor",
    },
    {
      hint: "set up DMA remapping",
      pattern: /cannot set up DMA remapping,? ?(?<rest>.*)/i,
      source: "DPDK lib/eal/linux/eal_vfio.c vfio_type1_dma_mem_map()",
    },
    {
      hint: "_dma_map(",
      pattern: /vfio_(?:container_)?dma_map\(.{0,160}\)(?<rest> = -\d+.*)/,
      source: "QEMU hw/vfio/listener.c vfio_container_region_add(), formerly vfio_listener_region_add()",
    },
  ],
  read: ({ rest = "" }) => ({ errno: errnoIn(rest)?.name ?? null }),
  explain: ({ errno }, { lines }) => {
    const [limit] = errno === "ENOMEM" ? lines.of("vfio-memlock") : [];
    return {
      severity: "error",
      proof: errno === null ? "The line names no error number." : `VFIO_IOMMU_MAP_DMA answered ${errno}.`,
      certainty: errno === null ? "possible" : "likely",
      remedies: [],
      ...(MAPPING[errno ?? ""] ?? OTHER),
      ...(limit === undefined
        ? {}
        : {
            certainty: "sure",
            why: `line ${limit.line} of this log is the kernel's word that the limit was exceeded`,
          }),
    };
  },
});

type Meaning = Pick<Explanation, "cause" | "why" | "fix" | "next">;

/** Linux 6.12 drivers/vfio/vfio_iommu_type1.c vfio_dma_do_map(): what gives which error. */
const MAPPING: Readonly<Record<string, Meaning>> = {
  ENOMEM: {
    cause:
      "The process may not lock as much memory as it wants to map: all of it is pinned, and RLIMIT_MEMLOCK is below that.",
    why: "the kernel checks RLIMIT_MEMLOCK of a process without CAP_IPC_LOCK and answers ENOMEM; a real shortage of memory is rare here",
    fix: "Raise the limit to the guest's or pool's whole size: ulimit -l, LimitMEMLOCK= of the service, --ulimit memlock=-1 of the container. The kernel's log then has 'RLIMIT_MEMLOCK exceeded'.",
    next: ["ulimit -l", "grep locked /proc/PID/limits", "dmesg | grep -i memlock | coalloc explain -"],
  },
  ENOSPC: {
    cause: "The container has as many mappings as it may have: dma_entry_limit, 65535 unless it was changed.",
    why: "vfio_dma_do_map() answers ENOSPC for nothing else since Linux 5.1",
    fix: "Map larger pieces at once (neighbours together, huge pages), or raise the module parameter.",
    next: ["cat /sys/module/vfio_iommu_type1/parameters/dma_entry_limit"],
  },
  EEXIST: {
    cause: "The range of iova, or a part of it, is already mapped in this container.",
    why: "vfio_dma_do_map() answers EEXIST where ranges overlap",
    fix: "Unmap the old range first, whole; two devices of one container share its mappings, so map once for both.",
    next: ["strace -f -e trace=ioctl PROGRAM 2>&1 | grep VFIO_IOMMU"],
  },
  EFAULT: {
    cause:
      "The memory cannot be pinned: nothing is mapped at that address, or it is device memory the kernel has no pages for.",
    why: "EFAULT comes from pinning the pages, before the IOMMU is asked",
    fix: "Map ordinary memory or huge pages; memory of another device (a BAR) works only where the driver behind it allows peer access.",
    next: ["grep -A3 ADDRESS /proc/PID/smaps"],
  },
  EINVAL: {
    cause:
      "The mapping was refused for its form: the container has no IOMMU type yet (VFIO_SET_IOMMU), the iova lies outside the IOMMU's aperture or in a reserved window, or address and size are no multiples of the page size.",
    why: "vfio_dma_do_map() answers EINVAL to all of them, and none of them is memory",
    fix: "In this order: attach the group and call VFIO_SET_IOMMU before the first mapping; ask VFIO_IOMMU_GET_INFO for the valid iova ranges and keep inside them (39 or 48 bits are usual limits, and MSI windows are cut out); align to the page sizes it lists.",
    next: [
      "cat /sys/kernel/iommu_groups/N/reserved_regions",
      "dmesg | grep -iE 'iommu|dmar' ",
      "coalloc reach MACHINE",
    ],
  },
};

const OTHER: Meaning = {
  cause: "The IOMMU took no mapping for the device.",
  why: "which error it was decides",
  fix: "Which error number? 12: RLIMIT_MEMLOCK. 22: iova outside the aperture, or no IOMMU type set. 17: already mapped. 14: memory that cannot be pinned. 28: too many mappings.",
  next: ["strace -f -e trace=ioctl PROGRAM 2>&1 | grep VFIO_IOMMU", "ulimit -l"],
};

/** `Cannot open /dev/vfio/151: Device or resource busy`. */
const groupOpen = wordedLine<{ readonly group: string; readonly errno: string | null }>({
  id: "vfio-group-open",
  topic: "opening VFIO",
  wordings: [
    {
      hint: "/dev/vfio/",
      pattern: /open\b.{0,30}?\/dev\/vfio\/(?<group>\d+|vfio)(?<rest>.*)/i,
      source: "DPDK lib/eal/linux/eal_vfio.c vfio_open_group_fd(); QEMU hw/vfio/container.c",
    },
    {
      hint: "annot open VFIO container",
      pattern: /[Cc]annot open VFIO container(?<rest>.*)/,
      source: "DPDK lib/eal/linux/eal_vfio.c vfio_open_container_fd()",
    },
  ],
  read: ({ group = "vfio", rest = "" }) => {
    const errno = errnoIn(rest)?.name ?? null;
    return errno === null ? null : { group, errno };
  },
  explain: ({ group, errno }) => {
    const busy = errno === "EBUSY";
    const absent = errno === "ENOENT" || errno === "ENODEV";
    return {
      severity: "error",
      cause: busy
        ? `VFIO group ${group} is open already: one process may have a group, and once.`
        : absent
          ? `There is no /dev/vfio/${group}: the vfio modules are not loaded, the machine has no IOMMU switched on, or no device of the group is bound to vfio-pci.`
          : `The user may not open /dev/vfio/${group}.`,
      proof: `open() answered ${errno}.`,
      certainty: "sure",
      why: "the error number says it",
      fix: busy
        ? "End the other user of the group, or hand its descriptor over; devices of one IOMMU group go to one process together."
        : absent
          ? "Load vfio-pci, switch the IOMMU on (intel_iommu=on, in the firmware, or the SMMU's node in the tree), and bind every device of the group."
          : "Give the node to the user by a udev rule for subsystem vfio.",
      next: ["ls -l /dev/vfio /sys/kernel/iommu_groups", `fuser -v /dev/vfio/${group}`, "coalloc doctor"],
      remedies: [],
    };
  },
});

/** Lines of programs that use VFIO. */
export const VFIO: readonly Recogniser[] = [...mapDma, ...groupOpen];
