import type { ConstraintField } from "../../constraints/constraints.js";
import type { PlaceDocument, RouteDocument } from "../../placement/document.js";
import { explain } from "../../placement/explain.js";
import { OPEN_CODES, type Reason, type ReasonCode } from "../../placement/reason.js";
import { formatSize } from "../../units/quantity.js";
import type { Range } from "../../units/ranges.js";
import type { Look } from "./look.js";
import { type Heading, type Row, table } from "./table.js";
import { counted, limitText, rangesText, sized, sourceText } from "./words.js";
import { hanging, printable, wrap } from "./wrap.js";

type Chosen = NonNullable<PlaceDocument["placement"]>;
type Conflict = NonNullable<PlaceDocument["conflict"]>;
type CandidateDocument = PlaceDocument["candidates"][number];
type DeviceConstraints = PlaceDocument["constraints"]["devices"][number];

/** The answer of `coalloc place` for people, from the verdict down to what was assumed. */
export function renderPlace(document: PlaceDocument, look: Look): readonly string[] {
  const { placement, conflict } = document;
  const parts: (readonly string[])[] = [];
  if (placement !== null) parts.push(renderVerdict(document, placement, look));
  if (conflict !== null) parts.push(renderConflict(document, conflict, look), renderRemedies(conflict, look));
  parts.push(renderBuffer(document, look), renderDevices(document, look));
  parts.push(renderOthers(document, look), renderRefused(document, look));
  parts.push(renderCertainty(document, look));
  return parts.filter((part) => part.length > 0).flatMap((part, i) => (i === 0 ? part : ["", ...part]));
}

/** What kind of memory that is. */
const KIND_WORDS: Readonly<Record<string, string>> = {
  system: "scattered pages from anywhere",
  "dma32-pages": "scattered pages below 4 GiB",
  udmabuf: "pages of a memfd from anywhere",
  "page-block": "one block of the page allocator",
  cma: "one range of a CMA area",
  "coherent-pool": "one range of a device's own pool",
  "restricted-pool": "one range of a bounce pool",
  carveout: "one range of a reserved region",
};

const CPU_WORDS: Readonly<Record<string, string>> = {
  cached: "cached",
  "write-combined": "write-combined: fast to write, slow to read",
  uncached: "uncached: slow to read and write",
  none: "cannot map it",
};

function renderVerdict(document: PlaceDocument, chosen: Chosen, look: Look): readonly string[] {
  const { paint, width } = look;
  const words = `${chosen.heap} via ${shortRoute(chosen.route)}`;
  const label = chosen.certainty === "proven" ? paint.good("PLACED") : paint.doubtful("PLACED");
  const lines = hanging("        ", words, width).map((line, i) =>
    i === 0 ? `${label}  ${paint.name(line.trimStart())}` : paint.name(line),
  );
  const sync = chosen.route.needsSync ? ", needs DMA_BUF_IOCTL_SYNC around every access" : "";
  const pieces = `${chosen.algorithm} in ${rangesText(chosen.regions, 3)}`;
  const rows: [string, string][] = [
    ["memory", KIND_WORDS[chosen.kind] ?? chosen.kind],
    ["algorithm", pieces],
    ["get it", recipe(chosen.route)],
    ["CPU", `${CPU_WORDS[chosen.route.cpuMapping] ?? chosen.route.cpuMapping}${sync}`],
    ["kernel", `${document.profile}${document.machine.model === "" ? "" : `, ${document.machine.model}`}`],
    ["certainty", certaintyText(document, chosen)],
  ];
  const open = document.candidates.find((c) => c.rank === 1 && c.verdict === "depends");
  if (open !== undefined) rows.push(["depends", remark(open)]);
  for (const [name, text] of rows) lines.push(...labelled(name, text, look));
  return lines;
}

function certaintyText(document: PlaceDocument, { certainty }: Chosen): string {
  if (certainty === "proven") return "proven from the tree and from driver source";
  const assumptions = groupedAssumptions(document).length;
  return assumptions === 0 ? "assumed" : `assumed: ${counted(assumptions, "assumption")} below`;
}

function labelled(name: string, text: string, { paint, width }: Look): readonly string[] {
  return hanging("             ", text, width).map((line, i) =>
    i === 0 ? `  ${paint.faint(name.padEnd(11))}${line.slice(13)}` : line,
  );
}

/** `dma-heap /dev/dma_heap/system`, `V4L2 on /rga@fdb80000`. */
function shortRoute(route: RouteDocument): string {
  switch (route.kind) {
    case "dma-heap":
      return `dma-heap ${route.path}`;
    case "udmabuf":
      return route.path;
    case "drm-dumb":
      return `DRM dumb buffer on ${route.device}`;
    case "v4l2":
      return `V4L2 on ${route.device}#${route.queue}`;
    case "none":
      return "no route";
  }
}

/** The system calls that get the memory. */
function recipe(route: RouteDocument): string {
  switch (route.kind) {
    case "dma-heap":
      return `DMA_HEAP_IOCTL_ALLOC on ${route.path}`;
    case "udmabuf":
      return `memfd_create, F_SEAL_SHRINK, then UDMABUF_CREATE on ${route.path}`;
    case "drm-dumb":
      return `DRM_IOCTL_MODE_CREATE_DUMB on the card of ${route.device}, then DRM_IOCTL_PRIME_HANDLE_TO_FD`;
    case "v4l2":
      return `VIDIOC_REQBUFS with MMAP on queue ${route.queue} of ${route.device}, then VIDIOC_EXPBUF`;
    case "none":
      return "no way on this kernel";
  }
}

function renderConflict(document: PlaceDocument, conflict: Conflict, look: Look): readonly string[] {
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
      `${FIELD_WORDS[m.field] ?? m.field} ${memberValue(m.field, m.value)}`,
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

const FIELD_WORDS: Readonly<Record<string, string>> = {
  reach: "reaches",
  contiguous: "contiguous",
  alignment: "alignment",
  maxSegmentSize: "largest segment",
  maxSegments: "segments",
  segmentBoundaryMask: "segment boundary",
  iovaRoom: "I/O address room",
  import: "imports dma-bufs:",
  coherentDmaMask: "coherent DMA mask",
  size: "size",
  count: "count",
  route: "route",
  cpu: "CPU access",
};

function memberValue(field: string, value: Conflict["members"][number]["value"]): string {
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value === "string") return value;
  if (typeof value !== "number") return rangesText(value);
  return field === "count" || field === "maxSegments" ? String(value) : sized(value);
}

const CHANGE_WORDS = {
  request: "the request",
  "command-line": "the kernel command line",
  "device-tree": "the device tree",
  kernel: "the kernel's configuration",
} as const;

function renderRemedies(conflict: Conflict, { paint, width }: Look): readonly string[] {
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
    if (remedy.commandLine !== null) lines.push("", `        ${remedy.commandLine}`, "");
    if (remedy.dts !== null) {
      const source = remedy.dts.replace(/\n+$/, "").split("\n");
      lines.push("", ...source.map((line) => (line === "" ? "" : `        ${line}`)), "");
    }
  }
  if (lines[lines.length - 1] === "") lines.pop();
  return lines;
}

function renderBuffer(document: PlaceDocument, look: Look): readonly string[] {
  const { request, layout, placement } = document;
  const { paint, width } = look;
  const image =
    request.image === null
      ? ""
      : `${request.image.width}x${request.image.height} ${request.image.format} ${request.image.modifier}, `;
  const taken =
    placement === null || placement.allocated === request.size
      ? ""
      : `, takes ${takenText(placement.allocated)} of the heap`;
  const each = request.count === 1 ? "" : ` each, ${request.count} buffers`;
  const cpu = `CPU access ${request.cpu}`;
  const lines = [
    paint.heading("Buffer"),
    ...hanging("  ", `${image}${sized(request.size)}${each}${taken}, ${cpu}`, width),
  ];
  if (layout !== null) {
    const rows = layout.planes.map((p, i): Row => [`plane ${i}`, String(p.offset), String(p.stride), String(p.size)]);
    const number = (title: string) => ({ title, align: "right" as const });
    lines.push(...table([{ title: "" }, number("offset"), number("stride"), number("bytes")], rows, width, paint, 2));
  }
  return lines;
}

/** `4 MiB`; bytes where that would be rounded, since it has to differ from the size asked for. */
function takenText(bytes: number): string {
  const short = formatSize(bytes);
  return short.includes(".") ? `${bytes} bytes` : short;
}

const VIA_WORDS: Readonly<Record<string, string>> = {
  direct: "sees it at bus addresses",
  iommu: "sees it behind its IOMMU",
  "device-mmu": "maps it with an MMU of its own",
  cpu: "its driver copies with the CPU",
};

function renderDevices(document: PlaceDocument, look: Look): readonly string[] {
  const { paint, width } = look;
  const rows: (Row | Heading)[] = [];
  const { constraints, placement } = document;
  for (const device of constraints.devices) {
    const mapping = placement?.mappings.find((m) => m.device === device.path);
    const entries =
      mapping === undefined || mapping.segments === 0 ? "" : `, ${counted(mapping.segments, "entry", "entries")}`;
    const other =
      device.dmaDevice === device.path
        ? ""
        : `, as ${device.dmaDevice.startsWith("/") ? "" : "virtual device "}${device.dmaDevice}`;
    const facts = `${VIA_WORDS[device.via] ?? device.via}${other}${entries}`;
    const path = printable(device.path);
    const line = `  ${path}  ${facts}`;
    rows.push({
      heading:
        line.length <= width
          ? [`  ${paint.name(path)}  ${facts}`]
          : [...hanging("  ", path, width).map(paint.name), ...hanging("    ", facts, width)],
    });
    rows.push(...limitsOf(document, device));
  }
  return [
    ...wrap("What each device imposed, and where that is written", width).map(paint.heading),
    ...table(
      [{ title: "" }, { title: "", min: 18 }, { title: "", min: 20, paint: paint.faint }],
      rows,
      width,
      paint,
      4,
    ),
  ];
}

/** Ranges of a reach that are shown: RAM in slivers between registers would bury the rest; JSON has all. */
const MOST_RANGES = 4;

/** The limits of a device that say something: reach and pages always, the others where there is a limit. */
function limitsOf(document: PlaceDocument, device: DeviceConstraints): readonly Row[] {
  const row = (name: string, value: string, field: ConstraintField): Row => [
    name,
    value,
    sourceText(device.provenance[field]),
  ];
  const rows = [
    row("reaches", rangesText(device.reach as readonly Range[], MOST_RANGES), "reach"),
    row("pages", pagesText(device), "contiguous"),
  ];
  if (device.maxSegmentSize !== "unlimited") {
    rows.push(row("segment", `up to ${limitText(device.maxSegmentSize)}`, "maxSegmentSize"));
  }
  if (device.maxSegments !== "unlimited") rows.push(row("segments", `up to ${device.maxSegments}`, "maxSegments"));
  if (device.segmentBoundaryMask !== "unlimited") {
    rows.push(row("boundary", `none crosses ${device.segmentBoundaryMask}`, "segmentBoundaryMask"));
  }
  if (device.iovaRoom !== "unlimited") rows.push(row("I/O room", sized(device.iovaRoom), "iovaRoom"));
  if (document.request.image !== null) {
    const assumed = assumptionsOf(document).filter((a) => a.code === "unknown-layout" && a.device === device.path);
    if (assumed.length > 0) {
      const fields = assumed.map((a) => `${a.field} ${(a.source ?? "").replace("assumed ", "")}`);
      rows.push(["picture", fields.join(", "), "assumed"]);
    }
  }
  return rows;
}

function pagesText({ contiguous, buffers, via }: DeviceConstraints): string {
  if (via === "cpu") return "any";
  if (contiguous) return buffers === "unknown" ? "one range (not known)" : "one range";
  return buffers === "contiguous" ? "scattered, joined by translation" : "scattered";
}

function assumptionsOf(document: PlaceDocument): Chosen["assumptions"] {
  return document.placement?.assumptions ?? document.conflict?.assumptions ?? [];
}

function renderOthers(document: PlaceDocument, { paint, width }: Look): readonly string[] {
  const others = document.candidates.filter((c) => c.rank !== null && c.rank > 1);
  if (others.length === 0) return [];
  const rows = others.map(
    (c): Row => [String(c.rank), c.heap, shortRoute(c.route), c.verdict, remark(c), String(c.cost.entries)],
  );
  return [
    paint.heading("Also possible, best first"),
    ...table(
      [
        { title: "", align: "right" },
        { title: "memory", min: 12, paint: paint.name },
        { title: "route", min: 20 },
        { title: "verdict" },
        { title: "remark", min: 22, drop: 1, paint: paint.faint },
        { title: "entries", align: "right", drop: 2 },
      ],
      rows,
      width,
      paint,
      2,
    ),
  ];
}

/** What stands against a candidate that is possible. */
function remark(candidate: CandidateDocument): string {
  const { cost, reasons, verdict } = candidate;
  if (verdict === "depends")
    return reasons
      .filter((r) => r.code !== "fits")
      .map((r) => r.text)
      .join("; ");
  const words: string[] = [];
  if (cost.copies > 0) words.push(`${counted(cost.copies, "device copies", "devices copy")} with the CPU`);
  if (cost.scarcity > 0)
    words.push(`${counted(cost.scarcity, "other device has", "other devices have")} no other memory`);
  if (cost.cpuAccess === 2) words.push("write-combined for the CPU");
  if (cost.cpuAccess === 3) words.push("uncached for the CPU");
  if (cost.outsider > 0) words.push("a device outside the request has to export it");
  return words.join("; ");
}

interface RefusedHeap {
  readonly heaps: string[];
  /** Sentences, each with the routes it is about; `about` is empty when it is about all of them. */
  readonly sentences: readonly { readonly text: string; readonly about: string }[];
}

function renderRefused(document: PlaceDocument, { paint, width }: Look): readonly string[] {
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

/**
 * The assumptions in one line each: fields with the same sentence joined, devices with the same one too. Assumed alignments of
 * pictures stand in the rows of the devices.
 */
function groupedAssumptions(document: PlaceDocument): readonly string[] {
  const places = new Map<string, { readonly first: Chosen["assumptions"][number]; readonly where: string[] }>();
  for (const assumption of assumptionsOf(document)) {
    const { text, code, source, field, device } = assumption;
    const known = places.get(text)?.where ?? [];
    if (known.length === 0) places.set(text, { first: assumption, where: known });
    const told = code === "unknown-layout" || (device === null && source !== null && text.includes(source));
    if (!told) known.push([field, source].filter((part) => part !== null).join(", "));
  }
  const groups = new Map<string, string[]>();
  for (const { first, where } of places.values()) {
    const { device, text } = first;
    const words = device === null ? text : text.slice(device.length + 1);
    const behind = where.filter((part) => part !== "").join("; ");
    const key = behind === "" ? words : `${words} (${behind})`;
    const known = groups.get(key) ?? [];
    groups.set(key, device === null ? known : [...known, device]);
  }
  return [...groups].map(([words, devices]) => {
    if (devices.length < 2) return [...devices, words].join(" ");
    if (devices.length === document.request.participants.length) return `every device ${words}`;
    return `${devices.join(", ")}: each ${words}`;
  });
}

function renderCertainty(document: PlaceDocument, { paint, width }: Look): readonly string[] {
  const assumptions = groupedAssumptions(document);
  if (assumptions.length === 0) {
    return [
      paint.heading("Proven"),
      ...hanging("  ", "every limit above is written in the tree or in driver source; nothing was assumed", width),
    ];
  }
  const lines = wrap("Assumed; everything else is written in the tree or in driver source", width).map(paint.heading);
  for (const text of assumptions) lines.push(...hanging("  - ", text, width));
  return lines;
}
