import { constants } from "node:os";
import { accepted, type Result, refused } from "../../units/result.js";

/** What the kernel answered to a call that failed. */
export interface SystemCallFailure {
  readonly code: "system-call";
  /** The call, with what it was for where the name alone does not say: `ioctl DMA_HEAP_IOCTL_ALLOC`. */
  readonly call: string;
  /** The file it was about, as it was opened; null where there was none. */
  readonly path: string | null;
  /** Name of the error number, or its digits where it has no name. */
  readonly errno: string;
}

/** A call to the kernel that failed. Everything in `src/linux/` throws it inside and hands it out as a refusal where the answer may be no. */
export class SystemCallError extends Error implements SystemCallFailure {
  override readonly name = "SystemCallError";
  readonly code = "system-call";
  readonly call: string;
  readonly path: string | null;
  readonly errno: string;

  constructor(call: string, path: string | null, errno: number | string) {
    const name = typeof errno === "string" ? errno : errnoName(errno);
    super(describeSystemCall({ call, path, errno: name }));
    this.call = call;
    this.path = path;
    this.errno = name;
  }
}

/** One sentence for people. */
export function describeSystemCall({ call, path, errno }: Omit<SystemCallFailure, "code">): string {
  const meaning = MEANINGS[errno];
  return `${call}${path === null ? "" : ` on ${path}`}: ${errno}${meaning === undefined ? "" : ` (${meaning})`}`;
}

/** The failure of a call as data, without the stack. */
export function failureOf(error: SystemCallError): SystemCallFailure {
  return { code: "system-call", call: error.call, path: error.path, errno: error.errno };
}

/**
 * Runs something that makes calls to the kernel.
 *
 * @returns its value, or the failure of the call that did not succeed; what else is thrown passes through
 */
export function attempt<T>(run: () => T): Result<T, SystemCallFailure> {
  try {
    return accepted(run());
  } catch (error) {
    if (error instanceof SystemCallError) return refused(failureOf(error));
    throw error;
  }
}

const NAMES: ReadonlyMap<number, string> = new Map(
  // Where two names share a number (EAGAIN, EWOULDBLOCK; EOPNOTSUPP, ENOTSUP), the first stays.
  Object.entries(constants.errno)
    .reverse()
    .map(([name, number]) => [number, name]),
);

function errnoName(errno: number): string {
  return NAMES.get(errno) ?? String(errno);
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
  EOPNOTSUPP: "not supported",
  EPERM: "not permitted",
  EPIPE: "the other side is gone",
};
