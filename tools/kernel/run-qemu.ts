import { spawn } from "node:child_process";
import { stripVTControlCharacters } from "node:util";
import { GUEST_MACHINES, type GuestArchitecture } from "./architecture.js";
import { findQemu } from "./programs.js";

/** What a QEMU that has ended printed. */
export interface QemuRun {
  /** Standard output and standard error: no escape codes, lines end in LF. */
  readonly console: string;
  /** How it came to its end, for people. */
  readonly ended: string;
}

/**
 * Runs QEMU to its end, or to the time limit.
 *
 * @param seconds - time limit
 * @throws Error when there is no QEMU for the architecture
 */
export function runQemu(architecture: GuestArchitecture, args: readonly string[], seconds: number): Promise<QemuRun> {
  const program = findQemu(architecture);
  if (program === null) throw new Error(`${GUEST_MACHINES[architecture].qemu.program} is not installed`);
  return new Promise((done) => {
    // timeout(1) ends QEMU also when this process is killed.
    const child = spawn("timeout", ["--foreground", "--signal=KILL", String(seconds + 5), program, ...args], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    let text = "";
    let late = false;
    const limit = setTimeout(() => {
      late = true;
      child.kill("SIGTERM");
    }, seconds * 1000);
    const end = (ended: string): void => {
      clearTimeout(limit);
      done({
        console: stripVTControlCharacters(text).replaceAll("\r", ""),
        ended: late ? "QEMU was stopped at the time limit" : ended,
      });
    };
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (chunk: string) => {
        text += chunk;
      });
    }
    child.on("error", (error) => end(error.message));
    child.on("close", (status) => end(`QEMU ended with status ${status}`));
  });
}
