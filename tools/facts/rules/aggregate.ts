/**
 * Which device stands for a block that adds itself as a component: the driver in the same module, or the same folder, that brings components together
 * (Linux 6.12 drivers/base/component.c, drivers/gpu/drm/drm_of.c).
 */
import { type Driver, driversOf } from "../program/drivers.js";
import type { KernelSource } from "../program/kernel-source.js";
import { Reach } from "../program/reach.js";

/** A driver that components come together under, and everything its probe can come to. */
export interface Aggregate {
  readonly driver: Driver;
  readonly reach: Reach;
}

const BRINGS_TOGETHER = new Set(["component_master_add_with_match", "drm_of_component_probe"]);

const known = new WeakMap<KernelSource, Map<string, readonly Aggregate[]>>();

/** Those of the folder of a file, the ones of its own module first where there are some: then no other. Read once per folder and module. */
export function aggregatesOf(source: KernelSource, file: string): readonly Aggregate[] {
  const own = source.filesWith(file);
  const folder = file.slice(0, file.lastIndexOf("/"));
  const inModule = aggregatesIn(source, own.join(" "), own);
  return inModule.length > 0 ? inModule : aggregatesIn(source, folder, source.tree.filesBelow(folder));
}

function aggregatesIn(source: KernelSource, key: string, files: readonly string[]): readonly Aggregate[] {
  const bySource = known.get(source) ?? new Map<string, readonly Aggregate[]>();
  known.set(source, bySource);
  const before = bySource.get(key);
  if (before !== undefined) return before;
  const found = files
    .filter((file) => file.endsWith(".c") && source.tree.read(file)?.includes("of_match_table") === true)
    .flatMap((file) => driversOf(source, file).drivers)
    .map((driver) => ({ driver, reach: new Reach(source, driver.probe) }))
    .filter(({ driver, reach }) => {
      // A block that is a component itself may reach the code of its aggregate.
      if (reach.calls("component_add") && !reach.callers(BRINGS_TOGETHER).includes(driver.probe)) return false;
      return [...BRINGS_TOGETHER].some((name) => reach.calls(name));
    });
  bySource.set(key, found);
  return found;
}
