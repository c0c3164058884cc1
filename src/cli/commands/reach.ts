import { reachDocument } from "../../heaps/document.js";
import type { CommandSpec } from "../command.js";
import { ALL_OPTION, MACHINE_ARGUMENT, MACHINE_OPTIONS } from "../machine-options.js";
import { renderReach } from "../render/heaps.js";
import { showMachine } from "../show.js";

/** `coalloc reach`: which device reaches which memory. */
export const reachCommand: CommandSpec = {
  name: "reach",
  summary: "Show which device reaches which heap, as a matrix",
  arguments: [MACHINE_ARGUMENT],
  options: [ALL_OPTION, ...MACHINE_OPTIONS],
  examples: [
    { line: "coalloc reach board.dtb", shows: "every enabled device against every heap" },
    { line: "coalloc reach board.dtb --memory 8G", shows: "what more RAM would put out of reach" },
  ],
  run: (invocation) =>
    showMachine(
      invocation,
      (machine) =>
        reachDocument(
          machine,
          machine.devices.filter((d) => d.enabled || invocation.options.has("all")),
        ),
      renderReach,
    ),
};
