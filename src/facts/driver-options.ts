import { DRIVER_OPTIONS } from "./extracted/driver-options.js";
import type { DriverSource } from "./fact.js";

/** Options, each `CONFIG_X`, sorted: a file is built where all of one entry are on. An empty entry asks for none. */
export type BuildOptions = readonly (readonly string[])[];

/** Of `file`, the path in the kernel's source, the options as `readDriverOptions()` found them. */
let table: ReadonlyMap<string, BuildOptions> | null = null;

function optionsByFile(): ReadonlyMap<string, BuildOptions> {
  table ??= readDriverOptions(DRIVER_OPTIONS);
  return table;
}

/**
 * Reads the table that `npm run facts:options` writes: a line with a folder, `drivers/gpu/drm/exynos/`, then a line for each file in it,
 * `exynos_drm_fimc.c DRM_EXYNOS+DRM_EXYNOS_FIMC`, with `|` between choices.
 */
export function readDriverOptions(text: string): ReadonlyMap<string, BuildOptions> {
  const options = new Map<string, BuildOptions>();
  let folder = "";
  for (const line of text.split("\n")) {
    const [file = "", choices] = line.split(" ");
    if (choices === undefined) folder = file;
    else options.set(folder + file, choices.split("|").map(named));
  }
  return options;
}

function named(choice: string): readonly string[] {
  return choice.split("+").map((option) => `CONFIG_${option}`);
}

let all: readonly string[] | null = null;

/** Every option that the drivers of facts are built by, sorted. */
export function allDriverOptions(): readonly string[] {
  all ??= [...new Set([...optionsByFile().values()].flat(2))].sort();
  return all;
}

/** True for a driver of Linux 6.12 itself: others are named by the kernel or the package they are of. */
export function isOfKernel({ kernel }: Pick<DriverSource, "kernel">): boolean {
  return /^6\.12(?:\.|$)/.test(kernel);
}

/** Files of drivers that a kernel without these options does not build, by the array they were asked of. */
const unbuilt = new WeakMap<readonly string[], ReadonlySet<string>>();

/** True for a driver that a kernel without these options is known not to have. */
export function isDriverMissing(driver: Pick<DriverSource, "file" | "kernel">, missing: readonly string[]): boolean {
  if (missing.length === 0) return false;
  let files = unbuilt.get(missing);
  if (files === undefined) {
    const off = new Set(missing);
    const isOff = (choices: BuildOptions): boolean => choices.every((choice) => choice.some((name) => off.has(name)));
    files = new Set([...optionsByFile()].filter(([, choices]) => isOff(choices)).map(([file]) => file));
    unbuilt.set(missing, files);
  }
  return files.has(driver.file) && isOfKernel(driver);
}

/** Of the options missing from a kernel, those it would need to have a driver, by the choice that needs fewest; empty for a driver that it has. */
export function missingOptionsOf(
  driver: Pick<DriverSource, "file" | "kernel">,
  missing: readonly string[],
): readonly string[] {
  if (!isDriverMissing(driver, missing)) return [];
  const needed = (optionsByFile().get(driver.file) ?? []).map((choice) =>
    choice.filter((option) => missing.includes(option)),
  );
  return needed.reduce((fewest, each) => (each.length < fewest.length ? each : fewest));
}
