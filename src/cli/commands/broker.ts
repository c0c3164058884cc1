import { readAccountNames } from "../../linux/broker/account-names.js";
import { LinuxSource } from "../../linux/broker/linux-source.js";
import type { ListenRefusal } from "../../linux/broker/listen.js";
import { jsonLog } from "../../linux/broker/log.js";
import { MemfdSource } from "../../linux/broker/memfd-source.js";
import type { BrokerPolicy } from "../../linux/broker/policy.js";
import { readPolicy } from "../../linux/broker/read-policy.js";
import { runBroker } from "../../linux/broker/run-broker.js";
import { describeSystemCall } from "../../units/system-call.js";
import { describeFieldRefusal } from "../../units/yaml-fields.js";
import type { CommandSpec, OptionSpec, OptionValues } from "../command.js";
import { badInput, CommandFailure, EXIT, wrongUse } from "../failure.js";
import { readFileAt } from "../open.js";
import { printable } from "../render/wrap.js";
import { systemOnThisMachine, thisKernel } from "../this-machine.js";
import { VERSION } from "../version.js";

/** Where a broker listens, for the broker and for whoever asks it. */
export const SOCKET_OPTION: OptionSpec = {
  flags: "--socket <path>",
  description: "the broker's socket (default: /run/coalloc/broker.sock)",
  file: true,
};

/** `coalloc broker`: the daemon. */
export const brokerCommand: CommandSpec = {
  name: "broker",
  summary: "Hand out buffers to processes that may open no device and no heap, by rules and quotas",
  arguments: [],
  options: [
    SOCKET_OPTION,
    { flags: "--policy <file>", description: "who may have what, as docs/broker.md describes", file: true },
    { flags: "--memfd", description: "hand out files in memory, which no device can use: for machines without any" },
  ],
  examples: [
    {
      line: "coalloc broker --policy /etc/coalloc/broker.yaml",
      shows: "buffers for all whom the file names; a log of JSON lines goes to standard error",
    },
    { line: "coalloc broker --memfd --socket /tmp/broker.sock", shows: "a broker to try clients with, on any Linux" },
  ],
  run: async ({ options, terminal }) => {
    const socket = socketOf(options);
    const policyFile = options.text("policy");
    const policy = policyFile === null ? null : readPolicyAt(policyFile);
    const kernel = await thisKernel();
    const source = options.has("memfd")
      ? new MemfdSource(kernel)
      : new LinuxSource(await systemOnThisMachine(kernel, options, terminal));
    const log = jsonLog((line) => terminal.err(line));
    const ran = await runBroker({ kernel, source, socket, policy, version: VERSION, log });
    if (!ran.ok) throw new CommandFailure(EXIT.notHere, explainListen(ran.refusal));
    return EXIT.yes;
  },
};

/** The path that was given for the socket, or the usual one. */
export function socketOf(options: OptionValues): string {
  const path = options.text("socket") ?? "/run/coalloc/broker.sock";
  const length = new TextEncoder().encode(path).length;
  if (length === 0 || length > 107)
    throw wrongUse(`--socket ${path} has ${length} bytes; a socket's path has from 1 to 107`);
  return path;
}

function readPolicyAt(file: string): BrokerPolicy {
  const read = readPolicy(new TextDecoder().decode(readFileAt(file)), readAccountNames());
  if (!read.ok) throw badInput(printable(`${file}: ${describeFieldRefusal(read.refusal)}`));
  return read.value;
}

function explainListen(refusal: ListenRefusal): string {
  switch (refusal.code) {
    case "in-use":
      return `somebody listens at ${refusal.path} already; stop that broker or give another --socket`;
    case "not-a-socket":
      return `${refusal.path} is there and is no socket; remove it or give another --socket`;
    case "system-call":
      return describeSystemCall(refusal);
  }
}
