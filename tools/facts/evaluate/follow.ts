/** Follows a driver for one compatible: probe first, then the callbacks that what has run has installed. */
import type { CFunction } from "../c/outline.js";
import type { Driver, MatchEntry } from "../program/drivers.js";
import type { Definition, KernelSource } from "../program/kernel-source.js";
import type { Interest, Reach } from "../program/reach.js";
import { knownFunctions } from "./known.js";
import { Run } from "./run.js";
import type { Trace } from "./trace.js";
import { pointer, Thing, unknown, type Value } from "./values.js";

/** A driver with what its probe can reach, and of that what leads to something of interest: the same for all its compatibles. */
export interface Subject {
  readonly driver: Driver;
  readonly reach: Reach;
  readonly interest: Interest;
  readonly relevant: ReadonlySet<Definition>;
}

/** Runs a driver for one of its compatibles. Same source, same trace. */
export function follow(source: KernelSource, subject: Subject, entry: MatchEntry): Trace {
  const { driver, reach, interest, relevant } = subject;
  // All that is in reach is reached from probe: nothing of interest leads up to it, nothing is there.
  if (!relevant.has(driver.probe))
    return { events: [], exhausted: false, components: [], followed: [], unresolved: [] };
  const run = new Run(source, reach, interest, relevant, knownFunctions(entry, driver.table.file));
  const device = new Thing("pdev", null, true, false);
  const dev = new Thing("dev", { thing: device, field: "dev" }, true, false);
  dev.device = { kind: "self" };
  device.fields.set("dev", pointer(dev));
  const bus = driver.variable.type === "pci_driver" ? "pci_dev" : "platform_device";
  run.memory.know(device, bus);
  run.memory.know(dev, "device");
  run.calls.call(driver.probe, [pointer(device)]);
  run.later = true;
  // What runs may install more.
  for (let round = 0; round < 8; round += 1) {
    const waiting = callbacks(source, reach, relevant, run);
    if (waiting.length === 0) break;
    for (const fn of waiting) {
      if (run.executed.has(fn)) continue;
      const values = source.body(fn).parameters.map(({ name, struct }): Value => {
        if (struct === bus) return pointer(device);
        if (struct === "device") return pointer(dev);
        return unknown(`${fn.name}: ${name}`);
      });
      run.calls.call(fn, values);
    }
  }
  return {
    events: run.events,
    exhausted: run.exhausted,
    components: run.components,
    followed: [...run.executed].map(({ name, file }) => ({ name, file })),
    unresolved: run.unresolved,
  };
}

/** Functions of interest not run yet whose address something that has run, or a table it used, holds. */
function callbacks(source: KernelSource, reach: Reach, relevant: ReadonlySet<Definition>, run: Run): CFunction[] {
  const alive = new Set<Definition>([...run.executed, ...run.touched]);
  const found = new Set<CFunction>();
  for (const holder of alive) {
    for (const name of holder.names) {
      if (holder.kind === "function" && holder.calls.has(name)) continue;
      const definition = source.define(name, holder.file);
      if (definition === null || !relevant.has(definition)) continue;
      if (definition.kind === "variable") {
        // A table that holds callbacks and is only handed on is read by nobody here. One chosen by match data has been touched.
        const filled = holder.kind === "variable" && holder.start === holder.end;
        if ((holder.kind === "function" || filled) && definition.type !== "of_device_id") alive.add(definition);
      } else if (!run.executed.has(definition)) found.add(definition);
    }
  }
  return [...reach.nodes].filter((node): node is CFunction => node.kind === "function" && found.has(node));
}
