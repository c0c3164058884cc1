import { isAbsolute, normalize, relative } from "node:path";
import { SEVERITIES, type Severity } from "../lint/finding.js";
import type { OptionSpec, OptionValues } from "./command.js";
import { orList, wrongUse } from "./failure.js";

/** What `--fail-on` may be. */
export const LIMITS: readonly (Severity | "none")[] = [...SEVERITIES, "none"];
const FORMATS = ["json", "sarif", "junit"] as const;

/** How findings may be printed. */
export type FindingsFormat = (typeof FORMATS)[number] | "people";

/** Forms of findings that other programs read, beside JSON. */
export const REPORT_OPTIONS: readonly OptionSpec[] = [
  { flags: "--sarif", description: "print the findings as SARIF 2.1.0, for code scanning" },
  { flags: "--junit", description: "print the findings as JUnit XML, a test case for each rule" },
];

/**
 * The least severity that fails, by `--fail-on`; `error` where it is not given, null for `none`.
 *
 * @throws CommandFailure for another word
 */
export function readLimit(text: string | null): Severity | null {
  if (text === null) return "error";
  const known = LIMITS.find((limit) => limit === text);
  if (known === undefined) throw wrongUse(`--fail-on "${text}" is no severity; there are ${orList(LIMITS)}`);
  return known === "none" ? null : known;
}

/**
 * How findings are printed.
 *
 * @throws CommandFailure when two forms are asked for
 */
export function readFormat(options: OptionValues): FindingsFormat {
  const [format, other] = FORMATS.filter((name) => options.has(name));
  if (other !== undefined) throw wrongUse(`--${format} and --${other} exclude each other; the answer has one form`);
  return format ?? "people";
}

/** What reports call a file: relative to the working directory, which CI has at the root of the sources, where it lies in it. */
export function reportedFile(name: string): string {
  const fromHere = isAbsolute(name) ? relative(process.cwd(), name) : normalize(name);
  const isInside = fromHere !== "" && fromHere !== ".." && !fromHere.startsWith("../");
  return isInside || !isAbsolute(name) ? fromHere : normalize(name);
}
