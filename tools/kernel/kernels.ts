import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { unpackPackage } from "../debian/apt.js";
import { PLAIN_KERNEL } from "../debian/kernel-flavours.js";
import { fetchPackage } from "../debian/packages.js";
import { openProgress } from "../debian/progress.js";
import { CACHE } from "../project.js";
import { makeWholeFolder } from "../whole-folder.js";
import type { GuestArchitecture } from "./architecture.js";
import { requireProgram } from "./programs.js";

/** A kernel to boot, with its modules. */
export interface GuestKernel {
  readonly architecture: GuestArchitecture;
  /** What `uname -r` says in the guest. */
  readonly release: string;
  /** Path of the image. */
  readonly image: string;
  /** Path of the configuration it was built with. */
  readonly config: string;
  /** Folder that holds `lib/modules/RELEASE/`, as depmod's and modprobe's options want it; null when everything is built in. */
  readonly modules: string | null;
}

const KERNELS = join(CACHE, "kernels");

const PACKAGES: Readonly<Record<GuestArchitecture, RegExp>> = {
  amd64: PLAIN_KERNEL["amd64 6.12"],
  arm64: PLAIN_KERNEL["arm64 6.12"],
};

function variableOf(architecture: GuestArchitecture): string {
  return `COALLOC_KERNEL_${architecture.toUpperCase()}`;
}

/**
 * Debian's 6.12 kernel of an architecture: what COALLOC_KERNEL_AMD64 or COALLOC_KERNEL_ARM64 names (an unpacked kernel package, with `boot/` and
 * `lib/modules/`), else what is in the cache.
 *
 * @throws Error when there is none, or the folder has not exactly one kernel
 */
export function debianKernel(architecture: GuestArchitecture): GuestKernel {
  const folder = process.env[variableOf(architecture)] ?? join(KERNELS, architecture);
  const boot = join(folder, "boot");
  const images = existsSync(boot) ? readdirSync(boot).filter((file) => file.startsWith("vmlinuz-")) : [];
  const image = images[0];
  if (image === undefined || images.length > 1)
    throw new Error(`${boot} holds ${images.length} kernels instead of one`);
  const release = image.slice("vmlinuz-".length);
  return { architecture, release, image: join(boot, image), config: join(boot, `config-${release}`), modules: folder };
}

/**
 * Makes sure that Debian's 6.12 kernels are in the cache, fetching packages that are not. What is cached is used, also when Debian has a newer one.
 *
 *     CACHE/kernels/ARCHITECTURE/{boot,lib/modules}    as in the package, with depmod's files
 *     CACHE/kernels/ARCHITECTURE.json                  {"package", "version"}
 *
 * @returns null, or one sentence about the first that cannot be had
 */
export async function provideKernels(architectures: readonly GuestArchitecture[]): Promise<string | null> {
  for (const architecture of architectures) {
    const progress = openProgress(`kernel ${architecture}`);
    const index = join(KERNELS, `${architecture}.json`);
    let refused: string | null = null;
    if (process.env[variableOf(architecture)] !== undefined) {
      progress.say(`${variableOf(architecture)}=${process.env[variableOf(architecture)]}`);
    } else if (existsSync(index)) {
      const { package: name, version } = JSON.parse(readFileSync(index, "utf8")) as {
        package: string;
        version: string;
      };
      progress.say(`${name} ${version} is in the cache`);
    } else {
      const fetched = await fetchPackage(architecture, PACKAGES[architecture], progress);
      if ("missing" in fetched) refused = fetched.missing;
      else {
        const { name, version, deb } = fetched.package;
        progress.say(`unpacking ${name} ${version}`);
        refused = await makeWholeFolder(join(KERNELS, architecture), (work) =>
          unpackPackage(deb, work, ["./boot/*", "./lib/modules/*"]),
        );
        if (refused === null) writeFileSync(index, `${JSON.stringify({ package: name, version }, null, 2)}\n`);
      }
    }
    refused ??= indexModules(architecture);
    progress.end();
    if (refused !== null) return `no kernel for ${architecture}: ${refused}`;
  }
  return null;
}

/** The package leaves the index of dependencies to its installation. */
function indexModules(architecture: GuestArchitecture): string | null {
  let kernel: GuestKernel;
  try {
    kernel = debianKernel(architecture);
  } catch (error) {
    return (error as Error).message;
  }
  if (kernel.modules === null) return null;
  if (existsSync(join(kernel.modules, "lib", "modules", kernel.release, "modules.dep.bin"))) return null;
  const run = spawnSync(requireProgram("depmod"), ["-b", kernel.modules, kernel.release], { encoding: "utf8" });
  return run.status === 0 ? null : `depmod failed: ${run.error?.message ?? run.stderr.trim()}`;
}
