import { createReadStream } from "node:fs";
import { explainDocument, type GivenBoard } from "../explain/document.js";
import { LogReading, type LogSummary } from "../explain/log-reading.js";
import { RECOGNISERS } from "../explain/recognisers.js";
import { checkBoard } from "../lint/check.js";
import { junitReport } from "../lint/junit.js";
import type { RuleWords } from "../lint/rule.js";
import { sarifLog } from "../lint/sarif.js";
import { MIB } from "../units/quantity.js";
import { type Invocation, printJson, printLines } from "./command.js";
import { badInput, EXIT, wrongUse } from "./failure.js";
import { loadBoardWithTree } from "./load-board.js";
import { loadMachine } from "./load-machine.js";
import { type MachineOptions, readMachineOptions } from "./machine-options.js";
import { readingFailure } from "./open.js";
import { renderExplain } from "./render/explain.js";
import { readFormat, readLimit, reportedFile } from "./report-format.js";
import { lookOf } from "./show.js";
import { Stopwatch } from "./stopwatch.js";
import type { Terminal } from "./terminal.js";
import { VERSION } from "./version.js";

/**
 * `coalloc explain`, run: reads a log and says what its lines mean.
 *
 * @returns the exit code
 * @throws CommandFailure for wrong use and for input that cannot be read
 */
export async function runExplain({ arguments: [name], options, terminal }: Invocation): Promise<number> {
  const format = readFormat(options);
  const failOn = readLimit(options.text("fail-on"));
  const machineName = options.text("machine");
  const watch = new Stopwatch();
  watch.lap("start");
  const bootFile = options.text("boot");
  if (machineName === null && bootFile !== null) throw wrongUse("--boot is about a board; name it with -m");
  const board =
    machineName === null ? null : await loadGiven(machineName, readMachineOptions(options), bootFile, watch, terminal);
  const log = await readLog(name as string);
  watch.lap("log");
  const document = explainDocument(log, board, name === "-" ? "LOG" : (name as string));
  watch.lap("document");
  const file = name === "-" ? "stdin" : reportedFile(name as string);
  const report = { command: "explain", file, rules: RULES };
  switch (format) {
    case "json":
      printJson(terminal, document);
      break;
    case "sarif":
      printJson(terminal, sarifLog(document.findings, { ...report, version: VERSION }));
      break;
    case "junit":
      terminal.out(junitReport(document.findings, { ...report, failOn }));
      break;
    case "people":
      printLines(terminal, renderExplain(document, lookOf(terminal)));
  }
  watch.lap("print");
  if (options.has("timing")) terminal.err(`${watch.summary()}\n`);
  return document.lines.recognised > 0 ? EXIT.yes : EXIT.no;
}

/** The board of `-m`: with its tree where it has one, so that it can be checked. */
async function loadGiven(
  name: string,
  options: MachineOptions,
  bootFile: string | null,
  watch: Stopwatch,
  terminal: Terminal,
): Promise<GivenBoard> {
  const board = await loadBoardWithTree(name, options, bootFile, watch, terminal);
  if (typeof board !== "string") return { machine: board.machine, name, check: () => checkBoard(board) };
  return { machine: await loadMachine(name, options, watch, terminal), name, check: () => null };
}

/** Recognisers as reports list what may be found: one for each id, with the sources of all its wordings; each finding has a severity of its own. */
const RULES: readonly RuleWords[] = [...new Set(RECOGNISERS.map(({ id }) => id))].map((id) => {
  const wordings = RECOGNISERS.filter((one) => one.id === id);
  const { topic = "" } = wordings[0] ?? {};
  return {
    id,
    severity: "error",
    title: `A log line about ${topic}`,
    help: `See coalloc explain: ${topic}.`,
    source: [...new Set(wordings.map(({ source }) => source))].join("; "),
  };
});

/** Of a text, no more than this share is characters that occur in no text. */
const STRANGE_SHARE = 0.1;

async function readLog(name: string): Promise<LogSummary> {
  const reading = new LogReading(RECOGNISERS);
  try {
    const stream = name === "-" ? process.stdin : createReadStream(name, { highWaterMark: MIB });
    for await (const piece of stream) reading.push(piece as Uint8Array);
  } catch (error) {
    throw readingFailure(name === "-" ? "standard input" : name, error);
  }
  const log = reading.end();
  if (log.recognised === 0 && log.strange > log.characters * STRANGE_SHARE) {
    throw badInput(
      `${name} is no text: ${log.strange} of ${log.characters} characters occur in no log; unpack it, or name another file`,
    );
  }
  return log;
}
