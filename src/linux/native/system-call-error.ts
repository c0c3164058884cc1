import { constants } from "node:os";
import { accepted, type Result, refused } from "../../units/result.js";
import { describeSystemCall, type SystemCallFailure } from "../../units/system-call.js";

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

/**
 * What Node threw for a call that failed, as ours; everything else as it is.
 *
 * @param path - of the file it was about
 * @param call - default: as Node names it
 */
export function systemCallErrorOf(error: unknown, path: string | null, call?: string): unknown {
  const { syscall, code } = error as NodeJS.ErrnoException;
  return syscall === undefined || code === undefined ? error : new SystemCallError(call ?? syscall, path, code);
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
