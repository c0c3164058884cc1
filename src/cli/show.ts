import type { Machine } from "../machine/machine.js";
import { type Invocation, printJson, printLines } from "./command.js";
import { EXIT } from "./failure.js";
import { loadMachine } from "./load-machine.js";
import { readMachineOptions } from "./machine-options.js";
import type { Look } from "./render/look.js";
import { paintFor } from "./render/paint.js";
import { Stopwatch } from "./stopwatch.js";
import type { Terminal } from "./terminal.js";

/** How a terminal wants answers to look. */
export function lookOf(terminal: Terminal): Look {
  return { width: terminal.columns, paint: paintFor(terminal.colour) };
}

/**
 * Runs a command that shows one document about one machine.
 *
 * @param build - makes the document
 * @param render - lines for people, from the document
 */
export async function showMachine<Document>(
  { arguments: [name], options, terminal }: Invocation,
  build: (machine: Machine) => Document,
  render: (document: Document, look: Look, machine: Machine) => readonly string[],
): Promise<number> {
  const watch = new Stopwatch();
  watch.lap("start");
  const machine = await loadMachine(name as string, readMachineOptions(options), watch, terminal);
  const document = build(machine);
  watch.lap("document");
  if (options.has("json")) printJson(terminal, document);
  else printLines(terminal, render(document, lookOf(terminal), machine));
  watch.lap("print");
  if (options.has("timing")) terminal.err(`${watch.summary()}\n`);
  return EXIT.yes;
}
