import type { ConstraintField } from "../../constraints/constraints.js";
import type { PlaceDocument } from "../../placement/document.js";
import { formatExactSize, formatSize } from "../../units/quantity.js";
import type { Range } from "../../units/ranges.js";
import { assumptionsOf } from "./assumptions.js";
import type { Look } from "./look.js";
import { type Heading, type Row, table } from "./table.js";
import { confidenceLegend, counted, limitText, rangesText, sourceText } from "./words.js";
import { hanging, printable, wrap } from "./wrap.js";

type DeviceConstraints = PlaceDocument["constraints"]["devices"][number];

/** The buffer that was asked for: bytes, planes, what it takes of the heap. */
export function renderBuffer(document: PlaceDocument, look: Look): readonly string[] {
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
    ...hanging("  ", `${image}${formatExactSize(request.size)}${each}${taken}, ${cpu}`, width),
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

/** Each device with the limits that bind a buffer for it, and where those are written. */
export function renderDevices(document: PlaceDocument, look: Look): readonly string[] {
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
    const facts = `${VIA_WORDS[device.via] ?? device.via}${other}${entries}, facts of level ${device.confidence}`;
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
    ...hanging("  ", confidenceLegend(constraints.devices.map(({ confidence }) => confidence)), width).map(paint.faint),
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
  if (device.iovaRoom !== "unlimited") rows.push(row("I/O room", formatExactSize(device.iovaRoom), "iovaRoom"));
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
