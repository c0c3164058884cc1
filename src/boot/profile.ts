/** What a kernel build decides about where memory goes at boot. */
export interface BootProfile {
  /** Order of events, zones and the limit of the default CMA area. */
  readonly arch: "arm64" | "arm" | "riscv" | "x86";
  /** Version modelled, `6.12` or `6.1`; names the build, decides nothing by itself. */
  readonly kernel: string;
  /** Bytes. */
  readonly pageSize: number;
  /** Width of `phys_addr_t`: 32 on arm without LPAE, else 64. */
  readonly physAddrBits: 32 | 64;
  /** `SMP_CACHE_BYTES`: alignment of a region that asks for none. */
  readonly cacheLine: number;
  /** `CONFIG_CMA`. */
  readonly cma: boolean;
  /** `CMA_MIN_ALIGNMENT_BYTES`, one pageblock: base and size of every CMA area are multiples. */
  readonly cmaMinAlign: number;
  /** `CONFIG_CMA_AREAS`: areas there may be, the default one included. */
  readonly cmaAreas: number;
  /** `CONFIG_CMA_SIZE_MBYTES` in bytes; 0 for no default area. */
  readonly cmaDefaultSize: number;
  /** `CONFIG_CMA_SIZE_PERCENTAGE`: percent of RAM. Default 0. */
  readonly cmaDefaultPercent?: number;
  /** `CONFIG_CMA_SIZE_SEL_*`: which of the two sizes counts. Default `size`. */
  readonly cmaDefaultSelect?: "size" | "percent" | "min" | "max";
  /** `CONFIG_DMA_NUMA_CMA`: `numa_cma=` and `cma_pernuma=` are heard. Default false. */
  readonly numaCma?: boolean;
  /** `CONFIG_DMA_RESTRICTED_POOL`. */
  readonly restrictedPool: boolean;
  /** `MAX_RESERVED_REGIONS`: most regions without `reg`. */
  readonly maxReservedRegions: number;
  /**
   * How `/reserved-memory` is worked through. `tree-order` (6.12): regions without `reg` are placed and set up in tree
   * order, those with `reg` are set up later. `sorted` (6.1): all are put in one table, which an unstable sort by address
   * and size reorders before the regions without `reg` are placed; `alloc-ranges` never turns the direction of a search.
   */
  readonly regionScan: "tree-order" | "sorted";
  /**
   * True where the default area is tried in high memory before it is tried above 4 GiB (6.1). The second try forgets what
   * the first one found, so that memory is lost.
   */
  readonly highMemoryFirst: boolean;
  /** Most bytes of low memory, counted from the start of RAM; null where all RAM is low. */
  readonly lowMemory: number | null;
}

/** Debian's arm64 kernel 6.12: 4 KiB pages, 64 MiB default area. */
export const DEBIAN_ARM64_6_12: BootProfile = {
  arch: "arm64",
  kernel: "6.12",
  pageSize: 4096,
  physAddrBits: 64,
  cacheLine: 64,
  cma: true,
  cmaMinAlign: 0x20_0000,
  cmaAreas: 20,
  cmaDefaultSize: 0x400_0000,
  restrictedPool: false,
  maxReservedRegions: 64,
  regionScan: "tree-order",
  highMemoryFirst: false,
  lowMemory: null,
};

/** Debian's 32-bit arm kernel 6.1 without LPAE (`armmp`): 8 MiB granule, 16 MiB default area, 768 MiB of low memory. */
export const DEBIAN_ARMMP_6_1: BootProfile = {
  arch: "arm",
  kernel: "6.1",
  pageSize: 4096,
  physAddrBits: 32,
  cacheLine: 64,
  cma: true,
  cmaMinAlign: 0x80_0000,
  cmaAreas: 7,
  cmaDefaultSize: 0x100_0000,
  restrictedPool: false,
  maxReservedRegions: 64,
  regionScan: "sorted",
  highMemoryFirst: true,
  lowMemory: 0x3000_0000,
};

/** Debian's 32-bit arm kernel 6.1 with LPAE (`armmp-lpae`): as {@link DEBIAN_ARMMP_6_1} with 64-bit addresses and a 2 MiB granule. */
export const DEBIAN_ARMMP_LPAE_6_1: BootProfile = {
  ...DEBIAN_ARMMP_6_1,
  physAddrBits: 64,
  cmaMinAlign: 0x20_0000,
};
