import { existsSync } from "node:fs";
import { loadFacts } from "../../facts/load.js";
import { type DoctorFindings, doctorDocument } from "../../linux/doctor/doctor-document.js";
import { accessTo } from "../../linux/live/access.js";
import { explainNativeMissing } from "../../linux/native/koffi.js";
import { openKernel } from "../../linux/native/open-kernel.js";
import { configOf } from "../../machine/source.js";
import { type CommandSpec, printJson, printLines } from "../command.js";
import { CommandFailure, EXIT, wrongUse } from "../failure.js";
import { buildRunning } from "../load-machine.js";
import { JSON_OPTION, readMachineOptions } from "../machine-options.js";
import { openInput } from "../open.js";
import { renderDoctor } from "../render/doctor.js";
import { lookOf } from "../show.js";
import { SOCKET_OPTION, socketOf } from "./broker.js";

/** `coalloc doctor`: what a machine offers to buffers, and what is missing. */
export const doctorCommand: CommandSpec = {
  name: "doctor",
  summary: "Say what this machine offers to buffers, and mend what is missing",
  arguments: [],
  options: [
    {
      flags: "--machine <file>",
      description: "another machine, as coalloc-collect.sh has packed it (default: the one that runs)",
      file: true,
    },
    SOCKET_OPTION,
    JSON_OPTION,
  ],
  examples: [
    { line: "coalloc doctor", shows: "heaps, exporters and devices of this machine, and lines to type for the rest" },
    {
      line: "coalloc doctor --machine board.tar.gz",
      shows: "the same of a board, without the rights of a process there",
    },
  ],
  run: async ({ options, terminal }) => {
    const file = options.text("machine");
    if (file === null && process.platform !== "linux") {
      throw new CommandFailure(EXIT.notHere, `this is ${process.platform}, and buffers come from Linux; see --machine`);
    }
    const name = file ?? "live";
    const input = await openInput(name);
    if (input.kind !== "running") {
      throw wrongUse(`${name} says nothing of a machine that runs; coalloc-collect.sh packs what does`);
    }
    const { source } = input;
    const machine = await buildRunning(name, source, await loadFacts(), readMachineOptions(options));
    const here: Pick<DoctorFindings, "native" | "accessTo" | "broker"> =
      file === null
        ? { native: await nativeHere(), accessTo, broker: brokerAt(socketOf(options)) }
        : { native: null, accessTo: () => "unknown", broker: null };
    const document = doctorDocument({ machine, source, config: await configOf(source), ...here });
    if (options.has("json")) printJson(terminal, document);
    else printLines(terminal, renderDoctor(document, lookOf(terminal)));
    return document.ready ? EXIT.yes : EXIT.no;
  },
};

async function nativeHere(): Promise<DoctorFindings["native"]> {
  const kernel = await openKernel();
  return kernel.ok ? { loaded: true, text: null } : { loaded: false, text: explainNativeMissing(kernel.refusal) };
}

/** The broker's socket, where there is one: without a broker, nothing is missing. */
function brokerAt(path: string): DoctorFindings["broker"] {
  return existsSync(path) ? { path, access: accessTo(path) } : null;
}
