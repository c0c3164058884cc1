/** What a kernel answered to a call that failed, as data. */
export interface SystemCallFailure {
  readonly code: "system-call";
  /** The call, with what it was for where the name alone does not say: `ioctl DMA_HEAP_IOCTL_ALLOC`. */
  readonly call: string;
  /** The file it was about, as it was opened; null where there was none. */
  readonly path: string | null;
  /** Name of the error number, or its digits where it has no name. */
  readonly errno: string;
}

/** One sentence for people. */
export function describeSystemCall({ call, path, errno }: Omit<SystemCallFailure, "code">): string {
  const meaning = MEANINGS[errno];
  return `${call}${path === null ? "" : ` on ${path}`}: ${errno}${meaning === undefined ? "" : ` (${meaning})`}`;
}

/** What the numbers mean that users of buffers run into. */
const MEANINGS: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EAGAIN: "nothing to be had now",
  EBADF: "not an open descriptor",
  EBUSY: "in use",
  EEXIST: "already there",
  EFAULT: "the device cannot map it",
  EINVAL: "not accepted",
  EMFILE: "too many open files in this process",
  ENFILE: "too many open files on this machine",
  ENODEV: "no such device",
  ENOENT: "not there",
  ENOMEM: "no memory",
  ENOTTY: "the file knows no such request",
  ENXIO: "the device is gone",
  ENOTSUP: "not supported",
  EOPNOTSUPP: "not supported",
  EPERM: "not permitted",
  EPIPE: "the other side is gone",
};
