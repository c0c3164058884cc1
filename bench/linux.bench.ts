/**
 * What does a buffer cost through the library, against the bare ioctl? Both in one run, by turns, in a guest with Debian's 6.12 kernel: this machine's own may have no dma-heaps. The guest is emulated, so
 * that the microseconds are not those of a board; the ratio is the answer. The goal: not above 2 for 1 MiB.
 */

import { formatSize } from "../src/units/quantity.js";
import type { AllocationCost } from "../test/kernel/guest/allocation-cost.js";
import { debianKernel } from "../tools/kernel/kernels.js";
import { runProgram } from "../tools/kernel/program.js";
import { provideGuests } from "../tools/kernel/provide.js";

const ROUNDS = 200;

/** Prints medians for several sizes. */
export async function main(): Promise<void> {
  const missing = await provideGuests();
  if (missing !== null) {
    console.log(`no guests: ${missing}`);
    return;
  }
  const run = await runProgram({
    kernel: debianKernel("amd64"),
    memory: "1G",
    modules: ["vgem"],
    program: "test/kernel/guest/allocation-cost.ts",
    arguments: [String(ROUNDS)],
    seconds: 300,
  });
  const costs = JSON.parse(Buffer.from(run.files.get("cost.json") ?? []).toString("utf8")) as AllocationCost[];
  console.log(`allocate and free, medians of ${ROUNDS}, microseconds in the guest`);
  for (const { size, ioctl, library, explain } of costs) {
    const ratio = (library / ioctl).toFixed(2);
    console.log(
      `  ${formatSize(size).padStart(8)}  ioctl ${ioctl.toFixed(0)}  library ${library.toFixed(0)} (${ratio} times)  a decision explained ${explain.toFixed(0)}`,
    );
  }
}
