/** What VFIO says when memory cannot be mapped for a device in user space. */
import { NO_TEXTS } from "../../placement/ways-to-apply.js";
import { formatSize } from "../../units/quantity.js";
import { DEVICE_PREFIX } from "../named-device.js";
import { numberIn, patternRecogniser } from "../pattern-recogniser.js";
import type { Numbers, Recogniser } from "../recogniser.js";

/** `vfio_pin_pages_remote: RLIMIT_MEMLOCK (67108864) exceeded`. */
export const vfioLimit: Recogniser = patternRecogniser<{ readonly limit: number }>({
  id: "vfio-memlock",
  topic: "VFIO",
  hint: "RLIMIT_MEMLOCK",
  source: "Linux 6.12 drivers/vfio/vfio_iommu_type1.c vfio_pin_pages_remote()",
  pattern: /RLIMIT_MEMLOCK \((\d+)\) exceeded/,
  read: ([, bytes]) => {
    const limit = numberIn(bytes);
    return limit === null ? null : { limit };
  },
  explain: ({ limit }) => ({
    severity: "error",
    cause: `A process may lock ${formatSize(limit)} of memory and wanted to map more for its device.`,
    proof: "VFIO pins every page a device may reach, and each counts against RLIMIT_MEMLOCK of the process.",
    certainty: "sure",
    why: "the kernel states the limit it checked",
    fix: "Raise the limit to the memory of the guest or of the buffers, plus some for the program: LimitMEMLOCK= of its service, memlock in /etc/security/limits.conf, or ulimit -l.",
    next: ["ulimit -l", "coalloc doctor"],
    remedies: [
      {
        kind: "user-space",
        text: "set LimitMEMLOCK=infinity in the service's unit, or * - memlock unlimited in /etc/security/limits.conf",
        ...NO_TEXTS,
      },
    ],
  }),
});

/** `No interrupt remapping support.  Use the module param "allow_unsafe_interrupts" ...`. */
export const vfioInterrupts: Recogniser = patternRecogniser<Numbers>({
  id: "vfio-no-interrupt-remapping",
  topic: "VFIO",
  hint: "No interrupt remapping support",
  source: "Linux 6.12 drivers/vfio/vfio_iommu_type1.c vfio_iommu_type1_attach_group()",
  pattern: /No interrupt remapping support/,
  read: () => ({}),
  explain: () => ({
    severity: "error",
    cause: "The IOMMU does not isolate interrupts, so VFIO refuses the group.",
    proof: "A device that may write anywhere in the interrupt window could raise any interrupt of the host.",
    certainty: "sure",
    why: "the kernel gives the line for nothing else",
    fix: "Enable interrupt remapping in the firmware; where the hardware has none and the device is trusted, allow_unsafe_interrupts=1 of vfio_iommu_type1.",
    next: ["dmesg | grep -iE 'remapping|DMAR|AMD-Vi'", "coalloc doctor"],
    remedies: [
      {
        kind: "command-line",
        text: "trust the devices: allow VFIO without isolated interrupts",
        ...NO_TEXTS,
        commandLine: "vfio_iommu_type1.allow_unsafe_interrupts=1",
      },
    ],
  }),
});

/** `vfio-pci 0000:01:00.0: vfio-noiommu device opened by user (dpdk:1234)`. */
export const vfioNoIommu: Recogniser = patternRecogniser<{ readonly task: string }>({
  id: "vfio-noiommu",
  topic: "VFIO",
  hint: "vfio-noiommu device opened by user",
  source: "Linux 6.12 drivers/vfio/group.c vfio_device_open_file()",
  pattern: /vfio-noiommu device opened by user \(([^)]*)\)/,
  read: ([, task = ""]) => ({ task }),
  explain: ({ task }) => ({
    severity: "warning",
    cause: `${task} drives a device without an IOMMU: it may read and write all memory.`,
    proof: "The group is one that VFIO made up, because no IOMMU serves the device.",
    certainty: "sure",
    why: "it is the kernel's own statement",
    fix: "Enable the IOMMU in firmware, tree and kernel, if there is one.",
    next: ["coalloc doctor", "dmesg | grep -i iommu"],
    remedies: [],
  }),
});

/** `vfio-pci 0000:01:00.0: Device is currently in use, task "bash" (4321) blocked until device is released`. */
export const vfioInUse: Recogniser = patternRecogniser<{ readonly device: string | null; readonly task: string }>({
  id: "vfio-device-in-use",
  topic: "VFIO",
  hint: "blocked until device is released",
  source: "Linux 6.12 drivers/vfio/vfio_main.c vfio_unregister_group_dev()",
  pattern: new RegExp(`${DEVICE_PREFIX}Device is currently in use, task "([^"]*)" \\((\\d+)\\) blocked`),
  read: ([, device, name = "", pid = ""]) => ({ device: device ?? null, task: `${name} (${pid})` }),
  explain: ({ device, task }) => ({
    severity: "warning",
    cause: `${task} wants to take ${device ?? "a device"} from VFIO, and waits until the program that uses it lets go.`,
    proof: "The device was asked to be given back, and its descriptor is still open.",
    certainty: "sure",
    why: "it is the kernel's own statement",
    fix: "End the program that has the device (a virtual machine, DPDK), then unbind; memory it mapped for the device stays locked until then.",
    next: ["fuser -v /dev/vfio/*", "ls -l /sys/bus/pci/devices/*/iommu_group"],
    remedies: [],
  }),
});

/** `Adding kernel taint for vfio-noiommu group on device`. */
export const vfioNoIommuGroup: Recogniser = patternRecogniser<{ readonly device: string | null }>({
  id: "vfio-noiommu-group",
  topic: "VFIO",
  hint: "kernel taint for vfio-noiommu group",
  source: "Linux 6.12 drivers/vfio/group.c vfio_group_find_or_alloc()",
  pattern: new RegExp(`${DEVICE_PREFIX}Adding kernel taint for vfio-noiommu group`),
  read: ([, device]) => ({ device: device ?? null }),
  explain: ({ device }) => ({
    severity: "warning",
    cause: `VFIO took ${device ?? "a device"} without an IOMMU: the program that gets it can read and write all memory.`,
    proof: "The device is in no IOMMU group, and unsafe use is allowed (enable_unsafe_noiommu_mode).",
    certainty: "sure",
    why: "it is the kernel's own statement",
    fix: "Enable the IOMMU in firmware, tree and kernel, if there is one; else only trusted programs may have the device, and buffers have to be contiguous and within its reach.",
    next: ["coalloc doctor", "ls /sys/kernel/iommu_groups"],
    remedies: [],
  }),
});
