import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { KERNEL_SOURCE, unpackKernelSource } from "../../debian/kernel-source.js";
import { fetchPackage } from "../../debian/packages.js";
import type { Progress } from "../../debian/progress.js";
import { CACHE } from "../../project.js";

/** The source of a kernel on this machine, or one sentence about why it cannot be had. */
export type Provided = { readonly folder: string } | { readonly missing: string };

/** Debian's source of the kernel modelled, fetched and unpacked once into `CACHE/kernel-source/VERSION/`. */
export async function provideKernelSource(progress: Progress): Promise<Provided> {
  const fetched = await fetchPackage("amd64", KERNEL_SOURCE, progress);
  if ("missing" in fetched) return fetched;
  const kept = join(CACHE, "kernel-source");
  const folder = join(kept, fetched.package.version);
  if (existsSync(folder)) return { folder };
  mkdirSync(kept, { recursive: true });
  const work = mkdtempSync(join(kept, ".unpack-"));
  try {
    const refused = await unpackKernelSource(fetched.package, join(work, "source"), progress);
    if (refused !== null) return { missing: refused };
    renameSync(join(work, "source"), folder);
    return { folder };
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
