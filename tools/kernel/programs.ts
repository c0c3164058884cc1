import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { installPackages } from "../debian/install.js";
import { GUEST_MACHINES, type GuestArchitecture } from "./architecture.js";

/** Programs that guests need on the host, with the packages of Debian that have them. */
const TOOLS: Readonly<Record<string, string>> = { depmod: "kmod", modprobe: "kmod", xz: "xz-utils" };

/** Where Debian keeps programs; /usr/sbin is not in every user's PATH. */
const FOLDERS = [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin", "/sbin"].filter((path) => path !== "");

/** The environment variable that names a QEMU of one's own. */
function variableOf(architecture: GuestArchitecture): string {
  return `COALLOC_QEMU_${architecture.toUpperCase()}`;
}

/** Path of a program of the host, or null. */
export function findProgram(name: string): string | null {
  for (const folder of FOLDERS) {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return join(folder, name);
    } catch {
      // the next place
    }
  }
  return null;
}

/**
 * Path of a program that {@link provideGuestPrograms} has found.
 *
 * @throws Error when it is not there
 */
export function requireProgram(name: string): string {
  const path = findProgram(name);
  if (path === null) throw new Error(`${name} is not installed`);
  return path;
}

/** QEMU for an architecture: what COALLOC_QEMU_AMD64 or COALLOC_QEMU_ARM64 names, else the installed one; null when it is not there. */
export function findQemu(architecture: GuestArchitecture): string | null {
  const named = process.env[variableOf(architecture)];
  if (named === undefined) return findProgram(GUEST_MACHINES[architecture].qemu.program);
  try {
    accessSync(named, constants.X_OK);
    return named;
  } catch {
    return null;
  }
}

/**
 * Makes sure that QEMU and the tools guests are made with are there; as root, installs Debian's packages of those that are not.
 *
 * @returns null, or why one cannot be had
 */
export function provideGuestPrograms(architectures: readonly GuestArchitecture[]): string | null {
  for (const architecture of architectures) {
    const named = process.env[variableOf(architecture)];
    if (named !== undefined && findQemu(architecture) === null)
      return `${variableOf(architecture)}=${named} is no program`;
  }
  const lacking = lackingPackages(architectures);
  if (lacking.length === 0) return null;
  const refused = installPackages("kernel", lacking);
  if (refused !== null) return `${lacking.join(", ")} missing, and ${refused}`;
  const still = lackingPackages(architectures);
  return still.length === 0 ? null : `installing ${still.join(", ")} brought no program`;
}

function lackingPackages(architectures: readonly GuestArchitecture[]): string[] {
  const lacking = architectures
    .filter((architecture) => findQemu(architecture) === null)
    .map((architecture) => GUEST_MACHINES[architecture].qemu.package);
  for (const [program, name] of Object.entries(TOOLS)) if (findProgram(program) === null) lacking.push(name);
  return [...new Set(lacking)];
}
