import { describeSystemCall, type SystemCallFailure } from "../../units/system-call.js";
import type { GroupMember } from "./pci-sysfs.js";

/** Why a device is not to be had for this process. Codes are public and never change meaning. */
export type VfioRefusal =
  | { readonly code: "no-device"; readonly address: string }
  /** No IOMMU serves it, so nothing would keep it from memory that is none of its business. */
  | { readonly code: "no-iommu"; readonly address: string }
  /** A part of VFIO is not loaded. */
  | { readonly code: "no-vfio"; readonly module: "vfio" | "vfio_iommu_type1" | "vfio-pci" }
  /** The kernel's VFIO is of another kind than the one there has ever been. */
  | { readonly code: "unknown-version"; readonly version: number; readonly known: number }
  /** Another driver has it, or none. */
  | { readonly code: "not-bound"; readonly address: string; readonly driver: string | null }
  /** It was given to vfio-pci, which did not take it; `driver` is who has it now. */
  | {
      readonly code: "bind-failed";
      readonly address: string;
      readonly driver: string | null;
      readonly failure: SystemCallFailure | null;
    }
  /** Devices of its IOMMU group are with other drivers: the IOMMU cannot tell them apart, so all go together or none. */
  | {
      readonly code: "group-not-viable";
      readonly address: string;
      readonly group: number;
      readonly others: readonly GroupMember[];
    }
  /** Somebody has opened its group: it is one container's at a time. */
  | { readonly code: "group-in-use"; readonly address: string; readonly group: number }
  | { readonly code: "no-permission"; readonly path: string }
  /** Its interrupts are not told apart by the IOMMU, so that it could raise those of others. */
  | { readonly code: "no-interrupt-remapping"; readonly address: string; readonly group: number }
  /** Anything else that the kernel said. */
  | SystemCallFailure;

/** One sentence for people, with what to do. */
export function explainVfioRefusal(refusal: VfioRefusal): string {
  switch (refusal.code) {
    case "no-device":
      return `there is no PCI device ${refusal.address}: lspci -D lists those that are`;
    case "no-iommu":
      return `no IOMMU serves ${refusal.address}: switch it on in the firmware (VT-d, AMD-Vi, SMMU), and on the kernel's command line where that is needed (intel_iommu=on)`;
    case "no-vfio":
      return `${refusal.module} is not loaded: modprobe ${refusal.module}`;
    case "unknown-version":
      return `the kernel's VFIO is of version ${refusal.version}, and only ${refusal.known} is known here`;
    case "not-bound":
      return `${refusal.address} ${refusal.driver === null ? "has no driver" : `is with the driver ${refusal.driver}`}: bindToVfioPci("${refusal.address}"), as root, gives it to vfio-pci`;
    case "bind-failed": {
      const why = refusal.failure === null ? "" : ` (${describeSystemCall(refusal.failure)})`;
      const now = refusal.driver === null ? "it has no driver now" : `it is with ${refusal.driver}`;
      return `vfio-pci did not take ${refusal.address}${why}, ${now}: the kernel's log says why; an IOMMU that cannot keep caches coherent is one reason`;
    }
    case "group-not-viable": {
      const others = refusal.others.map(({ address, driver }) => `${address} (${driver ?? "no driver"})`).join(", ");
      return `${refusal.address} shares IOMMU group ${refusal.group} with ${others === "" ? "a device of another driver" : others}: give all of them to vfio-pci, or plug it in where it has a group of its own`;
    }
    case "group-in-use":
      return `IOMMU group ${refusal.group} of ${refusal.address} is open already, here or in another process: open its devices in one container`;
    case "no-permission":
      return `${refusal.path} is not for this user: give it away as root (chown USER ${refusal.path}, or a udev rule for SUBSYSTEM=="vfio")`;
    case "no-interrupt-remapping":
      return `the IOMMU does not remap the interrupts of ${refusal.address} (group ${refusal.group}): switch interrupt remapping on, or, where every user of the machine is trusted, load vfio_iommu_type1 with allow_unsafe_interrupts=1`;
    case "system-call":
      return describeSystemCall(refusal);
  }
}
