import type { CheckDocument, OtherPlace } from "../../lint/document.js";
import { shortHoles } from "../../lint/failure-holes.js";
import { describeBootFailure, type NamedRange } from "../../lint/failure-words.js";
import { type Finding, type FindingRemedy, SEVERITIES, type Severity } from "../../lint/finding.js";
import type { Rule, RuleExample } from "../../lint/rule.js";
import { pastedTexts } from "../../placement/ways-to-apply.js";
import { formatHex, formatSize } from "../../units/quantity.js";
import { subtractRanges, toRangeSet } from "../../units/ranges.js";
import type { Look } from "./look.js";
import { memoryMapLines } from "./memory-map.js";
import { pastedLines } from "./pasted.js";
import { type Column, type Row, table } from "./table.js";
import { renderWays } from "./ways.js";
import { counted, rangesText } from "./words.js";
import { hanging, printable, wrap } from "./wrap.js";

const TITLES: Readonly<Record<Severity, readonly [one: string, many: string]>> = {
  error: ["error", "errors"],
  warning: ["warning", "warnings"],
  note: ["note", "notes"],
};

/** Holes that are shown for one complaint. */
const MOST_HOLES = 4;

/** Where the kernel puts what, what it refuses, then the findings with their remedies. */
export function renderCheck(document: CheckDocument, look: Look): readonly string[] {
  const { paint, width } = look;
  const { findings } = document;
  const counts = SEVERITIES.map((severity) => {
    const number = findings.filter((finding) => finding.severity === severity).length;
    return counted(number, ...TITLES[severity]);
  });
  const lines: string[] = wrap(
    `${document.model === "" ? "A board that names no model" : document.model}: ${counts.join(", ")}; ${document.profile}`,
    width,
  ).map(paint.heading);
  lines.push(
    ...memoryMapLines(document, look),
    ...assumedLines(document, look),
    ...defaultLines(document, look),
    ...otherStartLines(document, look),
    ...missingLines(document, look),
    ...failureLines(document, look),
  );
  for (const severity of SEVERITIES) {
    const group = findings.filter((finding) => finding.severity === severity);
    if (group.length === 0) continue;
    const [one, many] = TITLES[severity];
    lines.push("", paint.heading(counted(group.length, one, many).replace(/^./, (first) => first.toUpperCase())));
    for (const finding of group) lines.push(...findingLines(finding, look));
  }
  if (document.howToApply.length > 0) lines.push("", ...renderWays(document.howToApply, look));
  if (findings.length === 0) lines.push("", ...wrap("Nothing is wrong with this tree that any rule knows of.", width));
  return lines;
}

/** What the places rest on. */
function assumedLines({ boot }: CheckDocument, { paint, width }: Look): readonly string[] {
  const loaded = boot.memory.banks
    .flatMap(({ pieces }) => pieces)
    .filter(({ owners }) => owners.some(({ kind, certainty }) => kind === "loaded" && certainty === "assumed"));
  if (loaded.length === 0) return [];
  const start = loaded
    .map(({ owners, base, size }) => `${owners[0]?.name} at ${rangesText([{ base, size }])}`)
    .join(", ");
  return hanging(
    "  ",
    `assumed: the boot loader is taken to leave ${start}; --boot FILE says where they really are`,
    width,
  ).map(paint.faint);
}

/** What a start stands for, in the order they are tried. */
const STARTS: Readonly<Record<OtherPlace["start"], string>> = {
  low: "kernel image and device tree low in RAM",
  "initrd-low": "an initrd behind the device tree",
  "top-below-4g": "device tree and initrd at the top of low memory, as U-Boot moves them",
  top: "kernel image, device tree and initrd at the top of RAM, as EFI firmware leaves them",
  empty: "nothing in memory",
};

/** Where regions would be if the board started in another usual way: a column for each way that makes a difference. */
function otherStartLines({ boot }: CheckDocument, { paint, width }: Look): readonly string[] {
  const moved = boot.regions.filter(({ otherPlaces }) => otherPlaces.length > 0);
  const starts = (Object.keys(STARTS) as OtherPlace["start"][]).filter((start) =>
    moved.some(({ otherPlaces }) => otherPlaces.some((place) => place.start === start)),
  );
  if (starts.length === 0) return [];
  const letters = starts.map((_, i) => String.fromCharCode(65 + i));
  const rows = moved.map(({ node, otherPlaces }): Row => {
    const cells = starts.map((start) => {
      const place = otherPlaces.find((each) => each.start === start);
      if (place === undefined) return "same";
      return place.base === null ? "nowhere" : formatHex(place.base);
    });
    return [lastName(node), ...cells];
  });
  const columns = letters.map(
    (title): Column => ({ title, paint: (text) => (text === "nowhere" ? paint.bad(text) : text) }),
  );
  return [
    "",
    paint.heading("If the boot loader leaves something else in memory"),
    ...starts.flatMap((start, i) => hanging(`  ${letters[i]}  `, STARTS[start], width).map(paint.faint)),
    ...table([{ title: "region", min: 16, paint: paint.name }, ...columns], rows, width, paint, 2),
  ];
}

/** Regions that are not there, or not all of them, whatever the kernel prints. */
function missingLines({ boot }: CheckDocument, { width }: Look): readonly string[] {
  const failed = new Set(boot.failures.map(({ node }) => node));
  const silent = boot.regions.filter(({ node, status }) => status !== "placed" && !failed.has(node));
  const names = silent.map(({ node }) => lastName(node)).join(", ");
  const lines =
    silent.length === 0 ? [] : wrap(`Not looked at, since disabled or without reg and size: ${names}.`, width);
  const pieces = [...boot.memory.banks.flatMap((bank) => bank.pieces), ...boot.memory.outside];
  const lost = boot.regions.flatMap(({ node, base, size, status }) => {
    if (status !== "placed" || base === null) return [];
    const kept = pieces.filter((piece) => piece.owners.some((owner) => owner.node === node));
    const missing = subtractRanges(toRangeSet([{ base, size }]), toRangeSet(kept));
    if (missing.length === 0) return [];
    return hanging("", `${lastName(node)} is announced, and yet has not got ${rangesText(missing)}.`, width, 0);
  });
  return [...lines, ...lost].length === 0 ? [] : ["", ...lines, ...lost];
}

/** Complaints, each with the holes that were too short and what ends them. */
function failureLines(document: CheckDocument, { paint, width }: Look): readonly string[] {
  const { boot, banks } = document;
  if (boot.failures.length === 0) return [];
  const everybody = namedRanges(document);
  const ram = banks.map(([base, size]) => ({ base, size }));
  const lines = ["", paint.heading("What the kernel will complain about")];
  for (const failure of boot.failures) {
    const own = failure.node === null ? null : lastName(failure.node);
    const known = everybody.filter(({ name }) => name !== own);
    const name = own === null ? "" : `${own}: `;
    lines.push(...hanging("  - ", `${name}${describeBootFailure(failure, known)}`, width));
    const holes = shortHoles(failure, ram, known).filter(({ aligned }) => aligned > 0);
    const shown = new Set([...holes].sort((a, b) => b.aligned - a.aligned).slice(0, MOST_HOLES));
    for (const hole of holes) {
      if (!shown.has(hole)) continue;
      const size = hole.aligned === hole.size ? "" : `, ${formatSize(hole.aligned)} of it aligned`;
      const text = `${rangesText([hole])} has ${formatSize(hole.size)}${size}: ${hole.bounds}`;
      lines.push(...hanging("      hole ", text, width, 11));
    }
    if (holes.length > shown.size) lines.push(`      ${counted(holes.length - shown.size, "smaller hole")} left out`);
  }
  return lines;
}

function defaultLines({ boot }: CheckDocument, { width }: Look): readonly string[] {
  const area = boot.defaultCma;
  if (area === null) return ["", ...wrap("There is no default CMA area.", width)];
  const from = { tree: "the tree", cmdline: "cma= on the command line", config: "the kernel's configuration" };
  const text = `Default CMA area: ${formatSize(area.size)} at ${rangesText([area])}, from ${from[area.source]}, ${area.certainty}; ${formatSize(boot.cmaTotal)} in all CMA areas`;
  return ["", ...wrap(text, width)];
}

function findingLines({ id, text, where, remedies }: Finding, { paint, width }: Look): readonly string[] {
  const lines = ["", ...hanging("  ", text, width)];
  const place = where.node === null ? [] : [where.property === null ? where.node : `${where.node}, ${where.property}`];
  lines.push(...hanging("  ", [...place, `rule ${id}`].join("; "), width).map(paint.faint));
  for (const remedy of remedies) lines.push(...remedyLines(remedy, width));
  return lines;
}

function remedyLines(remedy: FindingRemedy, width: number): readonly string[] {
  return [...hanging("  remedy: ", remedy.text, width, 4), ...pastedTexts(remedy).flatMap(pastedLines)];
}

/** What lies in memory under a name people know. */
function namedRanges({ boot: { memory } }: CheckDocument): readonly NamedRange[] {
  return [...memory.banks.flatMap(({ pieces }) => pieces), ...memory.outside].flatMap(({ base, size, owners }) =>
    owners.map(({ name }) => ({ name, base, size })),
  );
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
  const lines = [`  ${label}:`, ...(memreserve === undefined ? [] : pastedLines(memreserve)), ...pastedLines(dts)];
  if (boot !== undefined) lines.push(`        --boot: ${printable(boot)}`);
  if (cmdline !== undefined) lines.push(`        command line: ${printable(cmdline)}`);
  if (config !== undefined) lines.push(...pastedLines(config));
  return lines;
}
