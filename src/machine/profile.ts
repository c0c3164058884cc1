import type { Bytes } from "../units/quantity.js";

/** Instruction set of the kernel. */
export type Arch = "arm64" | "arm" | "riscv" | "x86";

/**
 * Largest block of the page allocator on any architecture: a section of the memory map on arm64 with 64 KiB pages.
 *
 * @see Linux 6.12 `arch/arm64/include/asm/sparsemem.h` `SECTION_SIZE_BITS`
 */
export const LARGEST_BLOCK: Bytes = 2 ** 29;

/** What the kernel's configuration decides about memory for devices. */
export interface KernelProfile {
  /** `embedded-6.12`, or the profile a configuration file was laid over, followed by `+config`. */
  readonly name: string;
  /** Version whose behaviour is modelled. */
  readonly kernel: "6.12";
  /** Null: what the tree's CPUs are. */
  readonly arch: Arch | null;
  readonly pageSize: Bytes;
  /** Largest order of the page allocator, inclusive. */
  readonly maxPageOrder: number;
  /** Granule of CMA areas: one pageblock in bytes. */
  readonly cmaGranule: Bytes;
  readonly cma: boolean;
  /** Size of the default area when neither tree nor command line gives one; 0 for none. */
  readonly cmaSize: Bytes;
  /** `CONFIG_CMA_SIZE_PERCENTAGE`: percent of RAM; counts as `cmaSelect` says. */
  readonly cmaPercent: number;
  /** `CONFIG_CMA_SIZE_SEL_*`: which of `cmaSize` and `cmaPercent` sizes the default area. */
  readonly cmaSelect: "size" | "percent" | "min" | "max";
  /** `CONFIG_CMA_ALIGNMENT`: largest alignment of an allocation, as an order of pages. */
  readonly cmaAlignmentOrder: number;
  readonly cmaAreas: number;
  readonly systemHeap: boolean;
  readonly cmaHeap: boolean;
  readonly udmabuf: UdmabufLimits | null;
  readonly restrictedPools: boolean;
  /** Default domain of IOMMUs: `CONFIG_IOMMU_DEFAULT_PASSTHROUGH`, or `iommu.passthrough=` on the command line. */
  readonly iommuPassthrough: boolean;
  /** Modules of IOMMU drivers that this kernel is built without, sorted: their clients go direct. */
  readonly missingIommuDrivers: readonly string[];
  /** Options, each `CONFIG_X`, of drivers that facts are about and this kernel is built without, sorted: what they would drive does nothing. */
  readonly missingDriverOptions: readonly string[];
}

/** Module parameters of udmabuf. */
export interface UdmabufLimits {
  /** `size_limit_mb`, in bytes: of one buffer. */
  readonly sizeLimit: Bytes;
  /** `list_limit`: items of one creation call. */
  readonly listLimit: number;
}
