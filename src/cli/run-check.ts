import { checkBoard } from "../lint/check.js";
import { checkDocument } from "../lint/document.js";
import { type Finding, SEVERITIES, type Severity } from "../lint/finding.js";
import { junitReport } from "../lint/junit.js";
import { RULES } from "../lint/rules.js";
import { sarifLog } from "../lint/sarif.js";
import { type Invocation, printJson, printLines } from "./command.js";
import { EXIT, wrongUse } from "./failure.js";
import { loadBoard } from "./load-board.js";
import { readMachineOptions } from "./machine-options.js";
import { renderCheck, renderRules } from "./render/check.js";
import { readFormat, readLimit, reportedFile } from "./report-format.js";
import { lookOf } from "./show.js";
import { Stopwatch } from "./stopwatch.js";
import { VERSION } from "./version.js";

/**
 * `coalloc check`, run: checks a board, or lists the rules.
 *
 * @returns the exit code
 * @throws CommandFailure for wrong use and for input that cannot be read
 */
export async function runCheck({ arguments: [name], options, terminal }: Invocation): Promise<number> {
  const watch = new Stopwatch();
  watch.lap("start");
  const failOn = readLimit(options.text("fail-on"));
  const format = readFormat(options);
  const machineOptions = readMachineOptions(options);
  if (options.has("rules")) {
    if (name !== undefined) throw wrongUse(`--rules lists the rules and takes no MACHINE; leave ${name} out`);
    if (format === "sarif" || format === "junit") throw wrongUse(`--rules and --${format} exclude each other`);
    if (format === "json") printJson(terminal, { schema: "coalloc/check-rules/1", rules: RULES.map(ruleDocument) });
    else printLines(terminal, renderRules(RULES, lookOf(terminal)));
    return EXIT.yes;
  }
  if (name === undefined) throw wrongUse("check needs MACHINE; see coalloc check --help");
  const board = await loadBoard(name, machineOptions, options.text("boot"), watch, terminal);
  const findings = checkBoard(board);
  watch.lap("rules");
  const report = { command: "check", file: name === "live" ? "/proc/device-tree" : reportedFile(name), rules: RULES };
  switch (format) {
    case "json":
      printJson(terminal, checkDocument(board, findings));
      break;
    case "sarif":
      printJson(terminal, sarifLog(findings, { ...report, version: VERSION }));
      break;
    case "junit":
      terminal.out(junitReport(findings, { ...report, failOn }));
      break;
    case "people":
      printLines(terminal, renderCheck(checkDocument(board, findings), lookOf(terminal)));
  }
  watch.lap("print");
  if (options.has("timing")) terminal.err(`${watch.summary()}\n`);
  return isFailed(findings, failOn) ? EXIT.no : EXIT.yes;
}

function ruleDocument({ id, severity, title, help, source, wrong, right }: (typeof RULES)[number]): object {
  return { id, severity, title, help, source, wrong, right };
}

/** Whether a finding is as bad as the least that fails. */
function isFailed(findings: readonly Finding[], failOn: Severity | null): boolean {
  if (failOn === null) return false;
  const limit = SEVERITIES.indexOf(failOn);
  return findings.some(({ severity }) => SEVERITIES.indexOf(severity) <= limit);
}
