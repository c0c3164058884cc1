import { explainMemorySpec, type MemorySpec, parseMemorySpec } from "../machine/memory-spec.js";
import type { KernelProfile } from "../machine/profile.js";
import { EMBEDDED_6_12, KERNEL_PROFILES } from "../machine/profiles.js";
import { closeNames } from "../units/close-names.js";
import type { ArgumentSpec, OptionSpec, OptionValues } from "./command.js";
import { orList, wrongUse } from "./failure.js";

const PAGE_SIZES = ["4K", "16K", "64K"] as const;

/** Page sizes of kernels. */
export type PageSizeName = (typeof PAGE_SIZES)[number];

/** The argument that names a machine. */
export const MACHINE_ARGUMENT: ArgumentSpec = {
  name: "MACHINE",
  description: "a .dtb, a folder in /proc/device-tree form, a collector tarball, a machine .json, or live",
  file: true,
};

/** Whether the answer is printed as JSON. */
export const JSON_OPTION: OptionSpec = { flags: "--json", description: "print the answer as JSON" };

/** Disabled devices beside the enabled ones. */
export const ALL_OPTION: OptionSpec = { flags: "-a, --all", description: "disabled devices too" };

/** Time measurement. */
export const TIMING_OPTION: OptionSpec = {
  flags: "--timing",
  description: "say on standard error where the time went",
};

/** A file of facts over the database. */
export const FACTS_OPTION: OptionSpec = {
  flags: "--facts <file>",
  description: "a file with what you know better of some devices; wins over the database",
  file: true,
};

/** How help says what a number of bytes may look like. */
export const AMOUNT_FORMS = "numbers as 4096, 0x1000, 4G or 4GiB (the same)";

/** RAM where the tree has none. */
export const MEMORY_OPTION: OptionSpec = {
  flags: "--memory <spec>",
  description: `replace the tree's memory: BASE+SIZE[,BASE+SIZE...], or SIZE from where the tree's memory starts; ${AMOUNT_FORMS}`,
};

/** Options about the kernel, the same wherever a machine is built. */
export const KERNEL_OPTIONS: readonly OptionSpec[] = [
  {
    flags: "--kernel-profile <name>",
    description: `what the kernel is built with (default: ${EMBEDDED_6_12.name})`,
    choices: [...KERNEL_PROFILES.keys()],
  },
  { flags: "--kernel-config <file>", description: "a kernel's .config, over the profile", file: true },
  { flags: "--page-size <size>", description: "page size of the kernel", choices: PAGE_SIZES },
];

/** Options of every command that takes a MACHINE. */
export const MACHINE_OPTIONS: readonly OptionSpec[] = [
  MEMORY_OPTION,
  {
    flags: "--overlay <file>",
    description: "apply a .dtbo to the tree; repeat it, the order counts",
    repeat: true,
    file: true,
  },
  {
    flags: "--cmdline <text>",
    description: "replace the tree's bootargs: cma=, swiotlb=, coherent_pool=, iommu.passthrough=, mem=",
  },
  ...KERNEL_OPTIONS,
  FACTS_OPTION,
  JSON_OPTION,
  TIMING_OPTION,
];

/** What the machine options say, checked as far as that is possible without reading a file. */
export interface MachineOptions {
  readonly memory: MemorySpec | null;
  readonly overlays: readonly string[];
  readonly cmdline: string | null;
  readonly profile: KernelProfile;
  readonly configFile: string | null;
  readonly pageSize: PageSizeName | null;
  readonly factsFile: string | null;
  /** Names of the options given that change how a machine is built from a tree. */
  readonly building: readonly string[];
}

/**
 * Reads the machine options of a command line.
 *
 * @throws CommandFailure, wrong use
 */
export function readMachineOptions(options: OptionValues): MachineOptions {
  const building = ["memory", "overlay", "cmdline", "kernel-profile", "kernel-config", "page-size", "facts"];
  return {
    memory: readMemory(options.text("memory")),
    overlays: options.texts("overlay"),
    cmdline: options.text("cmdline"),
    profile: readProfile(options.text("kernel-profile")),
    configFile: options.text("kernel-config"),
    pageSize: readPageSize(options.text("page-size")),
    factsFile: options.text("facts"),
    building: building.filter((name) => options.has(name)),
  };
}

function readMemory(text: string | null): MemorySpec | null {
  if (text === null) return null;
  const spec = parseMemorySpec(text);
  // The sentence starts with the word that is the option's name.
  if (!spec.ok) throw wrongUse(`--${explainMemorySpec(spec.refusal)}`);
  return spec.value;
}

function readProfile(name: string | null): KernelProfile {
  if (name === null) return EMBEDDED_6_12;
  const profile = KERNEL_PROFILES.get(name);
  if (profile !== undefined) return profile;
  const known = [...KERNEL_PROFILES.keys()];
  const close = closeNames(name, known, 2);
  throw wrongUse(
    close.length === 0
      ? `no kernel profile is called "${name}"; there are ${known.join(", ")}`
      : `no kernel profile is called "${name}"; did you mean ${orList(close)}? There are ${known.join(", ")}`,
  );
}

function readPageSize(text: string | null): PageSizeName | null {
  if (text === null) return null;
  const found = PAGE_SIZES.find((size) => size === text.toUpperCase());
  if (found === undefined) throw wrongUse(`page size "${text}" is not one of ${orList(PAGE_SIZES)}`);
  return found;
}
