import { devicesDocument } from "../../constraints/document.js";
import { totalSize } from "../../units/ranges.js";
import type { CommandSpec } from "../command.js";
import { ALL_OPTION, MACHINE_ARGUMENT, MACHINE_OPTIONS } from "../machine-options.js";
import { renderDevices } from "../render/devices.js";
import { showMachine } from "../show.js";

/** `coalloc devices`: what does DMA on a board. */
export const devicesCommand: CommandSpec = {
  name: "devices",
  summary: "List the devices that do DMA: what they reach, which pages they take, and where that is written",
  arguments: [MACHINE_ARGUMENT],
  options: [ALL_OPTION, ...MACHINE_OPTIONS],
  examples: [
    { line: "coalloc devices board.dtb", shows: "the enabled devices" },
    { line: "coalloc devices board.dtb --all", shows: "the disabled ones too, judged as if they were enabled" },
    {
      line: "coalloc devices board.dtb --json | jq '.devices[] | select(.dmaMask == \"0xffffffff\").path'",
      shows: "devices that address 32 bits",
    },
  ],
  run: (invocation) =>
    showMachine(
      invocation,
      (machine) => devicesDocument(machine, invocation.options.has("all")),
      (document, look, machine) =>
        renderDevices(document, totalSize(machine.banks), machine.devices.length - document.devices.length, look),
    ),
};
