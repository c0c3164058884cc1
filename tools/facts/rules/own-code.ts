import type { Driver } from "../program/drivers.js";
import type { Definition } from "../program/kernel-source.js";
import { isCore } from "../program/subsystem.js";
import type { Question } from "./rule.js";

/** What a probe can come to in the code of the driver and the cores it is built on; not in the core of its subsystem, which serves all. Nearest first. */
export function ownCode({
  reach,
  driver,
  source,
}: Pick<Question, "reach" | "source"> & { readonly driver: Pick<Driver, "probe"> }): Definition[] {
  const own = new Set(source.filesWith(driver.probe.file));
  return [...reach.nodes].filter(({ file }) => own.has(file) || !isCore(file));
}
