import { heapsDocument } from "../../heaps/document.js";
import type { CommandSpec } from "../command.js";
import { MACHINE_ARGUMENT, MACHINE_OPTIONS } from "../machine-options.js";
import { renderHeaps } from "../render/heaps.js";
import { showMachine } from "../show.js";

/** `coalloc heaps`: the memory of a board and the ways to it. */
export const heapsCommand: CommandSpec = {
  name: "heaps",
  summary: "List the memory buffers can come from, the ways to it on this kernel, and what is out of bounds",
  arguments: [MACHINE_ARGUMENT],
  options: MACHINE_OPTIONS,
  examples: [
    { line: "coalloc heaps board.dtb", shows: "heaps of the default kernel" },
    {
      line: "coalloc heaps board.dtb --kernel-profile debian-arm64-6.12",
      shows: "the same on a kernel without dma-heaps",
    },
    { line: "coalloc heaps board.dtb --cmdline cma=512M@0-4G", shows: "with another default area" },
  ],
  run: (invocation) => showMachine(invocation, heapsDocument, renderHeaps),
};
