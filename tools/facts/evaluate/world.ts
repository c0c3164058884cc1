/**
 * The machine a driver is read for: 64 bits, described by a device tree, with every part of the kernel that a driver asks for; no ACPI, no board files, no
 * debugging. What is not listed is not decided.
 */

/** Options of the kernel's configuration, by name. */
const OPTIONS: Readonly<Record<string, boolean>> = {
  CONFIG_OF: true,
  CONFIG_64BIT: true,
  CONFIG_PHYS_ADDR_T_64BIT: true,
  CONFIG_ARCH_DMA_ADDR_T_64BIT: true,
  CONFIG_PM: true,
  CONFIG_PM_SLEEP: true,
  CONFIG_HAS_DMA: true,
  CONFIG_MMU: true,
  CONFIG_HAVE_CLK: true,
  CONFIG_COMMON_CLK: true,
  CONFIG_IOMMU_API: true,
  CONFIG_IOMMU_DMA: true,
  CONFIG_SWIOTLB: true,
  CONFIG_DMA_CMA: true,
  CONFIG_ACPI: false,
  CONFIG_32BIT: false,
  CONFIG_ARM_LPAE: false,
  CONFIG_X86: false,
  CONFIG_PPC: false,
  CONFIG_PPC32: false,
  CONFIG_PPC64: false,
  CONFIG_MIPS: false,
  CONFIG_SPARC: false,
  CONFIG_M68K: false,
  CONFIG_COLDFIRE: false,
  CONFIG_XEN: false,
  CONFIG_ARM_DMA_USE_IOMMU: false,
  CONFIG_PREEMPT_RT: false,
  CONFIG_COMPILE_TEST: false,
};

/** Whether an option is on; null where the table does not decide. */
export function configured(name: string): boolean | null {
  const plain = name.replace(/_MODULE$/, "");
  // With every IOMMU that a driver may be built with.
  return OPTIONS[plain] ?? (/_(?:IOMMU|SMMU)$/.test(plain) ? true : null);
}

/** Constants that the compiler or a common header defines. */
export const CONSTANTS: ReadonlyMap<string, bigint> = new Map([
  ["NULL", 0n],
  ["false", 0n],
  ["true", 1n],
  ["U8_MAX", 0xffn],
  ["U16_MAX", 0xffffn],
  ["U32_MAX", 0xffffffffn],
  ["UINT_MAX", 0xffffffffn],
  ["U64_MAX", 0xffffffffffffffffn],
  ["ULONG_MAX", 0xffffffffffffffffn],
  ["INT_MAX", 0x7fffffffn],
  ["LONG_MAX", 0x7fffffffffffffffn],
  ["SIZE_MAX", 0xffffffffffffffffn],
  ["PHYS_ADDR_MAX", 0xffffffffffffffffn],
  ["PAGE_SIZE", 4096n],
  ["PAGE_SHIFT", 12n],
  ["PAGE_MASK", 0xfffffffffffff000n],
  ["BITS_PER_LONG", 64n],
  ["NSEC_PER_SEC", 1_000_000_000n],
]);
