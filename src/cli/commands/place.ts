import { placeDocument } from "../../placement/document.js";
import { readRequest } from "../../placement/named-request.js";
import { placeBuffer } from "../../placement/place.js";
import { type CommandSpec, printJson, printLines } from "../command.js";
import { EXIT, wrongUse } from "../failure.js";
import { loadMachine } from "../load-machine.js";
import { MACHINE_ARGUMENT, MACHINE_OPTIONS, readMachineOptions } from "../machine-options.js";
import { renderPlace } from "../render/place.js";
import { explainRequest, REQUEST_OPTIONS, readAsked } from "../request-options.js";
import { lookOf } from "../show.js";
import { Stopwatch } from "../stopwatch.js";

/** `coalloc place`: which memory several devices can share. */
export const placeCommand: CommandSpec = {
  name: "place",
  summary: "Say which memory one buffer for several devices has to come from, and why",
  arguments: [MACHINE_ARGUMENT],
  options: [...REQUEST_OPTIONS, ...MACHINE_OPTIONS],
  examples: [
    {
      line: "coalloc place board.dtb -d vop@fdd90000 -d rga@fdb80000 --image 3840x2160:NV12",
      shows: "a picture that a scaler writes and a display reads",
    },
    { line: "coalloc place board.dtb -d camera -d video-codec --size 12M --count 6", shows: "six buffers of 12 MiB" },
    {
      line: "coalloc place board.dtb -d gpu -d compatible:rockchip,rk3399-rga --size 64M --memory 8G --json",
      shows: "the answer as data, with all candidates and reasons",
    },
  ],
  run: async ({ arguments: [name], options, terminal }) => {
    const watch = new Stopwatch();
    const asked = readAsked(options);
    const machineOptions = readMachineOptions(options);
    watch.lap("start");
    const machine = await loadMachine(name as string, machineOptions, watch, terminal);
    const request = readRequest(machine, asked);
    if (!request.ok) throw wrongUse(explainRequest(request.refusal, asked));
    const document = placeDocument(machine, placeBuffer(machine, request.value));
    watch.lap("place");
    if (options.has("json")) printJson(terminal, document);
    else printLines(terminal, renderPlace(document, lookOf(terminal)));
    watch.lap("print");
    if (options.has("timing")) terminal.err(`${watch.summary()}\n`);
    return document.placement === null ? EXIT.no : EXIT.yes;
  },
};
