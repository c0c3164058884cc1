import { existsSync } from "node:fs";
import { join } from "node:path";
import { unpackPackage } from "../debian/apt.js";
import { fetchPackage } from "../debian/packages.js";
import { openProgress } from "../debian/progress.js";
import { CACHE } from "../project.js";
import { makeWholeFolder } from "../whole-folder.js";
import type { GuestArchitecture } from "./architecture.js";

/** Path of Debian's static busybox for an architecture, there after {@link provideBusybox}. */
export function busyboxOf(architecture: GuestArchitecture): string {
  return join(CACHE, "busybox", architecture, "bin", "busybox");
}

/**
 * Makes sure that a static busybox of each architecture is in the cache.
 *
 * @returns null, or one sentence about the first that cannot be had
 */
export async function provideBusybox(architectures: readonly GuestArchitecture[]): Promise<string | null> {
  for (const architecture of architectures) {
    if (existsSync(busyboxOf(architecture))) continue;
    const progress = openProgress(`busybox ${architecture}`);
    const fetched = await fetchPackage(architecture, /^busybox-static$/, progress);
    progress.end();
    if ("missing" in fetched) return `no busybox for ${architecture}: ${fetched.missing}`;
    const { deb } = fetched.package;
    const refused = await makeWholeFolder(join(CACHE, "busybox", architecture), (work) =>
      unpackPackage(deb, work, ["*/bin/busybox"]),
    );
    if (refused !== null) return `no busybox for ${architecture}: ${refused}`;
  }
  return null;
}
