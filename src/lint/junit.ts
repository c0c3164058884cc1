import { changeText } from "../placement/ways-to-apply.js";
import { type Finding, SEVERITIES, type Severity } from "./finding.js";
import type { RuleWords } from "./rule.js";

/** What decides which findings are failures. */
export interface JunitContext {
  /** The command whose findings these are, as suites and cases are named: `check`. */
  readonly command: string;
  /** The file that was looked at: name of the suite. */
  readonly file: string;
  readonly rules: readonly RuleWords[];
  /** The least severity that fails a rule; null: none does. */
  readonly failOn: Severity | null;
}

/**
 * The findings as a JUnit report: a test case for each rule, in the order of rules. A rule fails with its findings at or above the severity asked for;
 * lesser findings are its output. A case has one failure element, since many readers look at the first alone.
 */
export function junitReport(findings: readonly Finding[], { command, file, rules, failOn }: JunitContext): string {
  const limit = failOn === null ? 0 : SEVERITIES.indexOf(failOn) + 1;
  const failing = new Set(SEVERITIES.slice(0, limit));
  const className = escaped(`coalloc.${command}.${classOf(file)}`);
  const cases = rules.map(({ id, title }) => {
    const found = findings.filter((finding) => finding.id === id);
    const failures = found.filter(({ severity }) => failing.has(severity));
    const lesser = found.filter(({ severity }) => !failing.has(severity));
    const inside = [
      failureElement(failures),
      ...(lesser.length === 0 ? [] : [`      <system-out>${escaped(lesser.map(details).join("\n\n"))}</system-out>\n`]),
    ].join("");
    const head = `    <testcase classname="${className}" name="${escaped(`${id}: ${title}`)}" file="${escaped(file)}" time="0"`;
    return {
      failed: failures.length > 0,
      text: inside === "" ? `${head}/>\n` : `${head}>\n${inside}    </testcase>\n`,
    };
  });
  const counts = `tests="${cases.length}" failures="${cases.filter(({ failed }) => failed).length}" errors="0"`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>\n',
    `<testsuites name="coalloc ${escaped(command)}" ${counts}>\n`,
    `  <testsuite name="${escaped(file)}" ${counts} skipped="0" time="0">\n`,
    ...cases.map(({ text }) => text),
    "  </testsuite>\n",
    "</testsuites>\n",
  ].join("");
}

/** A file as name of a class, so that reports of many trees keep apart: `arm64.rockchip.rk3588-rock-5b`. */
function classOf(file: string): string {
  const parts = file.replace(/\.dtb$/, "").split("/");
  return parts
    .filter((part) => part !== "" && part !== "." && part !== "..")
    .map((part) => part.replaceAll(".", "_"))
    .join(".");
}

function failureElement(failures: readonly Finding[]): string {
  const [first] = failures;
  if (first === undefined) return "";
  const rest = failures.length === 1 ? "" : ` (and ${failures.length - 1} more)`;
  const text = failures.map(details).join("\n\n");
  return `      <failure type="${first.severity}" message="${escaped(first.text)}${rest}">${escaped(text)}</failure>\n`;
}

function details({ severity, text, where: { node, property, line }, remedies }: Finding): string {
  const at = line === undefined ? [] : [`line ${line}`];
  const place = node === null ? [] : [`at ${node}${property === null ? "" : `, ${property}`}`];
  const changes = remedies.map((remedy) => {
    const change = changeText(remedy);
    return change === null ? `remedy: ${remedy.text}` : `remedy: ${remedy.text}\n${change.trimEnd()}`;
  });
  return [`${severity}: ${text}`, ...at, ...place, ...changes].join("\n");
}

/** Text inside XML, in content and in attributes; what XML 1.0 cannot hold becomes U+FFFD. */
function escaped(text: string): string {
  const named: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
  return text
    .replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, "\ufffd")
    .replace(/[&<>"]/g, (letter) => named[letter] ?? letter);
}
