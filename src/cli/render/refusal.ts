import type { PlaceDocument } from "../../placement/document.js";
import { explain } from "../../placement/explain.js";
import { OPEN_CODES, type Reason, type ReasonCode } from "../../placement/reason.js";
import { pastedTexts } from "../../placement/ways-to-apply.js";
import { formatExactSize, formatSize } from "../../units/quantity.js";
import type { Look } from "./look.js";
import { pastedLines } from "./pasted.js";
import { shortRoute } from "./route-words.js";
import { type Row, table } from "./table.js";
import { renderWays } from "./ways.js";
import { counted, rangesText, sourceText } from "./words.js";
import { hanging, wrap } from "./wrap.js";

type Conflict = NonNullable<PlaceDocument["conflict"]>;
type CandidateDocument = PlaceDocument["candidates"][number];

/** The verdict where nothing fits: the limits that cannot hold together. */
export function renderConflict(document: PlaceDocument, conflict: Conflict, look: Look): readonly string[] {
  const { paint, width } = look;
  const { request } = document;
  const what = `${counted(request.count, "buffer")} of ${formatSize(request.size)} for ${counted(request.participants.length, "device")}`;
  const [first, ...more] = hanging("               ", `${what}, ${document.profile}`, width);
  const lines = [`${paint.bad("NOT PLACEABLE")}  ${(first ?? "").trimStart()}`, ...more, ""];
  lines.push(
    ...wrap(
      conflict.members.length === 1
        ? "This alone refuses every memory of the machine:"
        : "No memory of the machine satisfies all of these; without any one, the others could be satisfied:",
      width,
    ).map((line) => paint.heading(line)),
  );
  const rows = conflict.members.map(
    (m): Row => [
      m.device ?? (m.field === "route" ? "the kernel" : "the request"),
      memberText(m),
      m.source.source === "the request" ? "" : sourceText(m.source),
    ],
  );
  lines.push(
    ...table(
      [
        { title: "", min: 16, paint: paint.name },
        { title: "", min: 18 },
        { title: "", min: 14, paint: paint.faint },
      ],
      rows,
      width,
      paint,
      2,
    ),
  );
  return lines;
}

/** Ranges of a reach that are shown; JSON has all. */
const MOST_RANGES = 4;

/** A member of the conflict as the second half of a sentence about the device, the request or the kernel. */
function memberText({ field, value }: Conflict["members"][number]): string {
  if (field === "reach" && typeof value === "object") return `reaches ${rangesText(value, MOST_RANGES)}`;
  const amount = typeof value === "number" ? formatExactSize(value) : String(value);
  switch (field) {
    case "reach":
      return `reaches ${amount}`;
    case "contiguous":
      return "needs one contiguous range";
    case "alignment":
      return `needs an alignment of ${amount}`;
    case "maxSegmentSize":
      return `takes segments up to ${amount}`;
    case "maxSegments":
      return `takes at most ${value} segments`;
    case "segmentBoundaryMask":
      return `no segment crosses ${value}`;
    case "iovaRoom":
      return `I/O address room of ${amount}`;
    case "import":
      return "imports no dma-bufs";
    case "coherentDmaMask":
      return `allocates within the mask ${value}`;
    case "size":
      return `size ${amount}`;
    case "count":
      return `count ${value}`;
    case "cpu":
      return `CPU access ${value}`;
    case "route":
      return "has no route to the memory";
  }
}

const CHANGE_WORDS = {
  request: "the request",
  "command-line": "the kernel command line",
  "device-tree": "the device tree",
  kernel: "the kernel's configuration",
} as const;

/** Changes that make the request placeable, with what to paste. */
export function renderRemedies(conflict: Conflict, look: Look): readonly string[] {
  const { paint, width } = look;
  if (conflict.remedies.length === 0) {
    return [
      paint.heading("Remedies"),
      ...hanging("  ", "none known: no change of pools, options or memory would do", width),
    ];
  }
  const lines = wrap("Remedies, each tried on the changed machine, cheapest first", width).map(paint.heading);
  for (const [i, remedy] of conflict.remedies.entries()) {
    const { memory, change } = remedy.cost;
    const cost = `changes ${CHANGE_WORDS[change]}${memory === 0 ? "" : `, takes ${formatSize(memory)}`}; memory then from ${remedy.heap}`;
    lines.push(...hanging(`  ${i + 1}. `, remedy.text, width), ...hanging("     ", cost, width).map(paint.faint));
    for (const text of pastedTexts(remedy)) lines.push("", ...pastedLines(text), "");
  }
  if (lines[lines.length - 1] === "") lines.pop();
  if (conflict.howToApply.length > 0) lines.push("", ...renderWays(conflict.howToApply, look));
  return lines;
}

interface RefusedHeap {
  readonly heaps: string[];
  /** Sentences, each with the routes it is about; `about` is empty when it is about all of them. */
  readonly sentences: readonly { readonly text: string; readonly about: string }[];
}

/** Why each refused memory was refused; heaps with the same reasons share a paragraph. */
export function renderRefused(document: PlaceDocument, { paint, width }: Look): readonly string[] {
  const refused = document.candidates.filter((c) => c.verdict === "refused");
  if (refused.length === 0) return [];
  const groups = new Map<string, RefusedHeap>();
  for (const heap of new Set(refused.map((c) => c.heap))) {
    const sentences = sentencesOf(document.candidates.filter((c) => c.heap === heap));
    const key = JSON.stringify(sentences).replaceAll(`${heap} `, "HEAP ");
    const known = groups.get(key);
    if (known === undefined) groups.set(key, { heaps: [heap], sentences });
    else known.heaps.push(heap);
  }
  const lines = [paint.heading("Refused")];
  for (const { heaps, sentences } of groups.values()) {
    lines.push(...hanging("  ", heaps.join(", "), width).map((line) => paint.name(line)));
    for (const { text, about } of sentences) {
      lines.push(...hanging("    - ", about === "" ? text : `${text} (${about})`, width));
    }
  }
  return lines;
}

/** Codes whose sentence can be about several devices. */
const SHARED_CODES: ReadonlySet<ReasonCode> = new Set<ReasonCode>([
  "would-bounce",
  "beyond-iommu-output",
  "needs-contiguous",
  "needs-one-entry",
  "too-many-segments",
  "iova-room",
  "cannot-import",
]);

/** The distinct sentences against one heap, in the order of its candidates; one for all devices where the numbers are the same. */
function sentencesOf(candidates: readonly CandidateDocument[]): RefusedHeap["sentences"] {
  const routes = new Map<string, { readonly reason: Reason; readonly about: string[] }>();
  for (const candidate of candidates) {
    if (candidate.verdict !== "refused") continue;
    const refusing = candidate.reasons.filter((reason) => !OPEN_CODES.has(reason.code));
    for (const reason of refusing) {
      const known = routes.get(reason.text);
      if (known === undefined) routes.set(reason.text, { reason, about: [shortRoute(candidate.route)] });
      else known.about.push(shortRoute(candidate.route));
    }
  }
  const all = candidates.map((candidate) => shortRoute(candidate.route));
  const sentences = new Map<string, { readonly reason: Reason; readonly others: string[]; readonly about: string }>();
  for (const [text, { reason, about }] of routes) {
    const where = aboutText(all, about);
    const key = SHARED_CODES.has(reason.code) ? `${explain({ ...reason, device: "" } as Reason)} ${where}` : text;
    const known = sentences.get(key);
    if (known === undefined) sentences.set(key, { reason, others: [], about: where });
    else if ("device" in reason) known.others.push(reason.device);
  }
  return [...sentences.values()].map(({ reason, others, about }) => ({ text: explain(reason, others), about }));
}

/** The routes a sentence is about, or those it is not about where that is shorter; nothing for all. */
function aboutText(all: readonly string[], about: readonly string[]): string {
  const others = all.filter((route) => !about.includes(route));
  if (others.length === 0) return "";
  return others.length < about.length ? `not via ${others.join(", ")}` : `via ${about.join(", ")}`;
}
