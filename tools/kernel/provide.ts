import type { GuestArchitecture } from "./architecture.js";
import { provideBusybox } from "./busybox.js";
import { provideGuestRoots } from "./guest-root.js";
import { provideKernels } from "./kernels.js";
import { provideGuestPrograms } from "./programs.js";

const ARCHITECTURES: readonly GuestArchitecture[] = ["amd64", "arm64"];

/**
 * Makes sure that everything the tests on real kernels need is there: QEMU, Debian's kernels, programs for guests. What is missing is installed or fetched where
 * that is possible; what is there is used as it is.
 *
 * @returns null, or one sentence about the first that cannot be had
 */
export async function provideGuests(): Promise<string | null> {
  if (process.arch !== "x64") return `guests run this machine's own Node, which must be x64, not ${process.arch}`;
  return (
    provideGuestPrograms(ARCHITECTURES) ??
    (await provideKernels(ARCHITECTURES)) ??
    (await provideBusybox(ARCHITECTURES)) ??
    (await provideGuestRoots(ARCHITECTURES))
  );
}
