import type { CheckDocument, CheckedRegion, OtherPlace } from "../../lint/document.js";
import { describeBootFailure, type NamedRange } from "../../lint/failure-words.js";
import { type Finding, type FindingRemedy, SEVERITIES, type Severity } from "../../lint/finding.js";
import type { Rule, RuleExample } from "../../lint/rule.js";
import { formatHex, formatSize } from "../../units/quantity.js";
import type { Look } from "./look.js";
import { type Row, table } from "./table.js";
import { counted, rangesText } from "./words.js";
import { hanging, printable, wrap } from "./wrap.js";

const TITLES: Readonly<Record<Severity, readonly [one: string, many: string]>> = {
  error: ["error", "errors"],
  warning: ["warning", "warnings"],
  note: ["note", "notes"],
};

/** Where the kernel puts what, what it refuses, then the findings with their remedies. */
export function renderCheck(document: CheckDocument, look: Look): readonly string[] {
  const { paint, width } = look;
  const { boot, findings } = document;
  const counts = SEVERITIES.map((severity) => {
    const number = findings.filter((finding) => finding.severity === severity).length;
    return counted(number, ...TITLES[severity]);
  });
  const lines: string[] = wrap(
    `${document.model === "" ? "A board that names no model" : document.model}: ${counts.join(", ")}; ${document.profile}`,
    width,
  ).map(paint.heading);
  lines.push(...regionLines(document, look), ...defaultLines(document, look));
  if (boot.failures.length > 0) {
    const known = namedRanges(document);
    lines.push("", paint.heading("What the kernel will complain about"));
    for (const failure of boot.failures) {
      const name = failure.node === null ? "" : `${lastName(failure.node)}: `;
      lines.push(...hanging("  - ", `${name}${describeBootFailure(failure, known)}`, width));
    }
  }
  for (const severity of SEVERITIES) {
    const group = findings.filter((finding) => finding.severity === severity);
    if (group.length === 0) continue;
    const [one, many] = TITLES[severity];
    lines.push("", paint.heading(counted(group.length, one, many).replace(/^./, (first) => first.toUpperCase())));
    for (const finding of group) lines.push(...findingLines(finding, look));
  }
  lines.push(...applyLines(document, look));
  if (findings.length === 0) lines.push("", ...wrap("Nothing is wrong with this tree that any rule knows of.", width));
  return lines;
}

function regionLines({ boot }: CheckDocument, { paint, width }: Look): readonly string[] {
  if (boot.regions.length === 0) return ["", ...wrap("The tree has no reserved region.", width)];
  const rows = boot.regions.map(
    (region): Row => [
      lastName(region.node),
      region.isDefaultCma ? `${region.kind}, default` : region.noMap ? `${region.kind}, no-map` : region.kind,
      region.base === null ? "nowhere" : rangesText([{ base: region.base, size: region.size }]),
      formatSize(region.size),
      region.status === "placed" ? region.certainty : region.status,
    ],
  );
  const lines = [
    "",
    paint.heading("Where the kernel puts the regions of the tree"),
    ...table(
      [
        { title: "region", min: 16, paint: paint.name },
        { title: "kind", drop: 1 },
        { title: "at", min: 10 },
        { title: "size", align: "right" },
        { title: "place", paint: (text) => (text === "failed" ? paint.bad(text) : text) },
      ],
      rows,
      width,
      paint,
      2,
    ),
  ];
  if (boot.assumptions.length === 0) return lines;
  const taken = boot.assumptions.slice(0, 2);
  const start = taken.map(({ name, base, size }) => `${name} at ${rangesText([{ base, size }])}`).join(", ");
  const moved = boot.regions.filter(({ certainty, base }) => certainty === "assumed" && base !== null);
  if (moved.length === 0) return lines;
  lines.push(
    ...hanging(
      "  ",
      `assumed: the boot loader is taken to leave ${start}; --boot FILE says where they really are`,
      width,
    ).map(paint.faint),
  );
  for (const region of moved) {
    const text = movedText(region);
    if (text !== null) lines.push(...hanging("  ", text, width).map(paint.faint));
  }
  return lines;
}

/** What a board started in other ways would do to a region. */
function movedText({ node, otherPlaces }: CheckedRegion): string | null {
  if (otherPlaces.length === 0) return null;
  const places = new Map<number | null, OtherPlace>();
  for (const place of otherPlaces) if (!places.has(place.base)) places.set(place.base, place);
  const words = [...places.values()].map(({ base, because }) => {
    const last = because[because.length - 1];
    const what = because.map(({ name }) => name).join(" and ");
    const where = last === undefined ? "" : ` (${last.basis})`;
    return base === null
      ? `without a place if ${what} lay elsewhere${where}`
      : `at ${formatHex(base)} if ${what} lay elsewhere${where}`;
  });
  return `${lastName(node)} would be ${words.join("; ")}`;
}

function defaultLines({ boot }: CheckDocument, { paint, width }: Look): readonly string[] {
  const area = boot.defaultCma;
  if (area === null) return ["", ...wrap("There is no default CMA area.", width)];
  const from = { tree: "the tree", cmdline: "cma= on the command line", config: "the kernel's configuration" };
  const text = `${rangesText([area])}, ${formatSize(area.size)}, from ${from[area.source]}, ${area.certainty}; ${formatSize(boot.cmaTotal)} in all CMA areas`;
  return ["", paint.heading("Default CMA area"), ...hanging("  ", text, width)];
}

function findingLines({ id, text, where, remedies }: Finding, { paint, width }: Look): readonly string[] {
  const lines = ["", ...hanging("  ", text, width)];
  const place = where.node === null ? [] : [where.property === null ? where.node : `${where.node}, ${where.property}`];
  lines.push(...hanging("  ", [...place, `rule ${id}`].join("; "), width).map(paint.faint));
  for (const remedy of remedies) lines.push(...remedyLines(remedy, width));
  return lines;
}

/** Where remedies are written down, each file with the first that goes there as its example. */
function applyLines({ howToApply }: CheckDocument, { paint, width }: Look): readonly string[] {
  if (howToApply.length === 0) return [];
  const lines = ["", paint.heading("Where remedies are written down on such a board")];
  for (const { reader, file, lines: example } of howToApply) {
    const text = example.length === 1 ? `${reader}: ${file}: ${example[0]}` : `${reader}: ${file}`;
    lines.push(...hanging("  - ", printable(text), width));
  }
  return lines;
}

function remedyLines({ text, dts, commandLine, config }: FindingRemedy, width: number): readonly string[] {
  const lines = [...hanging("  remedy: ", text, width, 4)];
  // Text to be pasted stays whole, whatever the width.
  for (const pasted of [dts, commandLine, config]) {
    if (pasted === null) continue;
    for (const line of printableLines(pasted)) lines.push(`        ${line}`);
  }
  return lines;
}

/** The lines of a text that is pasted: control characters replaced, indents kept. */
function printableLines(text: string): readonly string[] {
  return text
    .trimEnd()
    .split("\n")
    .map((line) => printable(line.replaceAll("\t", "  ")));
}

/** What lies in memory under a name people know. */
function namedRanges({ boot }: CheckDocument): readonly NamedRange[] {
  const regions = boot.regions.flatMap(({ node, base, size, status }) =>
    base === null || status !== "placed" ? [] : [{ name: lastName(node), base, size }],
  );
  return [...regions, ...boot.assumptions.filter(({ size }) => size > 0)];
}

function lastName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** Every rule with its help and its two examples. */
export function renderRules(rules: readonly Rule[], { paint, width }: Look): readonly string[] {
  const lines = wrap(counted(rules.length, "rule"), width).map(paint.heading);
  for (const { id, severity, title, help, source, wrong, right } of rules) {
    lines.push("", ...hanging("", `${id} (${severity}): ${title}`, width, 2).map(paint.name));
    lines.push(...hanging("  ", help, width), ...hanging("  ", source, width).map(paint.faint));
    lines.push(...exampleLines("wrong", wrong), ...exampleLines("right", right));
  }
  return lines;
}

function exampleLines(label: string, { dts, cmdline, config, boot, memreserve }: RuleExample): readonly string[] {
  const source = [...(memreserve === undefined ? [] : printableLines(memreserve)), ...printableLines(dts)];
  const lines = [`  ${label}:`, ...source.map((line) => `        ${line}`)];
  if (boot !== undefined) lines.push(`        --boot: ${printable(boot)}`);
  if (cmdline !== undefined) lines.push(`        command line: ${printable(cmdline)}`);
  if (config !== undefined) lines.push(...printableLines(config).map((line) => `        ${line}`));
  return lines;
}
