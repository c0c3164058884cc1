import type { PlaceDocument } from "../../placement/document.js";
import { groupedAssumptions } from "./assumptions.js";
import type { Look } from "./look.js";
import { recipe, shortRoute } from "./route-words.js";
import { type Row, table } from "./table.js";
import { counted, rangesText } from "./words.js";
import { hanging } from "./wrap.js";

type Chosen = NonNullable<PlaceDocument["placement"]>;
type CandidateDocument = PlaceDocument["candidates"][number];

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

/** The verdict where something fits: the memory, how to get it, and how sure that is. */
export function renderVerdict(document: PlaceDocument, chosen: Chosen, look: Look): readonly string[] {
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

/** Candidates behind the best one, with what stands against each. */
export function renderOthers(document: PlaceDocument, { paint, width }: Look): readonly string[] {
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
