import { type ConnectFailure, connectBroker } from "../../linux/broker/client.js";
import { explainBrokerRefusal } from "../../linux/broker/refusal.js";
import { askTop } from "../../linux/broker/top-document.js";
import { explainNativeMissing } from "../../linux/native/koffi.js";
import { type CommandSpec, printJson, printLines } from "../command.js";
import { CommandFailure, EXIT } from "../failure.js";
import { JSON_OPTION } from "../machine-options.js";
import { renderTop } from "../render/top.js";
import { lookOf } from "../show.js";
import { SOCKET_OPTION, socketOf } from "./broker.js";

/** Milliseconds between two looks. */
const INTERVAL = 2000;
const CLEAR = "\u001b[H\u001b[2J";

/** `coalloc top`: what a broker holds. */
export const topCommand: CommandSpec = {
  name: "top",
  summary: "Show what a broker has handed out, to whom, and what they may have",
  arguments: [],
  options: [
    SOCKET_OPTION,
    { flags: "--once", description: "look once, instead of every two seconds until the broker ends" },
    JSON_OPTION,
  ],
  examples: [
    { line: "coalloc top", shows: "heaps, clients and the largest buffers of the broker of this machine" },
    { line: "coalloc top --once --json", shows: "all of it as data; without --once one line every two seconds" },
  ],
  run: async ({ options, terminal }) => {
    const socket = socketOf(options);
    const once = options.has("once");
    const connected = await connectBroker(socket, { name: "top" });
    if (!connected.ok) throw unavailable(socket, connected.refusal);
    using broker = connected.value;
    for (;;) {
      const top = await askTop(broker);
      if (!top.ok) {
        // It was there: the broker's end is the end of what there is to see.
        if (!once && (top.refusal.code === "disconnected" || top.refusal.code === "shutting-down")) return EXIT.yes;
        throw unavailable(socket, top.refusal);
      }
      if (options.has("json")) {
        if (once) printJson(terminal, top.value);
        else terminal.out(`${JSON.stringify(top.value)}\n`);
      } else {
        if (!once && terminal.watched) terminal.out(CLEAR);
        printLines(terminal, renderTop(top.value, lookOf(terminal)));
      }
      if (once) return EXIT.yes;
      await new Promise((resolve) => setTimeout(resolve, INTERVAL));
    }
  },
};

function unavailable(socket: string, failure: ConnectFailure): CommandFailure {
  return new CommandFailure(EXIT.notHere, sentence(socket, failure));
}

function sentence(socket: string, failure: ConnectFailure): string {
  switch (failure.code) {
    case "native-missing":
      return explainNativeMissing(failure);
    case "disconnected":
    case "bad-reply":
      return `no broker answers at ${socket}; is another program listening there?`;
    case "system-call":
      return failure.errno === "ENOENT" || failure.errno === "ECONNREFUSED"
        ? `no broker listens at ${socket}; start one with coalloc broker, or give its --socket`
        : explainBrokerRefusal(failure);
    default:
      return explainBrokerRefusal(failure);
  }
}
