import { existsSync, readFileSync } from "node:fs";
import { describe, it } from "vitest";
import { debianKernel } from "../../tools/kernel/kernels.js";
import { findProgram } from "../../tools/kernel/programs.js";
import { describeGuest } from "./checks.js";

const TITLE = "the broker's units under systemd in a guest with Debian's amd64 kernel";
const missing = missingHere();

if (missing === null) {
  await describeGuest(TITLE, {
    kernel: debianKernel("amd64"),
    memory: "1G",
    modules: ["vgem"],
    program: "test/kernel/guest/systemd.ts",
    seconds: 300,
  });
} else {
  describe(TITLE, () => {
    it.skip(`(skipped: this machine, whose files the guest sees, has no ${missing})`, () => undefined);
  });
}

/** What the guest needs of this machine's files and this machine has not; null when all is there. */
function missingHere(): string | null {
  if (!existsSync("/lib/systemd/systemd")) return "systemd";
  for (const program of ["unshare", "nsenter", "systemctl"]) if (findProgram(program) === null) return program;
  const groups = readFileSync("/etc/group", "utf8");
  for (const group of ["video", "render"]) if (!new RegExp(`^${group}:`, "m").test(groups)) return `group ${group}`;
  return null;
}
