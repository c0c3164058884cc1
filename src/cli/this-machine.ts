import { LinuxSystem, type LinuxSystemOptions } from "../linux/buffers/linux-system.js";
import type { Kernel } from "../linux/native/kernel.js";
import { explainNativeMissing } from "../linux/native/koffi.js";
import { openKernel } from "../linux/native/open-kernel.js";
import type { OptionValues } from "./command.js";
import { CommandFailure, EXIT } from "./failure.js";
import { loadMachine } from "./load-machine.js";
import { readMachineOptions } from "./machine-options.js";
import { Stopwatch } from "./stopwatch.js";
import type { Terminal } from "./terminal.js";

/** The kernel that runs. @throws CommandFailure, 4, where no system calls can be made */
export async function thisKernel(): Promise<Kernel> {
  const kernel = await openKernel();
  if (kernel.ok) return kernel.value;
  throw new CommandFailure(EXIT.notHere, explainNativeMissing(kernel.refusal));
}

/** A system on the machine that runs, with the user's facts over the database. @throws CommandFailure as {@link loadMachine} does for `live` */
export async function systemOnThisMachine(
  kernel: Kernel,
  options: OptionValues,
  terminal: Terminal,
  how: LinuxSystemOptions = {},
): Promise<LinuxSystem> {
  const machine = await loadMachine("live", readMachineOptions(options), new Stopwatch(), terminal);
  return new LinuxSystem(kernel, machine, how);
}
