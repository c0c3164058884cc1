import { debianKernel } from "../../tools/kernel/kernels.js";
import { describeGuest } from "./checks.js";

/** An IOMMU, an edu alone in its group, and one that shares a slot, and so its group, with a device of another driver. */
const DEVICES = [
  "intel-iommu,intremap=on",
  "edu,addr=10.0",
  "edu,addr=11.0,multifunction=on",
  "virtio-rng-pci,addr=11.1",
];

await describeGuest("a guest whose devices are behind an IOMMU", {
  kernel: debianKernel("amd64"),
  memory: "1G",
  // The kernel gives up when the timer seems dead, as it does in a guest that has to wait for a busy machine.
  cmdline: ["intel_iommu=on", "no_timer_check"],
  qemu: ["-machine", "kernel-irqchip=split", ...DEVICES.flatMap((device) => ["-device", device])],
  modules: ["vfio_pci", "vfio_iommu_type1", "vivid"],
  program: "test/kernel/guest/vfio.ts",
  seconds: 180,
});
