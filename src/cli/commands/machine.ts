import type { CommandSpec } from "../command.js";
import { MACHINE_ARGUMENT, MACHINE_OPTIONS } from "../machine-options.js";
import { renderMachine } from "../render/machine.js";
import { showMachine } from "../show.js";

/** `coalloc machine`: the board as plain data. */
export const machineCommand: CommandSpec = {
  name: "machine",
  summary: "Show memory, pools, IOMMUs and devices of a board as its kernel sees them",
  arguments: [MACHINE_ARGUMENT],
  options: MACHINE_OPTIONS,
  examples: [
    {
      line: "coalloc machine board.dtb --memory 0x40000000+2G",
      shows: "a board whose boot loader fills the memory in",
    },
    {
      line: "coalloc machine board.dtb --json > board.json",
      shows: "the whole machine in a file that every command takes",
    },
    { line: "coalloc machine /proc/device-tree --cmdline cma=256M", shows: "this board, had it another command line" },
  ],
  run: (invocation) => showMachine(invocation, (machine) => machine, renderMachine),
};
