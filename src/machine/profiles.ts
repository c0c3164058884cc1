import { allDriverOptions } from "../facts/driver-options.js";
import type { Bytes } from "../units/quantity.js";
import { KIB, MIB } from "../units/quantity.js";
import { IOMMU_OPTIONS } from "./iommu-drivers.js";
import { isOn, type KernelConfig, missingDriverOptions, readConfig } from "./kernel-config.js";
import { DEBIAN_AMD64_WITHOUT, DEBIAN_ARM64_WITHOUT, DEFCONFIG_ARM64_WITHOUT } from "./missing-driver-options.js";
import { type KernelProfile, LARGEST_BLOCK, type UdmabufLimits } from "./profile.js";

/** Linux 6.12 `drivers/dma-buf/udmabuf.c`, lines 19 and 23. */
const UDMABUF_DEFAULTS: UdmabufLimits = { sizeLimit: 64 * MIB, listLimit: 1024 };

/** A kernel built for a board: both dma-heaps, udmabuf, 64 MiB of CMA, every driver. */
export const EMBEDDED_6_12: KernelProfile = {
  name: "embedded-6.12",
  kernel: "6.12",
  arch: null,
  pageSize: 4 * KIB,
  maxPageOrder: 10,
  cmaGranule: 2 * MIB,
  cma: true,
  cmaSize: 64 * MIB,
  cmaPercent: 0,
  cmaSelect: "size",
  cmaAlignmentOrder: 8,
  cmaAreas: 20,
  systemHeap: true,
  cmaHeap: true,
  udmabuf: UDMABUF_DEFAULTS,
  restrictedPools: true,
  iommuPassthrough: false,
  missingIommuDrivers: [],
  missingDriverOptions: [],
};

/** Debian's plain arm64 kernel 6.12: no dma-heaps. */
const DEBIAN_ARM64_6_12: KernelProfile = {
  ...EMBEDDED_6_12,
  name: "debian-arm64-6.12",
  arch: "arm64",
  systemHeap: false,
  cmaHeap: false,
  restrictedPools: false,
  missingIommuDrivers: [
    "apple-dart",
    "exynos-iommu",
    "ipmmu-vmsa",
    "msm_iommu",
    "mtk_iommu_v1",
    "omap-iommu",
    "sprd-iommu",
  ],
  missingDriverOptions: DEBIAN_ARM64_WITHOUT,
};

/** Debian's amd64 kernel 6.12: the system heap, no CMA. */
const DEBIAN_AMD64_6_12: KernelProfile = {
  ...EMBEDDED_6_12,
  name: "debian-amd64-6.12",
  arch: "x86",
  cma: false,
  cmaSize: 0,
  cmaAreas: 0,
  cmaHeap: false,
  restrictedPools: false,
  missingIommuDrivers: [...IOMMU_OPTIONS.values()].sort(),
  missingDriverOptions: DEBIAN_AMD64_WITHOUT,
};

/** `make defconfig` of arm64: no dma-heaps, no udmabuf, 32 MiB of CMA. */
const DEFCONFIG_ARM64_6_12: KernelProfile = {
  ...EMBEDDED_6_12,
  name: "defconfig-arm64-6.12",
  arch: "arm64",
  cmaSize: 32 * MIB,
  systemHeap: false,
  cmaHeap: false,
  udmabuf: null,
  missingIommuDrivers: [
    "apple-dart",
    "exynos-iommu",
    "ipmmu-vmsa",
    "msm_iommu",
    "mtk_iommu_v1",
    "omap-iommu",
    "sprd-iommu",
    "sun50i-iommu",
  ],
  missingDriverOptions: DEFCONFIG_ARM64_WITHOUT,
};

/** The profiles that can be named, the default one first. */
export const KERNEL_PROFILES: ReadonlyMap<string, KernelProfile> = new Map(
  [EMBEDDED_6_12, DEBIAN_ARM64_6_12, DEBIAN_AMD64_6_12, DEFCONFIG_ARM64_6_12].map((profile) => [profile.name, profile]),
);

/**
 * The profile with another page size; orders and the CMA granule follow it as on arm64.
 *
 * @see Linux 6.12 `arch/arm64/Kconfig` `ARCH_FORCE_MAX_ORDER`, `include/linux/pageblock-flags.h`
 */
export function withPageSize(profile: KernelProfile, size: "4K" | "16K" | "64K"): KernelProfile {
  if (size === "4K") return { ...profile, pageSize: 4 * KIB, maxPageOrder: 10, cmaGranule: 2 * MIB };
  if (size === "16K") return { ...profile, pageSize: 16 * KIB, maxPageOrder: 11, cmaGranule: 32 * MIB };
  return { ...profile, pageSize: 64 * KIB, maxPageOrder: 13, cmaGranule: 512 * MIB };
}

/**
 * Lays a `.config` over a profile.
 *
 * @param text - lines `CONFIG_X=value` and `# CONFIG_X is not set`; other lines and unknown options do not count
 * @returns the profile, its name followed by `+config`; an option the text does not mention, or gives a value no kernel can have, stays as it was.
 *   What a whole `.config` of Linux 6.12 does not mention of drivers is not built; that of another kernel says which IOMMU drivers it has, and nothing of others.
 * @see Linux 6.12 `kernel/dma/Kconfig` for the ranges
 */
export function applyConfig(profile: KernelProfile, text: string): KernelProfile {
  const config = readConfig(text);
  const options = config.values;
  let next = withPages(profile, options);
  const on = (name: string, before: boolean): boolean => {
    const value = options.get(name);
    return value === undefined ? before : value === "y" || value === "m";
  };
  const number = (name: string, before: number, most = 999_999_999): number => {
    const value = options.get(name);
    return value !== undefined && /^\d{1,9}$/.test(value) && Number(value) <= most ? Number(value) : before;
  };
  const cma = on("CONFIG_CMA", next.cma) && on("CONFIG_DMA_CMA", next.cma);
  const heaps = on("CONFIG_DMABUF_HEAPS", next.systemHeap || next.cmaHeap);
  const udmabuf = on("CONFIG_UDMABUF", next.udmabuf !== null);
  next = {
    ...next,
    name: `${profile.name}+config`,
    arch: archOf(options) ?? profile.arch,
    cma,
    cmaSize: cma ? number("CONFIG_CMA_SIZE_MBYTES", next.cmaSize / MIB) * MIB : 0,
    cmaPercent: cma ? number("CONFIG_CMA_SIZE_PERCENTAGE", next.cmaPercent, 100) : 0,
    cmaSelect: selectOf(options) ?? next.cmaSelect,
    cmaAlignmentOrder: number("CONFIG_CMA_ALIGNMENT", next.cmaAlignmentOrder, 12),
    cmaAreas: cma ? number("CONFIG_CMA_AREAS", next.cmaAreas) : 0,
    systemHeap: heaps && on("CONFIG_DMABUF_HEAPS_SYSTEM", next.systemHeap),
    cmaHeap: heaps && cma && on("CONFIG_DMABUF_HEAPS_CMA", next.cmaHeap),
    udmabuf: udmabuf ? (next.udmabuf ?? UDMABUF_DEFAULTS) : null,
    restrictedPools: on("CONFIG_DMA_RESTRICTED_POOL", next.restrictedPools),
    iommuPassthrough: on("CONFIG_IOMMU_DEFAULT_PASSTHROUGH", next.iommuPassthrough),
    missingIommuDrivers: missingIommus(config, next.missingIommuDrivers),
    missingDriverOptions: missingDriverOptions(config, allDriverOptions(), next.missingDriverOptions),
  };
  return next;
}

function withPages(profile: KernelProfile, options: ReadonlyMap<string, string>): KernelProfile {
  let next = profile;
  for (const size of ["4K", "16K", "64K"] as const) {
    if (options.get(`CONFIG_ARM64_${size}_PAGES`) === "y" || options.get(`CONFIG_PAGE_SIZE_${size}B`) === "y") {
      next = withPageSize(next, size);
    }
  }
  const order = options.get("CONFIG_ARCH_FORCE_MAX_ORDER");
  if (order !== undefined && /^\d{1,2}$/.test(order) && next.pageSize * 2 ** Number(order) <= LARGEST_BLOCK) {
    next = { ...next, maxPageOrder: Number(order) };
  }
  const largestBlock: Bytes = next.pageSize * 2 ** next.maxPageOrder;
  const hugePages =
    options.get("CONFIG_TRANSPARENT_HUGEPAGE") !== "n" || (options.get("CONFIG_HUGETLB_PAGE") ?? "n") !== "n";
  return { ...next, cmaGranule: hugePages ? Math.min(next.cmaGranule, largestBlock) : largestBlock };
}

function archOf(options: ReadonlyMap<string, string>): KernelProfile["arch"] {
  if (options.get("CONFIG_ARM64") === "y") return "arm64";
  if (options.get("CONFIG_ARM") === "y") return "arm";
  if (options.get("CONFIG_RISCV") === "y") return "riscv";
  return options.get("CONFIG_X86") === "y" || options.get("CONFIG_X86_64") === "y" ? "x86" : null;
}

function selectOf(options: ReadonlyMap<string, string>): KernelProfile["cmaSelect"] | null {
  if (options.get("CONFIG_CMA_SIZE_SEL_MBYTES") === "y") return "size";
  if (options.get("CONFIG_CMA_SIZE_SEL_PERCENTAGE") === "y") return "percent";
  if (options.get("CONFIG_CMA_SIZE_SEL_MIN") === "y") return "min";
  return options.get("CONFIG_CMA_SIZE_SEL_MAX") === "y" ? "max" : null;
}

function missingIommus(config: KernelConfig, before: readonly string[]): readonly string[] {
  const missing = new Set(before);
  for (const [option, module] of IOMMU_OPTIONS) {
    const on = isOn(config, option);
    if (on === true) missing.delete(module);
    else if (on === false) missing.add(module);
  }
  return [...missing].sort();
}
