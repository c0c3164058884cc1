import { changeText } from "../placement/ways-to-apply.js";
import type { Finding, FindingRemedy, Severity } from "./finding.js";
import type { RuleExample, RuleWords } from "./rule.js";

/** What a report needs to know of the tool. */
export interface SarifContext {
  /** Name of the command. */
  readonly command: string;
  /** Version of the program. */
  readonly version: string;
  /** The file that was looked at, where it can be relative to the root of the sources: where findings are shown. */
  readonly file: string;
  /** Whatever finds: rules, or recognisers of lines. */
  readonly rules: readonly RuleWords[];
}

const SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/**
 * The findings as a SARIF 2.1.0 log, for code scanning: each rule with its help, each finding at its node and property. A compiled tree has
 * no lines, so a finding is placed at the file and, by name, at the node. Logs of several files can be uploaded together: each names its file.
 *
 * @see https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/sarif-v2.1.0-errata01-os-complete.html
 */
export function sarifLog(findings: readonly Finding[], { command, version, file, rules }: SarifContext): object {
  const indices = new Map(rules.map(({ id }, index) => [id, index]));
  return {
    $schema: SCHEMA,
    version: "2.1.0",
    runs: [
      {
        tool: { driver: { name: "coalloc", semanticVersion: version, rules: rules.map(sarifRule) } },
        // Code scanning takes one run for each tool and category, and the category is what stands before the last slash.
        automationDetails: { id: `coalloc ${command}/${file.replace(/^\/+/, "")}/` },
        results: findings.map((finding) => sarifResult(finding, indices.get(finding.id), file)),
        columnKind: "utf16CodeUnits",
      },
    ],
  };
}

function sarifRule({ id, title, help, source, severity, wrong, right }: RuleWords): object {
  const markdown = [
    help,
    ...(wrong === undefined ? [] : ["Wrong:", exampleMarkdown(wrong)]),
    ...(right === undefined ? [] : ["Right:", exampleMarkdown(right)]),
    `Source: ${source}`,
  ].join("\n\n");
  return {
    id,
    shortDescription: { text: `${title}.` },
    fullDescription: { text: help },
    help: { text: `${help}\n\nSource: ${source}`, markdown },
    ...(source.startsWith("https://") ? { helpUri: source.split(/[\s;,]/, 1)[0] } : {}),
    defaultConfiguration: { level: levelOf(severity) },
    properties: {
      tags: ["device-tree", "memory"],
      "problem.severity": severity === "note" ? "recommendation" : severity,
    },
  };
}

function exampleMarkdown({ dts, cmdline, config }: RuleExample): string {
  const block = (language: string, text: string): string => `\`\`\`${language}\n${text.trim()}\n\`\`\``;
  return [
    block("dts", dts),
    ...(cmdline === undefined ? [] : [`with the command line \`${cmdline}\``]),
    ...(config === undefined ? [] : ["with the kernel configuration", block("ini", config)]),
  ].join("\n\n");
}

function sarifResult(finding: Finding, ruleIndex: number | undefined, file: string): object {
  const { id, severity, text, where, numbers, remedies } = finding;
  const { node, property } = where;
  const place = [id, node ?? "", property ?? "", ...(where.line === undefined ? [] : [where.line])].join(":");
  const names = node === null ? [] : [logicalLocation(node, property)];
  return {
    ruleId: id,
    ...(ruleIndex === undefined ? {} : { ruleIndex }),
    level: levelOf(severity),
    message: { text: [text, ...remedies.map(remedyText)].join("\n\n") },
    locations: [
      {
        physicalLocation: { artifactLocation: artifactOf(file), region: { startLine: where.line ?? 1 } },
        ...(names.length === 0 ? {} : { logicalLocations: names }),
      },
    ],
    // Lines never tell findings of a compiled tree apart, so a code scanner has to know what does.
    partialFingerprints: { primaryLocationLineHash: `${hashOf(place)}:1` },
    properties: { numbers, remedies },
  };
}

/** 32 bits of a text, in hexadecimal. */
function hashOf(text: string): string {
  let hash = 0;
  for (let i = 0; i < text.length; i++) hash = (hash * 31 + text.charCodeAt(i)) % 2 ** 32;
  return hash.toString(16).padStart(8, "0");
}

function logicalLocation(node: string, property: string | null): object {
  const name = property ?? (node === "/" ? "/" : node.slice(node.lastIndexOf("/") + 1));
  const fullyQualifiedName = property === null ? node : `${node}:${property}`;
  return { name, fullyQualifiedName, kind: property === null ? "object" : "property" };
}

function remedyText(remedy: FindingRemedy): string {
  const change = changeText(remedy);
  return change === null ? `Remedy: ${remedy.text}.` : `Remedy: ${remedy.text}:\n${change.trimEnd()}`;
}

/** Severities are called the same. */
function levelOf(severity: Severity): "error" | "warning" | "note" {
  return severity;
}

/** A file by its name: a relative one counts from the root of the sources. */
function artifactOf(file: string): object {
  const path = file.split("/").map(encodeURIComponent).join("/");
  return path.startsWith("/") ? { uri: `file://${path}` } : { uri: path, uriBaseId: "%SRCROOT%" };
}
