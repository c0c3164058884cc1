import { closeSync, openSync, writeSync } from "node:fs";
import { eventToJson } from "../../simulate/event-json.js";
import { checkAgainst } from "../../simulate/scenario/check-against.js";
import { readScenario, type ScenarioFile } from "../../simulate/scenario/read-scenario.js";
import { runDocument } from "../../simulate/scenario/run-document.js";
import { type RunOptions, runScenario } from "../../simulate/scenario/run-scenario.js";
import { parseDuration } from "../../units/duration.js";
import { describeFieldRefusal } from "../../units/yaml-fields.js";
import { type CommandSpec, type OptionValues, printJson, printLines } from "../command.js";
import { badInput, CommandFailure, EXIT, wrongUse } from "../failure.js";
import { loadMachine } from "../load-machine.js";
import { MACHINE_ARGUMENT, MACHINE_OPTIONS, readMachineOptions } from "../machine-options.js";
import { readFileAt } from "../open.js";
import { renderRun } from "../render/run.js";
import { printable } from "../render/wrap.js";
import { lookOf } from "../show.js";
import { Stopwatch } from "../stopwatch.js";
import type { Terminal } from "../terminal.js";

/** Characters of events that are collected before they are written. */
const CHUNK = 65_536;

/** `coalloc run`: a scenario on a simulated machine. */
export const runCommand: CommandSpec = {
  name: "run",
  summary: "Run a scenario of devices, buffers and rates on the simulated machine",
  arguments: [
    MACHINE_ARGUMENT,
    { name: "SCENARIO", description: "a scenario, as docs/scenarios.md describes", file: true },
  ],
  options: [
    { flags: "--seed <number>", description: "start of the random numbers, instead of the scenario's" },
    { flags: "--until <duration>", description: "ends the run after so much simulated time: 500ms, 10s" },
    { flags: "--events <file>", description: "writes every event to a file, one line of JSON each", file: true },
    ...MACHINE_OPTIONS,
  ],
  examples: [
    { line: "coalloc run board.dtb pipeline.yaml", shows: "what fails and why, and how full each heap gets" },
    { line: "coalloc run board.dtb pipeline.yaml --cmdline cma=128M", shows: "the same with a larger CMA area" },
    {
      line: "coalloc run board.dtb pipeline.yaml --until 2s --events events.ndjson --json",
      shows: "all of it as data",
    },
  ],
  run: async ({ arguments: [name, file], options, terminal }) => {
    const watch = new Stopwatch();
    const asked = readAsked(options);
    const machineOptions = readMachineOptions(options);
    watch.lap("start");
    const machine = await loadMachine(name as string, machineOptions, watch, terminal);
    const scenario = readScenarioAt(file as string);
    const missing = checkAgainst(machine, scenario);
    if (missing !== null) throw wrongUse(printable(`${file}: ${describeFieldRefusal(missing)}`));
    watch.lap("scenario");
    const events = options.text("events");
    const writer = events === null ? null : new EventFile(events);
    let run: ReturnType<typeof runScenario>;
    try {
      run = runScenario(machine, scenario.scenario, {
        ...asked,
        ...(writer === null ? {} : { onEvent: (event) => writer.write(eventToJson(event)) }),
        ...(terminal.watched ? { onProgress: progressOn(terminal) } : {}),
      });
    } finally {
      if (terminal.watched) terminal.err("\r\u001b[K");
      writer?.close();
    }
    watch.lap("run");
    const document = runDocument(scenario.scenario, run);
    if (options.has("json")) printJson(terminal, document);
    else printLines(terminal, renderRun(document, lookOf(terminal)));
    watch.lap("print");
    if (options.has("timing")) terminal.err(`${watch.summary()}\n`);
    return document.failures.length === 0 ? EXIT.yes : EXIT.no;
  },
};

function readAsked(options: OptionValues): RunOptions {
  const seed = options.text("seed");
  const until = options.text("until");
  if (seed !== null && !(/^\d{1,10}$/.test(seed) && Number(seed) >= 1 && Number(seed) <= 2 ** 31 - 2)) {
    throw wrongUse(`--seed ${seed} is no whole number from 1 to 2147483646`);
  }
  const time = until === null ? null : parseDuration(until);
  if (time?.ok === false) throw wrongUse(`--until ${until} is no duration; write 500ms, 10s or 2min`);
  return { ...(seed === null ? {} : { seed: Number(seed) }), ...(time === null ? {} : { until: time.value }) };
}

function readScenarioAt(file: string): ScenarioFile {
  const read = readScenario(new TextDecoder().decode(readFileAt(file)));
  if (!read.ok) throw badInput(printable(`${file}: ${describeFieldRefusal(read.refusal)}`));
  return read.value;
}

/** Shows how far a run has come, at most ten times a second. */
function progressOn(terminal: Terminal): (time: number, end: number) => void {
  let shown = 0;
  return (time, end) => {
    const now = Date.now();
    if (now - shown < 100) return;
    shown = now;
    terminal.err(`\r${((100 * time) / Math.max(1, end)).toFixed(0)} % of ${(end / 1e9).toFixed(1)} s simulated`);
  };
}

/** A file that lines are written to, many at once. */
class EventFile {
  readonly #name: string;
  readonly #descriptor: number;
  #pending = "";

  constructor(name: string) {
    this.#name = name;
    this.#descriptor = this.#writing(() => openSync(name, "w"));
  }

  write(line: string): void {
    this.#pending += `${line}\n`;
    if (this.#pending.length >= CHUNK) this.#flush();
  }

  close(): void {
    this.#flush();
    closeSync(this.#descriptor);
  }

  #flush(): void {
    this.#writing(() => writeSync(this.#descriptor, this.#pending));
    this.#pending = "";
  }

  #writing<T>(operation: () => T): T {
    try {
      return operation();
    } catch (error) {
      if (!(error instanceof Error && "code" in error)) throw error;
      throw new CommandFailure(EXIT.notHere, `--events ${this.#name} cannot be written: ${String(error.code)}`);
    }
  }
}
