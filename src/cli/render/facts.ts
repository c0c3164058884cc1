import { CONFIDENCE_WORDS } from "../../facts/confidence.js";
import type { FactDocument, FactsDocument } from "../../facts/document.js";
import type { FactAppliesTo, LimitFact, MaskFact, QueueFact, SourceLine } from "../../facts/fact.js";
import { nameOfMatch } from "../../facts/lookup.js";
import { maskCases } from "../../facts/mask-cases.js";
import { formatSize } from "../../units/quantity.js";
import type { Look } from "./look.js";
import { type Row, table } from "./table.js";
import { counted } from "./words.js";
import { hanging } from "./wrap.js";

/** What is known under a name, one block a fact. */
export function renderFacts(document: FactsDocument, look: Look): readonly string[] {
  const { paint, width } = look;
  const lines: string[] = [];
  for (const [i, fact] of document.facts.entries()) {
    if (i > 0) lines.push("");
    lines.push(...renderFact(fact, look));
  }
  for (const { fields } of document.overrides) {
    const stated = Object.entries(fields).map(([field, value]) => `${field} ${JSON.stringify(value)}`);
    lines.push("", ...hanging("", `Your facts file states: ${stated.join(", ")}`, width).map(paint.doubtful));
  }
  return lines[0] === "" ? lines.slice(1) : lines;
}

function renderFact(fact: FactDocument, { paint, width }: Look): readonly string[] {
  const { driver } = fact;
  const folder = driver.file.slice(0, driver.file.lastIndexOf("/") + 1);
  /** Where it is said: a file of the driver's own folder without the folder, which the heading has named. */
  const lineText = (sources: readonly SourceLine[] | undefined): string => {
    const [first] = sources ?? [];
    if (first === undefined) return "";
    const file = first.file.startsWith(folder) ? first.file.slice(folder.length) : first.file;
    return `${file}:${first.line}`;
  };
  const rows: Row[] = [
    ["DMA device", appliesText(fact.appliesTo), ""],
    ["streaming mask", maskText(fact.dmaMask), lineText(fact.dmaMask.sources)],
    ["coherent mask", maskText(fact.coherentDmaMask), lineText(fact.coherentDmaMask.sources)],
    ["largest segment", segmentText(fact.maxSegmentSize), lineText(fact.maxSegmentSize.sources)],
  ];
  if (fact.maxSegments !== null) {
    rows.push([
      "segments",
      String(fact.maxSegments.value ?? fact.maxSegments.kind),
      lineText(fact.maxSegments.sources),
    ]);
  }
  if (fact.segmentBoundaryMask.value !== undefined) {
    rows.push(["boundary", fact.segmentBoundaryMask.value, lineText(fact.segmentBoundaryMask.sources)]);
  }
  for (const queue of fact.buffers) {
    const picture = queue.queue === fact.pictureQueue ? " (pictures)" : "";
    rows.push([`queue ${queue.queue}${picture}`, queueText(queue), lineText(queue.sources)]);
  }
  for (const { name, queues, pictureQueue, sources } of fact.videoNodes) {
    const named = queues.map((queue) => (queue === pictureQueue ? `${queue} (pictures)` : queue));
    rows.push(["video node", `${name}: ${named.join(", ")}`, lineText(sources)]);
  }
  if (fact.mmu !== "none") rows.push(["MMU", mmuText(fact), ""]);
  rows.push(["imports", abilities({ V4L2: fact.import?.v4l2Dmabuf, PRIME: fact.import?.prime }), ""]);
  rows.push([
    "exports",
    abilities({ V4L2: fact.export?.v4l2Mmap, "dumb buffers": fact.export?.dumb, GEM: fact.export?.gem }),
    "",
  ]);
  if (fact.memoryRegionUse !== null) rows.push(["memory-region", fact.memoryRegionUse, ""]);
  for (const layout of fact.layouts) {
    const words = [
      layout.strideAlign === undefined ? "" : `stride ${layout.strideAlign}`,
      layout.heightAlign === undefined ? "" : `height ${layout.heightAlign}`,
      layout.offsetAlign === undefined ? "" : `offset ${layout.offsetAlign}`,
    ];
    const text = words.filter((word) => word !== "").join(", ");
    rows.push([`layout ${layout.fourcc}`, `${layout.modifier}: ${text}`, lineText(layout.sources)]);
  }
  const words = CONFIDENCE_WORDS[fact.confidence];
  const read = fact.reviewed ? "read by a person" : "found by a program";
  const level = words.includes(read) ? `${fact.confidence}, ${read}` : `${fact.confidence} (${words}), ${read}`;
  const lines = [
    paint.heading(`${nameOfMatch(fact.match)}  ${fact.role}`),
    ...hanging(
      "  ",
      `${driver.module}, ${driver.file}:${driver.line}, ${fact.url === null ? `Linux ${driver.kernel}` : driver.kernel}, level ${level}`,
      width,
    ),
    ...table(
      [{ title: "" }, { title: "", min: 18 }, { title: "", min: 20, drop: 1, paint: paint.faint }],
      rows,
      width,
      paint,
      2,
    ),
  ];
  if (fact.note !== null) lines.push(...hanging("  ", fact.note, width));
  if (fact.url !== null) lines.push(`  ${fact.url}`);
  return lines;
}

function appliesText(applies: FactAppliesTo): string {
  if (typeof applies === "string") return applies === "self" ? "the node itself" : applies;
  if ("phandle" in applies) return `the node its ${applies.phandle} points at`;
  if ("aggregate" in applies) return `the ${[applies.aggregate].flat().join(" or ")} node above several blocks`;
  return `${applies.virtual}, configured from the first ${applies.configuredFrom}`;
}

function maskText(mask: MaskFact): string {
  if (mask.value !== undefined) return mask.value;
  if (mask.kind === "default") return "0xffffffff (the kernel's default)";
  return mask.candidates === undefined ? mask.kind : maskCases(mask);
}

function segmentText(limit: LimitFact): string {
  if (typeof limit.value === "number") return formatSize(limit.value);
  return limit.value ?? (limit.kind === "default" ? "64 KiB (the kernel's default)" : limit.kind);
}

function queueText(queue: QueueFact): string {
  const words: string[] = [queue.kind];
  if (queue.accepts !== undefined) words.push(`takes ${queue.accepts}`);
  if (queue.allocates !== undefined) words.push(`gives ${queue.allocates}`);
  if (queue.takesDmabuf !== undefined) words.push(queue.takesDmabuf ? "takes a dma-buf" : "takes no dma-buf");
  if (queue.gfp !== undefined) words.push("pages below 4 GiB");
  if (queue.oneEntry === true) words.push("insists on one entry");
  if (queue.when !== undefined) words.push(queue.when === "iommu" ? "behind an IOMMU" : "without an IOMMU");
  return words.join(", ");
}

function mmuText(fact: FactDocument): string {
  const bits = fact.mmuOutputBits === null ? "" : `, ${counted(fact.mmuOutputBits, "address bit")}`;
  return fact.mmu === "device" ? `in the engine${bits}` : "maps into a domain of its own behind the IOMMU";
}

function abilities(named: Readonly<Record<string, boolean | undefined>>): string {
  const able = Object.entries(named).filter(([, can]) => can === true);
  return able.length === 0 ? "no" : able.map(([name]) => name).join(", ");
}
