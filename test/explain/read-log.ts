import { type ExplainDocument, explainDocument } from "../../src/explain/document.js";
import { LogReading } from "../../src/explain/log-reading.js";
import { RECOGNISERS } from "../../src/explain/recognisers.js";
import type { Finding } from "../../src/lint/finding.js";
import type { Machine } from "../../src/machine/machine.js";
import { faultsBySchema } from "../published-schema.js";

/**
 * What `coalloc explain` makes of a text.
 *
 * @throws when it is not what the published schema says
 */
export function explained(
  log: string,
  machine: Machine | null = null,
  findings: readonly Finding[] | null = null,
): ExplainDocument {
  const reading = new LogReading(RECOGNISERS);
  reading.push(new TextEncoder().encode(log));
  const board = machine === null ? null : { machine, name: "MACHINE", check: () => findings };
  const document = explainDocument(reading.end(), board);
  const faults = faultsBySchema(document);
  if (faults.length > 0) throw new Error(`no coalloc/explain/1: ${faults.join("; ")}`);
  return document;
}

/** The finding of a log that has just one. */
export function onlyFinding(log: string, machine: Machine | null = null): ExplainDocument["findings"][number] {
  const { findings } = explained(log, machine);
  if (findings.length !== 1) throw new Error(`${findings.length} findings: ${findings.map((f) => f.id).join(", ")}`);
  return findings[0]!;
}
