import type { DriverSource } from "./fact.js";

/**
 * Drivers of Linux 6.12 for AMBA devices that make or pass on a trace and reach no memory, although the bus gives their devices a DMA mask.
 *
 * @see Linux 6.12 `drivers/amba/bus.c` `amba_device_initialize()`, `drivers/hwtracing/coresight/`
 */
const TRACES: ReadonlySet<string> = new Set([
  "coresight-cpu-debug",
  "coresight-etb10",
  "coresight-etm3x",
  "coresight-etm4x",
  "coresight-funnel",
  "coresight-replicator",
  "coresight-stm",
  "coresight-tpiu",
]);

/** True for a driver whose devices surely read and write no memory. */
export function reachesNoMemory({ module }: Pick<DriverSource, "module">): boolean {
  return TRACES.has(module);
}
