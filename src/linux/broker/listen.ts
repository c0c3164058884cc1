import { chmodSync, lstatSync, renameSync, unlinkSync } from "node:fs";
import { accepted, type Result, refused } from "../../units/result.js";
import type { SystemCallFailure } from "../../units/system-call.js";
import { Descriptor } from "../native/descriptor.js";
import type { Kernel } from "../native/kernel.js";
import { failureOf, SystemCallError, systemCallErrorOf } from "../native/system-call-error.js";

/** Connections that may wait to be accepted. */
const BACKLOG = 128;
/** The first descriptor that systemd passes. */
const FIRST_PASSED = 3;
/** Who may connect is said by the policy, not by the file. */
const ANYBODY = 0o666;

/** A socket that listens. */
export interface Listener {
  readonly socket: Descriptor;
  readonly path: string;
  /** Removes the file of the socket, where it was made here. */
  remove(): void;
}

/** Why there is no listening socket. */
export type ListenRefusal =
  | { readonly code: "in-use"; readonly path: string }
  | { readonly code: "not-a-socket"; readonly path: string }
  | SystemCallFailure;

/** Listens at a path. A file that a broker left there when it was killed is replaced; one behind which somebody listens is not. */
export function listenAt(kernel: Kernel, path: string): Result<Listener, ListenRefusal> {
  try {
    let socket = tryListen(kernel, path);
    if (socket === null) {
      const refusal = removeStale(kernel, path);
      if (refusal !== null) return refused(refusal);
      socket = tryListen(kernel, path);
      if (socket === null) return refused({ code: "in-use", path });
    }
    chmodSync(path, ANYBODY);
    const { ino } = lstatSync(path);
    const remove = (): void => {
      if (inodeOf(path) === ino) unlinkSync(path);
    };
    return accepted({ socket, path, remove });
  } catch (error) {
    const failure = systemCallErrorOf(error, path);
    if (failure instanceof SystemCallError) return refused(failureOf(failure));
    throw error;
  }
}

/**
 * The socket that systemd listens at for this process.
 *
 * @param env - the process's environment
 * @returns null when it was not started that way
 * @see sd_listen_fds(3)
 */
export function passedListener(
  env: Readonly<Record<string, string | undefined>>,
  pid: number,
  path: string,
): Listener | null {
  if (env["LISTEN_PID"] !== String(pid) || !(Number(env["LISTEN_FDS"]) >= 1)) return null;
  return { socket: new Descriptor(FIRST_PASSED, path), path, remove: () => {} };
}

/** @returns null when there is a file already */
function tryListen(kernel: Kernel, path: string): Descriptor | null {
  try {
    return kernel.sockets.listen(path, BACKLOG);
  } catch (error) {
    if (error instanceof SystemCallError && error.errno === "EADDRINUSE") return null;
    throw error;
  }
}

/** Removes a socket behind which nobody listens. */
function removeStale(kernel: Kernel, path: string): ListenRefusal | null {
  const found = lstatSync(path);
  if (!found.isSocket()) return { code: "not-a-socket", path };
  try {
    kernel.sockets.connect(path).close();
    return { code: "in-use", path };
  } catch (error) {
    // EAGAIN: so many wait to be accepted that there is no room, so somebody listens.
    if (error instanceof SystemCallError && error.errno === "EAGAIN") return { code: "in-use", path };
    if (!(error instanceof SystemCallError && error.errno === "ECONNREFUSED")) throw error;
  }
  // Another broker may have replaced it since: it is looked at under a name of our own, and put back if it is not the one we asked.
  const aside = `${path}.${process.pid}`;
  renameSync(path, aside);
  if (lstatSync(aside).ino !== found.ino) {
    renameSync(aside, path);
    return { code: "in-use", path };
  }
  unlinkSync(aside);
  return null;
}

function inodeOf(path: string): number | null {
  try {
    return lstatSync(path).ino;
  } catch {
    return null;
  }
}
