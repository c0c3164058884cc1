import { execFileSync } from "node:child_process";
import { basename } from "node:path";
import type { GuestKernel } from "./kernels.js";
import { requireProgram } from "./programs.js";

/** A module as the guest gets it: uncompressed, because busybox's insmod reads nothing else. */
export interface ModuleFile {
  /** As the kernel shows it in /proc/modules: with `_`, never `-`. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

/**
 * A module and all it needs, each after what it needs itself.
 *
 * @param name - as modprobe takes it
 * @returns nothing when it is built into the kernel
 * @throws Error when the kernel has no such module
 */
export function moduleWithDependencies(kernel: GuestKernel, name: string): ModuleFile[] {
  if (kernel.modules === null) return [];
  const shown = execFileSync(
    requireProgram("modprobe"),
    ["-d", kernel.modules, "-S", kernel.release, "--show-depends", name],
    { encoding: "utf8", env: { ...process.env, MODPROBE_OPTIONS: "" } },
  );
  const paths = [...shown.matchAll(/^insmod (\S+)/gm)].map((match) => match[1] ?? "");
  return paths.map((path) => ({
    name: basename(path)
      .replace(/\.ko.*$/, "")
      .replaceAll("-", "_"),
    bytes: execFileSync(requireProgram("xz"), ["--decompress", "--stdout", "--force", path], { maxBuffer: 2 ** 28 }),
  }));
}
