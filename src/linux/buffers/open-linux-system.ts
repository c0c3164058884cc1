import { loadFacts } from "../../facts/load.js";
import type { FactBase } from "../../facts/lookup.js";
import type { Machine } from "../../machine/machine.js";
import { machineFromSource } from "../../machine/source.js";
import { readLiveSource } from "../live/read-live-source.js";
import type { Kernel } from "../native/kernel.js";
import { explainNativeMissing, type NativeMissing } from "../native/koffi.js";
import { openKernel } from "../native/open-kernel.js";
import { LinuxSystem, type LinuxSystemOptions } from "./linux-system.js";

/** What {@link openLinuxSystem} takes for granted instead of looking. */
export interface OpenOptions extends LinuxSystemOptions {
  /** Default: the database. */
  readonly facts?: FactBase;
  /** Default: the machine this process runs on, as it is now. Devices that come later are not in it. */
  readonly machine?: Machine;
  /** Default: the kernel this process runs on. */
  readonly kernel?: Kernel;
}

/** No buffers can be had here at all. */
export class LinuxUnavailableError extends Error {
  override readonly name = "LinuxUnavailableError";
  readonly refusal: NativeMissing;

  constructor(refusal: NativeMissing) {
    super(explainNativeMissing(refusal));
    this.refusal = refusal;
  }
}

/**
 * Looks at the machine this process runs on, and makes buffers there.
 *
 * Reads `/proc` and `/sys` once; nodes under `/dev` are opened when they are first needed. Rights that are missing show there, with call, path and error.
 *
 * @throws LinuxUnavailableError where no system calls can be made; MachineError when nothing says how much memory there is
 */
export async function openLinuxSystem(options: OpenOptions = {}): Promise<LinuxSystem> {
  const kernel = options.kernel ?? (await runningKernel());
  const machine =
    options.machine ?? (await machineFromSource(readLiveSource(), { facts: options.facts ?? (await loadFacts()) }));
  return new LinuxSystem(kernel, machine, options);
}

async function runningKernel(): Promise<Kernel> {
  const kernel = await openKernel();
  if (kernel.ok) return kernel.value;
  throw new LinuxUnavailableError(kernel.refusal);
}
