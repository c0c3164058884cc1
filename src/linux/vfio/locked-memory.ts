import { readFileSync } from "node:fs";
import { type Bytes, KIB } from "../../units/quantity.js";

/** Memory that this process keeps from being paged out, which what is pinned for devices counts as. */
export interface LockedMemory {
  readonly locked: Bytes;
  readonly limit: Bytes | "unlimited";
}

/**
 * Asks the kernel how much is locked and may be. Root, and who else has CAP_IPC_LOCK, is not held to the limit.
 *
 * @see proc(5) `/proc/[pid]/limits`, `VmLck` of `/proc/[pid]/status`
 */
export function lockedMemory(): LockedMemory {
  const limit = /^Max locked memory\s+(\d+)/m.exec(readFileSync("/proc/self/limits", "utf8"))?.[1];
  const locked = /^VmLck:\s+(\d+) kB/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1];
  return { locked: Number(locked ?? 0) * KIB, limit: limit === undefined ? "unlimited" : Number(limit) };
}
