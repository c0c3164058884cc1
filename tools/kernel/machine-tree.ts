import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { GUEST_MACHINES } from "./architecture.js";
import { findQemu } from "./programs.js";

/**
 * The device tree QEMU gives an arm64 guest with so much memory, so that nodes can be added to it; `-dtb FILE` among QEMU's words then boots with it. QEMU itself writes memory and command
 * line into whichever tree it is given.
 *
 * @param memory - in QEMU's form, as `1G`
 */
export function machineTree(memory: string): Uint8Array {
  const qemu = findQemu("arm64");
  const [option, machine, ...more] = GUEST_MACHINES.arm64.machine;
  if (qemu === null || option !== "-machine") throw new Error("there is no QEMU for arm64");
  const folder = mkdtempSync(join(tmpdir(), "coalloc-tree-"));
  try {
    const file = join(folder, "machine.dtb");
    const words = [option, `${machine},dumpdtb=${file}`, ...more, "-m", memory, "-display", "none", "-nic", "none"];
    execFileSync(qemu, words, { stdio: "ignore" });
    return readFileSync(file);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
