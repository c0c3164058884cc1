import { existsSync } from "node:fs";
import { loadFacts } from "../../facts/load.js";
import { readAccountNames } from "../../linux/broker/account-names.js";
import { type DoctorFindings, doctorDocument } from "../../linux/doctor/doctor-document.js";
import { accessTo } from "../../linux/live/access.js";
import { explainNativeMissing } from "../../linux/native/koffi.js";
import { openKernel } from "../../linux/native/open-kernel.js";
import { configOf } from "../../machine/source.js";
import { type CommandSpec, type OptionValues, printJson, printLines } from "../command.js";
import { badInput, EXIT, wrongUse } from "../failure.js";
import { buildRunning, withOverrides } from "../load-machine.js";
import { FACTS_OPTION, JSON_OPTION, MACHINE_ARGUMENT, readMachineOptions } from "../machine-options.js";
import { openInput } from "../open.js";
import { renderDoctor } from "../render/doctor.js";
import { lookOf } from "../show.js";
import { SOCKET_OPTION, socketOf } from "./broker.js";

/** `coalloc doctor`: what a machine offers to buffers, and what is missing. */
export const doctorCommand: CommandSpec = {
  name: "doctor",
  summary: "Say what this machine offers to buffers, and mend what is missing",
  arguments: [
    {
      ...MACHINE_ARGUMENT,
      description: "a machine that coalloc-collect.sh has packed, or live (the default): the one that runs",
      optional: true,
    },
  ],
  options: [
    { flags: "-m, --machine <machine>", description: "the same as the argument", file: true },
    FACTS_OPTION,
    SOCKET_OPTION,
    JSON_OPTION,
  ],
  examples: [
    { line: "coalloc doctor", shows: "heaps, exporters and devices of this machine, and lines to type for the rest" },
    {
      line: "coalloc doctor board.tar.gz",
      shows: "the same of a board, without the rights of a process there",
    },
  ],
  run: async ({ arguments: [argument = null], options, terminal }) => {
    const option = options.text("machine");
    if (argument !== null && option !== null) throw wrongUse("MACHINE and --machine say the same; leave one out");
    const name = argument ?? option ?? "live";
    const machineOptions = readMachineOptions(options);
    const input = await openInput(name);
    if (input.kind !== "running") {
      throw badInput(`${name} says nothing of a machine that runs; coalloc-collect.sh packs what does`);
    }
    const { source } = input;
    const facts = await withOverrides(await loadFacts(), machineOptions.factsFile);
    const machine = await buildRunning(name, source, facts, machineOptions);
    const here: Pick<DoctorFindings, "native" | "accessTo" | "user" | "broker"> =
      name === "live"
        ? { native: await nativeHere(), accessTo, user: userHere(), broker: brokerAt(options) }
        : { native: null, accessTo: () => "unknown", user: null, broker: null };
    const document = doctorDocument({ machine, source, config: await configOf(source), ...here });
    if (options.has("json")) printJson(terminal, document);
    else printLines(terminal, renderDoctor(document, lookOf(terminal)));
    return document.ready ? EXIT.yes : EXIT.no;
  },
};

async function nativeHere(): Promise<DoctorFindings["native"]> {
  const kernel = await openKernel();
  return kernel.ok
    ? { loaded: true, why: null, text: null }
    : { loaded: false, why: kernel.refusal.why, text: explainNativeMissing(kernel.refusal) };
}

function userHere(): DoctorFindings["user"] {
  const { users, groups } = readAccountNames();
  const id = process.geteuid?.() ?? 0;
  return {
    name: [...users].find(([, number]) => number === id)?.[0] ?? String(id),
    groupNames: new Map([...groups].map(([name, number]) => [number, name])),
  };
}

/** The broker's socket; where none was named and there is none, nothing is missing. */
function brokerAt(options: OptionValues): DoctorFindings["broker"] {
  const path = socketOf(options);
  const state = !existsSync(path) ? "absent" : accessTo(path) === "read-write" ? "open" : "shut";
  return state === "absent" && options.text("socket") === null ? null : { path, state };
}
