import { type BootProfile, DEBIAN_ARM64_6_12 } from "../boot/profile.js";
import { MIB } from "../units/quantity.js";
import type { Arch, KernelProfile } from "./profile.js";

/** What the boot model needs of a kernel, for one instruction set. Arm kernels are taken to be built with LPAE. */
export function bootProfileOf(profile: KernelProfile, arch: Arch): BootProfile {
  return {
    ...DEBIAN_ARM64_6_12,
    arch,
    kernel: profile.kernel,
    pageSize: profile.pageSize,
    cma: profile.cma,
    cmaMinAlign: profile.cmaGranule,
    cmaAreas: profile.cmaAreas,
    cmaDefaultSize: profile.cmaSize,
    cmaDefaultPercent: profile.cmaPercent,
    cmaDefaultSelect: profile.cmaSelect,
    restrictedPool: profile.restrictedPools,
    lowMemory: arch === "arm" ? 768 * MIB : null,
  };
}
