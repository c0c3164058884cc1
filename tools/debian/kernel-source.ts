import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { runCommand } from "../command.js";
import { unpackPackage } from "./apt.js";
import type { CachedPackage } from "./packages.js";
import type { Progress } from "./progress.js";

/** The package with the source of the kernel modelled. */
export const KERNEL_SOURCE: RegExp = /^linux-source-6\.12$/;

/**
 * Unpacks a `linux-source` package, about 1.6 GB.
 *
 * @param folder - becomes the root of the source; made, must not hold anything
 * @returns null, or what went wrong
 */
export async function unpackKernelSource(
  { name, version, deb }: CachedPackage,
  folder: string,
  progress: Progress,
): Promise<string | null> {
  progress.say(`unpacking ${name} ${version}`);
  const outer = `${folder}.package`;
  try {
    const unpacked = await unpackPackage(deb, outer, ["./usr/src/linux-source-*.tar.xz"]);
    if (unpacked !== null) return unpacked;
    const [archive] = readdirSync(join(outer, "usr", "src"));
    mkdirSync(folder, { recursive: true });
    const words = ["-xJf", join(outer, "usr", "src", archive ?? ""), "-C", folder, "--strip-components=1"];
    const tar = await runCommand("tar", words, { seconds: 600 });
    return tar.status === 0 ? null : `${name} could not be unpacked: ${tar.stderr.trim()}`;
  } finally {
    rmSync(outer, { recursive: true, force: true });
  }
}
