import type { Finding, FindingRemedy, Severity } from "./finding.js";
import type { RuleWords } from "./rule.js";

/** What a report needs to know of the tool. */
export interface SarifContext {
  /** Version of the program. */
  readonly version: string;
  /** The MACHINE or LOG argument, as the user wrote it: where findings are shown. */
  readonly file: string;
  /** Whatever finds: rules, or recognisers of lines. */
  readonly rules: readonly RuleWords[];
}

const SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/**
 * The findings as a SARIF 2.1.0 log, for code scanning: each rule with its help, each finding at its node and property. A compiled tree has
 * no lines, so a finding is placed at the file and, by name, at the node.
 *
 * @see https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/sarif-v2.1.0-errata01-os-complete.html
 */
export function sarifLog(findings: readonly Finding[], { version, file, rules }: SarifContext): object {
  const indices = new Map(rules.map(({ id }, index) => [id, index]));
  return {
    $schema: SCHEMA,
    version: "2.1.0",
    runs: [
      {
        tool: { driver: { name: "coalloc", semanticVersion: version, rules: rules.map(sarifRule) } },
        results: findings.map((finding) => sarifResult(finding, indices.get(finding.id), file)),
        columnKind: "utf16CodeUnits",
      },
    ],
  };
}

function sarifRule({ id, title, help, source, severity }: RuleWords): object {
  return {
    id,
    shortDescription: { text: `${title}.` },
    fullDescription: { text: help },
    help: { text: `${help}\n\nSource: ${source}` },
    ...(source.startsWith("https://") ? { helpUri: source.split(/[\s;,]/, 1)[0] } : {}),
    defaultConfiguration: { level: levelOf(severity) },
  };
}

function sarifResult(finding: Finding, ruleIndex: number | undefined, file: string): object {
  const { id, severity, text, where, numbers, remedies } = finding;
  const { node, property } = where;
  const names = node === null ? [] : [logicalLocation(node, property)];
  return {
    ruleId: id,
    ...(ruleIndex === undefined ? {} : { ruleIndex }),
    level: levelOf(severity),
    message: { text: [text, ...remedies.map(remedyText)].join("\n\n") },
    locations: [
      {
        physicalLocation: { artifactLocation: { uri: uriOf(file) }, region: { startLine: where.line ?? 1 } },
        ...(names.length === 0 ? {} : { logicalLocations: names }),
      },
    ],
    // Lines never tell findings of a compiled tree apart, so a code scanner has to know what does.
    partialFingerprints: {
      "place/v1": [id, node ?? "", property ?? "", ...(where.line === undefined ? [] : [where.line])].join(":"),
    },
    properties: { numbers },
  };
}

function logicalLocation(node: string, property: string | null): object {
  const name = property ?? (node === "/" ? "/" : node.slice(node.lastIndexOf("/") + 1));
  const fullyQualifiedName = property === null ? node : `${node}:${property}`;
  return { name, fullyQualifiedName, kind: property === null ? "object" : "property" };
}

function remedyText({ text, dts, commandLine, config }: FindingRemedy): string {
  const change = dts ?? commandLine ?? config;
  return change === null ? `Remedy: ${text}.` : `Remedy: ${text}:\n${change.trimEnd()}`;
}

/** Severities are called the same. */
function levelOf(severity: Severity): "error" | "warning" | "note" {
  return severity;
}

/** A file's name as a relative or absolute URI reference. */
function uriOf(file: string): string {
  const path = file.split("/").map(encodeURIComponent).join("/");
  return path.startsWith("/") ? `file://${path}` : path;
}
