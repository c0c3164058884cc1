/** Flags of `open()` and commands of `fcntl()`. Linux 6.12 `include/uapi/asm-generic/fcntl.h`, `include/uapi/linux/fcntl.h`. */

/** Opens for reading and writing. */
export const O_RDWR = 0o2;
/** Calls return instead of waiting. */
export const O_NONBLOCK = 0o4000;
/** Closed when another program is executed. */
export const O_CLOEXEC = 0o2000000;

/** Duplicates a descriptor, close-on-exec. */
export const F_DUPFD_CLOEXEC = { name: "F_DUPFD_CLOEXEC", number: 1030 } as const;
/** Forbids changes of a memfd from now on. */
export const F_ADD_SEALS = { name: "F_ADD_SEALS", number: 1033 } as const;
/** Asks for the seals of a memfd. */
export const F_GET_SEALS = { name: "F_GET_SEALS", number: 1034 } as const;

/** Takes a lease on an open file, or gives it back; the argument is one of the locks below. */
export const F_SETLEASE = { name: "F_SETLEASE", number: 1024 } as const;
/** A lease for writing: granted while nobody else has the file open. */
export const F_WRLCK = 1;
/** No lease. */
export const F_UNLCK = 2;

/** The file keeps its length. */
export const FALLOC_FL_KEEP_SIZE = 0x1;
/** The range becomes zeros and takes no memory; needs `FALLOC_FL_KEEP_SIZE`. */
export const FALLOC_FL_PUNCH_HOLE = 0x2;

/** No seals can be added. */
export const F_SEAL_SEAL = 0x1;
/** It cannot become shorter: what udmabuf wants. */
export const F_SEAL_SHRINK = 0x2;
/** It cannot become longer. */
export const F_SEAL_GROW = 0x4;
/** It cannot be written: what udmabuf refuses. */
export const F_SEAL_WRITE = 0x8;
