/**
 * Errors of the modelled kernel by their names; the numbers are what it returns, negated.
 *
 * @see Linux 6.12 `include/uapi/asm-generic/errno-base.h`, `include/uapi/asm-generic/errno.h`
 */
export const ERRNO = {
  EINTR: 4,
  EIO: 5,
  ENOMEM: 12,
  EBUSY: 16,
  EINVAL: 22,
  ENOSPC: 28,
  EREMOTEIO: 121,
} as const;

/** Name of an error of the modelled kernel. */
export type Errno = keyof typeof ERRNO;
