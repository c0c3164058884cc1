/** Memory mappings and files in memory. Linux 6.12 `include/uapi/asm-generic/mman-common.h`, `include/uapi/linux/mman.h`, `include/uapi/linux/memfd.h`. */

/** Pages can be read. */
export const PROT_READ = 0x1;
/** Pages can be written. */
export const PROT_WRITE = 0x2;

/** Writes reach the file and all who map it. */
export const MAP_SHARED = 0x01;
/** Writes stay with this mapping. */
export const MAP_PRIVATE = 0x02;
/** At exactly this address, instead of what is there. */
export const MAP_FIXED = 0x10;
/** No file: zeros. */
export const MAP_ANONYMOUS = 0x20;
/** Takes no swap space in advance. */
export const MAP_NORESERVE = 0x4000;

/** Closed when another program is executed. */
export const MFD_CLOEXEC = 0x1;
/** Seals can be added. */
export const MFD_ALLOW_SEALING = 0x2;
/** Made of huge pages, which have to be set aside before. */
export const MFD_HUGETLB = 0x4;
/** Bits from this one on hold log2 of the size of a huge page. */
export const MFD_HUGE_SHIFT = 26;
/** Huge pages of 2 MiB. */
export const MFD_HUGE_2MB: number = 21 * 2 ** MFD_HUGE_SHIFT;
